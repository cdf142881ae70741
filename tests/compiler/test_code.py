"""Generated functions: what they return, products with directions, names, passes, sources, random expressions."""

import ast
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import array_api_strict
import jax
import numpy
import pytest
import torch
from random_expressions import ASSUME, SHAPES, Generator
from tables import every_row

import matcalc
from matcalc.checks.problem import Problem, informative_point
from matcalc.compiler import PASSES
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("numpy", "torch", "jax", "array-api")
CONVERT = {
    "numpy": numpy.asarray,
    "torch": torch.tensor,
    "jax": lambda array: jax.numpy.asarray(array),
    "array-api": array_api_strict.asarray,
}

pytestmark = pytest.mark.usefixtures("double_precision_in_jax")


def draw(derivative, seed=0, n=3, m=2, **fixed):
    """Return NumPy arrays for the names of a derivative, of the facts that are declared."""
    print(f"seed {seed}")
    rng, arrays = numpy.random.default_rng(seed), {}
    sizes = {"n": n, "m": m, "p": 4, "k": 2}
    for name, shape in derivative.shapes.items():
        shape = tuple(sizes.get(size, size) for size in shape)
        array = rng.standard_normal(shape)
        words = derivative.elaborated.facts.get(name, ())
        if "pd" in words:
            array = array @ array.T + numpy.eye(shape[0])
        elif "symmetric" in words:
            array = array + array.T
        elif "diagonal" in words:
            array = numpy.diag(numpy.diag(array))
        arrays[name] = abs(array) if "positive" in words else array
    return {**arrays, **fixed}


def call(derivative, arrays, target="numpy", **options):
    """Return what a generated function gives, as a tuple of NumPy arrays."""
    function = derivative.compile(target, **options)
    found = function(**{n: a if isinstance(a, int) else CONVERT[target](a) for n, a in arrays.items()})
    return tuple(map(numpy.asarray, found if isinstance(found, tuple) else (found,)))


def close(found, expected, tolerance=1e-11):
    found, expected = numpy.asarray(found), numpy.asarray(expected)
    assert found.shape == expected.shape
    assert numpy.abs(found - expected).max() <= tolerance * numpy.abs(expected).max()


def vec(array):
    """The entries of an array column by column, as one column."""
    return numpy.reshape(array, (-1, 1), order="F")


# -- what is returned ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_the_orders_come_as_asked(target):
    first = matcalc.diff("logsumexp(A@x) + x.T@x", "x")
    second = matcalc.diff("logsumexp(A@x) + x.T@x", "x", order=2)
    arrays = draw(first)
    gradient, hessian = first.evaluate(**arrays), second.evaluate(**arrays)
    value = numpy.log(numpy.exp(arrays["A"] @ arrays["x"]).sum()) + (arrays["x"] ** 2).sum()
    for orders, expected in {
        (0, 1, 2): (value, gradient, hessian),
        (2, 0): (hessian, value),
        (1,): (gradient,),
        (2,): (hessian,),
        1: (gradient,),
    }.items():
        found = call(first, arrays, target, orders=orders)
        assert len(found) == len(expected)
        for ours, theirs in zip(found, expected):
            close(ours, theirs)
    close(call(second, arrays, target)[0], value)
    close(call(second, arrays, target)[1], hessian)


def test_the_value_can_be_left_out():
    derivative = matcalc.diff("x.T@A@x", "x")
    arrays = draw(derivative)
    function = derivative.compile(value=False)
    assert isinstance(function(**arrays), numpy.ndarray)
    assert isinstance(derivative.compile(value=True)(**arrays), tuple)
    assert "def gradient(" in function.source and "def value_and_gradient(" in derivative.code()
    assert function.source == derivative.code(value=False) == derivative.code(orders=(1,))


