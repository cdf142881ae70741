"""Every function of the language has a counterpart in every target, and its value is torch's."""

import ast
import inspect
import re
import warnings
from functools import lru_cache
from importlib import import_module
from itertools import islice
from pathlib import Path

import array_api_strict
import jax
import mpmath
import numpy
import pytest
import scipy.linalg
import scipy.special
import torch
from tables import every_row

from matcalc.compiler import array_functions, array_matrices
from matcalc.compiler.counterparts import counterpart, helper_source, helpers_of, is_portable
from matcalc.compiler.targets import TARGETS as LIBRARIES
from matcalc.errors import MatcalcError, RuleFileError
from matcalc.evaluation.fitting import integer_parameters
from matcalc.evaluation.trials import Line, size_names, trials
from matcalc.rulebook.files import read_rules, rules_folder, standard_rules

# TensorFlow is run in a session of its own
TARGETS = [
    pytest.param(name, marks=pytest.mark.tensorflow) if name == "tensorflow" else name
    for name, library in LIBRARIES.items()
    if library.language == "python"
]
# the functions that the code generator computes from other operations need no line
RULES = [
    rule
    for rule in standard_rules()
    if rule.callable and not rule.operation and rule.means is None and rule.file != "constants.rules" and rule.torch
]
TOLERANCE = {"logm": 1e-10, "logm_frechet": 1e-10, "sqrtm": 1e-11}

pytestmark = pytest.mark.usefixtures("double_precision_in_jax")


# -- running a line as generated code does ---------------------------------------------------------------


CONVERT = {
    "numpy": numpy.asarray,
    "torch": torch.tensor,
    "jax": jax.numpy.asarray,
    "array-api": array_api_strict.asarray,
    "tensorflow": lambda array: import_module("tensorflow").constant(array),
}


def result_of(rule, target, arguments, compiled=True):
    """Return the value, a NumPy array, of a rule's line in a target for NumPy arrays and ints; under jit in JAX."""
    function, varying = called(rule, target, arguments)
    value = (jax.jit(function) if target == "jax" and compiled else function)(varying)
    return value.numpy() if target == "torch" else numpy.asarray(value)


def own_line(rule):
    """Return whether JAX's line of a rule is another than that for any library of the array API."""
    return counterpart(rule, "jax", False).replace("jnp.", "xp.") != counterpart(rule, "array-api", False)


def traced(rule, arguments):
    """Return what JAX finds out of a rule's value without compiling its line: ``shape`` and ``dtype``."""
    return jax.eval_shape(*called(rule, "jax", arguments))


def called(rule, target, arguments):
    """Return (a rule's line in a target as a function of a mapping, the mapping): ints are filled in."""
    ranks = [array.ndim for array in arguments.values() if not isinstance(array, int)]
    vectors = 1 in ranks or rule.result.count("1") == 1
    given = {n: a if isinstance(a, int) else CONVERT[target](a) for n, a in arguments.items()}
    fixed = tuple((name, value) for name, value in given.items() if isinstance(value, int))
    varying = {name: value for name, value in given.items() if not isinstance(value, int)}
    return function_of(counterpart(rule, target, vectors), target, fixed), varying


@lru_cache
def function_of(line, target, fixed):
    """Return a line as a function of a mapping of its arrays."""
    space = {"numpy": numpy, "scipy": scipy, "torch": torch, "jax": jax, "jnp": jax.numpy, "xp": array_api_strict}
    if target == "tensorflow":
        space["tf"] = import_module(target)
    texts, _ = helper_source(helpers_of(line), target)
    exec("\n\n".join(texts), space)
    code = compile(line.replace("array_functions.", ""), "<line>", "eval")

    def function(arrays):
        return eval(code, space, {**arrays, **dict(fixed)})

    return function


def flat(tensor):
    """Return a tensor of two dimensions as generated code has it: without the dimensions of one entry."""
    array = tensor.detach().numpy()
    return array.reshape([size for size in array.shape if size != 1])


def shapes_of(rule):
    """Yield the sizes of a rule that are 1: none, those of columns, of rows, and of scalars."""
    yield frozenset()
    first = next(p for p in rule.params if p.kind == "array")
    names = [size for size in first.sizes if size.isidentifier()]
    if rule.name == "sylvester":
        yield from (frozenset("m"), frozenset("n"))
    elif len(set(names)) == 2:
        if rule.column is None:
            yield frozenset({names[1]})
        if rule.row is None and not any(text.startswith("tall") for text in rule.where):
            yield frozenset({names[0]})
    if rule.elementwise:
        yield frozenset(size_names(rule))


