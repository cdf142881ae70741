"""What generated functions make of the arrays they are given: kinds, dtypes, memory, mistakes; transformations."""

import types
import warnings

import dask.array
import jax
import jax.numpy as jnp
import numpy
import pytest
import scipy.sparse
import torch
from counted_work import counted
from tables import every_row

import matcalc
from matcalc.compiler.function import GeneratedFunction

TARGETS = ("numpy", "torch", "jax", "array-api")
CONVERT = {"numpy": numpy.asarray, "torch": torch.tensor, "jax": jnp.asarray, "array-api": numpy.asarray}
A = numpy.array([[1.0, 2.0, -1.0], [0.5, -1.5, 3.0], [2.0, 0.25, 1.0]])
X = numpy.array([1.0, -2.0, 0.5])

pytestmark = pytest.mark.usefixtures("double_precision_in_jax")


@pytest.fixture(scope="module", params=TARGETS)
def quadratic(request) -> GeneratedFunction:
    """A function of x (a column) and A that returns x.T@A@x and its gradient."""
    return matcalc.diff("x.T@A@x", "x").compile(request.param)


def agrees(found, x=X, matrix=A, tolerance=1e-14):
    """The results are those of the quadratic form."""
    value, gradient = (numpy.asarray(array, dtype=float) for array in found)
    expected = (matrix + matrix.T) @ x
    assert value.shape == () and gradient.shape == (len(x), 1)
    assert abs(value - x @ matrix @ x) <= tolerance * 10
    assert numpy.abs(gradient[:, 0] - expected).max() <= tolerance * 10


def test_columns_can_be_vectors_and_lists_are_arrays(quadratic):
    convert = CONVERT[quadratic.target]
    for x in (convert(X), convert(X[:, None]), X.tolist(), X[:, None].tolist(), tuple(X.tolist())):
        for matrix in (convert(A), A.tolist()):
            agrees(quadratic(x=x, A=matrix))


@pytest.mark.parametrize("target", TARGETS)
def test_rows_can_be_vectors(target):
    function = matcalc.diff("r@A@r.T", "r", shapes={"r": (1, "n"), "A": ("n", "n")}).compile(target)
    for r in (X, X[None, :]):
        value, gradient = function(r=CONVERT[target](r), A=CONVERT[target](A))
        assert tuple(gradient.shape) == (1, 3)
        agrees((value, numpy.asarray(gradient).T))


@pytest.mark.parametrize("target", TARGETS)
def test_scalars_can_be_numbers_or_arrays_of_one_entry(target):
    function = matcalc.diff("c**3", "c").compile(target)
    for c in (2, 2.0, numpy.float64(2), *(CONVERT[target](numpy.full(shape, 2.0)) for shape in ((), (1,), (1, 1)))):
        value, derivative = map(numpy.asarray, function(c=c))
        assert (value.shape, derivative.shape) == ((), ())
        assert (value, derivative) == (8, 12)


# -- dtypes -----------------------------------------------------------------------------------------------------


def dtypes(found):
    return {str(array.dtype).removeprefix("torch.") for array in found}


def test_the_precision_is_kept(quadratic):
    convert = CONVERT[quadratic.target]
    for name in ("float32", "float64"):
        found = quadratic(x=convert(X.astype(name)), A=convert(A.astype(name)))
        assert dtypes(found) == {name}
        agrees(found, tolerance=1e-14 if name == "float64" else 1e-6)


def test_integers_and_truth_values_become_double(quadratic):
    convert = CONVERT[quadratic.target]
    for dtype in (numpy.int64, numpy.int32, numpy.uint8):
        found = quadratic(x=convert(numpy.array([1, 2], dtype)), A=convert(numpy.array([[1, 2], [3, 4]], dtype)))
        assert dtypes(found) == {"float64"}
        agrees(found, numpy.array([1.0, 2.0]), numpy.array([[1.0, 2.0], [3.0, 4.0]]))
    agrees(quadratic(x=convert(numpy.array([True, False])), A=[[1, 2], [3, 4]]), numpy.array([1.0, 0.0]),
           numpy.array([[1.0, 2.0], [3.0, 4.0]]))


