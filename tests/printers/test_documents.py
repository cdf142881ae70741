"""Typst and MathML: what other programs make of them, the Typst compiler and a converter of LaTeX to MathML."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import math_core
import pytest
import typst
from corpus_entries import QUESTIONS, answer
from tables import every_row

import matcalc
from matcalc.errors import ArgumentError
from matcalc.printers.formats import in_document
from matcalc.printers.mathml import mathml_text
from matcalc.printers.typst import typst_text

CONVERTER = math_core.LatexToMathML()
INVISIBLE = re.compile(r"[\s\u2061-\u2064\ufe00]")
PAPERS = [
    r"\hat{\beta}^{\top} \mathbf{X} \boldsymbol{\mu}", r"\mathbb{E} \mathcal{N} \mathrm{loss}",
    r"x_{i,j}^{2} + x^{2}_{i}",
    r"\begin{bmatrix} A & B \\ C & D \end{bmatrix}^{-1}", r"\sum_{i=0}^{n - 1} \left[x\right]_{i}",
    r"\begin{cases}a & \text{if } x > 0 \\ b & \text{else}\end{cases}",
    r"\left\langle A, B\right\rangle + \left\lVert x \right\rVert_\infty",
    r"\frac{f\left(a, b\right), c}{d}", r"\left.\frac{\partial f}{\partial x}\right|_{0}",
    r"\operatorname{leaky\_relu}\left(x, a\right)",
]  # fmt: skip


def leaves(element):
    """Return the signs of a MathML element in their order, without what is not seen."""
    tree = ElementTree.fromstring(element.replace("&ApplyFunction;", ""))
    return INVISIBLE.sub("", "".join(node.text or "" for node in tree.iter() if not len(node)))


def compiled(formulas):
    """Compile formulas with Typst, which raises where one of them is not in its language."""
    return typst.compile("\n".join(f"$ {formula} $" for formula in formulas).encode(), format="svg")


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_the_corpus_in_mathml_and_typst(every):
    formulas = [answer(entry).latex() for entry in QUESTIONS[::every]]
    for formula in formulas:
        assert leaves(mathml_text(formula)) == leaves(CONVERTER.convert_with_local_state(formula, displaystyle=True))
    assert compiled(map(typst_text, formulas))


@pytest.mark.parametrize("formula", PAPERS)
def test_what_papers_and_new_functions_write(formula):
    expected = leaves(CONVERTER.convert_with_local_state(formula, displaystyle=True))
    assert leaves(mathml_text(formula)).replace("¯", "‾") == expected
    assert compiled([typst_text(formula)])


@every_row(("latex", "in_typst"), [
    (r"\operatorname{tr}\left(A\right)", 'op("tr") (A)'), (r"\frac{a}{b + c}", "frac(a, b + c)"),
    (r"\left\lVert x \right\rVert^{2}", "norm(x)^(2)"), (r"\mathbf{1}_{n}", "bold(1)_(n)"),
    (r"\mathrm{loss}", '"loss"'),
    (r"A \odot B", "A ⊙ B"), (r"\text{insert $\mathrm{d}r$}", '"insert " upright(d) r'),
])  # fmt: skip
def test_typst(latex, in_typst):
    assert typst_text(latex) == in_typst


def test_derivations_compile():
    for text in ("norm(A@x - b)**2", "logdet(X)", "sum(softplus(-y*(X@w)))"):
        derivation = matcalc.diff(text, syntax=None, wrt={"norm": "x", "logd": "X", "sum(": "w"}[text[:4]]).derivation
        assert compiled([in_document(derivation.latex(), "typst")])
        assert ElementTree.fromstring(in_document(derivation.latex(), "mathml")).tag.endswith("math")
        shown = in_document(derivation.latex(), "markdown")
        assert shown.startswith("$$\n\\begin{aligned}") and shown.endswith("\\end{aligned}\n$$")


def test_the_command_and_the_interface_agree():
    derivative = matcalc.diff("x.T@A@x/n", wrt="x")
    for form, expected in {"typst": derivative.typst(), "mathml": derivative.mathml()}.items():
        command = [sys.executable, "-m", "matcalc", "diff", "x.T@A@x/n", "--wrt", "x", "--format", form, "--no-check"]
        assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == expected
    with pytest.raises(ArgumentError):
        in_document("x", "docx")
