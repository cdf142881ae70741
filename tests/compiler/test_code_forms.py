"""The forms that code is made of: thin factors stay thin, blocks are written once, no form has poles of its own."""

import tracemalloc

import numpy
import pytest
import torch

import matcalc

SEED = 11


def peak(function, **arrays):
    """Return (the results, how many entries were in memory at once beside the arguments)."""
    function(**arrays)
    tracemalloc.start()
    try:
        found = function(**arrays)
        return found, tracemalloc.get_traced_memory()[1] / 8
    finally:
        tracemalloc.stop()


def test_a_thin_square_plus_a_diagonal_is_never_formed():
    text = "logdet(F@F.T + diag(d)) + y.T@inv(F@F.T + diag(d))@y"
    function = matcalc.diff(text, "F", assume={"d": ["positive"]}).compile()
    rng = numpy.random.default_rng(SEED)
    for n, k in ((2000, 3), (5, 4), (3, 6)):
        F, d, y = rng.standard_normal((n, k)), 0.5 + rng.random(n), rng.standard_normal(n)
        (value, gradient), entries = peak(function, F=F, d=d, y=y)
        inverse = numpy.linalg.inv(F @ F.T + numpy.diag(d))
        expected = 2 * inverse @ F - 2 * numpy.outer(inverse @ y, y @ inverse @ F)
        assert numpy.abs(gradient - expected).max() <= 1e-10 * numpy.abs(expected).max()
        assert value == pytest.approx(numpy.linalg.slogdet(F @ F.T + numpy.diag(d))[1] + y @ inverse @ y, rel=1e-11)
        if n > 1000:
            assert entries < n * n / 20


COMPONENTS = "(s*eye(n) + t*Z@Z.T)"
WEIGHTED = "(Z@diag(w)@Z.T + diag(d))"
INDUCED = "(K.T@inv(M)@K + s*eye(n))"
THIN_SHAPES = {"Z": ("n", "k"), "y": ("n", 1), "s": (), "t": (), "w": ("k", 1), "d": ("n", 1), "B": ("n", "n"),
               "K": ("k", "n"), "M": ("k", "k")}


def thin_arrays(rng, n, k):
    M = rng.standard_normal((k, k))
    return {"Z": rng.standard_normal((n, k)), "y": rng.standard_normal(n), "s": 0.7, "t": 0.3,
            "w": 0.5 + rng.random(k), "d": 0.5 + rng.random(n), "B": rng.standard_normal((n, n)),
            "K": rng.standard_normal((k, n)), "M": M @ M.T + numpy.eye(k)}


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
@pytest.mark.parametrize(("text", "wrt"), [
    (f"logdet{COMPONENTS} + y.T@inv{COMPONENTS}@y", ["s", "t"]),
    (f"tr(inv{WEIGHTED}) + tr(Z@Z.T@inv{WEIGHTED})", ["d", "w"]),
    (f"sum(diag(inv{COMPONENTS})**2)", ["s"]),
    (f"tr(inv{WEIGHTED}@B) + logdet{WEIGHTED}", ["Z", "d", "w"]),
    (f"sum(B*inv{COMPONENTS})", ["Z", "s", "t"]),
    (f"sum(diag(inv{COMPONENTS}@(B - y@y.T)))", ["Z", "s", "y"]),
    (f"sum(log(diag(inv{WEIGHTED}@B.T@inv{WEIGHTED})**2))", ["d"]),
    (f"tr(inv{INDUCED}@B) + logdet{INDUCED}", ["K", "M", "s"]),
    (f"sum(log(diag(inv{INDUCED}))) + y.T@inv{INDUCED}@y", ["K", "M", "s", "y"]),
    ("tr(B@inv(Z@M@Z.T + diag(d))) + logdet(Z@M@Z.T + diag(d))", ["Z", "M", "d"]),
])
@pytest.mark.usefixtures("double_precision_in_jax")
def test_what_a_thin_square_plus_a_diagonal_is_asked_for_takes_its_columns_alone(text, wrt, target):
    facts = {"s": ["positive"], "t": ["positive"], "w": ["positive"], "d": ["positive"], "M": ["pd"]}
    used = matcalc.parse(text).shapes
    derivatives = matcalc.diff(text, wrt, shapes={name: s for name, s in THIN_SHAPES.items() if name in used},
                               assume={name: f for name, f in facts.items() if name in used})
    function, plain = derivatives.compile(target, orders=(0, 1)), derivatives.compile(orders=(0, 1), passes=[])
    rng = numpy.random.default_rng(SEED)
    for n, k in ((40, 3), (5, 4), (3, 6))[: 1 if target == "jax" else 3]:
        arrays = {name: array for name, array in thin_arrays(rng, n, k).items() if name in used}
        for one, other in zip(function(**arrays), plain(**arrays), strict=True):
            assert numpy.abs(numpy.asarray(one) - other).max() <= 1e-9 * numpy.abs(other).max()


