"""Claims about derivatives by complex names: what is right, and which mistake a wrong one is."""

import pytest

import matcalc

C = ["complex"]
LEAST_SQUARES, CAPACITY = "norm(A@z - b)**2", "logdet(eye(n) + Z@Z.H)"
RIGHT = [
    (LEAST_SQUARES, "conj(z)", "A.H@(A@z - b)", {}),
    (LEAST_SQUARES, "z", "(A@z - b).H@A", {}),
    (LEAST_SQUARES, "z", "2*A.H@(A@z - b)", {"convention": "torch"}),
    (LEAST_SQUARES, "z", "2*A.T@conj(A@z - b)", {"convention": "jax"}),
    (CAPACITY, "conj(Z)", "Z@inv(eye(m) + Z.H@Z)", {}),
    ("sum(exp(z))", "conj(z)", "0", {}),
    ("logdet(H)", "H", "inv(conj(H))", {}),
    ("imag(a.H@z)", "z", "-1j*conj(a)/2", {}),
]
WRONG = [
    (LEAST_SQUARES, "conj(z)", "2*A.H@(A@z - b)", {}, "convention", "this is torch's .grad: twice ∂f/∂conj(z)"),
    (LEAST_SQUARES, "z", "2*A.T@conj(A@z - b)", {}, "convention", "this is JAX's grad: twice ∂f/∂z"),
    (LEAST_SQUARES, "z", "A.H@(A@z - b)", {}, "other tangent", "your formula is ∂f/∂conj(z), and asked for is ∂f/∂z"),
    (LEAST_SQUARES, "z", "A.H@(A@z - b)", {"convention": "torch"}, "convention", "torch's .grad is twice ∂f/∂conj(z)"),
    (LEAST_SQUARES, "conj(z)", "A.T@(A@z - b)", {}, "conjugate", "A.H is needed for A.T"),
    (LEAST_SQUARES, "conj(z)", "3*A.H@(A@z - b)", {}, "factor", "a factor of 1/3 is missing"),
    (LEAST_SQUARES, "conj(z)", "1j*A.H@(A@z - b)", {}, "factor", "a factor of -1j is missing"),
    (LEAST_SQUARES, "conj(z)", "A.H@A@z - b", {}, "shape", "the derivative is n×1 in denominator layout"),
    ("z.H@A@z", "conj(z)", "(A + A.H)@z", {}, "real only", "right for real names alone"),
    ("tr(B@Z.H)", "conj(Z)", "B.T", {"layout": "denom"}, "other layout", "transposed"),
    ("sum(z**3)", "z", "conj(3*z**2)", {}, "conjugate", "your formula is the conjugate of the derivative"),
    (CAPACITY, "conj(Z)", "inv(eye(n) + Z@Z.T)@Z", {}, "conjugate", "Z.H is needed for Z.T"),
    ("norm(z)**4", "conj(z)", "norm(z)*z", {}, "different", "no simple change"),
    # wrong far out, where all entries are large, and close to a bound
    ("sum(relu(abs(z) - 10**6))", "z", "0", {}, "different", "your formula is zero, and the derivative is not"),
    ("relu(min(abs(z)) - 10**4)", "z", "0", {}, "different", "your formula is zero, and the derivative is not"),
    ("relu(exp(-norm(z - 3)**2) - 0.9999999)", "z", "0", {}, "different", "is zero, and the derivative is not"),
]
ASSUME = {"z": C, "A": C, "Z": C, "B": C, "a": C, "H": ["complex", "pd"]}


def judged(text, wrt, claim, options):
    from matcalc.language.syntax import names, parse_tree

    assume = {name: words for name, words in ASSUME.items() if name in names(parse_tree(text))}
    return matcalc.check(text, claim, wrt, assume=assume, points=3, **options)


@pytest.mark.parametrize(("text", "wrt", "claim", "options"), RIGHT)
def test_right_formulas(text, wrt, claim, options):
    report = judged(text, wrt, claim, options)
    assert report.ok and report.diagnosis == "right"


@pytest.mark.parametrize(("text", "wrt", "claim", "options", "diagnosis", "said"), WRONG)
def test_wrong_formulas_are_told_apart(text, wrt, claim, options, diagnosis, said):
    report = judged(text, wrt, claim, options)
    assert report.ok is False and report.diagnosis == diagnosis and said in report.message, str(report)


def test_a_counterexample_and_the_mended_formula():
    report = judged(LEAST_SQUARES, "conj(z)", "A.T@(A@z - b)", {})
    assert report.repaired == "A.H@(A@z - b)" and str(report.right) == "A.H@(A@z - b)"
    assert {"A", "z", "b", "yours", "right"} == set(report.counterexample)
    assert report.counterexample["yours"] != report.counterexample["right"]
    assert "'" not in str(report).splitlines()[1]


def test_the_other_notations_of_claims():
    assume = {"z": C, "A": C, "b": C}
    assert matcalc.check(r"\|A z - b\|^2", r"A^H (A z - b)", "conj(z)", assume=assume, syntax="latex").ok
    assert matcalc.check("(A*z - b)'*(A*z - b)", "A'*(A*z - b)", "conj(z)", assume=assume, syntax="matlab").ok