@every_row(("text", "options", "shape"), [
    ("x.T@A@x", dict(wrt="x", layout="num"), (1, 3)),
    ("x.T@A@x", dict(wrt="x", layout="denom"), (3, 1)),
    ("x.T@A@x", dict(wrt="x", layout="mixed"), (3, 1)),
    ("B@x", dict(wrt="x", layout="num", shapes={"B": ("m", "n"), "x": ("n", 1)}), (2, 3)),
    ("B@x", dict(wrt="x", layout="denom", shapes={"B": ("m", "n"), "x": ("n", 1)}), (3, 2)),
    ("B@x", dict(wrt="x", layout="mixed", shapes={"B": ("m", "n"), "x": ("n", 1)}), (2, 3)),
    ("tr(A@X)", dict(wrt="X", layout="num", shapes={"A": ("n", "m"), "X": ("m", "n")}), (3, 2)),
    ("tr(A@X)", dict(wrt="X", layout="denom", shapes={"A": ("n", "m"), "X": ("m", "n")}), (2, 3)),
    ("r@A", dict(wrt="r", layout="num", shapes={"r": (1, "n"), "A": ("n", "m")}), (2, 3)),
    ("c*sin(c)", dict(wrt="c", shapes={"c": ()}), ()),
    ("c*x", dict(wrt="c", layout="num", shapes={"c": (), "x": ("n", 1)}), (3, 1)),
    ("c*x", dict(wrt="c", layout="denom", shapes={"c": (), "x": ("n", 1)}), (1, 3)),
])
@every_row("target", TARGETS)
def test_results_have_the_shape_of_the_layout(target, text, options, shape):
    derivative = matcalc.diff(text, **options)
    arrays = draw(derivative)
    (found,) = call(derivative, arrays, target, value=False)
    assert found.shape == shape
    close(found, derivative.evaluate(**arrays))


@pytest.mark.parametrize("target", TARGETS)
def test_several_variables_come_in_their_order(target):
    text, wrt = "norm(W2@tanh(W1@x) - y)**2", ["W1", "x", "W2"]
    several = matcalc.diff(text, wrt)
    arrays = dict(zip(("W2", "W1", "x", "y"), [numpy.linspace(-1, 1, k * n).reshape(k, n) for k, n in (
        (2, 4), (4, 3), (3, 1), (2, 1))]))
    found = call(several, arrays, target)
    assert [array.shape for array in found] == [(), (4, 3), (3, 1), (2, 4)]
    for array, derivative in zip(found[1:], several):
        close(array, derivative.evaluate(**arrays))
    close(several["x"].evaluate(**arrays), found[2])
    second = call(matcalc.diff("x.T@A@x*c**3", ["x", "c"]), draw(matcalc.diff("x.T@A@x*c**3", "x"), c=2.0), target,
                  orders=(0, 1, 2))
    assert [array.shape for array in second] == [(), (3, 1), (), (3, 3), ()]


def test_a_mapping_by_name_knows_its_names():
    several = matcalc.diff("x.T@A@x", ["x", "A"])
    with pytest.raises(matcalc.UnknownNameError, match="no derivative by 'z'"):
        several["z"]
    for names in ([], ["x", "x"]):
        with pytest.raises(matcalc.MatcalcError, match="different names"):
            matcalc.diff("x.T@A@x", names)


# -- products with a direction -------------------------------------------------------------------------------

SQUARE = {"A": ("n", "n"), "X": ("n", "n"), "S": ("n", "n"), "x": ("n", 1), "c": ()}
HESSIANS = [
    ("logsumexp(A@x)*x.T@x", "x", {}),
    ("norm(A@x)", "x", {}),
    ("tr(X@A@X.T@X)", "X", {}),
    ("logdet(X.T@X + A@A.T)", "X", {}),
    ("logdet(S)", "S", {"S": ["pd"]}),
    ("tr(S@A@S) + x.T@S@x*tr(S)", "S", {"S": ["symmetric"]}),
    ("sum(exp(c*x))*c**2", "c", {}),
    ("norm(v)**4 + u.T@v", "v", {}),
    ("sum(sigmoid(numpy*torch))", "torch", {}),
    ("sum(exp(softmax)*v)*t", "softmax", {}),
    ("n.T@A@n*sum(n)", "n", {}),
    ("sum(X**3)*v.T@u", "X", {}),
]
NAMES = {"v": ("n", 1), "u": ("n", 1), "t": (), "numpy": ("n", 1), "torch": ("n", 1), "softmax": ("n", 1),
         "n": ("k", 1)}


