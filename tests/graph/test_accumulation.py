"""Forward and reverse accumulation: every line against torch, whole sweeps as programs, what the lines say."""

import random
import re
from dataclasses import replace

import pytest
import torch
from accumulations import MODES, PROGRAMS, lines_of, shape_at
from corpus_entries import QUESTIONS, answer
from random_expressions import ASSUME, SHAPES, Generator

import matcalc
from matcalc.algebra.expressions import dimension
from matcalc.checks.accumulation import check_accumulation
from matcalc.checks.problem import Problem, informative_point
from matcalc.evaluation.evaluate import evaluate
from matcalc.graph.accumulate import accumulations
from matcalc.graph.show import show_accumulation
from matcalc.language.syntax import parse_tree

SEED = 20_261_124
COUNT = 40


# -- truth ----------------------------------------------------------------------------------------------------


def false_lines(derivative, seed=0):
    """Return what is wrong with the accumulations of a derivative, and for how many torch could judge."""
    wrong, judged = [], 0
    for mode, accumulation in accumulations(derivative).items():
        report = check_accumulation(accumulation, derivative, points=1, seed=seed)
        judged += report.ok is not None
        if report.ok is False:
            wrong.append((derivative.text, derivative.wrt, mode, report.reason))
    return wrong, judged


@pytest.mark.parametrize("every", [14, pytest.param(1, marks=pytest.mark.long)])
def test_every_line_of_the_corpus_is_true(every):
    wrong, judged, seen = [], 0, set()
    for entry in QUESTIONS[::every]:
        question = (entry["expr"], entry["wrt"], str(entry["shapes"]), str(entry.get("assume")))
        if entry["order"] == 1 and question not in seen:  # the layout changes the last line alone
            seen.add(question)
            found, number = false_lines(answer(entry))
            wrong, judged = wrong + found, judged + number
    assert not wrong
    assert judged > 600 / every


def test_every_line_for_random_expressions_is_true():
    print(f"seed {SEED}")
    wrong, judged = [], 0
    for number in range(COUNT):
        rng = random.Random(SEED + number)
        text, _ = Generator(rng).draw(rng.randint(1, 6))
        names = list(matcalc.parse(text, shapes=SHAPES, assume=ASSUME).shapes)
        if names:
            facts = {name: words for name, words in ASSUME.items() if name in names}
            try:
                derivative = matcalc.diff(text, rng.choice(names), shapes=SHAPES, assume=facts)
            except matcalc.NoRuleError:
                continue
            found, count = false_lines(derivative, number)
            wrong, judged = wrong + found, judged + count
    assert not wrong
    assert judged > COUNT


MUTANTS = [
    ("norm(A@x - b)**2", "reverse", "v3_bar", "v3*v4_bar"),
    ("norm(A@x - b)**2", "forward", "dv1", "A@dx/2"),
    ("x.T@A@x", "reverse", "x_bar", "v1_bar.T"),
    ("x.T@A@x", "forward", "dv3", "dv2@x"),
    ("exp(x).T@x", "forward", "v1", "exp(-x)"),
    ("tr(A@X@B)", "reverse", "v1_bar", "v2_bar@B"),
    ("logdet(X)", "reverse", "X_bar", "v1_bar*inv(X)"),
]


@pytest.mark.parametrize(("text", "mode", "left", "expression"), MUTANTS)
def test_a_false_line_is_noticed(text, mode, left, expression):
    derivative = matcalc.diff(text, "X" if "X" in text else "x")
    accumulation = derivative.accumulation(mode)
    lines = tuple(replace(line, expression=expression) if line.left == left else line for line in accumulation.lines)
    assert lines != accumulation.lines
    report = check_accumulation(replace(accumulation, lines=lines), derivative, points=2)
    assert report.ok is False


# -- whole sweeps ---------------------------------------------------------------------------------------------


def point_of(derivative):
    problem = Problem(derivative.query, parse_tree(str(derivative)))
    point = informative_point(problem, problem.sampler(7), set())
    assert point is not None
    return problem, point