@pytest.mark.parametrize(("text", "wrt"), [
    ("logdet(Z@Z.T + diag(d)) + tr(inv(Z@Z.T + diag(d))@B)", ["Z", "d"]),
    ("tr(solve(Z@Z.T + s*eye(n), B)) - logdet(Z@Z.T + s*eye(n))", ["Z", "s"]),
    (f"tr(inv{INDUCED}@(B + B.T)) + logdet{INDUCED}", ["K", "M", "s"]),
])
def test_the_signs_of_what_is_added_to_a_thin_square_are_seen_when_the_function_is_called(text, wrt):
    used = matcalc.parse(text).shapes
    derivatives = matcalc.diff(text, wrt, shapes={name: s for name, s in THIN_SHAPES.items() if name in used},
                               assume={"M": ["pd"]} if "M" in used else {})
    function, plain = derivatives.compile(orders=(0, 1)), derivatives.compile(orders=(0, 1), passes=[])
    rng = numpy.random.default_rng(SEED)
    for n, k in ((40, 3), (5, 4), (3, 6)):
        arrays = {name: array for name, array in thin_arrays(rng, n, k).items() if name in used}
        for sign in (1, -1):
            arrays |= {"s": sign * 0.7} if "s" in used else {"d": arrays["d"] - (sign < 0)}
            for one, other in zip(function(**arrays), plain(**arrays), strict=True):
                assert numpy.abs(one - other).max() <= 1e-7 * numpy.abs(other).max()
    arrays = {name: array for name, array in thin_arrays(rng, 300, 3).items() if name in used}
    arrays["B"] = arrays["B"] + arrays["B"].T
    _, entries = peak(function, **arrays)
    assert entries <= 1.2 * 300**2  # that of B and its transpose, in place of four


@pytest.mark.parametrize(("text", "wrt"), [
    ("m*logdet(U) + tr(inv(U)@(X - M)@inv(V)@(X - M).T)", ["U", "V", "X"]),
    ("tr(inv(U)@K) + tr(K@inv(U)@K)", ["U", "K"]),
    ("tr(X.T@inv(U)@X) + tr(X.T@inv(U)@X@inv(V))", ["U", "V"]),
    ("tr(K@X@inv(V)@X.T@K) + tr(X.T@inv(U)@X@L)", ["X", "V", "L"]),
])
def test_traces_by_halves_are_those_of_the_whole(text, wrt):
    shapes = {"U": ("n", "n"), "V": ("m", "m"), "K": ("n", "n"), "L": ("m", "m"), "X": ("n", "m"), "M": ("n", "m")}
    used = {name: shape for name, shape in shapes.items() if name in matcalc.parse(text).shapes}
    facts = {"U": ["pd"], "V": ["pd"], "K": ["symmetric"]}
    derivatives = matcalc.diff(text, wrt, shapes=used, assume={n: f for n, f in facts.items() if n in used})
    rng = numpy.random.default_rng(SEED)
    sizes = {"n": 7, "m": 5}
    arrays = {name: rng.standard_normal([sizes[size] for size in shape]) for name, shape in used.items()}
    for name in facts.keys() & used.keys():
        arrays[name] = arrays[name] @ arrays[name].T + (0 if name == "K" else numpy.eye(len(arrays[name])))
    plain = derivatives.compile(orders=(0, 1), passes=[])(**arrays)
    for one, other in zip(derivatives.compile(orders=(0, 1))(**arrays), plain, strict=True):
        assert numpy.abs(one - other).max() <= 1e-9 * numpy.abs(other).max()