def declared(text):
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    shapes = {name: shape for name, shape in {**SQUARE, **NAMES}.items() if name in names}
    return {**shapes, **({"A": ("k", "k")} if "n" in shapes else {})}


def direction_of(function, arrays, shape, seed=1):
    (name,) = set(function.program.arguments[i].name for i in range(len(function.program.arguments))) - set(arrays)
    return name, numpy.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("target", ("numpy", "torch"))
@pytest.mark.parametrize(("text", "wrt", "assume"), HESSIANS, ids=[text for text, _, _ in HESSIANS])
def test_a_hessian_vector_product_is_that_of_the_hessian(target, text, wrt, assume):
    options = dict(shapes=declared(text), assume=assume)
    arrays = draw(matcalc.diff(text, wrt, **options))
    hessian = matcalc.diff(text, wrt, order=2, **options).evaluate(**arrays)
    derivative = matcalc.diff(text, wrt, **options)
    name, v = direction_of(derivative.compile(target, product="hvp"), arrays, arrays[wrt].shape)
    value, found = call(derivative, {**arrays, name: v}, target, product="hvp", value=True)
    assert value.shape == () and found.shape == v.shape
    close(vec(found), numpy.atleast_2d(hessian) @ vec(v), 1e-10)


JACOBIANS = [
    ("softmax(A@x)", "x", {}),
    ("A@X@A.T@X", "X", {}),
    ("inv(S)", "S", {"S": ["symmetric"]}),
    ("inv(S)@x", "S", {"S": ["pd"]}),
    ("x*exp(c)", "c", {}),
    ("diag(x)@A", "x", {}),
    ("u*v*sum(u)", "u", {}),
    ("x.T@A@x", "x", {}),
    ("tanh(torch)*numpy", "torch", {}),
    ("x.T@A", "x", {}),
]


@pytest.mark.parametrize("target", ("numpy", "array-api"))
@pytest.mark.parametrize(("text", "wrt", "assume"), JACOBIANS, ids=[text for text, _, _ in JACOBIANS])
def test_jacobian_products_are_those_of_the_jacobian(target, text, wrt, assume):
    derivative = matcalc.diff(text, wrt, "num", shapes=declared(text), assume=assume)
    arrays = draw(derivative)
    jacobian = numpy.reshape(derivative.evaluate(**arrays), (-1, arrays[wrt].size))
    if derivative.elaborated.expression.is_commutative and arrays[wrt].ndim:
        jacobian = vec(derivative.of_order(1).evaluate(**arrays)).T
    (value,) = call(derivative, arrays, orders=(0,))
    for product, shape, matrix in (("jvp", arrays[wrt].shape, jacobian), ("vjp", value.shape, jacobian.T)):
        name, v = direction_of(derivative.compile(target, product=product), arrays, shape)
        (found,) = call(derivative, {**arrays, name: v}, target, product=product)
        close(vec(found), matrix @ vec(v), 1e-10)
        assert found.shape == (value.shape if product == "jvp" else arrays[wrt].shape)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_the_products(target):
    derivative = matcalc.diff("sum(tanh(A@x)**2)", "x")
    arrays = draw(derivative)
    v = numpy.array([[0.5], [-1.0], [2.0]])
    close(call(derivative, {**arrays, "v": v}, target, product="hvp")[0],
          derivative.of_order(2).evaluate(**arrays) @ v)
    array = matcalc.diff("tanh(A@x)", "x", "num")
    jacobian = array.evaluate(**arrays)
    close(call(array, {**arrays, "v": v}, target, product="jvp")[0], jacobian @ v)
    u = numpy.array([[1.5], [-0.5]])
    close(call(array, {**arrays, "v": u}, target, product="vjp")[0], jacobian.T @ u)


