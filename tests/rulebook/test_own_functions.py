"""Functions that the rule book does not have get the same proofs as its own: three from a user's file."""

import pytest

import matcalc
from matcalc.linalg import convex, definite

OWN = """
# the Huber loss of width 1, log(sigmoid(X)), a difference for code alone, exp(-X**2), a sum of eigenvalues
huber(X: n,m) -> n,m
    elementwise
    d huber(X) = minimum(maximum(X, -1), 1) * dX     where nonzero(X - 1), nonzero(X + 1)
    bounds    [0, inf)
    parity    even
    convex
    torch     torch.clamp(torch.abs(X), max=1)*(2*torch.abs(X) - torch.clamp(torch.abs(X), max=1))/2
    source    Boyd & Vandenberghe (2004), 6.1.2

logexpit(X: n,m) -> n,m
    elementwise
    d logexpit(X) = sigmoid(-X) * dX
    bounds    (-inf, 0)
    monotone  increasing
    concave
    short for log(sigmoid(X))
    torch     torch.nn.functional.logsigmoid(X)
    source    Murphy (2022), Probabilistic Machine Learning, 10.2

# tanh(X) - X: code calls it, answers do not
gentle(X: n,m) -> n,m
    elementwise
    d gentle(X) = (1 - tanh(X)**2 - 1) * dX
    parity    odd
    stable    tanh(X) - X
    torch     torch.tanh(X) - X
    array     xp.tanh(X) - X
    source    a test

bell(X: n,m) -> n,m
    elementwise
    d bell(X) = -2*X*bell(X)*dX
    bounds    (0, 1]
    parity    even
    short for exp(-X**2)
    shortens  bell(X)*exp(X**2) = ones(n, m)
    torch     torch.exp(-X*X)
    source    a test

spread(X: n,n) -> scalar                 where symmetric(X)
    requires  symmetric(X)
    definite  X
    convex
    d spread(X) = d(eigmax(X)) + tr(dX)                                      where simple_maximum(X)
    torch     torch.linalg.eigvalsh(X)[-1] + torch.trace(X)
    source    Horn & Johnson (2013), 4.2
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "own.rules"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("text", "assume", "verdict"), [
    ("sum(huber(A@x - b))", {}, "convex"),
    ("huber(norm(x))", {}, "convex"),
    ("-sum(logexpit(A@x))", {}, "convex"),
    ("logexpit(-norm(x)**2)", {}, "strictly concave"),
    ("spread(x*A + B)", {"A": ["symmetric"], "B": ["symmetric"]}, "convex"),
])  # fmt: skip
def test_convexity_of_a_users_functions_is_proved(own, text, assume, verdict):
    report = convex(text, wrt="x", assume=assume, shapes={"x": ()} if "spread" in text else None, rules=own)
    assert report.verdict == verdict
    assert report.verify(points=2)


@pytest.mark.parametrize(("text", "assume", "verdict"), [
    ("diag(huber(x)) + eye(n)", {}, "positive definite"),
    ("diag(logexpit(x))", {}, "negative definite"),
    ("spread(P)*P", {"P": ["pd"]}, "positive definite"),
    ("diag(1 - logexpit(x))", {}, "positive definite"),
])  # fmt: skip
def test_definiteness_with_a_users_functions_is_proved(own, text, assume, verdict):
    report = definite(text, assume=assume, rules=own)
    assert report.verdict == verdict
    assert report.verify(points=2)


def test_without_the_lines_nothing_is_proved(tmp_path):
    path = tmp_path / "bare.rules"
    kept = [line for line in OWN.splitlines() if line.split()[:1] not in (["convex"], ["concave"], ["bounds"])]
    path.write_text("\n".join(kept), encoding="utf-8")
    assert convex("-sum(logexpit(A@x))**3", wrt="x", rules=str(path)).proof is None
    assert definite("diag(huber(x)) + eye(n)", rules=str(path)).proof is None


@pytest.mark.parametrize(("text", "answer"), [
    ("sum(logexpit(A@x))", "A.T@sigmoid(-A@x)"),
    ("sum(x*log(1/(1 + exp(-x))))", "logexpit(x) + x*sigmoid(-x)"),
    ("sum(exp(-(A@x)**2))", "-2*A.T@(A@x*bell(A@x))"),
    ("sum(exp(-(x - y)**2))", "2*(y - x)*bell(x - y)"),
    ("exp(-(w.T@x)**2)", "-2*bell(w.T@x)*(w.T@x)*w"),
])  # fmt: skip
def test_answers_have_a_users_function_for_what_it_is_short_for(own, text, answer):
    derivative = matcalc.diff(text, wrt="x", rules=own)
    assert str(derivative) == answer
    assert derivative.check()


@pytest.mark.parametrize(("text", "target", "called"), [
    ("sum((tanh(x) - x)**2)", "numpy", "gentle @ gentle"),
    ("sum((x - tanh(x))**2)", "torch", "gentle"),
    ("sum(exp(-x**2))", "numpy", "bell = numpy.exp(-x*x)"),
    ("sum(log(sigmoid(x)))", "torch", "torch.nn.functional.logsigmoid(x)"),
    # NumPy has no counterpart of it: the form of the book is taken
    ("sum(log(sigmoid(x)))", "numpy", "softplus_by_exp(v)"),
])  # fmt: skip
def test_code_has_the_stable_form_of_a_users_function(own, text, target, called):
    derivative = matcalc.diff(text, wrt="x", rules=own)
    assert called in str(derivative.code(target=target, value=True))
