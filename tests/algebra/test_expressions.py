"""Expressions: interned, shape-checked, in canonical form without a change of value, and at home in SymPy."""

import copy
import random
import sys

import numpy
import pytest
import sympy
import torch
from random_expressions import ASSUME, SHAPES, Generator
from tables import every_row

from matcalc.algebra.build import OPERATIONS
from matcalc.algebra.constructors import add, broadcast, hadamard, power, scale, transpose
from matcalc.algebra.expressions import ArraySymbol, dimension, is_array, key_of, postorder
from matcalc.algebra.products import matmul
from matcalc.algebra.substitute import substitute
from matcalc.errors import NoRuleError, ShapeError
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.unparse import unparse
from matcalc.presentation import present
from matcalc.shapes.elaborate import elaborate

n, m = dimension("n"), dimension("m")
A, B = ArraySymbol("A", n, n), ArraySymbol("B", n, n)
X, Y = ArraySymbol("X", n, m), ArraySymbol("Y", n, m)
x, y, w = ArraySymbol("x", n, 1), ArraySymbol("y", n, 1), ArraySymbol("w", m, 1)
c = sympy.Symbol("c", real=True)
trace, total, eye, ones, zeros = (OPERATIONS[name] for name in ("trace", "total", "eye", "ones", "zeros"))
diagonal, vec, kronecker, matrix_power = (OPERATIONS[name] for name in ("diagonal", "vec", "kronecker", "matrix_power"))

SIZES = {"n": 3, "m": 4}
DECLARED = {
    **dict.fromkeys(["A", "B", "C", "S", "K", "D", "Q", "P", "J", "R"], ("n", "n")),
    **dict.fromkeys(["X", "Y"], ("n", "m")),
    "M": ("m", "m"), "Z": ("m", "n"), **dict.fromkeys(["x", "y", "z", "v", "p"], ("n", 1)), "w": ("m", 1),
    "r": (1, "m"),
    **dict.fromkeys(["a", "b", "c"], ()),
}
FACTS = {"S": ["symmetric"], "K": ["skew"], "D": ["diagonal"], "Q": ["orthogonal"], "P": ["pd"], "J": ["projection"],
         "R": ["permutation"], "v": ["positive"], "p": ["simplex"], "c": ["positive"]}


def arrays_with_the_facts():
    rng = numpy.random.default_rng(5)
    shapes = {name: tuple(SIZES.get(size, size) for size in shape) or (1, 1) for name, shape in DECLARED.items()}
    arrays = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    basis = numpy.linalg.qr(arrays["Q"])[0]
    arrays |= {
        "S": arrays["S"] + arrays["S"].T, "K": arrays["K"] - arrays["K"].T, "D": numpy.diag(numpy.diag(arrays["D"])),
        "Q": basis, "P": arrays["P"] @ arrays["P"].T + numpy.eye(3), "J": basis[:, :2] @ basis[:, :2].T,
        "R": numpy.eye(3)[[2, 0, 1]], "v": abs(arrays["v"]) + 0.5, "p": abs(arrays["p"]) / abs(arrays["p"]).sum(),
        "c": abs(arrays["c"]) + 0.5,
    }
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


POINT = arrays_with_the_facts()


def read(text, book):
    return elaborate(text, book, DECLARED, FACTS)


def value(tree, book):
    return evaluate(tree, POINT, SIZES, book)


def same_value(expression, tree, book):
    """Assert that an expression has the value of a surface tree."""
    torch.testing.assert_close(value(present(expression), book), value(tree, book), rtol=1e-10, atol=1e-10)


# -- canonical steps --------------------------------------------------------