def run(accumulation, point, indices, book):
    """Return the values after the lines of one sweep, run as a program with the given seed indices."""
    sizes, arrays = {**point.sizes, **indices}, dict(point.arrays)
    for line in accumulation.lines[:-1]:
        if line.expression:
            arrays[line.left] = evaluate(parse_tree(line.expression), arrays, sizes, book)
    return arrays


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "wrt", "options"), PROGRAMS)
def test_the_sweeps_run_as_programs_give_the_derivative(text, wrt, options, mode):
    derivative = matcalc.diff(text, wrt, layout="num", **options)
    problem, point = point_of(derivative)
    accumulation = derivative.accumulation(mode)
    seeded, end = accumulation.variable, accumulation.changes.get(accumulation.result)
    if mode == "reverse":
        seeded, end = accumulation.result, accumulation.adjoints.get(accumulation.variable)
    rows, columns = shape_at(accumulation.shapes[seeded], point.sizes)
    found = []
    for column in range(columns if end else 0):
        for row in range(rows):
            arrays = run(accumulation, point, {"i": row, "j": column}, problem.book)
            found.append(arrays[end].mT.reshape(-1))
    assert len(found) == accumulation.sweeps.subs({dimension(name): size for name, size in point.sizes.items()})
    truth, variable = problem.found[0], shape_at(accumulation.shapes[wrt], point.sizes)
    if variable == (1, 1):
        truth = truth.mT.reshape(-1, 1)
    elif accumulation.shapes[accumulation.result] == ():
        truth = truth.reshape(1, -1)
    if found:
        jacobian = torch.stack(found, 1 if mode == "forward" else 0)
        torch.testing.assert_close(jacobian, truth, rtol=1e-9, atol=1e-9)
    else:
        assert not truth.any()


# -- what the lines say -----------------------------------------------------------------------------------------


def test_the_lines_of_a_forward_sweep():
    found = matcalc.diff("norm(A@x - b)**2", "x").accumulation("forward")
    assert [str(line) for line in found.lines] == [
        "dx = e(i, n)",
        "v1 = A@x",
        "dv1 = A@dx",
        "v2 = v1 - b",
        "dv2 = dv1",
        "v3 = norm(v2)",
        "dv3 = v2.T@dv2/v3",
        "v4 = v3**2",
        "dv4 = 2*v3*dv3",
        "df/dx = 2*A.T@(A@x - b)",
    ]
    assert found.lines[2].source == "Calculus; Matrix Cookbook (35)"
    assert found.lines[5].rule == "norm"
    assert found.lines[1].shape == ("m", 1)


def test_the_lines_of_a_reverse_sweep():
    found = matcalc.diff("norm(A@x - b)**2", "x").accumulation()
    assert [str(line) for line in lines_of(found, "seed", "adjoint")] == [
        "v4_bar = 1",
        "v3_bar = 2*v3*v4_bar",
        "v2_bar = v3_bar*v2/v3",
        "v1_bar = v2_bar",
        "x_bar = A.T@v1_bar",
    ]
    assert all("Griewank & Walther (2008)" in line.source for line in lines_of(found, "adjoint"))


def test_a_node_that_is_used_often_sums_what_its_users_contribute():
    found = matcalc.diff("exp(x).T@x + x.T@A@x", "x").accumulation()
    (line,) = [line for line in found.lines if line.left == "x_bar"]
    users = re.findall(r"`(\w+) = ", line.text)
    assert len(users) == 4
    assert line.expression.count("_bar") == 4


def test_detach_stops_both_modes():
    derivative = matcalc.diff("detach(A@x).T@(A@x)", "x")
    forward = derivative.accumulation("forward")
    assert "dv2" not in {line.left for line in forward.lines}
    (cut,) = [line for line in forward.lines if line.expression.startswith("detach")]
    assert "constant" in cut.text
    reverse = derivative.accumulation("reverse")
    (line,) = [line for line in reverse.lines if line.left == "v1_bar"]
    assert "detach" not in line.text


def test_what_only_detach_uses_is_no_part_of_a_sweep():
    found = matcalc.diff("detach(exp(x)).T@x", "x").accumulation("forward")
    (line,) = [line for line in found.lines if line.expression == "exp(x)"]
    assert line.text == "its change does not reach the result"
    assert set(found.changes) == {"x", "v4"}


