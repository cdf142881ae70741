"""Values and texts that no function expects: what the fuzzers draw from."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import numpy
import sympy

import matcalc as mc

TEXTS = (
    "x.T@A@x", "norm(A@x - b)**2", "logdet(X)", "2*A@x", "sum(exp(x))", "A@B", "x", "2", "", " ", "x +", "x^2",
    "foo(x)", "((", "e(0, n).T@x", "1e999", "pi", "inf", "n*x.T@x", "x/0", "log(-1)*x", "\0", "x\n+1",
    "r = A@x; r.T@r", "\\nabla_x x^T A x", "xᵀ A x", "np.sum(x**2)", "[[1,2],[3,4]]", "[1 2; 3 4]", "[[1,2],[3]]",
    "[[1e400]]", "no.npy", "-", "--wrt", "х", "_x", "𝔸", "lambda", "__import__('os')", "x" * 300, "(" * 200, "-x.T@x",
    "tr(matpow(A, 3))", "A\\b", "det(X)*inv(X).T", "softmax(W@x)",
)
WORDS = ("x", "A", "X", "denom", "num", "mixed", "up", "free", "projected", "parametrized", "numpy", "torch", "jax",
         "matlab", "latex", "symmetric", "pd", "forward", "reverse", "exact", "both", "n", "scalar")
NUMBERS = (0, 1, 2, 3, -1, 10**5000, 2**64, True, None, 1.5, float("nan"), float("inf"), 1j, Fraction(1, 3))
SIZES = ("n", "m", 1, 2, 0, -1, "", None, "n*m", 1.5, "n m")
ARRAYS = (numpy.eye(2), numpy.array([[1, numpy.nan]]), numpy.array([]), numpy.array("x"), numpy.int64(2),
          numpy.zeros((2, 2, 2)), numpy.array([[object()]], dtype=object))
NODES = (sympy.Symbol("x"), sympy.MatrixSymbol("A", 2, 3), sympy.Integer(2), sympy.zoo, sympy.eye(2),
         sympy.Function("f")(sympy.Symbol("x")), sympy.Matrix([[sympy.Symbol("a")]]))
OTHERS = (b"x", object(), len, lambda x: x @ x, int, Path("no"), set(), {"x"}, frozenset({1}), range(3), ...)


def value(random: random.Random) -> object:
    """Return some object: a text, a number of any kind, a container, an array, a node of SymPy, a function."""
    kind = random.randrange(12)
    if kind < 4:
        return random.choice(TEXTS + WORDS)
    if kind == 4:
        return random.choice(NUMBERS)
    if kind == 5:
        keys = ("x", "A", "X", "1x", "", 3, None)
        return {random.choice(keys): value(random) for _ in range(random.randrange(3))}
    if kind == 6:
        return [value(random) for _ in range(random.randrange(3))]
    if kind == 7:
        return tuple(random.choice(SIZES) for _ in range(random.randrange(4)))
    if kind == 8:
        return random.choice(ARRAYS)
    if kind == 9:
        return random.choice(NODES)
    if kind == 10:
        return random.choice(OTHERS)
    return random.choice((mc.parse("x.T@A@x"), mc.diff("x.T@A@x"), mc.MatcalcError("no")))


def shapes(random: random.Random) -> object:
    """Return an argument for ``shapes``, right or not."""
    usual = ({"x": ("n", 1)}, {"A": ("n", "n"), "x": ("n",)}, {"x": ()}, {"x": (3, 1)}, None)
    return random.choice((*usual, value(random)))
