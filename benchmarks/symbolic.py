"""How long a derivation takes as an expression grows, beside SymPy's derivatives by matrices, and tensorgrad's.

The others run in processes of their own with a time limit, at k = 1, 2, 4, 8, …; matcalc is timed at the sizes of
:mod:`benchmarks.derivation`, and at the largest k that the other reached.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from math import log
from pathlib import Path
from time import perf_counter

import matcalc

from .derivation import NODES, growth, layers_by_input, seconds, slope
from .reporting import first_line

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 30
QUICK_SECONDS = 5
LONG_ENOUGH = 10.0
LARGEST = 4096
# the smallest sizes show what a library takes to begin with, not how it grows
FITTED = 4


def trace_of_power(k):
    """tr(A @ X @ … @ A @ X), by X."""
    return f"tr({'@'.join(['A@X'] * k)})", "X", {}


def sum_of_forms(k):
    """x.T @ A1 @ x + … + x.T @ Ak @ x, by x."""
    return " + ".join(f"x.T@A{i}@x" for i in range(k)), "x", {"x": ("n", 1)}


# -- SymPy ---------------------------------------------------------------------------------------------------------


def sympy_symbols():
    import sympy

    n = sympy.Symbol("n", integer=True, positive=True)
    return n, partial(sympy.MatrixSymbol, n=n, m=n), sympy.MatrixSymbol("x", n, 1)


def sympy_trace(k):
    import sympy

    _, square, _ = sympy_symbols()
    return sympy.Trace(sympy.MatMul(*[square("A"), square("X")] * k)), square("X")


def sympy_layers(k):
    import sympy

    n, square, x = sympy_symbols()
    value = x
    for i in reversed(range(k)):
        value = (square(f"W{i}") * value).applyfunc(sympy.tanh)
    return sympy.OneMatrix(1, n) * value, x


def sympy_forms(k):
    import sympy

    _, square, x = sympy_symbols()
    return sympy.MatAdd(*[x.T * square(f"A{i}") * x for i in range(k)]), x


def sympy_derivative(expression, variable):
    """Return SymPy's derivative, with nothing remembered from an earlier one."""
    from sympy.core.cache import clear_cache

    clear_cache()
    return expression.diff(variable)


def sympy_zero(derivative):
    from sympy import ZeroMatrix
    from sympy.tensor.array.expressions import ZeroArray

    return isinstance(derivative, (ZeroMatrix, ZeroArray)) or derivative == 0


# -- tensorgrad: edges are named, and joined where their names agree ------------------------------------------------


def tensorgrad_symbols():
    import sympy
    import tensorgrad

    n = sympy.Symbol("n")
    return lambda name: tensorgrad.Variable(name, i=n, j=n), tensorgrad.Variable("x", i=n)


def tensorgrad_trace(k):
    square, _ = tensorgrad_symbols()
    product = None
    for place in range(2 * k):
        factor = square("AX"[place % 2]).rename(i=f"e{place}", j=f"e{(place + 1) % (2 * k)}")
        product = factor if product is None else product @ factor
    return product, square("X")


def tensorgrad_layers(k):
    from tensorgrad import functions

    square, x = tensorgrad_symbols()
    value = x.rename(i="e0")
    for i in range(k):
        value = functions.tanh(square(f"W{k - 1 - i}").rename(i=f"e{i + 1}", j=f"e{i}") @ value)
    return functions.sum(value), x


def tensorgrad_forms(k):
    square, x = tensorgrad_symbols()
    terms = [x @ square(f"A{i}") @ x.rename(i="j") for i in range(k)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total, x


def tensorgrad_derivative(expression, variable):
    return expression.grad(variable).full_simplify()


@dataclass(frozen=True)
class Library:
    """A library that derives: its name, how it does, and whether a result is zero."""

    title: str
    derivative: Callable
    is_zero: Callable = lambda result: False


LIBRARIES = {
    "sympy": Library("SymPy", sympy_derivative, sympy_zero),
    "tensorgrad": Library("tensorgrad", tensorgrad_derivative),
}
FAMILIES = {
    "trace": (trace_of_power, {"sympy": sympy_trace, "tensorgrad": tensorgrad_trace}),
    "layers": (layers_by_input, {"sympy": sympy_layers, "tensorgrad": tensorgrad_layers}),
    "forms": (sum_of_forms, {"sympy": sympy_forms, "tensorgrad": tensorgrad_forms}),
}


def child(library, family):
    """Print a line of JSON for k = 1, 2, 4, …: the seconds, whether the result is zero, or an error."""
    make, used = FAMILIES[family][1][library], LIBRARIES[library]
    k = 1
    while k <= LARGEST:
        try:
            expression, variable = make(k)
            start = perf_counter()
            derivative = used.derivative(expression, variable)
            taken = perf_counter() - start
        # what another library raises where it has no answer is not for us to list
        except Exception as reason:
            print(json.dumps({"k": k, "error": first_line(reason)}), flush=True)
            return
        print(json.dumps({"k": k, "seconds": taken, "zero": bool(used.is_zero(derivative))}), flush=True)
        k *= 2


def measured(library, family, allowed):
    """Return what a child process prints within a time limit."""
    command = [sys.executable, "-m", "benchmarks.symbolic", library, family]
    try:
        printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=allowed).stdout
    except subprocess.TimeoutExpired as stopped:
        printed = stopped.stdout or b""
    # the last line may be cut off
    return [json.loads(line) for line in printed.decode().splitlines(keepends=True) if line.endswith("\n")]


def other_row(library, family, allowed):
    """Return the (what, figure, goal) row of another library."""
    ours = FAMILIES[family][0]
    points = measured(library, family, allowed)
    timed = [point for point in points if "seconds" in point]
    errors = [f"none from k={point['k']} on: {point['error']}" for point in points if "error" in point]
    zeros = [str(point["k"]) for point in timed if point["zero"]]
    if zeros:
        errors.append(f"silently zero, which is wrong, at k={', '.join(zeros)}")
    if not timed:
        return f"  {LIBRARIES[library].title}", "no answer", "; ".join(errors) or f"within {allowed} s"
    fitted = [(log(point["k"]), log(point["seconds"])) for point in timed[-FITTED:]]
    figure = f"k^{slope(fitted):.2f}" if len(fitted) > 2 else "-"
    k, taken = timed[-1]["k"], timed[-1]["seconds"]
    text, variable, shapes = ours(k)
    beside = seconds(partial(matcalc.diff, text, variable, shapes=shapes))
    remarks = [f"{taken:.3g} s at k={k}, matcalc {beside:.3g} s", *errors]
    return f"  {LIBRARIES[library].title}", figure, "; ".join(remarks)


def measure(quick=False):
    """Yield (what, figure, goal) rows; ``quick``: to 1,000 nodes, and the others with little time."""
    allowed = QUICK_SECONDS if quick else SECONDS
    matcalc.diff("x.T@A@x")
    for family, (ours, _) in FAMILIES.items():
        exponent, taken, nodes = growth(ours, [n for n in NODES if n <= 1000] if quick else NODES, LONG_ENOUGH)
        yield ours.__doc__.rstrip("."), f"nodes^{exponent:.2f}", f"at most 1.2; {taken:.1f} s at {nodes} nodes"
        for library in LIBRARIES:
            if find_spec(library) is None:
                yield f"  {LIBRARIES[library].title}", "not installed", ""
            else:
                yield other_row(library, family, allowed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.symbolic")
    parser.add_argument("library", choices=list(LIBRARIES))
    parser.add_argument("family", choices=list(FAMILIES))
    given = parser.parse_args()
    child(given.library, given.family)