def points(rule, book, count):
    """Yield (arguments, expected value): NumPy arrays at points in the domain of a rule, and torch's value there."""
    whole = integer_parameters(rule)
    for ones in shapes_of(rule):
        found = trials(rule, book, Line("array", None, ones=ones))
        # a column whose length follows from a size is a column of one entry for a small one
        found = (trial for trial in found if ones or 1 not in trial.point.sizes.values())
        for trial in islice(found, count):
            arrays = trial.point.arrays
            sizes = {p.name: trial.point.sizes[p.name] for p in rule.params if p.kind == "size"}
            given = {n: int(a) if n in whole else flat(a) for n, a in arrays.items()}
            yield {**given, **sizes}, flat(trial.value())


def assert_value(rule, target, arguments, expected):
    found = result_of(rule, target, arguments)
    assert found.shape == expected.shape
    assert found.dtype == numpy.float64
    assert numpy.linalg.norm(found - expected) <= TOLERANCE.get(rule.name, 1e-12) * numpy.linalg.norm(expected)


def single_precision(rule, book):
    """Return the arguments of a point in single precision, and the value there in double."""
    arguments, expected = next(points(rule, book, 1))
    return {n: a if isinstance(a, int) else a.astype(numpy.float32) for n, a in arguments.items()}, expected


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "jax"])
@every_row("rule", RULES, ids=lambda rule: rule.id)
def test_the_value_is_that_of_torch(rule, target, book):
    for arguments, expected in points(rule, book, 2):
        assert_value(rule, target, arguments, expected)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_value_in_jax_is_that_of_torch(rule, book):
    # JAX compiles a function anew for every shape. A line of JAX's own is compiled; of what stands in the array API's
    # words, whose values are tested there, and of shapes with ones it is asked what does not take that
    others = list(points(rule, book, 1))
    if own_line(rule):
        assert_value(rule, "jax", *others.pop(0))
    for arguments, expected in others:
        found = traced(rule, arguments)
        assert found.shape == expected.shape and found.dtype == numpy.float64


@pytest.mark.long
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_value_in_jax_is_that_of_torch_in_every_shape(rule, book):
    for arguments, expected in points(rule, book, 1):
        assert_value(rule, "jax", arguments, expected)


@pytest.mark.parametrize("target", [*TARGETS, pytest.param("jax", marks=pytest.mark.long, id="jax values")])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_single_precision_stays(rule, target, request, book):
    arguments, expected = single_precision(rule, book)
    if target == "jax" and "jax values" not in request.node.name:
        assert traced(rule, arguments).dtype == numpy.float32
        return
    found = result_of(rule, target, arguments, compiled=False)
    assert found.dtype == numpy.float32
    assert numpy.linalg.norm(found - expected) <= 2e-3 * numpy.linalg.norm(expected)


def test_the_functions_that_need_a_line_are_those_of_the_book():
    names = {rule.name for rule in RULES}
    assert names >= set("det logdet exp sigmoid erf pinv adj max prod logsumexp softmax expm sqrtm svdu polar".split())
    assert len(RULES) > 50


@every_row("rule", [rule for rule in RULES if rule.array], ids=lambda rule: rule.id)
def test_no_shipped_rule_has_a_line_that_follows_from_torch(rule):
    vectors = [False] if {"column", "row"} <= set(rule.values) or len({*rule.params[0].sizes}) == 1 else [False, True]
    assert not all(is_portable(rule, flat) for flat in vectors)


def test_the_shipped_rules_pass_the_checks_of_a_users_rules():
    for file in sorted(Path(rules_folder()).glob("*.rules")):
        read_rules(file.read_text(encoding="utf-8"), file.name)


# -- hard points -------------------------------------------------------------------------------------------------

HARD = [0.0, 1e-300, 1e-20, 1e-8, 0.3, 0.46875, 1.0, 3.9, 4.1, 6.0, 40.0, 700.0, 800.0]
REFERENCES = {
    "sigmoid(X)": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus(X)": lambda x: mpmath.log1p(mpmath.exp(x)),
    "log1p(X)": mpmath.log1p,
    "expm1(X)": mpmath.expm1,
    "erf(X)": mpmath.erf,
    "relu(X)": lambda x: max(x, mpmath.mpf(0)),
    "heaviside(X)": lambda x: mpmath.mpf(x > 0),
}


