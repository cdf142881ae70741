"""Generated code at hard points: large logits, matrices that are nearly singular, in double and single precision."""

from pathlib import Path

import array_api_strict
import jax.numpy as jnp
import mpmath
import numpy
import pytest
import torch
from seeds import seed_of
from tables import every_row

import matcalc
from matcalc.errors import RuleFileError
from matcalc.evaluation.evaluate import evaluate
from matcalc.rulebook.files import read_rules

ACTIVATIONS = str(Path(__file__).resolve().parents[2] / "docs" / "examples" / "activations.rules")
CONVERT = {"numpy": numpy.asarray, "torch": torch.tensor, "jax": jnp.asarray}
DTYPES = (numpy.float64, numpy.float32)
# every target with every dtype would be twice the JAX to compile, for what NumPy's code shows as well
PRECISIONS = [(target, numpy.float64) for target in CONVERT] + [
    ("numpy", numpy.float32), pytest.param("torch", numpy.float32, marks=pytest.mark.long),
    pytest.param("jax", numpy.float32, marks=pytest.mark.long),
]  # fmt: skip

pytestmark = pytest.mark.usefixtures("double_precision_in_jax")


def results(text, target, dtype, **arrays):
    """Return value, gradient and Hessian by z as NumPy arrays; all names are columns."""
    derivative = matcalc.diff(text, "z", shapes={name: ("n", 1) for name in arrays})
    given = {name: CONVERT[target](numpy.asarray(array, dtype)) for name, array in arrays.items()}
    found = [numpy.asarray(array) for array in derivative.compile(target, orders=(0, 1, 2))(**given)]
    assert {array.dtype for array in found} == {numpy.dtype(dtype)}
    return found


def within(found, exact, dtype, units):
    """Every entry is within some units of rounding, of itself; what is below the smallest normal number may be 0."""
    info = numpy.finfo(dtype)
    exact = numpy.array(exact, dtype=object)
    found = found.reshape(exact.shape).astype(float)
    for ours, theirs in zip(found.ravel(), exact.ravel()):
        assert abs(mpmath.mpf(float(ours)) - theirs) <= units * float(info.eps) * abs(theirs) + float(info.tiny)


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def diagonal(entries):
    return [[entry if i == j else mpmath.mpf(0) for j in range(len(entries))] for i, entry in enumerate(entries)]


def exact_softplus(z, sign=1):
    """Of sign times the softplus."""
    return (sign * sum(mpmath.log1p(mpmath.exp(x)) for x in z), [sign * sigmoid(x) for x in z],
            diagonal([sign * sigmoid(x) * sigmoid(-x) for x in z]))


def exact_sigmoid(z):
    first = [sigmoid(x) * sigmoid(-x) for x in z]
    return sum(map(sigmoid, z)), first, diagonal([p * (sigmoid(-x) - sigmoid(x)) for p, x in zip(first, z)])


def exact_logsumexp(z):
    total = sum(map(mpmath.exp, z))
    p = [mpmath.exp(x) / total for x in z]
    rest = [sum(mpmath.exp(x) for j, x in enumerate(z) if j != i) / total for i in range(len(z))]
    return mpmath.log(total), p, [[p[i] * rest[i] if i == j else -p[i] * p[j] for j in range(len(z))]
                                  for i in range(len(z))]


LOGITS = [800.0, -800.0, 0.0, 1e-20, 40.0, -40.0, 80.0, -3.0, 0.75]
ENTRYWISE = {
    "sum(softplus(z))": exact_softplus,
    "sum(log(1 + exp(z)))": exact_softplus,
    "sum(log(1 - sigmoid(z)))": lambda z: exact_softplus(z, -1),
    "sum(sigmoid(z))": exact_sigmoid,
    "sum(1/(1 + exp(-z)))": exact_sigmoid,
}


@pytest.mark.parametrize(("target", "dtype"), PRECISIONS)
@pytest.mark.parametrize("text", ENTRYWISE)
def test_large_logits_entry_by_entry(text, target, dtype):
    # the second derivative of the sigmoid has a zero at 0, near which its entries are small differences
    logits = [x for x in LOGITS if abs(x) != 1e-20] if ENTRYWISE[text] is exact_sigmoid else LOGITS
    value, gradient, hessian = results(text, target, dtype, z=logits)
    with mpmath.workdps(800):
        exact = ENTRYWISE[text]([mpmath.mpf(float(dtype(x))) for x in logits])
        within(value, exact[0], dtype, 4)
        within(gradient, exact[1], dtype, 8)
        within(numpy.diag(hessian), [exact[2][i][i] for i in range(len(logits))], dtype, 16)
    assert (hessian == numpy.diag(numpy.diag(hessian))).all()


