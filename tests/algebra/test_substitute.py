"""Rewriting expressions node by node."""

from sympy import Add, Mul, symbols

from matcalc.algebra.substitute import rewrite


def test_equal_parts_that_are_other_objects_count_as_the_same():
    a, b, c = symbols("a b c", real=True)
    inner = 2 * a - 2 * b
    other, whole = Add._from_args(inner.args), Mul(c, inner)
    assert other == inner and other is not inner
    assert rewrite(whole, lambda node: other if node == inner else node) is whole
