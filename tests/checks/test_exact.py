"""The exact check: right answers pass, wrong ones do not, and what is claimed is what was compared."""

import subprocess
import sys

import pytest
from corpus_entries import QUESTIONS, answer

import matcalc
from matcalc.checks.exact import check_exactly, compare_exactly
from matcalc.language.syntax import parse_tree


def judged(text, formula, **options):
    """Return the report on a formula for the derivative of a text."""
    query = matcalc.diff(text, **options).query
    return compare_exactly(query, parse_tree(formula), "0", 3)


@pytest.mark.parametrize("entry", QUESTIONS[::31], ids=lambda entry: entry["id"])
def test_right_answers_of_the_corpus_pass(entry):
    report = check_exactly(answer(entry))
    assert report.ok, report


def test_a_rational_answer_is_equal_with_a_bound_of_the_chance():
    report = check_exactly(matcalc.diff("x.T@A@x"))
    assert str(report) == (
        "exactly equal at 3 random points, sizes 2 to 4 (a wrong answer passes with chance < 1e-15)"
    )


@pytest.mark.parametrize("text, formula", [
    ("x.T@A@x", "(A + A.T)@x + 1e-10*x"),
    ("x.T@A@x", "(A + A.T)@x*(1 + 1e-15)"),
    ("x.T@A@x", "2*A@x"),
    ("logdet(X)", "inv(X + 1e-10*eye(n)).T"),
    ("norm1(x)", "tanh(1000*x)"),
    ("max(x)", "softmax(1000*x)"),
    ("tr(X@X@X)", "3*(tr(X)*X - det(X)*eye(n)).T"),
    ("norm(x)", "x/norm(x)*(1 - 1e-12)"),
])
def test_near_misses_are_seen(text, formula):
    assert judged(text, formula).ok is False


@pytest.mark.parametrize("structure, formula", [
    ("free", "2*S"), ("projected", "2*S"), ("parametrized", "4*S - diag(diag(2*S))"),
])
def test_the_conventions_of_structure(structure, formula):
    options = {"assume": {"S": ["symmetric"]}, "structure": structure}
    assert judged("tr(S@S)", formula, **options).ok
    assert judged("tr(S@S)", f"{formula} + 1e-12*eye(n)", **options).ok is False


def test_it_needs_neither_torch_nor_numpy():
    program = (
        "import sys\n"
        "from matcalc.evaluation.exact.value import exact_value\n"
        "from matcalc.rulebook.files import standard_rules\n"
        "import matcalc.checks.exact\n"
        "assert not {'torch', 'numpy', 'flint', 'sympy'} & set(sys.modules), set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
