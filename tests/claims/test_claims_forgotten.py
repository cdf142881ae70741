"""Wrong formulas as students write them get the diagnosis that a colleague would give, and far kinks are found."""

import pytest

import matcalc

# (expression, claim, options, diagnosis, words of the message)
FORGOTTEN = [
    ("sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x))", {}, "shape", "diag is missing"),
    ("tanh(x)", "1 - tanh(x)**2", {}, "shape", "diag(1 - tanh(x)**2)"),
    ("exp(x) + x**2", "exp(x) + 2*x", {}, "shape", "diag is missing"),
    ("softmax(x)", "softmax(x)*(1 - softmax(x))", {}, "term", "not zero off the diagonal"),
    ("softmax(x)", "diag(softmax(x)*(1 - softmax(x)))", {}, "term", "softmax(x)@softmax(x).T is left out"),
    ("softmax(x)", "diag(softmax(x))", {}, "term", "-softmax(x)@softmax(x).T is missing"),
    ("sum(sin(x)*x)", "cos(x)", {}, "term", "product rule: the derivative of sin(x)*x has two terms"),
    ("sin(a)*a", "cos(a)", {"wrt": "a"}, "term", "a*cos(a) and sin(a)"),
    ("exp(a)*sin(a)", "exp(a)*cos(a)", {"wrt": "a"}, "term", "product rule"),
    ("sum(x*exp(x))", "x*exp(x)", {}, "term", "product rule: the term exp(x) is missing"),
    ("a**2/sin(a)", "2*a/cos(a)", {"wrt": "a"}, "term", "quotient rule"),
    ("x.T@A@x", "A.T@x", {}, "term", "the term A@x is missing"),
    ("x@x.T@y", "y.T@x*eye(n)", {}, "term", "y@x.T is missing"),
    ("tanh(W@x)", "1 - tanh(W@x)**2", {"wrt": "x"}, "different", "chain rule: diag of your formula"),
    ("tanh(W@x)", "diag(1 - tanh(W@x)**2)", {"wrt": "x"}, "different", "that of W@x, W.T, is missing"),
    ("(y.T@x)**4", "12*(y.T@x)**2", {"order": 2}, "different", "the derivative by y.T@x; that of y.T@x is missing"),
    ("log(sum(exp(x)))", "1/sum(exp(x))", {}, "different", "chain rule: your formula is the derivative by sum(exp(x))"),
    ("x.T@A@x", "2*A*x", {}, "elementwise", "2*A@x in place of 2*A*x, and even so it is right only if A is symmetric"),
    ("x.T@A@x", "4*A@x", {}, "symmetric only", "a factor 1/2 is missing, and even so"),
    (
        "(y - B.T@x).T@A@(y - B.T@x)",
        "4*x@y.T@A - 4*x@x.T@B@A",
        {"wrt": "B"},
        "symmetric only",
        "the sign is wrong and a factor 1/2 is missing, and even so your formula is right only if A is symmetric",
    ),
    ("x.T@A@x", "2Ax", {}, "symmetric only", "right if A is symmetric"),
    ("A@X@B", "kron(A, B.T)", {"wrt": "X"}, "other layout", "stacks rows"),
]


@pytest.mark.parametrize("expression, claim, options, diagnosis, words", FORGOTTEN)
def test_what_was_forgotten_is_named(expression, claim, options, diagnosis, words):
    report = matcalc.check(expression, claim, **{"wrt": "x", **options})
    assert (report.ok, report.diagnosis) == (False, diagnosis), str(report)
    assert words in report.message


@pytest.mark.parametrize("layout, transposed", [("num", False), ("denom", True)])
def test_a_jacobian_by_the_transposed_variable_is_recognised(layout, transposed):
    right = "kron(B.T, A)@comm(n, m)"
    claim = f"({right}).T" if transposed else right
    shapes = {"A": ("k", "m"), "X": ("m", "n"), "B": ("n", "l")}
    report = matcalc.check("A@X@B", claim, wrt="X", shapes=shapes, layout=layout)
    assert report.diagnosis == "other layout"
    assert "by vec(X.T)" in report.message


def test_a_formula_in_another_notation_is_read_as_such():
    report = matcalc.check("x.T@A@x", "2Ax", assume={"A": ["symmetric"]})
    assert report.ok
    assert "your formula is read as 2*A@x" in report.notes