# texts on one line stand for one and the same object, and have one value
CANONICAL = [
    # sums
    ["A + B", "B + A"], ["A + B + C", "C + (B + A)", "(A + C) + B"], ["A + A", "2*A"], ["A - A", "zeros(n, n)", "0*A"],
    ["2*A + 3*A", "5*A"], ["A - (B - C)", "A - B + C"], ["A + 0*B", "A"], ["a*A + b*A", "(a + b)*A"], ["-(-A)", "A"],
    ["2*A + 2*B", "2*(A + B)"], ["A/2", "A*0.5", "1/2*A"], ["x - x + 1", "ones(n)"], ["A + A.T", "(A + A.T).T"],
    # scaling
    ["c*(2*A)", "2*(c*A)", "A*(2*c)", "A*c*2"], ["(c*A)@B", "A@(c*B)", "c*(A@B)"], ["1*A", "A"], ["c*A/c", "A"],
    # transposes stand at the leaves
    ["(A@B).T", "B.T@A.T"], ["(A + X@Z).T", "A.T + Z.T@X.T"], ["A.T.T", "A"], ["(c*A).T", "c*A.T"],
    ["inv(A).T", "inv(A.T)"],
    ["(A*B).T", "A.T*B.T"], ["exp(A).T", "exp(A.T)"], ["(A**3).T", "A.T**3"], ["kron(A, X).T", "kron(A.T, X.T)"],
    ["c.T", "c"], ["S.T", "S"], ["K.T", "-K"], ["D.T", "D"], ["P.T", "P"], ["inv(P).T", "inv(P)"],
    ["diag(x).T", "diag(x)"], ["exp(S).T", "exp(S)"],
    ["eye(n).T", "eye(n)"], ["ones(n, m).T", "ones(m, n)"], ["comm(n, m).T", "comm(m, n)"],
    # products
    ["(A@B)@C", "A@(B@C)", "A@B@C"], ["inv(A)@A", "A@inv(A)", "eye(n)", "matpow(A, 0)"], ["B@inv(A)@A@C", "B@C"],
    ["inv(A@B)@A@B", "eye(n)"], ["A@inv(B@A)", "inv(B)"], ["inv(inv(A))", "A"], ["A@A@A", "matpow(A, 3)"],
    ["A@inv(A@A)", "inv(A)", "matpow(A, -1)"], ["matpow(matpow(A, 2), 3)", "matpow(A, 6)"], ["inv(2*A)", "inv(A)/2"],
    ["A@eye(n)", "eye(n)@A", "A"], ["A@zeros(n, m)", "zeros(n, m)"], ["solve(A, B)", "inv(A)@B"],
    ["Q.T@Q", "Q@Q.T", "eye(n)"], ["inv(Q)", "Q.T"], ["A@Q.T@Q@B", "A@B"], ["R.T@R", "eye(n)"], ["inv(R)", "R.T"],
    ["J@J", "J", "matpow(J, 5)"], ["X@pinv(X)@X", "X"], ["pinv(X)@X@pinv(X)", "pinv(X)"],
    # scalars leave the chains
    ["x@(y.T@z)", "(z.T@y)*x", "x@z.T@y"], ["x.T@A@y", "y.T@A.T@x"], ["x.T@y", "y.T@x", "dot(x, y)", "sum(x*y)"],
    ["A@x@(w.T@w)", "(w.T@w)*(A@x)"], ["x@x.T@x", "(x.T@x)*x", "norm(x)**2*x"],
    ["sum(x)", "ones(n).T@x", "x.T@ones(n)"],
    ["ones(n).T@ones(n)", "tr(eye(n))", "n"], ["e(1, n).T@e(1, n)", "1"], ["e(1, n).T@e(2, n)", "0"],
    ["x.T@x/norm(x)", "norm(x)"],
    # traces
    ["tr(A@B)", "tr(B@A)", "tr(A.T@B.T)", "dot(A.T, B)"], ["tr(A@B@C)", "tr(C@A@B)", "tr(B@C@A)", "tr(C.T@B.T@A.T)"],
    ["tr(A)", "tr(A.T)"], ["tr(x@y.T)", "x.T@y"], ["tr(A@x@y.T)", "y.T@A@x"], ["tr(2*A)", "2*tr(A)"],
    ["tr(eye(n) + A)", "n + tr(A)"], ["tr(kron(A, M))", "tr(A)*tr(M)"], ["tr(diag(x))", "sum(x)"],
    ["tr(X.T@Y)", "dot(X, Y)"],
    # elementwise
    ["A*B", "B*A"], ["A*A", "A**2"], ["A/A", "A**0", "ones(n, n)"], ["A*B/A", "B"], ["(2*A)*(3*B)", "6*(A*B)"],
    ["(A*B)**2", "A**2*B**2"],
    ["x*ones(n)", "x"], ["(A**2)**3", "A**6"], ["sqrt(v)**2", "sqrt(v**2)", "v"], ["v**(1/2)*v**(1/2)", "v"],
    ["v**b*v", "v**(b + 1)"],
    ["eye(n)*eye(n)", "eye(n)"], ["eye(n)*(x@y.T)", "diag(x*y)"],
    # broadcasting
    ["X + x", "x + X", "X + x@ones(1, m)"], ["X*r", "X*(ones(n)@r)"], ["x + r", "x@ones(1, m) + ones(n)@r"],
    ["X + 1", "X + ones(n, m)"],
    # diagonal matrices
    ["diag(x)@diag(y)", "diag(x*y)", "diag(y)@diag(x)"], ["diag(x)@y", "x*y"], ["y.T@diag(x)", "(x*y).T"],
    ["inv(diag(v))", "diag(1/v)"],
    ["diag(diag(x))", "x"], ["diag(ones(n))", "eye(n)"], ["diag(eye(n))", "ones(n)"], ["diag(2*x)", "2*diag(x)"],
    ["diag(x@y.T)", "x*y"],
    ["matpow(diag(x), 3)", "diag(x**3)"], ["diag(diag(D))", "D"],
    # Kronecker products, vec, commutation
    ["kron(A, X)@kron(B, Z)", "kron(A@B, X@Z)"], ["kron(eye(n), eye(m))", "eye(n*m)"], ["kron(x, r)", "x@r"],
    ["kron(2*A, X)", "2*kron(A, X)"],
    ["kron(kron(A, B), C)", "kron(A, kron(B, C))"], ["kron(B, A)@vec(C)", "vec(A@C@B.T)"],
    ["inv(kron(A, M))", "kron(inv(A), inv(M))"],
    ["comm(n, m)@vec(X)", "vec(X.T)"], ["comm(m, n)@comm(n, m)", "eye(n*m)"], ["comm(n, 1)", "eye(n)"],
    ["comm(n, n)@kron(A, B)", "kron(B, A)@comm(n, n)"], ["vec(x)", "x"], ["vec(r)", "r.T"],
    ["vec(x@w.T)", "kron(w, x)"],
    ["vec(X).T@vec(Y)", "tr(X.T@Y)"],
    # what adds to one
    ["ones(n).T@softmax(x)", "sum(softmax(A@x))", "1"], ["sum(softmax(X), axis=0)", "ones(1, m)"],
    ["sum(softmax(X, axis=1), axis=1)", "ones(n)"],
    ["sum(p)", "1"],
]