def test_unsigned_integers_do_not_wrap_around(quadratic):
    x = numpy.array([200, 250], numpy.uint8)
    agrees(quadratic(x=CONVERT[quadratic.target](x), A=[[-1, 3], [2, 1]]), x.astype(float),
           numpy.array([[-1.0, 3.0], [2.0, 1.0]]))


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("number", [2, 2.5, [[2.0]]])
def test_a_python_number_takes_the_dtype_of_the_arrays(target, number):
    function = matcalc.diff("c**2*logsumexp(A@x)", ["x", "c"]).compile(target, orders=(0, 1, 2))
    single = CONVERT[target](A.astype("float32"))
    assert dtypes(function(A=single, x=CONVERT[target](X.astype("float32")), c=number)) == {"float32"}
    assert dtypes(function(A=single, x=X.tolist(), c=number)) == {"float32"}
    assert dtypes(function(A=single, x=CONVERT[target](X), c=number)) == {"float64"}


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_half_precision_is_kept_or_refused(target):
    half = CONVERT[target](A.astype("float16"))
    assert dtypes(matcalc.diff("sum(A*A)", "A").compile(target)(A=half)) == {"float16"}
    with pytest.raises(matcalc.MatcalcError, match="in float16") as caught:
        matcalc.diff("tr(inv(A))", "A").compile(target)(A=half)
    assert caught.value.hint == "give float32 or float64"


def test_numbers_alone_are_double(quadratic):
    assert dtypes(quadratic(x=[1, 2], A=[[1, 2], [3, 4]])) == {"float64"}


# -- memory -----------------------------------------------------------------------------------------------------

OVERWRITING = ["x.T@A@x", "norm(A@A - A)**2", "sum(exp(A)*A**2)", "tr(A)", "logdet(A@A.T + eye(n))", "sum(A)", "A",
               "A.T", "-A", "2*A", "A + A.T", "relu(A)", "A*1", "sum(tanh(A@A))"]


@pytest.mark.parametrize("target", ["numpy", "torch"])
@pytest.mark.parametrize("text", OVERWRITING)
def test_arguments_are_never_written_to_nor_returned(text, target):
    derivative = matcalc.diff(text, "A", shapes={"A": ("n", "n")})
    scalar = derivative.elaborated.expression.is_commutative
    matrix = numpy.asfortranarray(A)
    arrays = {"A": torch.tensor(A) if target == "torch" else matrix}
    if "x" in derivative.shapes:
        arrays["x"] = torch.tensor(X) if target == "torch" else X.copy()
    views = {name: array.numpy() if target == "torch" else array for name, array in arrays.items()}
    kept = {name: array.copy() for name, array in views.items()}
    if target == "numpy":
        for array in arrays.values():
            array.flags.writeable = False
    found = derivative.compile(target, orders=(0, 1, 2) if scalar and text != "tr(A)" else None)(**arrays)
    for name, array in views.items():
        assert numpy.array_equal(array, kept[name])
        for result in found:
            assert not numpy.shares_memory(result.numpy() if target == "torch" else result, array)


def test_the_order_of_the_entries_in_memory_does_not_matter(quadratic):
    wide = numpy.zeros((6, 9))
    wide[::2, ::3] = A
    convert = torch.from_numpy if quadratic.target == "torch" else CONVERT[quadratic.target]
    for matrix in (wide[::2, ::3], numpy.asfortranarray(A), A.T.copy().T):
        agrees(quadratic(x=convert(X), A=convert(matrix)))
    if quadratic.target != "torch":
        agrees(quadratic(x=X[::-1], A=A[::-1, ::-1]), X[::-1], A[::-1, ::-1])
    agrees(quadratic(x=numpy.repeat(X, 2)[::2], A=A[:, ::-1][:, ::-1]))


def test_arrays_that_cannot_be_written_to_are_read(quadratic):
    x, matrix = X.copy(), A.copy()
    x.flags.writeable = matrix.flags.writeable = False
    agrees(quadratic(x=x, A=matrix))


def test_a_matrix_subclass_is_an_array_and_a_mask_is_refused():
    function = matcalc.diff("x.T@A@x", "x").compile()
    found = function(x=X, A=A.view(numpy.matrix))
    agrees(found)
    assert type(found[1]) is numpy.ndarray
    with pytest.raises(matcalc.MatcalcError, match="masked"):
        function(x=numpy.ma.masked_array(X, mask=[0, 1, 0]), A=A)


