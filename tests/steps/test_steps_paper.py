"""Derivations within the column of a paper: lines that fit, of the same formulas; names as they were typed."""

import math_core
import pytest
from tables import every_row

import matcalc
from matcalc.errors import ArgumentError
from matcalc.printers.widths import in_lines, width
from matcalc.steps.paper import column_width

CONVERTER = math_core.LatexToMathML()
ENTRIES = [
    ("norm(X@w - y)**2 + lam*norm(w)**2", "w"), ("logsumexp(A@x)", "x"), ("logdet(X@X.T)", "X"),
    ("norm(V@tanh(W@x + b) - y)**2/2 + lam*norm(W)**2", "W"), ("x.T@A@x/(x.T@B@x)", "x"),
    ("norm(softmax(Q@K.T, axis=1)@V - Y)**2/2", "Q"), ("sum(softplus(-y*(X@w))) + lam*norm(w)**2/2", "w"),
    ("tr(inv(W.T@B@W)@(W.T@A@W))", "W"), ("a*b*exp(c*x.T@x) - sum(log(b - A@x))", "x"),
]  # fmt: skip


def rows(text):
    """Return the lines of the equations in an align*."""
    inner = text[text.index("\\begin{align*}") :].removeprefix("\\begin{align*}\n").removesuffix("\n\\end{align*}")
    return [line.removesuffix(" \\\\") for line in inner.splitlines() if not line.startswith("\\intertext")]


def joined(lines):
    """Return what stands in lines without what breaking them has changed."""
    text = " ".join(line.replace("&\\quad ", "").removeprefix("\\cdot ") for line in lines)
    return text.replace("\\bigl(", "\\left(").replace("\\bigr)", "\\right)")


@pytest.mark.parametrize("column", ["86mm", "50mm"])
@pytest.mark.parametrize("text, wrt", ENTRIES)
def test_lines_fit_the_column_and_say_the_same(text, wrt, column):
    derivation = matcalc.diff(text, wrt=wrt).derivation
    plain, fitted = derivation.latex(), derivation.latex(column)
    room = column_width(column)
    for line in rows(fitted):
        left, sign, right = line.partition("&")
        assert sign and line.count("{") == line.count("}")
        assert line.count(r"\left") == line.count(r"\right")
        CONVERTER.convert_with_local_state(right.replace(r"\quad", ""), displaystyle=True)
        # a single factor may be wider than a narrow column: a fraction, a norm
        assert width(left + right) <= (room if column == "86mm" else 1.6 * room), line
    assert fitted.count(r"\bigl(") == fitted.count(r"\bigr)")
    last = [line for line in rows(fitted) if line][-1 - sum(r"&\quad" in row for row in _tail(rows(fitted))) :]
    assert joined(last).replace(" ", "") == rows(plain)[-1].partition(" && ")[0].replace(" ", "")


def _tail(lines):
    """Return the lines at the end that go on with an equation."""
    count = next(k for k, line in enumerate(reversed(lines)) if r"&\quad" not in line)
    return lines[len(lines) - count :]


def test_reasons_are_text_between_the_lines():
    text = matcalc.diff("norm(X@w - y)**2", wrt="w").derivation.latex("252pt")
    assert text.startswith("Norm squared (Matrix Cookbook (129), (132)):\n\\begin{align*}\nf &= ")
    assert "\\\\\n\\intertext{Linear; $X$ and $y$ are constant (Matrix Cookbook (35)):}\n\\mathrm{d}r &= X" in text
    assert "&&" not in text and "\\text{" not in text


@pytest.mark.parametrize(
    "formula, wrt, shown",
    [
        (r"\frac12 \|\mathbf{X}\mathbf{w} - \mathbf{y}\|^2", "w", r"{d}\mathbf{r} &= \mathbf{X} \mathrm{d}\mathbf{w}"),
        (r"\frac12 \|\mathbf{X}\hat{w} - \mathbf{y}\|^2", "w_hat", r"{d}r &= \mathbf{X} \mathrm{d}\hat{w}"),
        (r"\boldsymbol{\theta}^\top \mathbf{A} \boldsymbol{\theta}", "theta", r"{\partial \boldsymbol{\theta}} &="),
    ],
)
def test_names_are_written_as_they_were_typed(formula, wrt, shown):
    derivation = matcalc.diff(formula, wrt=wrt, syntax="latex").derivation
    for text in (derivation.latex(), derivation.latex("86mm"), derivation._repr_latex_()):
        assert shown in text


def test_a_sum_is_broken_before_a_sign_and_a_product_before_a_factor():
    assert in_lines("a + b - c", 4, 4) == ["a + b", "- c"]
    assert in_lines(r"\sum_{i=0}^{n - 1} x_{i} \odot y", 2.8, 2.8) == [r"\sum_{i=0}^{n - 1} x_{i}", r"\odot y"]
    assert in_lines(r"A \left(B x - c\right) D", 3.3, 3.3) == [r"A \bigl(B x", r"- c\bigr) D"]
    assert in_lines(r"\operatorname{tr}\left(A B C\right)", 3, 3) == [r"\operatorname{tr}\bigl(A", r"\cdot B C\bigr)"]
    assert in_lines(r"\frac{a + b + c + d}{e}", 2, 2) == [r"\frac{a + b + c + d}{e}"]


@every_row("text", ["", "86", "3 furlong", "-2cm", 86, None, "nan mm", "1cm"])
def test_what_is_no_column_is_refused(text):
    with pytest.raises(ArgumentError):
        column_width(text)


def test_units_are_those_of_tex():
    assert column_width("2in") == pytest.approx(column_width("50.8mm")) == pytest.approx(column_width("144.54pt"))