def rule_named(name):
    return next(rule for rule in RULES if rule.id == name)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", REFERENCES)
def test_elementwise_functions_are_accurate_everywhere(name, target):
    values = numpy.array([sign * value for value in HARD for sign in (1, -1)])
    values = values[(values > -0.9) if name == "log1p(X)" else (values < 701) if name == "expm1(X)" else values > -701]
    with mpmath.workdps(400):
        exact = numpy.array([float(REFERENCES[name](mpmath.mpf(value))) for value in values])
    with warnings.catch_warnings(action="error"):
        found = result_of(rule_named(name), target, {"X": values})
    assert (numpy.abs(found - exact) <= 2e-15 * numpy.abs(exact)).all()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["sigmoid(X)", "softplus(X)", "erf(X)", "relu(X)"])
def test_the_limits_at_infinity_and_what_is_not_a_number(name, target):
    values = numpy.array([-numpy.inf, -800.0, 800.0, numpy.inf, numpy.nan])
    expected = {
        "sigmoid(X)": [0, 0, 1, 1, numpy.nan],
        "softplus(X)": [0, 0, 800, numpy.inf, numpy.nan],
        "erf(X)": [-1, -1, 1, 1, numpy.nan],
        "relu(X)": [0, 0, 800, numpy.inf, numpy.nan],
    }[name]
    with warnings.catch_warnings(action="error"):
        # of NaN alone NumPy's logaddexp warns
        warnings.filterwarnings("ignore", "invalid value encountered in logaddexp")
        found = result_of(rule_named(name), target, {"X": values})
    numpy.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("shift", [-800.0, -40.0, 1e-20, 40.0, 800.0])
def test_reductions_of_exponentials_cannot_overflow(shift, target):
    values = shift + numpy.array([[0.0, 1.0, -2.0], [0.5, 0.25, 3.0]])
    for axis, name in ((0, ""), (1, "; axis=1")):
        with warnings.catch_warnings(action="error"):
            softmax = result_of(rule_named(f"softmax(X{name.replace(';', ',')})"), target, {"X": values})
            total = result_of(rule_named(f"logsumexp(X, axis={axis})"), target, {"X": values})
        numpy.testing.assert_allclose(softmax, scipy.special.softmax(values, axis), rtol=1e-13)
        numpy.testing.assert_allclose(total, scipy.special.logsumexp(values, axis), rtol=1e-14)
    total = result_of(rule_named("logsumexp(X)"), target, {"X": values})
    numpy.testing.assert_allclose(total, scipy.special.logsumexp(values), rtol=1e-14)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_the_logarithm_of_no_exponentials_is_minus_infinity(target):
    values = numpy.array([[-numpy.inf, -numpy.inf], [0.0, -numpy.inf], [1.0, numpy.inf]])
    found = result_of(rule_named("logsumexp(X, axis=1)"), target, {"X": values})
    numpy.testing.assert_array_equal(found, [-numpy.inf, 0.0, numpy.inf])


@pytest.mark.parametrize("target", TARGETS)
def test_the_adjugate_of_a_singular_matrix(target):
    X = numpy.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    found = result_of(rule_named("adj(X)"), target, {"X": X})
    numpy.testing.assert_allclose(found, [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]], rtol=1e-13)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("scale", [0.0, 1e-12, 1.0, 30.0, 3000.0])
def test_exponentials_of_large_and_small_matrices(scale, target):
    X = scale * numpy.array([[-1.0, 2.0, 0.0], [0.5, -3.0, 1.0], [0.0, 0.25, -0.5]])
    E = numpy.arange(9.0).reshape(3, 3)
    exponential = result_of(rule_named("expm(X)"), target, {"X": X})
    numpy.testing.assert_allclose(exponential, scipy.linalg.expm(X), rtol=1e-11, atol=1e-14)
    along = result_of(rule_named("expm_frechet(X, E)"), target, {"X": X, "E": E})
    reference = scipy.linalg.expm(numpy.block([[X, E], [0 * X, X]]))[:3, 3:]
    assert numpy.linalg.norm(along - reference) <= 1e-11 * numpy.linalg.norm(reference)


@pytest.mark.parametrize("name", ["sqrtm", "logm"])
def test_no_number_where_there_is_no_real_value(name):
    with warnings.catch_warnings(action="ignore"):
        assert numpy.isnan(getattr(array_matrices, name)(numpy.diag([1.0, -2.0]))).all()