@every_row("texts", CANONICAL, ids=lambda texts: texts[0])
def test_texts_that_mean_the_same_are_one_object_and_keep_their_value(texts, book):
    read_texts = [read(text, book) for text in texts]
    first = read_texts[0]
    for text, other in zip(texts, read_texts):
        assert other.expression == first.expression, text
        assert other.expression is first.expression or not is_array(first.expression), text
        same_value(other.expression, other.tree, book)
        torch.testing.assert_close(value(other.tree, book), value(first.tree, book), rtol=1e-10, atol=1e-10)


@every_row(("one", "other"), [
    ("A@B", "B@A"), ("A*B", "A@B"), ("A", "A.T"), ("X@pinv(X)", "eye(n)"), ("J", "eye(n)"), ("A**2", "A@A"),
    ("sqrt(x**2)", "x"),
    ("(x**2)**(1/2)", "x"), ("sum(softmax(X), axis=1)", "ones(n)"), ("kron(A, B)", "kron(B, A)"),
    ("diag(diag(A))", "A"), ("Q", "eye(n)"),
    ("tr(A@B@C)", "tr(A@C@B)"), ("K.T", "K"), ("exp(A)@exp(B)", "exp(A + B)"), ("inv(A + B)", "inv(A) + inv(B)"),
    ("norm(x)", "sum(x)"),
    ("J.T", "J"), ("abs(x)", "x"), ("inv(A)*A", "eye(n)"), ("inv(A@B)", "inv(A)@inv(B)"), ("x@y.T", "y@x.T"),
    ("max(x)", "sum(x)"),
])
def test_texts_that_differ_in_value_are_not_one_object(one, other, book):
    assert read(one, book).expression != read(other, book).expression