# -- values that are no numbers; sizes of one ---------------------------------------------------------------------


def test_not_a_number_stays_so(quadratic):
    x = X.copy()
    x[1] = numpy.nan
    value, gradient = quadratic(x=CONVERT[quadratic.target](x), A=CONVERT[quadratic.target](A))
    assert numpy.isnan(numpy.asarray(value)) and numpy.isnan(numpy.asarray(gradient)).all()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", ["x.T@A@x", "logsumexp(A@x)", "sum(softmax(A@x)**2)", "log(det(A))*norm(x)",
                                  "x.T@inv(A)@x", "sum(diag(x)@A)", "norm(A*A - x@x.T)**2"])
def test_every_size_can_be_one(text, target):
    derivative = matcalc.diff(text, "x", shapes={"A": ("n", "n"), "x": ("n", 1)})
    arrays = {"A": numpy.array([[3.0]]), "x": numpy.array([[2.0]])}
    expected = [derivative.of_order(order).evaluate(**arrays) for order in (1, 2)]
    _, *found = derivative.compile(target, orders=(0, 1, 2))(**{n: CONVERT[target](a) for n, a in arrays.items()})
    for ours, theirs in zip(found, expected):
        assert tuple(ours.shape) == (1, 1)
        assert abs(float(ours[0, 0]) - numpy.reshape(theirs, ())) <= 1e-13 * max(1, abs(numpy.reshape(theirs, ())))


def test_sizes_that_no_array_has_are_arguments():
    function = matcalc.diff("sum(ones(n)*c)", "c").compile()
    assert [float(found) for found in function(c=2.0, n=4)] == [8, 4]
    assert [float(found) for found in function(c=2.0, n=numpy.int64(4))] == [8, 4]
    for n in (0, -1, 2.0, True, "3", None):
        with pytest.raises(matcalc.MatcalcError, match="the size n is"):
            function(c=2.0, n=n)
    with pytest.raises(matcalc.UnknownNameError, match="no value for n"):
        function(c=2.0)


# -- mistakes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arrays", "kind", "message"), [
    (dict(x=X), "UnknownNameError", "no value for A"),
    (dict(), "UnknownNameError", "no value for x, A"),
    (dict(x=X, B=A), "UnknownNameError", "no argument 'B'"),
    (dict(x=X, A=A, n=3), "UnknownNameError", "no argument 'n'"),
    (dict(x=1.0, A=A), "ShapeError", "x is n×1, and a single number was given"),
    (dict(x=numpy.float64(1), A=A), "ShapeError", "a single number was given"),
    (dict(x=numpy.array(1.0), A=A), "ShapeError", "a single number was given"),
    (dict(x=X, A=2.0), "ShapeError", "A is n×n, and a single number was given"),
    (dict(x=[], A=[[]]), "ShapeError", "empty"),
    (dict(x=numpy.zeros((0, 1)), A=numpy.zeros((0, 0))), "ShapeError", "x is empty"),
    (dict(x=X[None, :], A=A), "ShapeError", "but its shape is n×"),
    (dict(x=X, A=A[:2]), "ShapeError", "A is 2×3, but its shape is n×n"),
    (dict(x=numpy.zeros(4), A=A), "ShapeError", "A is 3×3, but its shape is n×n (n = 4)"),
    (dict(x=X, A=X), "ShapeError", "the array given has 1 dimension"),
    (dict(x=X[:, None, None], A=A), "ShapeError", "the array given has 3 dimensions"),
    (dict(x=X * 1j, A=A), "ArgumentError", "x has the dtype"),
    (dict(x="abc", A=A), "ArgumentError", "x "),
    (dict(x=["a", "b"], A=A), "ArgumentError", "x "),
    (dict(x=None, A=A), "ArgumentError", "x "),
    (dict(x={}, A=A), "ArgumentError", "x "),
    (dict(x=[[1, 2], [3]], A=A), "ArgumentError", "x is not an array of numbers"),
    (dict(x=[10**400, 1, 2], A=A), "ArgumentError", "x "),
    (dict(x=numpy.array([1, None], object), A=A), "ArgumentError", "x "),
])
def test_arrays_that_do_not_fit_are_named(quadratic, arrays, kind, message):
    with pytest.raises(matcalc.MatcalcError) as caught:
        quadratic(**arrays)
    assert type(caught.value).__name__ == kind
    assert message in caught.value.message and caught.value.hint