def test_no_number_where_the_exponential_would_take_more_squarings():
    X = numpy.array([[-1.0, 1.0], [0.0, -1.0]])
    assert numpy.isfinite(array_matrices.expm(2e6 * X)).all()
    assert numpy.isnan(array_matrices.expm(1e7 * X)).all()


def test_the_power_of_a_frechet_derivative_is_whole():
    X = numpy.eye(2)
    assert (array_matrices.matpow_frechet(X, 3.0, X) == 3 * X).all()
    with pytest.raises(ValueError, match="whole number"):
        array_matrices.matpow_frechet(X, 2.5, X)


@pytest.mark.parametrize("target", TARGETS)
def test_ties_between_the_largest_entries_of_a_vector(target):
    X = numpy.array([[0.0, -1.0], [-1.0, 0.0]])
    found = result_of(rule_named("eigvecs(X)"), target, {"X": X})
    numpy.testing.assert_allclose(found, numpy.array([[1, 1], [1, -1]]) / 2**0.5, rtol=1e-13)


# -- helper functions ---------------------------------------------------------------------------------------------

HELPERS = {
    name: function
    for module in (array_functions, array_matrices)
    for name, function in inspect.getmembers(module, inspect.isfunction)
}


@pytest.mark.parametrize("target", TARGETS)
@every_row("name", HELPERS)
def test_a_helper_is_complete_in_itself(name, target):
    texts, _ = helper_source([name], target)
    defined = [ast.parse(text).body[0].name for text in texts]
    assert defined[-1] == name and len(set(defined)) == len(defined)
    for index, text in enumerate(texts):
        assert ast.get_docstring(ast.parse(text).body[0])
        assert target == "array-api" or not re.search(r"\bxp\b", text)
        assert target not in ("numpy", "jax") or "device" not in text
        called = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)} & set(HELPERS)
        assert called <= set(defined[:index])


def test_helpers_that_share_a_function_bring_it_once():
    texts, imports = helper_source(["expm_frechet", "logm_frechet", "softmax"], "array-api")
    names = [ast.parse(text).body[0].name for text in texts]
    assert sorted(names) == "expm expm_frechet frechet logm logm_frechet softmax sqrtm square_root".split()
    assert not imports


@pytest.mark.parametrize(("target", "path", "imports"), [
    ("numpy", "scipy.linalg.expm", {"import scipy.linalg"}),
    ("torch", "torch.linalg.matrix_exp", set()),
    ("jax", "jax.scipy.linalg.expm", {"import jax.scipy.linalg"}),
])
def test_a_helper_calls_the_librarys_own_function_where_there_is_one(target, path, imports):
    texts, found = helper_source(["expm_frechet", "phi1"], target)
    assert [ast.parse(text).body[0].name for text in texts] == ["frechet", "expm_frechet", "phi1"]
    assert all(path in text for text in texts[1:]) and found == imports


# -- a user's rules -------------------------------------------------------------------------------------------------

SOFTSIGN = """
softsign(X: n,m) -> n,m
    elementwise
    d softsign(X) = dX / (1 + abs(X))**2
    torch     X/(1 + torch.abs(X))
    source    Bergstra et al. (2009)
"""
DISTANCE = """
distance(x: n,1; y: n,1) -> scalar
    d distance(x, y) = (x - y).T @ (dx - dy) / distance(x, y)      where nonzero_array(x - y)
    torch     torch.linalg.vector_norm(x - y)
    source    Boyd & Vandenberghe (2004), A.1.2
"""
BILINEAR = """
bilinear(x: n,1; A: n,m; y: m,1) -> scalar
    linear    A
    adjoint A = G*x @ y.T
    torch     torch.matmul(x.mT, torch.matmul(A, y))
    source    a test
"""
VARIANCE = """
variance(X: n,m) -> scalar
    d variance(X) = 2*sum((X - mean(X))*dX)/(n*m)
    torch     torch.sum((X - torch.mean(X))**2)/(n*m)
    source    a test
"""


def own(text, **lines):
    """Return the rule of a text, with lines added or replaced."""
    for word, line in lines.items():
        text = re.sub(rf"    {word} .*\n", "", text).replace("    source", f"    {word}     {line}\n    source")
    (rule,) = read_rules(text, "own.rules")
    return rule