def test_an_even_root_is_not_taken_without_knowing_the_sign(book):
    found = read("sqrt(x**2)", book)
    same_value(found.expression, found.tree, book)


@pytest.mark.parametrize("seed", range(25))
def test_canonical_form_keeps_the_value_of_random_expressions(seed, book):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    shapes = {name: tuple(SIZES.get(size, size) for size in shape) or (1, 1) for name, shape in SHAPES.items()}
    arrays = {name: torch.randn(shape, dtype=torch.float64) for name, shape in shapes.items()}
    arrays |= {"S": arrays["S"] + arrays["S"].mT, "P": arrays["P"] @ arrays["P"].mT + torch.eye(3),
               "c": arrays["c"].abs() + 0.1}
    compared = 0
    for _ in range(12):
        text, _ = Generator(rng).draw(rng.randint(1, 4))
        found = elaborate(text, book, SHAPES, ASSUME)
        here, there = (evaluate(tree, arrays, SIZES, book) for tree in (found.tree, present(found.expression)))
        if torch.isfinite(here).all() and here.abs().max() < 1e6:
            compared += 1
            scale_of_values = max(1.0, float(here.abs().max()))
            assert float((here - there).abs().max()) < 1e-7 * scale_of_values, f"seed {seed}: {text}"
        for node in postorder(found.expression):
            if is_array(node):
                assert transpose(transpose(node)) is node, f"seed {seed}: {text}"
                assert transpose(node).shape == (node.cols, node.rows)
    assert compared >= 6


# -- identity and order --------------------------------------------------------


def test_equal_expressions_are_identical():
    assert ArraySymbol("A", n, n) is A
    assert ArraySymbol("A", "n", "n") is A
    assert ArraySymbol("A", n, n, ["symmetric"]) is not A
    assert ArraySymbol("A", n, m) is not A
    assert add(A, B) is add(B, A)
    assert matmul(matmul(A, B), X) is matmul(A, matmul(B, X))
    assert trace(matmul(A, B)) is trace(matmul(B, A))
    assert matmul(A, B) is not matmul(B, A)
    assert eye(dimension(3)) is eye(dimension(3))


def test_equal_expressions_have_one_hash_and_are_found_in_sets():
    assert hash(add(A, B)) == hash(add(B, A))
    assert {add(A, B): 1}[add(B, A)] == 1
    assert len({matmul(A, B), matmul(B, A), matmul(A, B)}) == 2


def test_copies_are_the_object_itself():
    expression = add(matmul(A, X), scale(c, Y))
    assert copy.copy(expression) is copy.deepcopy(expression) is expression


def test_the_order_of_terms_does_not_depend_on_the_order_of_making(book):
    rng = random.Random(3)
    terms = [A, B, transpose(A), matmul(A, B), scale(c, B), eye(n), hadamard(A, B), matrix_power(A, sympy.Integer(-1)),
        diagonal(x)]
    first = add(*terms)
    for _ in range(20):
        rng.shuffle(terms)
        assert add(*terms) is first
        together = terms[0]
        for term in terms[1:]:
            together = add(together, term)
        assert together is first


def test_keys_tell_expressions_apart():
    different = [A, B, X, x, transpose(X), matmul(A, B), matmul(B, A), add(A, B), hadamard(A, B), kronecker(A, B),
        kronecker(B, A),
                 vec(X), vec(transpose(X)), diagonal(x), trace(A), trace(matmul(A, B)), eye(n), ones(n, n),
                 scale(c, A), power(A, c)]
    assert len({key_of(node) for node in different}) == len(different)


