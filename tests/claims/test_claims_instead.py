"""A part of a formula that stands where another belongs, and restrictions that say little, are told apart."""

from tables import every_row

import matcalc

_NN = {name: ("n", "n") for name in "ABX"}

# (expression, claim, options, diagnosis, words of the message)
INSTEAD = [
    ("norm(A@x - b)**2 + lam*norm(x)**2", "2*(A.T@A + lam)@x - 2*A.T@b", {"shapes": {"lam": ()}}, "shape",
     "lam*eye(n) in place of lam"),
    ("tr(X)**3", "3*tr(X)**2*ones(n, n)", {}, "shape", "eye(n) in place of ones(n, n)"),
    ("A@x + b", "ones(m, m)", {"wrt": "b"}, "shape", "the identity matrix belongs"),
    ("x*(A@x)", "A@x + diag(x)@A", {}, "shape", "diag(A@x) in place of A@x"),
    ("sum(x**4) - x.T@A@x", "12*x**2 - A - A.T", {"order": 2}, "shape", "diag(12*x**2) in place of 12*x**2"),
    ("tr(expm(A@X))", "A.T@exp(A@X).T", {"wrt": "X", "shapes": _NN}, "elementwise", "expm(A@X) in place of exp(A@X)"),
    ("tr(matpow(X, 4))", "4*matpow(X, 4)", {}, "different", "matpow(X, 3) in place of matpow(X, 4)"),
    ("x/norm(x)", "eye(n)/norm(x) - x@x.T/norm(x)**2", {}, "different", "norm(x)**3 in place of norm(x)**2"),
    ("sum(sqrt(x**2 + c**2))", "x/sqrt(x**2 + c)", {"shapes": {"c": ()}}, "different", "c**2 belongs where c stands"),
    ("exp(t*a)", "t*exp(t*a)", {"wrt": "t", "shapes": {"t": (), "a": ("n", 1)}}, "different", "a belongs where t"),
    ("W@tanh(V@x)", "W@diag(tanh(V@x))@V", {}, "different", "1 - tanh(V@x)**2 belongs in place of tanh(V@x)"),
    ("x.T@A@x", "A.T@A", {"order": 2}, "different", "a sum belongs where a product stands"),
    ("norm(X[:, 0] - y)**2", "2*(X[:, 0] - y)@e(1, m).T", {"wrt": "X"}, "different", "0 belongs in place of 1"),
    # every occurrence of a name
    ("tr(X@A@X.T@B)", "A@X@B + A.T@X@B.T", {"wrt": "X"}, "order of factors", "A and B must change places wherever"),
    ("A@x/(c.T@x)", "A/(c.T@x) - c@x.T@A/(c.T@x)**2", {}, "transpose", "A must be transposed wherever"),
    # a part that is missing, or one too many
    ("norm(D@(A@x - b))**2/2", "A.T@(A@x - b)", {"shapes": {"D": ("k", "m"), "A": ("m", "n")}}, "different",
     "the factor D.T@D is missing"),
    ("norm(D@(A@x - b))**2/2", "A.T@D@(A@x - b)", {"shapes": {"D": ("k", "m"), "A": ("m", "n")}}, "different",
     "the factor D.T is missing"),
    ("x.T@log(p)", "1/p", {"wrt": "p"}, "different", "the factor x is missing"),
    ("1/(1 + x**2)", "diag(-1/(1 + x**2)**2)", {"shapes": {"x": ("n", 1)}}, "different", "the factor 2*x is missing"),
    ("logsumexp(W@x)", "W.T@exp(W@x)", {}, "factor", "divide by sum(exp(W@x))"),
    ("sum(log(1 + exp(X@w))) - y.T@X@w", "X.T@((sigmoid(X@w) - y)*sigmoid(X@w)*(1 - sigmoid(X@w)))", {"wrt": "w"},
     "different", "the factor sigmoid(X@w)*(1 - sigmoid(X@w)) does not belong"),
    ("logdet(A + t*B)", "inv(A + t*B)@B", {"wrt": "t", "shapes": {"t": (), **_NN}}, "shape", "tr is missing"),
    ("exp(a*x)*b", "sum(x*exp(a*x)*b)", {"wrt": "a", "shapes": {"a": (), "x": ("n", 1), "b": ("n", 1)}}, "different",
     "does not belong"),
    ("sum(p*log(p/q))", "log(p/q) + 1/q", {"wrt": "p", "assume": {"p": ["positive"], "q": ["positive"]}}, "term",
     "the term 1/q does not belong there; the term 1 is missing"),
    # the chain rule of a matrix, another question, a value that is left open
    ("det(A@X@B)", "det(A@X@B)*inv(A@X@B).T", {"wrt": "X", "shapes": _NN}, "different", "the derivative by A@X@B"),
    ('norm(X - A, "nuc")', "(X - A)/norm(X - A)", {"wrt": "X", "shapes": _NN}, "different",
     "the derivative of norm(X - A), not of"),
    ("norm1(A@x - b)", "A.T@(A@x - b)/norm(A@x - b)", {}, "different", "the derivative of norm(A@x - b), not of"),
    ("exp(-(x - m).T@P@(x - m)/2)", "-exp(-(x - m).T@P@(x - m)/2)*(x - m)", {"assume": {"P": ["symmetric"]}},
     "symmetric only", "if P is the identity matrix"),
    # right for numbers only
    ("X@X", "2*X", {}, "shape", "the derivative is (n*n)×(n*n); it is right only if X is 1×1"),
    # the sign of a whole term, of an argument
    ("norm(R - U@V.T)**2 + g*norm(U)**2", "2*(R - U@V.T)@V + 2*g*U", {"wrt": "U", "shapes": {"g": ()}}, "term",
     "the sign of 2*(R - U@V.T)@V is wrong"),
    ("sum(log(1 + exp(X@w))) - y.T@X@w", "X.T@(sigmoid(-X@w) - y)", {"wrt": "w"}, "term", "wrong in sigmoid(-X@w)"),
]