COMMUTING = """
power(X: n,n) -> n,n
    scalar    exp(X)
    commutes with transpose
    matrix function
    commuting power(X) = power(X) @ dX
    torch     torch.linalg.matrix_exp(X)
    source    Higham (2008), Functions of Matrices, 3.2
"""


@pytest.fixture
def commuting(tmp_path):
    """A rule file with a function of which only the differential is known that commutes with its argument."""
    path = tmp_path / "my.rules"
    path.write_text(COMMUTING, encoding="utf-8")
    return str(path)


def test_an_operation_without_a_differential_of_its_own_is_inserted_in_its_users(commuting):
    derivative = matcalc.diff("tr(power(X)@X)", "X", rules=commuting)
    found = derivative.accumulation("forward")
    assert [line.left for line in found.lines if not line.expression] == ["dv1", "dv2"]
    assert all("inserted" in line.text for line in found.lines if not line.expression)
    assert derivative.check_accumulation("forward", points=1).ok


@pytest.mark.parametrize(
    ("text", "wrt", "missing"),
    [
        ("tr(power(X)@X)", "X", []),
        ("tr(power(X@X))", "X", []),
        ("tr(power(3*eye(n) - ones(n)@mean(Y.T, axis=0)))", "Y", []),
        ("x.T@power(z*A)@x + z**2", "z", ["v2_bar"]),
        ("power(z*A)@(z*A)", "z", ["v1_bar"]),
    ],
)
def test_an_adjoint_without_a_form_is_taken_further_back(commuting, text, wrt, missing):
    shapes = {"z": (), "Y": ("n", "n")}
    shapes = {name: shape for name, shape in shapes.items() if name in text}
    derivative = matcalc.diff(text, wrt, shapes=shapes, rules=commuting)
    found = derivative.accumulation()
    assert [line.left for line in found.lines if not line.expression] == missing
    for mode in MODES:
        assert derivative.check_accumulation(mode, points=2).ok


def test_no_line_can_be_had_where_there_is_no_derivative(commuting):
    with pytest.raises(matcalc.NoRuleError):
        matcalc.parse("sum(power(X)@A)", rules=commuting).graph("X").dot(adjoints=True)


@pytest.mark.parametrize("text", ["v1.T@x + v2*x.T@x", "dv1.T@x + v1_bar*x.T@x", "w1*v3*x.T@x + z1*u1*t1*x.T@x"])
def test_names_of_the_text_are_left_alone(text):
    found = matcalc.diff(text, "x").accumulation()
    own = {line.left for line in found.lines[:-1]}
    assert not own & set(matcalc.parse(text).shapes)
    assert matcalc.diff(text, "x").check_accumulation(points=1).ok


@pytest.mark.parametrize(("name", "change"), [("el", "d_el"), ("ef", "d_ef"), ("x", "d_x"), ("A", "dA")])
def test_a_differential_has_a_name_that_can_be_read(name, change):
    shape = ("n", "n") if name == "A" else ("n", 1)
    text = f"tr({name}.T@{name})" + (" + dx.T@dx" if name == "x" else "")
    found = matcalc.diff(text, name, shapes={name: shape}).accumulation("forward")
    assert found.changes[name] == change
    parse_tree(change)


@pytest.mark.parametrize("structure", ["free", "projected", "parametrized"])
def test_a_variable_of_declared_structure(structure):
    derivative = matcalc.diff("tr(S@A) + logdet(S)", "S", assume={"S": ["pd"]}, structure=structure)
    found = derivative.accumulation()
    assert found.lines[-1].expression == str(derivative)
    assert ("vary freely" in found.lines[-1].text) == (structure != "free")
    assert derivative.check_accumulation(points=2).ok


def test_what_cannot_be_asked():
    with pytest.raises(matcalc.ArgumentError, match="first derivatives") as caught:
        matcalc.diff("x.T@A@x", "x", order=2).accumulation()
    assert caught.value.hint
    with pytest.raises(matcalc.ArgumentError, match="unknown mode 'sideways'"):
        matcalc.diff("x.T@A@x", "x").accumulation("sideways")
    with pytest.raises(matcalc.ArgumentError, match="unknown form"):
        show_accumulation(matcalc.diff("x.T@x", "x").accumulation(), "html")
    with pytest.raises(matcalc.ArgumentError, match="points is 0"):
        matcalc.diff("x.T@x", "x").check_accumulation(points=0)