# -- shapes --------------------------------------------------------


@every_row(("make", "shape"), [
    (lambda: A, (n, n)), (lambda: transpose(X), (m, n)), (lambda: add(X, Y), (n, m)), (lambda: scale(c, X), (n, m)),
    (lambda: matmul(A, X, w), (n, 1)), (lambda: matmul(x, transpose(w)), (n, m)), (lambda: hadamard(X, Y), (n, m)),
    (lambda: power(X, sympy.Integer(2)), (n, m)), (lambda: matrix_power(A, sympy.Integer(-2)), (n, n)),
    (lambda: kronecker(A, X), (n * n, n * m)),
    (lambda: vec(X), (n * m, 1)), (lambda: diagonal(x), (n, n)), (lambda: eye(n), (n, n)), (lambda: ones(n, m), (n, m)),
    (lambda: zeros(n), (n, 1)), (lambda: broadcast(x, (n, m)), (n, m)),
    (lambda: OPERATIONS["commutation"](n, m), (n * m, n * m)),
    (lambda: OPERATIONS["unit"](sympy.Integer(0), n), (n, 1)), (lambda: OPERATIONS["row_sums"](X), (n, 1)),
    (lambda: OPERATIONS["column_sums"](X), (1, m)),
    (lambda: OPERATIONS["diagonal_entries"](matmul(x, transpose(y))), (n, 1)),
])
def test_constructors_know_their_shape(make, shape):
    assert make().shape == shape


@every_row("make", [
    lambda: trace(A), lambda: total(X), lambda: matmul(transpose(x), y), lambda: matmul(transpose(x), A, x),
    lambda: eye(dimension(1)),
    lambda: ones(dimension(1), dimension(1)), lambda: matmul(transpose(x), A, X, w), lambda: OPERATIONS["norm"](X),
    lambda: vec(c),
    lambda: kronecker(c, c), lambda: diagonal(c), lambda: OPERATIONS["unit"](sympy.Integer(0), dimension(1)),
])
def test_what_is_1_by_1_is_a_scalar(make):
    assert not is_array(make()) and isinstance(make(), sympy.Expr)


@every_row("make", [
    lambda: add(A, X), lambda: add(A, c), lambda: matmul(X, A), lambda: matmul(A, w), lambda: matmul(x, y),
    lambda: hadamard(A, X),
    lambda: hadamard(x, transpose(x)), lambda: trace(X), lambda: matrix_power(X, sympy.Integer(2)),
    lambda: broadcast(w, (n, m)),
    lambda: broadcast(A, (n, m)), lambda: add(eye(n), eye(m)), lambda: matmul(A, eye(m)),
    lambda: add(ones(n), ones(dimension(3))),
])
def test_a_misfit_raises_a_shape_error(make):
    with pytest.raises(ShapeError):
        make()


# -- SymPy --------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_every_node_is_made_again_from_its_arguments(seed, book):
    rng = random.Random(100 + seed)
    for _ in range(10):
        text, _ = Generator(rng).draw(3)
        for node in postorder(elaborate(text, book, SHAPES, ASSUME).expression):
            if node.args:
                assert node.func(*node.args) == node, f"seed {seed}: {text}"


def test_free_symbols_are_the_names_and_the_sizes(book):
    found = read("c*tr(A@B) + a*x.T@y", book).expression
    assert {symbol.name for symbol in found.free_symbols} == {"c", "A", "B", "a", "x", "y"}
    assert add(A, eye(n)).free_symbols == {A, n}
    assert A.free_symbols == {A}