def test_a_complex_array_of_the_library_is_refused(quadratic):
    with pytest.raises(matcalc.MatcalcError, match="x has the dtype .*complex"):
        quadratic(x=CONVERT[quadratic.target](X * 1j), A=CONVERT[quadratic.target](A))


def test_arguments_have_names(quadratic):
    with pytest.raises(matcalc.MatcalcError, match="takes its arguments by name") as caught:
        quadratic(X, A)
    assert "x=…, A=…" in caught.value.hint


def test_fixed_sizes_are_checked():
    function = matcalc.diff("x.T@x*sum(Y)", "x", shapes={"x": (3, 1), "Y": (3, "k")}).compile()
    function(x=X, Y=numpy.ones((3, 2)))
    with pytest.raises(matcalc.MatcalcError, match="x is 2×1, but its shape is 3×1"):
        function(x=X[:2], Y=numpy.ones((3, 2)))


@every_row("target", ["numpy", "torch"])
@every_row(("text", "wrt", "matrix", "assume"), [
    ("solve(A, x)", "x", numpy.ones((3, 3)), {}),
    ("inv(A)", "A", numpy.zeros((3, 3)), {}),
    ("logdet(A)", "A", numpy.ones((3, 3)), {}),
    ("logdet(A)", "A", -numpy.eye(3), {"A": ["pd"]}),
    ("x.T@inv(A)@x", "x", numpy.diag([1.0, -1.0, 1.0]), {"A": ["pd"]}),
])
def test_where_there_is_no_value_a_domain_error_says_so(text, wrt, matrix, assume, target):
    shapes = {name: shape for name, shape in {"A": ("n", "n"), "x": ("n", 1)}.items() if name in text}
    function = matcalc.diff(text, wrt, shapes=shapes, assume=assume).compile(target)
    with pytest.raises(matcalc.DomainError) as caught:
        function(A=matrix, **({"x": X} if "x" in shapes else {}))
    assert "has no value here" in caught.value.message and caught.value.hint


# -- transformations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["logsumexp(A@x)*x.T@A@x", "norm(tanh(A@x))"])
def test_jit_changes_nothing(text):
    function = matcalc.diff(text, "x").compile("jax", orders=(0, 1, 2))
    for compiled in (jax.jit(function.plain), jax.jit(lambda **arrays: function(**arrays))):
        for ours, theirs in zip(compiled(A=jnp.asarray(A), x=jnp.asarray(X)), function(A=A, x=X)):
            numpy.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("text", ["logsumexp(A@x)*x.T@A@x", "logdet(A@A.T + x@x.T)", "sum(softmax(A@x)**2)"])
def test_torch_differentiates_what_is_generated(text):
    function = matcalc.diff(text, "x").compile("torch", orders=(0, 1, 2))
    x, matrix = torch.tensor(X[:, None], requires_grad=True), torch.tensor(A)
    value, gradient, hessian = function(x=x, A=matrix)
    (again,) = torch.autograd.grad(value, x, retain_graph=True)
    torch.testing.assert_close(again, gradient.detach(), rtol=1e-11, atol=1e-12)
    row = [torch.autograd.grad(entry, x, retain_graph=True)[0][:, 0] for entry in gradient[:, 0]]
    torch.testing.assert_close(torch.stack(row), hessian.detach(), rtol=1e-10, atol=1e-11)


def test_torch_maps_what_is_generated_over_a_batch():
    function = matcalc.diff("logsumexp(A@x)", "x").compile("torch", orders=(0, 1, 2))
    batch = torch.tensor(numpy.stack([X, 2 * X, X - 1]))
    mapped = torch.func.vmap(lambda x: function.plain(A=torch.tensor(A), x=x))(batch)
    for index, x in enumerate(batch):
        for ours, theirs in zip(mapped, function(A=torch.tensor(A), x=x)):
            torch.testing.assert_close(ours[index], theirs, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "array-api"])