def test_products_of_several_variables_have_directions_of_their_own():
    several = matcalc.diff("norm(X@x)**2*c**2", ["x", "c"], shapes={"X": ("m", "n"), "x": ("n", 1), "c": ()})
    function = several.compile(product="hvp", value=True)
    assert [a.name for a in function.program.arguments] == ["X", "x", "c", "v_x", "v_c"]
    arrays = draw(several[0])
    v = numpy.arange(3.0)[:, None]
    value, by_x, by_c = function(**arrays, v_x=v, v_c=3.0)
    hessians = [matcalc.diff(several[0].elaborated.text, name, order=2, shapes=several[0].shapes).evaluate(**arrays)
                for name in ("x", "c")]
    close(by_x, hessians[0] @ v)
    close(by_c, hessians[1] * 3)


def test_a_product_forms_no_matrix():
    derivative = matcalc.diff("norm(X@w - y)**2", "w")
    function = derivative.compile(product="hvp")
    n = 20_000  # the Hessian would take 3.2 GB
    X, v = numpy.ones((2, n)), numpy.arange(n) / n
    close(function(X=X, w=v, y=numpy.zeros(2), v=v)[:, 0], 2 * X.T @ (X @ v))


# -- names ---------------------------------------------------------------------------------------------------


@cache
def with_a_variable(name):
    """Return a derivative by a variable of this name, with a Hessian that uses the names of generated code."""
    text = "{0}.T@A@{0} + logsumexp({0})*sum(softmax(A@{0})**2)"
    return matcalc.diff(text.format(name), name, shapes={name: ("n", 1), "A": ("n", "n")})


@cache
def values_by_z():
    plain = with_a_variable("z")
    arrays = draw(plain)
    return arrays, call(plain, arrays, orders=(0, 1, 2))


WORDS = "v u t numpy torch jax jnp xp scipy m len abs float H R self softmax print Any sum value gradient match " \
        "arrays positional".split()


@pytest.mark.parametrize(("name", "target"), [
    *((name, "numpy") for name in WORDS), *((name, "array-api") for name in ("v", "xp", "scipy", "sum", "arrays")),
])
def test_any_name_of_the_language_can_be_a_variable(name, target):
    arrays, expected = values_by_z()
    # the names of helpers and of intermediate results are met in the gradient, those of directions in the Hessian
    orders = (0, 1, 2) if name in ("v", "u", "t", "H", "R", "xp") else (0, 1)
    found = call(with_a_variable(name), {name: arrays["z"], "A": arrays["A"]}, target, orders=orders)
    for ours, theirs in zip(found, expected):
        close(ours, theirs, 1e-13)


@pytest.mark.parametrize("target", TARGETS)
def test_the_function_can_be_named(target):
    code = matcalc.diff("x.T@A@x", "x").code(target, name="loss")
    assert "\ndef loss(" in code and "value_and_gradient" not in code


# -- mistakes ------------------------------------------------------------------------------------------------


