"""How long a derivation takes once matcalc is imported: on textbook expressions, and as expressions grow."""

import gc
import json
import math
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import matcalc
from matcalc.language.syntax import parse_tree, postorder

from .families import FAMILIES as GROWING

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "corpus"
NODES = (300, 1_000, 3_000, 10_000)
REPEATS = 3
TOO_LONG = 60.0


def corpus(name):
    """Return the entries of a corpus file that have a derivative."""
    lines = (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [entry for entry in map(json.loads, lines) if not entry.get("error")]


def seconds(work):
    """Return how long ``work()`` takes."""
    gc.collect()
    start = perf_counter()
    work()
    return perf_counter() - start


def derive(entry):
    """Derive and write out one entry of the corpus; a refusal takes its time too."""
    with suppress(matcalc.MatcalcError):
        str(matcalc.diff(entry["expr"], entry["wrt"], entry["layout"], entry["order"], entry["shapes"],
                         entry.get("assume"), "parametrized" if entry.get("structured") else "free"))


def product_by_column(k):
    """y.T @ A1 @ … @ Ak @ x, by x."""
    return "y.T@" + "@".join(f"A{i}" for i in range(k)) + "@x", "x", {f"A{i}": ("n", "n") for i in range(k)}


def power_by_column(k):
    """y.T @ A @ … @ A @ x, by x."""
    return "y.T@" + "@".join(["A"] * k) + "@x", "x", {}


def bracketed_product(k):
    """A1 @ (A2 @ (… @ x)), by x."""
    return "".join(f"A{i}@(" for i in range(k)) + "x" + ")" * k, "x", {f"A{i}": ("n", "n") for i in range(k)}


def layers_by_input(k):
    """sum(tanh(W1 @ tanh(W2 @ … x))), by x."""
    text = "".join(f"tanh(W{i}@" for i in range(k)) + "x" + ")" * k
    return f"sum({text})", "x", {f"W{i}": ("n", "n") for i in range(k)}


def layers_by_shared_weights(k):
    """sum(tanh(W @ tanh(W @ … x))), by W."""
    return "sum(" + "tanh(W@" * k + "x" + ")" * k + ")", "W", {"W": ("n", "n"), "x": ("n", 1)}


def sum_of_squares(k):
    """norm(A1@x - b1)**2 + … + norm(Ak@x - bk)**2, by x."""
    shapes = {f"A{i}": ("m", "n") for i in range(k)} | {f"b{i}": ("m", 1) for i in range(k)}
    return " + ".join(f"norm(A{i}@x - b{i})**2" for i in range(k)), "x", shapes


def sum_of_elementwise(k):
    """sum(exp(c1*x)) + … + sum(exp(ck*x)), by x."""
    return " + ".join(f"sum(exp(c{i}*x))" for i in range(k)), "x", {f"c{i}": () for i in range(k)} | {"x": ("n", 1)}


def block_matrix(k):
    """norm(block([[A11, A12, …], …])@x - y)**2 of k blocks, by x."""
    side = range(max(2, math.isqrt(k)))
    rows = ", ".join("[" + ", ".join(f"A{i}_{j}" for j in side) + "]" for i in side)
    return f"norm(block([{rows}])@x - y)**2", "x", {f"A{i}_{j}": ("n", "n") for i in side for j in side}


def sum_of_slices(k):
    """norm(x[:3] - b1)**2 + … + norm(x[3*k - 3:] - bk)**2, by x."""
    text = " + ".join(f"norm(x[{3 * i}:{3 * i + 3}] - b{i})**2" for i in range(k))
    return text, "x", {"x": (3 * k, 1), **{f"b{i}": (3, 1) for i in range(k)}}


def concatenated_pieces(k):
    """norm(W@vstack(tanh(A1@x), …, tanh(Ak@x)) - y)**2, by x."""
    pieces = ", ".join(f"tanh(A{i}@x)" for i in range(k))
    return f"norm(W@vstack({pieces}) - y)**2", "x", {f"A{i}": ("m", "n") for i in range(k)}


FAMILIES = (product_by_column, power_by_column, bracketed_product, layers_by_input, layers_by_shared_weights,
            sum_of_squares, sum_of_elementwise, block_matrix, sum_of_slices, concatenated_pieces)


def sizes_of(family, nodes):
    """Return the k for which the family has about as many nodes as each of ``nodes`` says."""
    slope = len(postorder(parse_tree(family(20)[0]))) - len(postorder(parse_tree(family(10)[0])))
    return [max(2, count * 10 // slope) for count in nodes]


def growth(family, nodes=NODES, too_long=TOO_LONG):
    """Return (exponent, seconds at the largest size, its nodes) of the time against the number of nodes.

    A size that takes ``too_long`` is the last.
    """
    points = []
    for k in sizes_of(family, nodes):
        text, variable, shapes = family(k)
        work = partial(matcalc.diff, text, variable, shapes=shapes)
        taken = min(seconds(work) for _ in range(1 if k > 400 else REPEATS))
        points.append((math.log(len(postorder(parse_tree(text)))), math.log(taken)))
        if taken > too_long:
            break
    return slope(points), math.exp(points[-1][1]), round(math.exp(points[-1][0]))


def processor_seconds(work):
    """Return how much processor time ``work()`` takes, the least of :data:`REPEATS` runs."""
    taken = []
    for _ in range(REPEATS):
        gc.collect()
        start = process_time()
        work()
        taken.append(process_time() - start)
    return min(taken)


def written_out(text, variable, order, shapes):
    """Derive a formula and write its short form, or those of its gradients."""
    found = matcalc.diff(text, variable, order=order, shapes=shapes)
    return [str(derivative) for derivative in ([found] if isinstance(variable, str) else found)]


def compared(family, sizes=None):
    """Return (exponent, seconds at the largest size, those with the short form written out, JAX's) of a family.

    JAX's are the seconds in which it traces the same derivative, None without JAX.
    """
    points = []
    for k in sizes or family.sizes:
        text, variable, shapes = family.make(k)
        work = partial(matcalc.diff, text, variable, order=family.order, shapes=shapes)
        points.append((math.log(k), math.log(processor_seconds(work))))
    shown = processor_seconds(partial(written_out, text, variable, family.order, shapes))
    jax_seconds = traced_seconds(family, (sizes or family.sizes)[-1]) if find_spec("jax") else None
    return slope(points[-3:]), math.exp(points[-1][1]), shown, jax_seconds


def traced_seconds(family, k):
    """Return how long JAX takes to trace the derivative of a formula of a family; arrays are shapes alone."""
    import jax

    function, shapes = family.traced(jax.numpy, k)
    arrays = [jax.ShapeDtypeStruct(shape, "float32") for shape in shapes]
    by = tuple(range(family.names or k))
    derived = jax.hessian(function) if family.order == 2 else jax.grad(function, by)

    def trace():
        jax.clear_caches()
        jax.make_jaxpr(derived)(*arrays)

    return processor_seconds(trace)


def slope(points):
    """Return the slope of the least-squares line through points (x, y)."""
    x_mean, y_mean = (sum(p[i] for p in points) / len(points) for i in (0, 1))
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / sum((x - x_mean) ** 2 for x, _ in points)


def measure():
    """Yield (what, figure, goal) rows."""
    matcalc.diff("x.T@A@x")
    for name in ("textbook", "realworld"):
        times = [1000 * seconds(partial(derive, entry)) for entry in corpus(name)]
        yield f"{name} corpus, median of {len(times)}", f"{median(times):.1f} ms", "under 10 ms"
        yield f"{name} corpus, slowest", f"{max(times):.1f} ms", ""
    for family in FAMILIES:
        exponent, taken, nodes = growth(family)
        what = f"{family.__doc__.rstrip('.')}"
        yield f"{what[:60]}", f"nodes^{exponent:.2f}", f"at most 1.2; {taken:.1f} s at {nodes} nodes"
    for family in GROWING:
        exponent, taken, shown, by_jax = compared(family)
        beside = "" if by_jax is None else f", where JAX traces it in {by_jax:.2f} s ({taken / by_jax:.2f} of that)"
        told = f"at most 1.2; {taken:.2f} s at k={family.sizes[-1]}{beside}; {shown:.2f} s written out in short form"
        yield family.title[:62], f"k^{exponent:.2f}", told