@pytest.mark.parametrize(("target", "dtype"), PRECISIONS)
@pytest.mark.parametrize("text", ["logsumexp(z)", "log(sum(exp(z)))"])
@pytest.mark.parametrize("z", [[800.0, 799.0, 797.5], [-800.0, -799.0, -797.5], [800.0, -800.0, 0.0], [0.0, 0.0, 0.0]],
                         ids=str)
def test_large_logits_in_a_sum_of_exponentials(text, z, target, dtype):
    found = results(text, target, dtype, z=z)
    with mpmath.workdps(800):
        exact = exact_logsumexp([mpmath.mpf(x) for x in z])
        within(found[0], exact[0], dtype, 4)
        within(found[1], exact[1], dtype, 8)
        # p*(1 - p) is close to 0 where p is close to 1: measured by the largest p
        error = numpy.abs(found[2].astype(float) - numpy.array(exact[2], dtype=float)).max()
    assert error <= 8 * numpy.finfo(dtype).eps


@pytest.mark.parametrize(("target", "dtype"), PRECISIONS)
@pytest.mark.parametrize("z", [[800.0, 799.0, 797.5], [800.0, -800.0, 0.0]], ids=str)
def test_cross_entropy_of_large_logits(z, target, dtype):
    y = [0.0, 1.0, 0.0]
    for text in ("logsumexp(z) - y.T@z", "sum(y)*logsumexp(z) - sum(y*z)"):
        found = results(text, target, dtype, z=z, y=y)
        with mpmath.workdps(800):
            value, p, hessian = exact_logsumexp([mpmath.mpf(x) for x in z])
            exact = value - mpmath.mpf(z[1]), [p[i] - mpmath.mpf(y[i]) for i in range(3)], hessian
        for ours, theirs in zip(found, exact):
            theirs = numpy.array(theirs, dtype=float)
            error = numpy.abs(ours.reshape(theirs.shape).astype(float) - theirs).max()
            assert error <= 8 * numpy.finfo(dtype).eps * (800 if theirs.ndim == 0 else 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", CONVERT)
def test_logistic_regression_with_large_margins(target, dtype):
    A = numpy.array([[700.0, -100.0], [-300.0, 500.0], [0.5, 0.25]])
    x, y = numpy.array([1.0, -1.0]), numpy.array([0.0, 1.0, 1.0])
    derivative = matcalc.diff("sum(softplus(A@x)) - y.T@A@x", "x")
    given = {name: CONVERT[target](array.astype(dtype)) for name, array in (("A", A), ("x", x), ("y", y))}
    value, gradient, hessian = (numpy.asarray(array) for array in derivative.compile(target, orders=(0, 1, 2))(**given))
    with mpmath.workdps(800):
        z = [mpmath.mpf(float(t)) for t in A @ x]
        p = [sigmoid(t) for t in z]
        loss = sum(mpmath.log1p(mpmath.exp(t)) for t in z) - sum(mpmath.mpf(float(b)) * t for b, t in zip(y, z))
        s = numpy.array([float(p[i] - y[i]) for i in range(3)])
        d = numpy.array([float(p[i] * sigmoid(-z[i])) for i in range(3)])
    eps = numpy.finfo(dtype).eps
    assert abs(float(value) - float(loss)) <= 4 * eps * float(loss)
    assert numpy.abs(gradient[:, 0] - A.T @ s).max() <= 8 * eps * numpy.abs(A.T @ s).max()
    assert numpy.abs(hessian - A.T @ numpy.diag(d) @ A).max() <= 16 * eps * numpy.abs(A.T @ numpy.diag(d) @ A).max()
    assert (hessian == hessian.T).all()


# -- nearly singular matrices -----------------------------------------------------------------------------------


def spd(condition, n=5, seed=7):
    print(f"seed {seed}")
    q, _ = numpy.linalg.qr(numpy.random.default_rng(seed).standard_normal((n, n)))
    S = q @ numpy.diag(numpy.geomspace(1, 1 / condition, n)) @ q.T
    return (S + S.T) / 2


@pytest.mark.parametrize("target", CONVERT)
@pytest.mark.parametrize(("dtype", "condition"), [
    (numpy.float64, 1e10), pytest.param(numpy.float64, 1e4, marks=pytest.mark.long), (numpy.float32, 1e4),
])
@pytest.mark.parametrize(("text", "wrt"), [
    ("logdet(S)", "S"), ("x.T@inv(S)@x", "S"), ("x.T@inv(S)@x", "x"), ("x.T@solve(S, x)", "x"),
    ("logdet(S) + x.T@inv(S)@x", "S"), ("log(det(S))", "S"),
])
def test_nearly_singular_matrices_lose_what_their_condition_says(text, wrt, target, dtype, condition):
    S, x = spd(condition).astype(dtype), numpy.linspace(-1, 1, 5).astype(dtype)
    arrays = {"S": S, "x": x} if "x" in text else {"S": S}
    derivative = matcalc.diff(text, wrt, assume={"S": ["pd"]}, shapes={"S": ("n", "n"), **(
        {"x": ("n", 1)} if "x" in text else {})})
    found = derivative.compile(target, value=False)(**{n: CONVERT[target](a) for n, a in arrays.items()})
    with mpmath.workdps(60):
        inverse = mpmath.matrix(S.astype(float).tolist()) ** -1
        b = inverse * mpmath.matrix(x.astype(float).tolist())
        exact = {"logdet(S)": inverse, "log(det(S))": inverse, "x.T@inv(S)@x": -b * b.T if wrt == "S" else 2 * b,
                 "x.T@solve(S, x)": 2 * b, "logdet(S) + x.T@inv(S)@x": inverse - b * b.T}[text]
        exact = numpy.array(exact.tolist(), dtype=float)
    error = numpy.linalg.norm(numpy.asarray(found, dtype=float) - exact) / numpy.linalg.norm(exact)
    assert error <= condition * numpy.finfo(dtype).eps


# -- a user's rules --------------------------------------------------------------------------------------------

RULE = """
wave(X: n,m) -> n,m
    elementwise
    d wave(X) = cos(X)*dX
    torch     torch.sin(X)
    {word}    {line}
    source    a test
"""


@pytest.mark.parametrize("target", [*CONVERT, "array-api"])
@pytest.mark.parametrize(("text", "wrt"), [("sum(softsign(A@x)**2)", "x"), ("distance(A@x, y)", "x")])
def test_a_users_functions_compile_for_every_target(text, wrt, target):
    derivative = matcalc.diff(text, wrt, rules=ACTIVATIONS)
    arrays = {"A": numpy.array([[1.0, -2.0], [0.5, 1.5]]), "x": numpy.array([0.5, -1.0]), "y": numpy.array([2.0, 1.0])}
    arrays = {name: array for name, array in arrays.items() if name in derivative.shapes}
    given = {name: CONVERT.get(target, numpy.asarray)(array) for name, array in arrays.items()}
    expected = derivative.evaluate(**arrays)
    found = numpy.asarray(derivative.compile(target, value=False)(**given))
    assert numpy.abs(found - expected).max() <= 1e-14 * numpy.abs(expected).max() * 10


@pytest.mark.parametrize(("word", "line"), [
    ("numpy", "numpy.load('x')"), ("numpy", "__import__('os').system('touch stolen')"), ("array", "open('x')"),
    ("jax", "jax.numpy.load('x')"), ("jax", "jax.pure_callback(X, X)"), ("array", "xp.exp(X).__class__"),
    ("numpy", "numpy.exp(X) if exit() else X"), ("numpy", "scipy.io.loadmat('x')"), ("array", "eval('1')"),
    ("numpy", "numpy.lib.format.open_memmap('x')"), ("array", "X.tofile('x')"), ("numpy", "numpy.savetxt('x', X)"),
    ("numpy", "numpy.fromfile('x')"), ("numpy", "numpy.memmap('x')"), ("jax", "jax.numpy.save('x', X)"),
    ("numpy", "numpy.vectorize(exit)(X)"), ("array", "torch.load('x')"),
    ("numpy", "numpy.f2py.run_main(X)"),
    ("numpy", "numpy.testing.runstring(X, X)"),
])
def test_a_rule_cannot_run_what_it_likes(word, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.rules"
    path.write_text(RULE.format(word=word, line=line), encoding="utf-8")
    with pytest.raises(RuleFileError):
        read_rules(path.read_text(encoding="utf-8"), "evil.rules")
    for target in (*CONVERT, "array-api"):
        with pytest.raises(matcalc.MatcalcError):
            matcalc.diff("sum(wave(x))", "x", rules=str(path)).compile(target)
    assert list(tmp_path.iterdir()) == [path]


STABLE = [
    "log(sum(exp(W)))", "log(sum(exp(X@W), axis=1))", "log(sum(exp(X@W), axis=0))", "log(softmax(z))",
    "log(softmax(W))",
    "log(softmax(W, axis=1))", "log1p(exp(z))", "sum(log(cosh(z)))", "log(cosh(W))", "exp(W)/sum(exp(W), axis=1)",
    "exp(W)/sum(exp(W), axis=0)", "exp(z)/sum(exp(z))", "log(1 - sigmoid(z))", "1 - sigmoid(W)",
]


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "array-api"])
@pytest.mark.parametrize("text", STABLE)
def test_stable_forms_have_the_value_of_what_was_typed_and_stay_finite(text, target):
    """Each form has overloads for columns, matrices and axes: the one that is taken has to fit."""
    shapes = {"X": ("n", "m"), "W": ("m", "p"), "z": ("n", 1)}
    expression = matcalc.parse(text, shapes={k: v for k, v in shapes.items() if k in text})
    derivative = matcalc.diff(expression, "W" if "W" in text else "z")
    code = derivative.compile(target, orders=(0,))
    for seed, scale in ((0, 1.0), (1, 900.0)):
        generator = numpy.random.default_rng(seed)
        sizes = {"n": 3, "m": 4, "p": 5, 1: 1}
        arrays = {k: scale * generator.standard_normal([sizes[s] for s in shapes[k]]) for k in expression.shapes}
        given = arrays if target != "array-api" else {k: array_api_strict.asarray(v) for k, v in arrays.items()}
        found = numpy.asarray(code(**given))
        assert numpy.isfinite(found).all(), (text, scale)
        if scale == 1:
            tensors = {k: torch.as_tensor(v) for k, v in arrays.items()}
            exact = evaluate(expression.elaborated.tree, tensors, sizes, expression.book).numpy()
            assert found.shape in (exact.shape, ()) and numpy.allclose(found, exact, rtol=1e-12, atol=0)