@pytest.mark.parametrize(("text", "wrt", "order", "sizes", "most"), [
    ("tr(inv(W.T@S@W)@W.T@B@W)", "W", 1, {"n": 300, "k": 3}, 300 * 3 * 30),
    ("sum(V*sqrt(1 + (x - x.T)**2))", "x", 2, {"n": 100}, 100**2 * 9),
    ("sum(logsumexp(X@W, axis=1))", "W", 2, {"m": 200, "n": 10, "k": 4}, 200 * 10 * 4 * 8),
    ("norm(W.T@W - eye(k))**2/4", "W", 2, {"n": 30, "k": 5}, (30 * 5) ** 2 * 2.5),
    ("sum(Y*(X - mean(X, axis=0))/sqrt(mean((X - mean(X, axis=0))**2, axis=0) + c))", "X", 1, {"m": 300, "n": 40},
     300 * 40 * 4),
])
def test_memory_stays_near_the_size_of_what_is_given_and_returned(text, wrt, order, sizes, most):
    shapes = {"W": ("n", "k"), "S": ("n", "n"), "B": ("n", "n"), "V": ("n", "n"), "x": ("n", 1), "X": ("m", "n"),
              "Y": ("m", "n"), "c": ()}
    shapes = {name: shape for name, shape in shapes.items() if name in matcalc.parse(text).shapes}
    assume = {name: ["pd"] for name in ("S", "B") if name in shapes} | ({"c": ["positive"]} if "c" in shapes else {})
    derivative = matcalc.diff(text, wrt, order=order, shapes=shapes, assume=assume)
    rng = numpy.random.default_rng(SEED)
    sizes = {**sizes, 1: 1}
    arrays = {name: rng.standard_normal([sizes[s] for s in shape]) for name, shape in shapes.items()}
    for name, array in arrays.items():
        if name in assume:
            arrays[name] = abs(array) if name == "c" else array @ array.T + numpy.eye(len(array))
    _, entries = peak(derivative.compile(value=False), **arrays)
    assert entries <= most
    assert derivative.compile(value=False).check().ok


@pytest.mark.parametrize(("text", "point"), [
    ("norm(x)**2", [0.0, 0.0]), ("norm(x)**3", [0.0, 0.0]), ("sum(x**2)/2", [0.0, 0.0]), ("prod(x)", [0.0, 3.0]),
    ("sum(relu(x)**2)", [0.0, 1.0]),
])
@pytest.mark.filterwarnings("ignore::matcalc.ConditionWarning")
@pytest.mark.parametrize("order", [1, 2])
def test_no_form_has_poles_that_the_derivative_has_not(text, point, order):
    derivative = matcalc.diff(text, "x", order=order)
    expected = derivative.evaluate(x=point)
    found = derivative.compile(value=False)(x=point)
    numpy.testing.assert_allclose(found, expected, atol=1e-15)


def test_sizes_decide_between_forms():
    derivative = matcalc.diff("tr(A@X@B@X.T)", "X", shapes={"A": ("n", "n"), "B": ("m", "m"), "X": ("n", "m")})
    for sizes in ({"n": 3, "m": 500}, {"n": 500, "m": 3}, None):
        assert derivative.compile(sizes=sizes).check().ok