def test_a_derivative_that_is_too_long_to_be_written_is_read_off(monkeypatch):
    monkeypatch.setattr("matcalc.answers.shown.MAX_PRINTED_LENGTH", 100)
    derivative = matcalc.diff("sum(" + "tanh(" * 30 + "x" + ")" * 31, "x", shapes={"x": ("n", 1)})
    with pytest.raises(matcalc.LimitError):
        str(derivative)
    found = derivative.accumulation()
    assert found.lines[-1].expression == "x_bar"
    assert len(lines_of(found, "adjoint")) == 31
    assert derivative.check_accumulation(points=1).ok
    assert derivative.accumulation("forward").lines[-1].expression == ""
    assert derivative.check_accumulation("forward", points=1).ok


def test_thousands_of_operations():
    text = " + ".join(f"sin({number}*x)" for number in range(2, 152))
    found = matcalc.diff(text, "x", shapes={"x": ("n", 1)}).accumulation()
    assert len(lines_of(found, "value")) == 150 + 150 + 149
    (line,) = [line for line in found.lines if line.left == "x_bar"]
    assert line.expression.count("_bar") == 150


# -- renderings ---------------------------------------------------------------------------------------------------


def test_the_table_of_an_accumulation():
    shown = show_accumulation(matcalc.diff("norm(A@x - b)**2", "x").accumulation(), "text", 100)
    lines = shown.splitlines()
    assert lines[0] == " 1  v1     = A@x             m*n"
    assert lines[5] == " 6  v3_bar = 2*v3*v4_bar     2      through v4 = v3**2"
    assert lines[9].lstrip().startswith("df/dx = 2*A.T@(A@x - b)")
    assert any("in all 2*m*n + 3*m + 4" in line for line in lines)
    assert max(map(len, lines)) <= 100


def test_unicode_and_latex_have_bars_and_differentials():
    derivative = matcalc.diff("norm(A@x - b)**2", "x")
    shown = show_accumulation(derivative.accumulation(), "unicode")
    assert "v̄₃ = 2 v₃ v̄₄" in shown
    assert "x̄  = Aᵀ v̄₁" in shown
    assert "∂f/∂x = 2 Aᵀ (A x - b)" in shown
    assert "dv₁ = A dx" in show_accumulation(derivative.accumulation("forward"), "unicode")
    latex = show_accumulation(derivative.accumulation(), "latex")
    assert latex.startswith("\\begin{align*}\n")
    assert r"\bar{x} &= A^{\top} \bar{v}_{1} && m n" in latex
    assert r"\frac{\partial f}{\partial x} &= 2 A^{\top}" in latex
    body = latex[latex.index("\n") : latex.index("\\end{align*}")]
    assert "_bar" not in latex and body.count("{") == body.count("}")


def test_the_record_of_an_accumulation():
    record = show_accumulation(matcalc.diff("A@x", "x").accumulation("forward"), "json")
    assert record["mode"] == "forward"
    assert record["lines"][2] == {
        "left": "dv1",
        "expression": "A@dx",
        "kind": "tangent",
        "rule": "linear",
        "source": "Calculus; Matrix Cookbook (35)",
        "text": "linear; `A` is constant",
        "shape": ["m", 1],
        "products": "m*n",
    }
    assert (record["values"], record["sweep"], record["sweeps"]) == ("m*n", "m*n", "n")
    assert record["total"] == record["forward"] == "m*n**2 + m*n"


@pytest.mark.parametrize("entry", QUESTIONS[::50], ids=lambda entry: entry["id"])
def test_every_rendering_can_be_made(entry):
    if entry["order"] == 1:
        for accumulation in accumulations(answer(entry)).values():
            for form in ("text", "unicode", "latex"):
                shown = show_accumulation(accumulation, form, 80)
                assert len(shown.splitlines()) > len(accumulation.lines)