@pytest.mark.parametrize("text", ["y.T@inv(A)@y", "y.T@inv(A)@B@inv(A).T@y"])
def test_a_singular_matrix_that_is_factorised_is_said(text):
    function = matcalc.diff(text, "y").compile("numpy")
    arrays = {"A": numpy.ones((2, 2)), "B": numpy.eye(2), "y": numpy.ones(2)}
    with pytest.raises(matcalc.DomainError):
        function(**{name: arrays[name] for name in arrays if name in text})


@every_row(("small", "rows"), [(1e-4, 1), (1e-8, 1), (1e-12, 1), (1e-8, 3), (1e-12, 3)])
def test_a_row_that_stands_almost_alone_costs_the_identity_of_woodbury_no_digits(small, rows):
    """1/d of one such row is taken from nearly itself; of three rows that share two columns it is not."""
    noise = "F@F.T + diag(d)"
    shapes = {"F": ("n", "k"), "d": ("n", 1)}
    likelihood = matcalc.diff(f"logdet({noise}) + tr(inv({noise})@S)", ["F", "d"], shapes=shapes)
    function = likelihood.compile("numpy", orders=(0, 1))
    rng = numpy.random.default_rng(seed_of("rows that stand alone"))
    F, d = rng.normal(size=(8, 2)), numpy.ones(8)
    d[:rows] = small
    S = numpy.cov(rng.normal(size=(8, 20)))
    with mpmath.workdps(60):
        thin = mpmath.matrix(F.tolist())
        exact = thin * thin.T + mpmath.diag([mpmath.mpf(entry) for entry in d.tolist()])
        product = exact**-1 * mpmath.matrix(S.tolist())
        value = float(mpmath.log(mpmath.det(exact)) + sum(product[i, i] for i in range(8)))
    assert float(function(F=F, d=d, S=S)[0]) == pytest.approx(value, rel=1e-10)