def test_scalars_of_ours_are_scalars_of_sympy():
    t, d = trace(A), matmul(transpose(x), A, x)
    assert t + t == 2 * t and t * t == t**2 and t - t == 0 and t / t == 1
    assert sympy.expand((t + d)**2) == t**2 + 2*t*d + d**2
    assert sympy.factor(t**2 + 2*t*d + d**2) == (t + d)**2
    assert sympy.simplify(sympy.sin(t)**2 + sympy.cos(t)**2) == 1
    assert (c*t).subs(c, 3) == 3*t and (t**2).subs(t, c) == c**2
    assert sympy.diff(sympy.sin(c)*t, c) == sympy.cos(c)*t
    assert sympy.integrate(c*t, c) == c**2*t/2
    assert sympy.Add(t, c, t) == 2*t + c and sympy.Mul(t, c, t) == c*t**2
    assert t.is_real and not t.is_number and t.is_commutative


def test_positive_scalars_are_known_to_be_so():
    v = ArraySymbol("v", n, 1, ["positive"])
    assert sympy.sqrt(matmul(transpose(x), x))**2 == matmul(transpose(x), x)
    assert matmul(transpose(x), x).is_nonnegative
    assert total(v).is_nonnegative
    assert trace(A).is_nonnegative is None


def test_sympys_diff_never_takes_what_is_inside_for_a_constant(book):
    inner = read("det(c*A + B) + exp(tr(c*A@B))", book)
    variable = inner.symbols["c"]
    with pytest.raises(NoRuleError) as caught:
        sympy.diff(sympy.sin(read("det(c*A + B)", book).expression), variable)
    assert "matcalc.diff" in caught.value.hint
    assert sympy.diff(read("det(A + B)", book).expression, variable) == 0


def test_substitution_reaches_into_arrays():
    assert substitute(add(matmul(A, X), Y), {A: eye(n)}) == add(X, Y)
    assert substitute(trace(matmul(A, B)), {B: transpose(A)}) is trace(matmul(A, transpose(A)))
    assert substitute(scale(c, A), {c: sympy.Integer(2)}) is scale(sympy.Integer(2), A)
    assert trace(matmul(A, B)).xreplace({A: B}) == trace(matmul(B, B))


# -- depth --------------------------------------------------------


def layers(book, count):
    (tanh,) = book.named("tanh")
    node = x
    for index in range(count):
        node = tanh.apply(matmul(A if index % 2 else B, node))
    return node


def test_deep_nesting_needs_no_recursion(book):
    assert sys.getrecursionlimit() < 2000
    deep = layers(book, 2000)
    assert deep is layers(book, 2000) and hash(deep) == hash(layers(book, 2000))
    assert len(postorder(deep)) == 4003
    assert transpose(transpose(deep)) is deep and transpose(deep).shape == (1, n)
    assert substitute(substitute(deep, {x: y}), {y: x}) is deep
    assert unparse(present(deep)).count("tanh(") == 2000


def test_long_products_need_no_recursion(book):
    factors = [ArraySymbol(f"A{i % 7}", n, n) for i in range(2500)]
    chain = matmul(*factors)
    assert len(chain.args) == 2500 and matmul(*factors[:1000], matmul(*factors[1000:])) is chain
    assert transpose(transpose(chain)) is chain
    assert trace(chain) is trace(matmul(*factors[700:], *factors[:700]))
    assert trace(chain) is trace(transpose(chain))


def test_long_sums_collect_like_terms():
    terms = [scale(sympy.Integer(i), ArraySymbol(f"B{i % 50}", n, m)) for i in range(1, 3001)]
    assert len(add(*terms).args) <= 50
    assert add(*terms, *[scale(sympy.S.NegativeOne, term) for term in terms]) == zeros(n, m)


def test_a_shared_expression_is_walked_once():
    node = A
    for _ in range(200):
        node = hadamard(add(node, B), matmul(node, B))
    assert len(postorder(node)) < 2000


def test_a_column_times_a_long_product_is_a_scalar():
    """A row times a product of many factors that is a column: 1×1, so a scalar, however long the product is."""
    factors = [ArraySymbol(f"A{i}", "n", "n") for i in range(60)]
    x, y = ArraySymbol("x", "n", 1), ArraySymbol("y", "n", 1)
    nested = matmul(transpose(y), matmul(*factors, x))
    assert not is_array(nested)
    assert nested == matmul(transpose(y), *factors, x)