# wrong by what lies far away, or very near to a kink
FAR = [
    ("relu(a - 6)", "0", {"wrt": "a"}),
    ("relu(a - 6)", "0", {"wrt": "a", "assume": {"a": ["positive"]}}),
    ("maximum(a, 100)", "0", {"wrt": "a"}),
    ("maximum(a, 100)", "1", {"wrt": "a"}),
    ("minimum(a, -5000)", "0", {"wrt": "a"}),
    ("a + relu(-a - 20)", "1", {"wrt": "a"}),
    ("a", "1 + heaviside(a - 300)", {"wrt": "a"}),
    ("sum(relu(x - 40))", "zeros(n)", {}),
    ("sum(abs(A@x - b - 80))", "-A.T@ones(m)", {"wrt": "x", "shapes": {"A": ("m", "n"), "b": ("m", 1)}}),
    ("sum(x**2)", "2*x + relu(tanh(x) - 0.9999999)", {}),
    # a root of one sign over the reals alone, sizes that are larger than those that are drawn
    ("sqrt(a**2)", "1", {"wrt": "a"}),
    ("(a**2)**1.5", "3*a**2", {"wrt": "a"}),
    ("mean(x)", "ones(n)/minimum(n, 10)", {}),
    ("sum(x)", "ones(n)*(1 + relu(n - 7))", {}),
    ("lgamma(n - 5)*sum(x)", "lgamma(n - 4)*ones(n)", {"shapes": {"x": ("n", 1)}}),
    ("sum(x**2)", "2*x + relu(1/1000000 - norm(x))", {}),
    ("sum(abs(x))", "tanh(1000*x)", {}),
    ("abs(a)", "tanh(1000*a)", {"wrt": "a"}),
    ("max(x)", "softmax(1000*x)", {}),
    ("min(x)", "softmax(-1000*x)", {}),
    # far out, and all entries at once
    ("relu(min(x) - 10**6)", "0", {}),
    ("relu(quantile(x, 0.9) - 10**6)", "0", {}),
    ("prod(relu(x - 10**6))", "0", {}),
    ("relu(eigmin(X + X.T) - 10**6)", "0", {}),
    ("sum(where(min(x) > 10**6, x**2, 0))", "0", {}),
    ("relu(log(a) - 200)", "0", {"wrt": "a"}),
    # close to the bound of what is bounded
    ("sum(relu(sin(x) - 0.9999999))", "0", {}),
    ("relu(sin(a) - (1 - 10**-13))", "0", {"wrt": "a"}),
    ("relu(x.T@y/(norm(x)*norm(y)) - 0.9999999)", "0", {"wrt": "x"}),
    ("relu(10**-6 - norm(x - 1000)**2)", "0", {}),
    ("relu(max(p) - 0.999999)", "0", {"assume": {"p": ["simplex"]}}),
    ("relu(tr(inv(A)) - 10**6)", "0", {"assume": {"A": ["pd"]}}),
    # beside what is all but 0 on most of that side, and in a window that is flat around it
    ("y.T@softmax(x)", "((y - y.T@softmax(x))*softmax(x))*(1 + relu(min(x) - 10**8))", {"wrt": "x"}),
    ("sum(x**2)", "2*x*(1 + relu(exp(-(min(x) - 50)**2) - 0.99999))", {}),
    # where two sides meet
    ("relu(min(x) - 10)*relu(10.5 - max(x))", "0", {}),
    ("relu(min(x) - 10**6)*relu(5 - max(abs(y)))", "0", {"wrt": "x"}),
    ("relu(norm(Q@x - y) - 10**6)*relu(1 - norm(x))", "0", {"wrt": "x", "assume": {"Q": ["orthogonal"]}}),
    ("relu(tr(X.T@X) - 10**8)*relu(10**-3 - abs(tr(X)))", "0", {}),
]


@pytest.mark.parametrize("expression, claim, options", FAR)
def test_what_is_wrong_beyond_or_beside_a_kink_is_wrong(expression, claim, options):
    shapes = {"a": ()} if options.get("wrt") == "a" else {}
    report = matcalc.check(expression, claim, **{"shapes": shapes, **options})
    assert report.ok is False, str(report)


@pytest.mark.parametrize(
    "expression, claim, options",
    [
        ("relu(a - 6)", "heaviside(a - 6)", {"wrt": "a"}),
        ("relu(a - 6)", "(1 + sign(a - 6))/2", {"wrt": "a"}),
        ("maximum(a, 100)", "(1 + sign(a - 100))/2", {"wrt": "a"}),
        ("sum(abs(x))", "x/abs(x)", {}),
        ("max(x)", "1 - sign(max(x) - x)", {}),
        ("norm(x, inf)", "sign(x)*hardmax(abs(x))", {}),
        ("sum(relu(A@x - 80))", "A.T@heaviside(A@x - 80)", {"wrt": "x"}),
        ("logsumexp(x)", "exp(x)/sum(exp(x))", {}),
    ],
)
def test_what_is_right_is_right_beside_kinks(expression, claim, options):
    shapes = {"a": ()} if options.get("wrt") == "a" else {}
    report = matcalc.check(expression, claim, **{"shapes": shapes, **options})
    assert report.ok
    assert not any("not compared" in note for note in report.notes)


@pytest.mark.parametrize(
    "expression, claim, options, where",
    [
        ("relu(0.01 - max(p))", "0", {"assume": {"p": ["simplex"]}}, "max(p) < 1/100"),
        # proved to be empty
        ("relu(x.T@x + 1)", "2*x", {}, ""),
        ("relu(a**2 - a + 1)", "2*a - 1", {"shapes": {"a": ()}}, ""),
        ("abs(exp(a))", "exp(a)", {"shapes": {"a": ()}}, ""),
    ],
)
def test_a_side_that_was_not_found_is_named(expression, claim, options, where):
    report = matcalc.check(expression, claim, **options)
    assert report.ok
    assert [note.split(":")[0] for note in report.notes] == ([f"not compared where {where}"] if where else [])