@every_row(("options", "message", "hint"), [
    (dict(target="nunpy"), "unknown target 'nunpy'", "did you mean 'numpy'?"),
    (dict(target=None), "unknown target None", "one of numpy, torch, jax, tensorflow, array-api, octave"),
    (dict(passes=["stabel"]), "unknown pass 'stabel'", "one of expand, stable"),
    (dict(passes="stable"), "passes are a list", 'passes=["expand"]'),
    (dict(passes=3), "passes are a list", 'passes=["expand"]'),
    (dict(orders=(0, 3)), "orders are some of 0, 1 and 2", "orders=(0, 1, 2)"),
    (dict(orders=()), "orders are some of 0, 1 and 2", "orders=(0, 1, 2)"),
    (dict(orders=(1, 1)), "each once", "orders=(0, 1, 2)"),
    (dict(orders=(True,)), "orders are some of 0, 1 and 2", "orders=(0, 1, 2)"),
    (dict(orders=([1],)), "orders are some of 0, 1 and 2", "orders=(0, 1, 2)"),
    (dict(orders="01"), "orders are some of 0, 1 and 2", "orders=(0, 1, 2)"),
    (dict(orders=(1,), value=True), "contradict", "leave value out"),
    (dict(product="hpv"), "unknown product 'hpv'", "one of hvp, jvp, vjp"),
    (dict(product=[]), "product is no word", "one of hvp, jvp, vjp"),
    (dict(product="hvp", orders=(1,)), "exclude each other", "leave one of them out"),
    (dict(sizes={"n": 0}), "sizes are positive integers", "sizes={"),
    (dict(sizes={"n": True}), "sizes are positive integers", "sizes={"),
    (dict(sizes=[3]), "sizes are positive integers", "sizes={"),
])
def test_options_that_make_no_sense_are_refused(options, message, hint):
    derivative = matcalc.diff("x.T@A@x", "x")
    for use in (derivative.code, derivative.compile, matcalc.diff("x.T@A@x", ["x", "A"]).compile):
        with pytest.raises(matcalc.MatcalcError) as caught:
            use(**options)
        assert message in caught.value.message and hint in caught.value.hint


@every_row("name", ["1a", "class", "a b", "", 3, "numpy", "softmax", "f(x):\n    pass\ndef g"])
def test_a_function_has_a_name_of_its_own(name):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.diff("sum(softmax(x)**2)", "x").code(name=name)
    assert caught.value.hint


def test_what_has_no_second_derivative_in_the_language_says_so():
    with pytest.raises(matcalc.NoRuleError):
        matcalc.diff("A@x", "x").compile(orders=(0, 1, 2))
    with pytest.raises(matcalc.MatcalcError, match="a Hessian is of a scalar"):
        matcalc.diff("A@x", "x").compile(product="hvp")


# -- passes and sources --------------------------------------------------------------------------------------

VARIED = [
    ("x.T@A@x", "x", {}),
    ("sum(softplus(A@x)) - y.T@A@x", "x", {}),
    ("logsumexp(A@x)", "x", {}),
    ("logdet(S) + x.T@inv(S)@x", "S", {"S": ["pd"]}),
    ("norm(B*(A - U@V.T))**2", "U", {}),
    ("log(det(A@A.T + eye(n)))", "A", {}),
    ("y.T@tanh(A@tanh(A@x))", "x", {}),
    ("(x.T@A@x)/(x.T@x)", "x", {}),
    ("tr(A@B@A@x@y.T)", "A", {}),
    ("sum((A@x)**3)*norm(x)", "x", {}),
    ("tr(kron(A, B)@kron(B, A))", "A", {}),
    ("sum(diag(x)@A@diag(x))", "x", {}),
]


@pytest.mark.parametrize(("text", "wrt", "assume"), VARIED, ids=[text for text, _, _ in VARIED])
def test_every_pass_can_be_left_out(text, wrt, assume):
    shapes = {"A": ("n", "n"), "B": ("n", "n"), "S": ("n", "n"), "x": ("n", 1), "y": ("n", 1), "U": ("n", "m"),
              "V": ("n", "m")}
    shapes = {name: shape for name, shape in shapes.items() if name in text}
    derivative = matcalc.diff(text, wrt, shapes=shapes, assume=assume)
    arrays = draw(derivative)
    expected = call(derivative, arrays, orders=(0, 1, 2))
    for passes in [*([p for p in PASSES if p != left] for left in PASSES), []]:
        for found, wanted in zip(call(derivative, arrays, orders=(0, 1, 2), passes=passes), expected):
            close(found, wanted, 1e-10)