@every_row(("expression", "claim", "options", "diagnosis", "words"), INSTEAD)
def test_a_part_that_stands_where_another_belongs_is_named(expression, claim, options, diagnosis, words):
    report = matcalc.check(expression, claim, **{"wrt": "x" if "x" in expression else None, **options})
    assert (report.ok, report.diagnosis) == (False, diagnosis), str(report)
    assert words in report.message, str(report)


_SIZES = {"A": ("p", "n"), "X": ("n", "m"), "B": ("m", "p")}


@every_row(("expression", "claim", "wrt", "diagnosis", "words"), [
    ("tr(A@X@B)", "B'*A'", "X", "order of factors", "B.T and A.T must change places"),
    ("tr(A@X@B)", r"B^\top A^\top", "X", "order of factors", "must change places"),
    ("norm(A@x - b)**2", "2*np.dot(A, A.dot(x) - b)", "x", "transpose", "A must be transposed"),
    ("norm(A@x - b)**2", "2Aᵀ(Aᵀx − b)", "x", "transpose", "A must not be transposed"),
    ("sum(exp(x))", "x e^{x}", "x", "different", "the factor x does not belong there"),
])
def test_shapes_that_do_not_fit_are_what_is_wrong_in_every_notation(expression, claim, wrt, diagnosis, words):
    report = matcalc.check(expression, claim, wrt, shapes=_SIZES if "B" in expression else None)
    assert (report.ok, report.diagnosis) == (False, diagnosis), str(report)
    assert words in report.message and any("your formula is read as" in note for note in report.notes)


def test_a_formula_that_is_zero_where_it_was_drawn_is_not_called_zero():
    report = matcalc.check("relu(norm(x) - 1)", "x/norm(x)*heaviside(1 - norm(x))")
    assert report.ok is False and "is zero" not in report.message


@every_row(("expression", "claim"), [
    ('norm(X - A, "nuc")', "(X - A)@inv(sqrtm((X - A).T@(X - A)))*abs(sum(X))/sum(X)"),  # a word among the scalars
    ("kron(A, X)", "kron(vec(A), eye(n*n))"),  # a matrix by a matrix of one entry is not stacked
    ("kron(A, X)", "kron(A, eye(n*n))"),  # eye(0) among the edits
])
def test_no_edit_of_a_wrong_claim_crashes(expression, claim):
    shapes = {"A": ("m", "m") if "kron" in expression else ("n", "n"), "X": ("n", "n")}
    assert matcalc.check(expression, claim, "X", shapes=shapes).ok is False