@pytest.mark.parametrize("target", TARGETS)
def test_a_simple_torch_line_serves_all_targets(target):
    X = numpy.linspace(-2, 3, 6).reshape(2, 3)
    for argument in (X, X[0], X[0, 0]):
        found = result_of(own(SOFTSIGN), target, {"X": numpy.asarray(argument)})
        numpy.testing.assert_allclose(found, argument / (1 + abs(argument)), rtol=1e-15)
    found = result_of(own(DISTANCE), target, {"x": X[0], "y": X[1]})
    numpy.testing.assert_allclose(found, numpy.linalg.norm(X[0] - X[1]), rtol=1e-15)
    found = result_of(own(VARIANCE), target, {"X": X})
    numpy.testing.assert_allclose(found, X.var(), rtol=1e-14)


def test_the_sizes_of_a_torch_line_are_read_off_the_shapes():
    assert counterpart(own(VARIANCE), "numpy", False) == (
        "numpy.sum((X - numpy.mean(X))**2)/(X.shape[0]*X.shape[1])"
    )


@every_row(("rule", "vectors"), [
    (own(SOFTSIGN, torch="torch.nn.functional.softsign(X)"), False),
    (own(SOFTSIGN, torch="torch.special.erf(X)"), True),
    (own(SOFTSIGN, torch="torch.pow(X, 2)*X.sum()"), False),
    (own(VARIANCE, torch="torch.sum(X, 0, keepdim=True)"), False),
    (own(VARIANCE, torch="torch.sum(X, 0)"), False),
    (own(VARIANCE, torch="torch.trace(X @ torch.ones(m, n, dtype=torch.float64))"), False),
    (own(VARIANCE), True), (own(BILINEAR), True),
])
@every_row("target", ["numpy", "jax", "array-api"])
def test_a_torch_line_of_another_meaning_is_not_translated(rule, vectors, target):
    with pytest.raises(MatcalcError) as caught:
        counterpart(rule, target, vectors)
    assert f"no counterpart in {target}" in caught.value.message and rule.id in caught.value.message
    assert "array" in caught.value.hint


@pytest.mark.parametrize("rule", [own(BILINEAR), own(VARIANCE, torch="torch.sum(X, 0, keepdim=True)")])
def test_torch_takes_its_own_line_for_matrices_alone(rule):
    assert counterpart(rule, "torch", False).startswith("torch.")
    with pytest.raises(MatcalcError, match="has no counterpart in torch"):
        counterpart(rule, "torch", True)


@pytest.mark.parametrize("target", TARGETS)
def test_a_line_of_the_users_own_serves(target):
    rule = own(BILINEAR, array="xp.sum(x*(A @ y))")
    x, A, y = numpy.arange(2.0), numpy.arange(6.0).reshape(2, 3), numpy.arange(3.0)
    assert result_of(rule, target, {"x": x, "A": A, "y": y}) == x @ A @ y
    rule = own(SOFTSIGN, array="X", numpy="numpy.tanh(X)", jax="jax.numpy.sinh(X)")
    lines = {"numpy": "numpy.tanh(X)", "jax": "jnp.sinh(X)", "array-api": "X", "torch": "X/(1 + torch.abs(X))"}
    lines["tensorflow"] = lines["array-api"]
    assert counterpart(rule, target, False) == lines[target]


def test_an_unknown_helper_is_named():
    with pytest.raises(MatcalcError, match="no array_functions.softsign"):
        counterpart(own(SOFTSIGN, array="array_functions.softsign(X)"), "numpy", False)


@every_row(("word", "line"), [
    ("array", "numpy.exp(X)"), ("array", "exp(X)"), ("array", "X.sum()"), ("array", "xp.exp(Y)"),
    ("array", "xp.exp(n)"),
    ("array", "[x for x in X]"), ("array", "xp.__dict__"), ("array", "xp.exp.__globals__"), ("array", "(lambda: X)()"),
    ("array", "xp.exp(X"), ("array", "xp.load('a file')"), ("numpy", "numpy.ctypeslib.load_library(X, X)"),
    ("numpy", "__import__('os').system('ls')"), ("numpy", "scipy.io.loadmat(X)"), ("jax", "numpy.exp(X)"),
    ("jax", "jax.debug.print(X)"), ("numpy", "X if X else X"),
])
def test_a_line_that_is_no_call_of_its_library_is_refused(word, line):
    with pytest.raises(RuleFileError) as caught:
        own(SOFTSIGN, **{word: line})
    assert f"the {word} line" in caught.value.message and "own.rules, line 2" in caught.value.message
