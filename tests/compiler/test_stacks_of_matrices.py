"""Generated code with stacks of matrices: arrays of three axes go in and come out, and no selector is made."""

from __future__ import annotations

import numpy
import pytest

import matcalc

TARGETS = ("numpy", "torch", "jax", "array-api")
CASES = [
    ("sum(c[k]*(x.T@A[k]@x) for k in K)", {"A": ("K", "n", "n")}, "A"),
    ("sum(norm(A[k]@x - B[k, :].T)**2 for k in K)", {"A": ("K", "m", "n")}, "x"),
    ("logdet(sum(w[k]*A[k] for k in K))", {"A": ("K", "n", "n")}, "w"),
    ("sum(det(A[k])*c[k] for k in K)", {"A": ("K", "n", "n")}, "A"),
    ("sum(A[k]@x for k in K)", {"A": ("K", "m", "n")}, "A"),
    ("sum(x.T@b[k] for k in K)", {"b": ("K", "n", 1)}, "b"),
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} by {case[2]}")
def test_code_takes_and_gives_arrays_of_three_axes(case, target):
    text, shapes, by = case
    function = matcalc.diff(text, wrt=by, shapes=shapes).compile(target)
    assert function.check(points=1).ok
    assert "eye(" not in function.source or by == "A"


def test_the_gradient_by_a_stack_has_its_shape():
    derivative = matcalc.diff("sum(c[k]*(x.T@A[k]@y) for k in K)", wrt="A", shapes={"A": ("K", "n", "m")})
    value, gradient = derivative.compile()(A=numpy.ones((3, 2, 4)), x=[1.0, 2.0], y=[1.0] * 4, c=[1.0, 2.0, 3.0])
    assert value == 72.0
    assert gradient.shape == (3, 2, 4)
    with pytest.raises(matcalc.ShapeError, match="A is a stack of matrices, K×n×m, and the array given is 2×2"):
        derivative.compile()(A=numpy.ones((2, 2)), x=[1.0, 2.0], y=[1.0] * 4, c=[1.0])


@pytest.mark.parametrize("order", [1, 2])
def test_what_does_not_have_the_index_is_computed_once_before_the_loop(order):
    derivative = matcalc.diff("logdet(sum(w[k]*A[k] for k in K))", wrt="w", shapes={"A": ("K", "n", "n")}, order=order)
    source = derivative.code()
    # the sum of the value, one over the entries, and of order 2 one within that
    assert source.count(" in range(") == 1 + order
    statements = source.partition("def value_and_")[2]
    last = statements.rindex(" in range(")
    assert statements.index("inverse = ") < last and "lu_factor(" not in statements[last:]
    assert derivative.compile().check(points=1).ok


def test_octave_has_the_matrices_at_their_places():
    source = matcalc.diff("sum(c[k]*(x.T@A[k]@x) for k in K)", wrt="A", shapes={"A": ("K", "n", "n")}).code("octave")
    assert "A = reshape(permute(A, [2 1 3]), [], size(A, 3));" in source
    assert "permute(reshape(total2, n, K, n), [2 1 3])" in source


@pytest.mark.parametrize("kwargs", [{"with_check": True}, {"product": "vjp"}])
def test_what_is_not_written_for_stacks_is_said(kwargs):
    derivative = matcalc.diff("sum(x.T@A[k]@x for k in K)", wrt="A", shapes={"A": ("K", "n", "n")})
    with pytest.raises(matcalc.ArgumentError) as caught:
        derivative.code("numpy", **kwargs)
    assert caught.value.hint


def test_no_loop_has_the_index_that_is_an_argument():
    """The loop of the value overwrote k, and the gradient was that by the last matrix."""
    function = matcalc.diff("sum(tr(A[k]@A[k]) for k in K)", wrt="A[k]", shapes={"A": ("K", "n", "n")}).compile()
    A = numpy.arange(12.0).reshape(3, 2, 2)
    value, gradient = function(A=A, k=0)
    assert value == sum(numpy.trace(M @ M) for M in A)
    assert (gradient == 2*A[0].T).all()


def test_a_loop_ends_at_a_whole_number():
    source = matcalc.diff("sum(exp(tr(A[2*k])) for k in K/2)", wrt="A", shapes={"A": ("K", "n", "n")})
    value, gradient = source.compile()(A=numpy.zeros((4, 2, 2)))
    assert value == 2.0 and [bool(M.any()) for M in gradient] == [True, False, True, False]