SOURCES = """
import matcalc
for target in ("numpy", "torch", "jax", "array-api"):
    print(matcalc.diff("logdet(S) + y.T@inv(S)@y + sum(softplus(S@y))", "S", assume={"S": ["pd"]}).code(target))
    print(matcalc.diff("norm(W2@tanh(W1@x) - y)**2*logsumexp(x)", ["W2", "x", "W1"]).code(target))
    print(matcalc.diff("logsumexp(A@x)*norm(x)", "x").code(target, orders=(0, 1, 2)))
"""


def test_the_source_is_the_same_in_every_process():
    texts = [
        subprocess.run([sys.executable, "-c", SOURCES], capture_output=True, text=True, check=True, timeout=60,
                       env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}).stdout
        for seed in ("0", "12345")
    ]
    assert texts[0] == texts[1] and texts[0].count("def ") >= 12


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("text", "wrt", "assume"), VARIED, ids=[text for text, _, _ in VARIED])
def test_a_source_is_valid_readable_and_depends_on_its_library_alone(text, wrt, assume, target):
    code = matcalc.diff(text, wrt, assume=assume, shapes={wrt: ("n", "n") if wrt.isupper() else ("n", 1)}).code(target)
    tree = ast.parse(compile(code, "<code>", "exec", flags=ast.PyCF_ONLY_AST) and code)
    imports = [line for line in code.splitlines() if line.startswith(("import", "from"))]
    modules = {line.split()[1].partition(".")[0] for line in imports}
    assert modules <= {"numpy": {"numpy", "scipy"}, "torch": {"torch"}, "jax": {"jax"}, "array-api": {"typing"}}[target]
    function = tree.body[-1]
    assert isinstance(function, ast.FunctionDef) and ast.get_docstring(function)
    assert all(argument.annotation for argument in function.args.args) and function.returns
    assert max(map(len, code.splitlines())) <= 150
    assert all(line == line.rstrip() for line in code.splitlines())


# -- random expressions --------------------------------------------------------------------------------------

SEED = 51_500


@pytest.mark.parametrize("block", [0, 1, *[pytest.param(block, marks=pytest.mark.long) for block in (2, 3, 4)]])
def test_random_expressions(block):
    compared = 0
    for seed in range(SEED + 30 * block, SEED + 30 * block + 30):
        print(f"seed {seed}")
        rng = random.Random(seed)
        text, shape = Generator(rng).draw(rng.randint(1, 4))
        names = list(matcalc.parse(text, shapes=SHAPES, assume=ASSUME).shapes)
        if not names:
            continue
        facts = {name: words for name, words in ASSUME.items() if name in names}
        order = rng.choice([1, 1, 2]) if shape == (1, 1) else 1
        try:
            derivative = matcalc.diff(text, rng.choice(names), order=order, shapes=SHAPES, assume=facts)
        except matcalc.NoRuleError:
            continue
        tree = parse_tree(str(derivative))
        problem = Problem(derivative.query, tree)
        point = informative_point(problem, problem.sampler(seed), set())
        if point is None:
            continue
        function = derivative.compile()
        arrays = {name: array.numpy() for name, array in point.arrays.items()}
        found = function(**arrays, **{size: point.sizes[size] for size in function.program.sizes})
        for ours, source in zip(found, (derivative.elaborated.tree, tree)):
            expected = evaluate(source, point.arrays, point.sizes, derivative.book).numpy()
            assert ours.shape == (expected.shape if expected.shape != (1, 1) else ())
            error, scale = numpy.abs(ours - expected).max(), max(numpy.abs(expected).max(), 1e-9)
            assert error <= 1e-9 * scale, (text, function.source)
        compared += 1
    assert compared >= 22
