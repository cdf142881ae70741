"""The exact check: right answers pass, wrong ones do not, and what is claimed is what was compared."""

import subprocess
import sys

import pytest
from corpus_entries import QUESTIONS, answer
from tables import every_row

import matcalc
from matcalc.checks.exact import check_exactly, compare_exactly
from matcalc.evaluation.exact.lines import read_line
from matcalc.evaluation.exact.question import size_assignments
from matcalc.language.syntax import parse_tree
from matcalc.rulebook.files import standard_rules


def judged(text, formula, **options):
    """Return the report on a formula for the derivative of a text."""
    query = matcalc.diff(text, **options).query
    return compare_exactly(query, parse_tree(formula), "0", 3)


@every_row("entry", QUESTIONS[::31], ids=lambda entry: entry["id"])
def test_right_answers_of_the_corpus_pass(entry):
    report = check_exactly(answer(entry))
    assert report.ok, report


def test_a_rational_answer_is_equal_with_a_bound_of_the_chance():
    report = check_exactly(matcalc.diff("x.T@A@x"))
    assert str(report) == (
        "exactly equal at 3 random points, sizes 2 to 4 (a wrong answer passes with chance < 1e-15)"
    )


@every_row("text, formula", [
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


@pytest.mark.parametrize("text, formula, options", [
    ("relu(a - 6)", "0", {}),
    ("maximum(a, 100)", "0", {}),
    ("sum(maximum(x, y))", "heaviside(3*x - y)", {"wrt": "x"}),
    ("sum(relu(x))", "heaviside(x + 1e-12)", {}),
    ("sum(relu(tanh(x) - 1/2))", "heaviside(x - 1/2)*(1 - tanh(x)**2)", {}),
    ("x.T@x", "2*x*(1 + heaviside(norm(x) - 3000))", {}),
    ("relu(c - x.T@y/norm(x))", "-heaviside(c - (1 - 1e-12)*(x.T@y)/norm(x))*(y/norm(x) - x.T@y*x/norm(x)**3)",
     {"wrt": "x", "assume": {"c": ["positive"]}}),
    # right where k or n is even
    ("det(matpow(X, k))", "k*det(matpow(-X, k))*inv(X).T",
     {"wrt": "X", "assume": {"X": ["invertible"], "k": ["integer"]}}),
    # in one entry, where a factor hides the kink at most points, and in a corner at the end of the domain of c
    ("sum(relu(x))", "heaviside(x - 1e-12*e(0, n))", {}),
    ("relu(a)*heaviside(b - 1)", "heaviside(a - 1e-12)*heaviside(b - 1)", {"wrt": "a"}),
    ("sum(relu(abs(y - X@w) - c))", "-X.T@(sign(y - X@w + 1e-12)*heaviside(abs(y - X@w) - c))",
     {"wrt": "w", "assume": {"c": ["unit-interval"]}}),
])
def test_what_is_wrong_beyond_kinks_or_for_odd_numbers_alone_is_found(text, formula, options):
    assert judged(text, formula, **options).ok is False


@pytest.mark.parametrize("text, formula, options", [
    ("relu(a - 6)", "heaviside(a - 6)", {}),
    ("maximum(a, 100)", "heaviside(a - 100)", {}),
    ("norm1(x)", "sign(x)", {}),
    ("sum(maximum(x, y))", "heaviside(x - y)", {"wrt": "x"}),
])
def test_a_right_formula_is_compared_on_both_sides_of_its_kinks(text, formula, options):
    report = judged(text, formula, **options)
    assert report.ok and report.kinks == 1


@pytest.mark.parametrize("text, formula, options", [
    ("norm(Q@x - b)**2", "2*(x - Q.T@b)", {"wrt": "x", "assume": {"Q": ["orthogonal"]}}),
    ("norm(Q@x - b)**2", "2*(x - Q.T@b)", {"wrt": "x", "assume": {"Q": ["orthogonal"]}, "shapes": {"Q": ("m", "n")}}),
    ("tr(A@Q)", "(A.T - Q@A@Q)/2", {"wrt": "Q", "assume": {"Q": ["orthogonal"]}, "structure": "projected"}),
    ("norm1(M@x)", "M@sign(M@x)", {"wrt": "x", "assume": {"M": ["diagonal", "positive"]}}),
    ("tr(K.T@K)", "2*K", {"assume": {"K": ["skew"]}}),
    ("norm(sqrtm(A)@sqrtm(A) - A)**2", "zeros(n, n)", {"assume": {"A": ["pd"]}}),
    ("norm(pinv(X)@X - eye(n))**2", "zeros(m, n)", {"shapes": {"X": ("m", "n")}}),
    ("detach(x).T@x", "x", {}),
    ("sum(x**k)", "k*x**(k - 1)", {"wrt": "x", "assume": {"k": ["integer"], "x": ["positive"]}, "shapes": {"k": ()}}),
])
def test_right_formulas_are_not_refuted(text, formula, options):
    report = judged(text, formula, **options)
    assert report.ok is not False, report


def test_the_points_have_different_sizes_tall_and_wide():
    names, taken = {"n", "m"}, set()
    found = list(size_assignments(names, taken, 2))[:3]
    assert all(len(set(sizes.values())) == 2 for sizes in found)
    assert {sizes["n"] < sizes["m"] for sizes in found} == {True, False}
    assert max(max(sizes.values()) for sizes in found) >= 4
    assert [sizes["n"] for sizes in size_assignments({"n"}, set(), 2)][:3] == [4, 3, 2]


def test_a_question_that_is_too_large_says_so():
    report = check_exactly(matcalc.diff("tr(A@A)", shapes={"A": (3000, 3000)}))
    assert report.ok is None
    assert str(report) == "not checked exactly: a matrix of 3000×3000 is too large"


def test_without_python_flint_it_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    report = check_exactly(matcalc.diff("sum(lgamma(x))"))
    assert report.ok is None
    assert "log Γ" in report.reason and "python-flint cannot be imported" in report.reason
    assert check_exactly(matcalc.diff("x.T@A@x")).ok


@pytest.mark.parametrize("text, options", [
    ("prod(x)", {}),
    ("prod(x)", {"order": 2}),
    ("adj(X)", {}),
    ("det(X)", {"order": 2}),
    ("maximum(Y, Y)", {}),
    ("max(abs(X.T@X - eye(m)))", {"shapes": {"X": ("n", "m")}}),
    ("max(S)", {"assume": {"S": ["symmetric"]}, "structure": "projected"}),
    ("sum(maximum(x, abs(x)))", {"assume": {"x": ["positive"]}}),
    ("sum(minimum(r*a, minimum(maximum(r, 0.8), 1.2)*a))", {"wrt": "r", "shapes": {"r": ("n",), "a": ("n",)}}),
    ("norm(X@ones(m, m), 1)", {"shapes": {"X": ("n", "m")}}),
])
def test_ties_are_told_and_zeros_need_no_quotient(text, options):
    report = check_exactly(matcalc.diff(text, **options))
    assert report.ok, report


@pytest.mark.parametrize("text, wrt", [
    ("sum(log(x))", "x"), ("sum(X**a)", "X"), ("sum(asin(x))", "x"), ("sum(sqrt(x)*relu(log(x)))", "x"),
    ("sum(log(1 - x))", "x"), ("x.T@log(x)", "x"),
])
def test_points_lie_in_the_domain(text, wrt):
    report = check_exactly(matcalc.diff(text, wrt=wrt))
    assert report.ok, report


def test_every_torch_line_of_the_rule_book_is_read():
    for rule in standard_rules():
        if rule.torch:
            read_line(rule.torch)


def test_a_function_of_a_rule_file_is_evaluated_by_its_torch_line(tmp_path):
    known, unknown = tmp_path / "known.rules", tmp_path / "unknown.rules"
    known.write_text(
        "swoosh(X: n,m) -> n,m\n    elementwise\n"
        "    d swoosh(X) = (sigmoid(X) + X*sigmoid(X)*(1 - sigmoid(X)))*dX\n"
        "    torch     X*torch.sigmoid(X)\n    source    Ramachandran et al. (2017)\n"
    )
    unknown.write_text(
        "surprise(X: n,m) -> n,m     where positive(X)\n    elementwise\n    d surprise(X) = -(log(X) + 1)*dX\n"
        "    torch     torch.special.entr(X)\n    source    Shannon (1948)\n"
    )
    report = check_exactly(matcalc.diff("sum(swoosh(A@x))", wrt="x", rules=[str(known)]))
    assert report.ok and report.digits == 50
    report = check_exactly(matcalc.diff("sum(surprise(x))", rules=[str(unknown)]))
    assert report.ok is None
    assert "its torch line calls torch.special.entr, whose exact value is not known" in report.reason


SERIES = [
    ("logsumexp(x)", "softmax(x)", "softmax(x)*(1 + 1e-12)"),
    ("sum(tanh(x))", "1 - tanh(x)**2", "1 - tanh(x)**2 + 1e-9*x**3"),
    ("norm(x)", "x/norm(x)", "x/norm(x)*(1 - 1e-12)"),
    ("sum(log(x))", "1/x", "1/x + 1e-14"),
    ("sum(sin(x))", "cos(x)", "1 - x**2/2 + x**4/24"),
    ("tr(expm(X))", "expm(X).T", "expm(X)"),
    ("sum(erf(x))", "2*exp(-x**2)/sqrt(pi)", "2*exp(-x**2)/sqrt(pi)*(1 + x**6)"),
]


@pytest.mark.parametrize("text, right, wrong", SERIES)
def test_without_python_flint_power_series_are_compared_modulo_a_prime(text, right, wrong, monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    report = judged(text, right)
    assert report.ok and report.chance is None and report.digits is None, report
    assert str(report).startswith("power series are equal modulo the power 8 of a random prime near 2**81 at 3 points")
    report = judged(text, wrong)
    assert report.ok is None and "python-flint cannot be imported" in report.reason