def test_a_matrix_power_refuses_an_exponent_that_is_no_whole_number(target):
    function = matcalc.diff("tr(matpow(X, k))", "X").compile(target)
    with pytest.raises(matcalc.DomainError) as caught:
        function(X=2 * numpy.eye(3), k=2.5)
    assert "k is 2.5" in caught.value.message and "whole number" in caught.value.hint


def test_a_variable_may_be_called_like_a_size():
    function = matcalc.diff("mean(n)", "n", shapes={"n": ("n", 1)}).compile()
    value, gradient = function(n=[1.0, 2.0, 6.0])
    assert value == 3
    numpy.testing.assert_allclose(gradient, numpy.full((3, 1), 1 / 3))


@pytest.mark.parametrize("target", TARGETS)
def test_the_plain_function_takes_a_row_as_a_vector(target):
    derivative = matcalc.diff("r@A@r.T + mean(r)", "r", shapes={"r": (1, "n"), "A": ("n", "n")})
    function, rows = derivative.compile(target), A[:1]
    given = [{"r": CONVERT[target](r), "A": CONVERT[target](A)} for r in (rows, rows[0])]
    expected = derivative.evaluate(r=rows, A=A)
    for call in (function, function.plain):
        for arrays in given:
            _, gradient = call(**arrays)
            numpy.testing.assert_allclose(numpy.asarray(gradient), expected)


def test_rows_that_dask_has_not_counted_are_taken():
    X = dask.array.from_array(numpy.arange(12.0).reshape(6, 2), chunks=(2, 2))
    chosen = X[X[:, 0] > 3]
    derivative = matcalc.diff("norm(X@w - y)**2", "w")
    value, gradient = derivative.compile()(X=chosen, w=numpy.ones(2), y=chosen[:, 1])
    counted = chosen.compute()
    expected = derivative.evaluate(X=counted, w=[1, 1], y=counted[:, 1])
    numpy.testing.assert_allclose(gradient.compute(), expected)


@pytest.mark.parametrize("target", ["numpy", "torch", "array-api"])
@pytest.mark.parametrize(("text", "matrix", "function"), [
    ("norm(X, 2)", numpy.eye(3), "eigvecmax"), ("eigmin(X)", numpy.eye(3), "eigvecmin"),
    ("norm(X, \"nuc\")", numpy.diag([1.0, 0.0, 2.0]), "polar"), ("sum(svdvals(X)**3)", numpy.eye(3), "svdu"),
])
def test_where_eigenvalues_meet_there_is_no_derivative(text, matrix, function, target):
    assume = {"X": ["symmetric"]} if "eigmin" in text else None
    compiled = matcalc.diff(text, "X", assume=assume).compile(target)
    with pytest.raises(matcalc.DomainError, match=function) as caught:
        compiled(X=CONVERT[target](matrix))
    assert caught.value.hint
    value, gradient = compiled(X=CONVERT[target](matrix + numpy.diag([0.0, 0.5, 1.5])))
    assert numpy.isfinite(numpy.asarray(gradient)).all()
    # what is not a number in the arguments is computed with
    assert numpy.isnan(numpy.asarray(matcalc.diff("x.T@x", "x").compile(target)(x=[numpy.nan, 1.0])[0]))


def test_jax_says_by_nan_where_there_is_no_derivative():
    _, gradient = matcalc.diff("norm(X, 2)", "X").compile("jax")(X=jnp.eye(3))
    assert numpy.isnan(numpy.asarray(gradient)).all()


@pytest.mark.parametrize("target", TARGETS)
def test_sparse_arrays_are_refused_for_what_they_are(target):
    function = matcalc.diff("norm(X@w)**2", "w").compile(target)
    with pytest.raises(matcalc.ArgumentError, match="X is a sparse array") as caught:
        function(X=scipy.sparse.csr_array(A), w=X)
    assert caught.value.hint == "give X.toarray()"


class Foreign:
    """An array of a library that follows a part of the standard, as MLX does."""

    __array__ = None
    shape, dtype = (3,), "float"

    def __array_namespace__(self):
        return types.SimpleNamespace(__name__="foreign", isdtype=lambda dtype: False)


