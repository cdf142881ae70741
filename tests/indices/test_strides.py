"""Slices with a step: values and derivatives as NumPy and torch have them, sizes that are said or refused, code."""

import numpy
import pytest

import matcalc
from matcalc.errors import ConversionError, ExpressionSyntaxError, ShapeError

EVEN, SEVEN = ("2*n", 1), (7, 1)

ANSWERS = [
    ("sum(x[::2]**2)", "x", None, "2*eye(2*n)[:, ::2]@x[::2]"),
    ("b.T@x[::-1]", "x", None, "b[::-1]"),
    ("norm(A@x[::-1])**2", "x", None, "2*A[:, ::-1].T@A@x[::-1]"),
    ("(A@x)[::2]", "x", None, "A[::2, :].T"),
    ("norm(A@x - b)**2", "x[1::2]", {"x": EVEN}, "2*A[:, 1::2].T@(A@x - b)"),
    ("sum(exp(X[1:5:2, :]))", "X", None, "eye(n)[:, 1:4:2]@exp(X[1:4:2, :])"),
    ("tr(X[::2, ::-3]@B)", "X", {"X": (5, 7)}, "eye(5)[:, ::2]@B.T@eye(7)[::-3, :]"),
    ("logdet(X[::-1, ::-1])", "X", None, "inv(X).T"),
    ("x[5:1:-1].T@b", "x", {"x": (8, 1)}, "vstack(zeros(2), b[::-1], zeros(2))"),
    ("x[::3][::2].T@b", "x", {"x": SEVEN}, "eye(7)[:, ::6]@b"),
    ("x[::2][1]*b", "x", {"x": SEVEN}, "b*e(2, 7)"),
    ("x[::2].T@x[1::2]", "x", {"x": (4, 1)}, "eye(4)[:, 1::2]@x[::2] + eye(4)[:, ::2]@x[1::2]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "shapes", "answer"), ANSWERS)
def test_derivatives_are_slices_again_and_right(text, wrt, shapes, answer):
    derivative = matcalc.diff(text, wrt=wrt, shapes=shapes)
    assert str(derivative) == answer
    assert derivative.check().ok and derivative.check(method="exact").ok
    if "e(2" in answer:  # in LaTeX it has no size
        return
    known = {name: shape for name, shape in derivative.shapes.items() if name in answer}
    assert matcalc.parse(answer, shapes=known) == matcalc.parse(derivative.latex(), shapes=known, syntax="latex")


@pytest.mark.parametrize("key", ["::2", "::-2", "1::3", "5:1:-2", "-2::-1", ":-1:2", "1:6:4"])
def test_the_value_is_numpys(key):
    x, X = numpy.arange(7.0), numpy.arange(35.0).reshape(5, 7)
    expected = eval(f"x[{key}]"), eval(f"X[:, {key}]")
    assert matcalc.parse(f"x[{key}]", shapes={"x": SEVEN}).evaluate(x=x).ravel().tolist() == expected[0].tolist()
    assert matcalc.parse(f"X[:, {key}]", shapes={"X": (5, 7)}).evaluate(X=X).tolist() == expected[1].tolist()


@pytest.mark.parametrize("target", ["numpy", "torch", "jax", "octave"])
def test_generated_code_builds_no_matrix_that_selects(target):
    derivative = matcalc.diff("sum(exp(X[::-1, 1::3])@b)", wrt="X", shapes={"X": ("n", 8)})
    source = derivative.code(target)
    assert "eye(" not in source.rpartition("df/dX")[2].partition("\n")[2]
    if target != "octave":
        values = {"X": numpy.random.default_rng(1).standard_normal((3, 8)), "b": numpy.array([1.0, -2.0, 3.0])}
        found = numpy.asarray(derivative.compile(target=target)(**values)[1])
        assert numpy.allclose(found, derivative.evaluate(**values), atol=1e-5)


@pytest.mark.parametrize(
    ("text", "shapes", "message"),
    [
        ("sum(x[::2]**2)", {"x": ("n", 1)}, "how many places x[::2] takes is open: n may be a multiple of 2 or not"),
        ("x[:k:2]", None, "how many places x[:k:2] takes is open: k may be a multiple of 2 or not"),
        ("x[9::2]", {"x": (4, 1)}, "there is no entry 9 of 4; entries count from 0"),
        ("x[1:9:2]", {"x": (4, 1)}, "there are 4 entries, not 9"),
        ("x[1:5:-1]", None, "the slice is empty: it goes back from 1 and ends before 5"),
        ("x[5:1:2]", None, "the slice is empty: it begins at 5 and ends before 1"),
        ("x[::k]", None, "the step of a slice is a whole number"),
    ],
)
def test_what_is_outside_or_open_is_refused(text, shapes, message):
    with pytest.raises((ShapeError, ExpressionSyntaxError)) as caught:
        matcalc.diff(text, wrt="x", shapes=shapes)
    assert caught.value.message == message
    assert caught.value.span is not None and caught.value.source == text and caught.value.hint


def test_a_size_that_was_taken_for_even_is_said():
    derivative = matcalc.diff("x[::2].T@b[::3] + sum(c[::2])", wrt="x", shapes={"b": ("3*n", 1)})
    assert derivative.shapes["x"] == ("2*n", 1)
    assert any('shapes={"x": ("2*n + 1", 1)}' in note for note in derivative.notes)
    odd = matcalc.diff("sum(x[::2]**2)", shapes={"x": ("2*n + 1", 1)})
    assert odd.evaluate(x=[1, 2, 3]).ravel().tolist() == [2, 0, 6]


@pytest.mark.parametrize(("text", "answer"), [
    ("sum(x[::2]*x[1::2]**2)", "zeros(n, n)"), ("sum(exp(x[1::2])*x[::2]) + sum(x[::2]**2)", "2*eye(n)"),
])
def test_places_that_do_not_meet_leave_nothing(text, answer):
    assert str(matcalc.diff(text, wrt="x[::2]", order=2, shapes={"x": ("2*n", 1)})) == answer


def test_sympys_slices_go_both_ways_where_sympy_counts_as_numpy_does():
    sympy = pytest.importorskip("sympy")
    X = sympy.MatrixSymbol("X", 6, 4)
    assert str(matcalc.parse(X[::2, 1:3])) == "X[::2, 1:3]"
    assert matcalc.parse("X[::2, 1:3]", shapes={"X": (6, 4)}).sympy == X[::2, 1:3]
    with pytest.raises(ConversionError, match="SymPy takes 1:6:2 for 2 places, NumPy for one more"):
        matcalc.parse(X[1::2, :])
    values = sympy.ImmutableMatrix(6, 4, range(24))
    turned = matcalc.parse("X[::-2, :]", shapes={"X": (6, 4)}).sympy
    assert turned.xreplace({X: values}).doit().as_explicit().tolist() == [values.row(i).tolist()[0] for i in (5, 3, 1)]