@pytest.mark.parametrize(("text", "wrt", "assume", "calls"), [
    ("tr(sqrtm(K)@B)", "K", ["pd"], "positive_eigen(K)"),
    ("tr(logm(K)@B)", "K", ["pd"], "positive_eigen(K)"),
    ("tr(inv(sqrtm(K))@B)", "K", ["pd"], "positive_eigen(K)"),
    ("tr(sqrtm(A.T@K@A))", "K", ["pd"], "positive_eigen("),
    ("sum(expm(K)*B)", "K", ["symmetric"], "eigh(K)"),
    ("tr(expm(K)@B@expm(K))", "K", ["symmetric"], "eigh(K)"),
])
@pytest.mark.parametrize("equal", [False, True])
def test_functions_of_a_symmetric_matrix_have_one_decomposition(text, wrt, assume, calls, equal):
    rng = numpy.random.default_rng(SEED)
    A = rng.standard_normal((5, 5))
    arrays = {"K": 2 * numpy.eye(5) if equal else A @ A.T + numpy.eye(5), "B": rng.standard_normal((5, 5)), "A": A}
    derivative = matcalc.diff(text, wrt, assume={"K": assume})
    function, plain = derivative.compile(), derivative.compile(passes=[])
    given = {name: arrays[name] for name in derivative.shapes}
    for found, expected in zip(function(**given), plain(**given)):
        assert numpy.abs(found - expected).max() <= 1e-10 * numpy.abs(expected).max()
    assert function.source.split('"""')[-1].count("eigen = ") == 1 and calls in function.source
    assert not {"scipy.linalg.sqrtm(", "solve_sylvester", "expm_frechet", "logm_frechet"} & set(function.source.split())


def test_a_matrix_that_is_declared_positive_definite_and_is_not_has_no_root():
    function = matcalc.diff("tr(sqrtm(K)@B)", "K", assume={"K": ["pd"]}).compile()
    with pytest.raises(matcalc.DomainError, match="not positive"):
        function(K=numpy.diag([1.0, -1.0]), B=numpy.eye(2))


@pytest.mark.parametrize("shift", [5.0, 0.1])
def test_cholesky_is_tried_for_what_may_be_positive_definite(shift):
    text = "y.T@inv(exp(-D) + c*eye(n))@y + logdet(exp(-D) + c*eye(n))"
    derivative = matcalc.diff(text, "D", assume={"D": ["symmetric"]})
    rng = numpy.random.default_rng(SEED)
    D = rng.standard_normal((6, 6))
    D = D + D.T
    assert (numpy.linalg.eigvalsh(numpy.exp(-D) + shift * numpy.eye(6))[0] > 0) == (shift > 1)
    given = {"D": D, "c": shift, "y": rng.standard_normal(6)}
    function = derivative.compile()
    assert "symmetric_factor(" in function.source
    for found, expected in zip(function(**given), derivative.compile(passes=[])(**given)):
        assert numpy.abs(found - expected).max() <= 1e-9 * numpy.abs(expected).max()


def test_blocks_that_torch_writes_are_differentiated_and_mapped():
    derivative = matcalc.diff("norm(W2@tanh(W1@x) - y)**2 + norm(W1@W1.T)**2", "W1", order=2)
    function = derivative.compile("torch", value=False)
    assert ".add_(" in function.source and "torch.eye(" not in function.source
    generator = torch.Generator().manual_seed(SEED)
    shapes = {"W2": (3, 4), "W1": (4, 2), "x": (2,), "y": (3,)}
    given = {name: torch.randn(shape, generator=generator, dtype=torch.float64) for name, shape in shapes.items()}
    batch = torch.randn((5, 2), generator=generator, dtype=torch.float64)
    mapped = torch.func.vmap(lambda x: function.plain(**{**given, "x": x}))(batch)
    for x, hessian in zip(batch, mapped):
        assert torch.allclose(hessian, function(**{**given, "x": x}))
    assert torch.autograd.gradcheck(lambda x: function.plain(**{**given, "x": x}), batch[0].clone().requires_grad_())


def test_woodburys_identity_is_in_torch_too():
    text = "logdet(F@F.T + diag(d)) + y.T@inv(F@F.T + diag(d))@y"
    function = matcalc.diff(text, "F", assume={"d": ["positive"]}).compile("torch")
    generator = torch.Generator().manual_seed(SEED)
    for n, k in ((20, 3), (5, 4), (3, 6)):
        F = torch.randn((n, k), generator=generator, dtype=torch.float64, requires_grad=True)
        d, y = torch.linspace(0.5, 2, n, dtype=torch.float64), torch.ones(n, dtype=torch.float64)
        value, gradient = function(F=F, d=d, y=y)
        assert torch.allclose(gradient, torch.autograd.grad(value, F, retain_graph=True)[0])
        (second,) = torch.autograd.grad(gradient.sum(), F) if k < n else (torch.zeros(1),)
        assert torch.isfinite(second).all()