@pytest.mark.parametrize("target", TARGETS)
def test_arrays_of_unknown_libraries_are_refused_by_name(target):
    function = matcalc.diff("norm(w)**2", "w").compile(target)
    with pytest.raises(matcalc.ArgumentError, match="foreign|Foreign|w is not an array"):
        function(w=Foreign())


def test_the_checks_are_made_once_for_arguments_of_a_kind():
    function = matcalc.diff("c*x.T@A@x", "x").compile()
    work = []
    for c in (2.0, 3.0, 4.0):
        with counted() as counting:
            value, _ = function(x=X, A=A, c=c)
        work.append(counting.calls)
        assert value == c * (X @ A @ X)
    first, *later = work
    assert later[0] == later[1] < first / 2
    value, gradient = function(x=X.astype(numpy.float32), A=A.astype(numpy.float32), c=2.0)
    assert value.dtype == gradient.dtype == numpy.float32
    for _ in range(2):
        value, gradient = function(x=X.astype(numpy.float32), A=A.astype(numpy.float32), c=3.0)
        assert value.dtype == gradient.dtype == numpy.float32
    for _ in range(2):
        with pytest.raises(matcalc.ShapeError):
            function(x=X[:2], A=A, c=2.0)


@pytest.mark.parametrize(("text", "wrt", "orders"), [
    ("norm(F)**2/det(F)", "F", (0, 1, 2)),
    ("sum(exp(unvec(x, 3, 2)))", "x", (0, 1)),
    ("norm(3*unvec(x, 3, 2) + 1)**2", "x", (0, 1)),
    ("diag(F@F).T@diag(F@F) + sum(exp(F@F))", "F", (0, 1)),
    ("sum(exp(F@F)*diag(diag(F@F))) + diag(F@F).T@sum(F@F, axis=1)", "F", (0, 1)),
    ("sum(exp(3*detach(F)))*sum(F)", "F", (0, 1)),
    # a difference with a name of its own, and what it is of is needed after it
    ("sum(sin(sum(F**2, axis=1) + sum(F, axis=1) - sum(F*(F@F.T), axis=1)))", "F", (0, 1)),
])
def test_memory_that_a_view_shares_is_not_written_to(text, wrt, orders):
    rng = numpy.random.default_rng(0)
    given = {"F": rng.normal(size=(3, 3)), "x": rng.normal(size=(6, 1))}[wrt]
    derivative = matcalc.diff(text, wrt)
    expected = derivative.compile("numpy", orders=orders, passes=[])(**{wrt: given.copy()})
    before = given.copy()
    for ours, theirs in zip(derivative.compile("numpy", orders=orders)(**{wrt: given}), expected):
        numpy.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    numpy.testing.assert_array_equal(given, before)


def test_a_singular_matrix_is_found_without_pythons_warnings():
    function = matcalc.diff("y.T@inv(A)@y + x.T@inv(A)@y", "y").compile("numpy")
    given = {"A": numpy.ones((2, 2)), "x": numpy.ones(2), "y": numpy.ones(2)}
    # filters of warnings are of the whole process: another thread may change them at any time
    with warnings.catch_warnings(action="ignore"):
        before = warnings.filters[:]
        with pytest.raises(matcalc.DomainError, match="Singular"):
            function(**given)
        with pytest.raises(numpy.linalg.LinAlgError):
            function.plain(**given)
        assert warnings.filters == before


@every_row("target", ["numpy", "octave"])
def test_the_negative_of_a_negative_has_no_sign(target):
    """--x is a decrement in Octave, and no statement."""
    centred, spread = "(X - mean(X, axis=0))", "(mean((X - mean(X, axis=0))**2, axis=0) + c)"
    shapes = {"G": ("n", "m"), "X": ("n", "m"), "c": ()}
    derivative = matcalc.diff(f"sum(G*{centred}/sqrt({spread}))", "X", shapes=shapes, assume={"c": ["positive"]})
    assert "--" not in derivative.code(target, orders=(0, 1, 2)).split('"""' if target == "numpy" else "[n, m]")[-1]
