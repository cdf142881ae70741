"""Draws the pictures of docs/gallery/pictures.md: python -m docs.generate_pictures

Functions, gradients, second derivatives and counterexamples are matcalc's own; matplotlib draws them. The same versions
draw the same files. Needs the extra ``docs``.
"""

import re
from pathlib import Path

import numpy as np

import matcalc as mc
from matcalc.graph.drawing import Arrow, Box, Drawing
from matcalc.graph.svg import drawing_svg

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
BLUE, ORANGE, GREY = "#3b7dd8", "#c8560f", "#7a7a7a"
STYLE = {
    "svg.hashsalt": "matcalc",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial", "sans-serif"],
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
}
STEEP = np.array([[2.0, 0.8], [0.8, 0.6]])
SADDLE = np.array([[1.0, 0.6], [0.6, -0.8]])


def panels(rows: int, columns: int, **options):
    """Return a figure and its axes; matplotlib is imported where it draws."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update(STYLE)
    from matplotlib import pyplot

    return pyplot.subplots(rows, columns, **options)


def saved(figure, name: str) -> None:
    """Write a figure without the time at which it was drawn."""
    figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")


def values(function, xs, ys, **given):
    """Return the values of a function of a column of two entries on a grid."""
    return np.array([[float(function(x=[x, y], **given)) for x in xs] for y in ys])


def field(axes, text, assume=None, box=2.0, levels=12, normal=False, **given):
    """Draw level sets of a function of a column x of two entries, with its gradients as arrows."""
    derivative = mc.diff(text, wrt="x", shapes={"x": (2,)}, assume=assume)
    value, gradient = derivative.compile("numpy", orders=(0,)), derivative.compile("numpy", orders=(1,))
    fine, coarse = np.linspace(-box, box, 81), np.linspace(-0.78 * box, 0.78 * box, 6)
    axes.contour(fine, fine, values(value, fine, fine, **given), levels, cmap="Blues_r", linewidths=1)
    arrows = np.array([[gradient(x=[x, y], **given).ravel() for x in coarse] for y in coarse])
    if normal:
        arrows = arrows / np.linalg.norm(arrows, axis=2, keepdims=True)
    axes.quiver(coarse, coarse, arrows[..., 0], arrows[..., 1], color=ORANGE, width=0.007, zorder=3)
    axes.set_aspect("equal")
    axes.set_title(text, family="monospace", fontsize=11)
    return derivative


def gradients() -> None:
    """Draw two quadratic forms: a bowl and a saddle."""
    figure, (left, right) = panels(1, 2, figsize=(8.4, 4))
    for axes, matrix in ((left, STEEP), (right, SADDLE)):
        field(axes, "x.T@A@x", {"A": ["symmetric"]}, A=matrix)
        axes.set_xlabel(f"A = {matrix.tolist()}")
    saved(figure, "gradients")


def descents() -> None:
    """Draw steepest descent beside Newton's step, on least squares."""
    figure, axes = panels(1, 1, figsize=(6, 4.6))
    given = {"A": np.array([[1.6, 0.3], [0.2, 0.5]]), "b": np.array([0.4, -0.3])}
    text = "norm(A@x - b)**2"
    field(axes, text, levels=14, **given)
    derive = mc.diff(text, wrt="x", shapes={"x": (2,)}).compile("numpy", orders=(1, 2))
    path = [np.array([1.6, 1.7])]
    for _ in range(12):
        path.append(path[-1] - 0.33 * derive(x=path[-1], **given)[0].ravel())
    gradient, hessian = derive(x=path[0], **given)
    newton = np.array([path[0], path[0] - np.linalg.solve(hessian, gradient).ravel()])
    axes.plot(*np.array(path).T, "o-", color="#222222", markersize=3.5, label="steps against the gradient")
    axes.plot(*newton.T, "s--", color="#1a7f37", markersize=5, label="Newton's step")
    axes.legend(loc="lower left", fontsize=9)
    saved(figure, "descents")


def kinks() -> None:
    """Draw functions with a kink and their derivatives, with what is taken at the kink."""
    figure, rows = panels(2, 4, figsize=(11, 4.6), sharex=True)
    given = {"abs(x)": {}, "relu(x)": {}, "leaky_relu(x, 0.2)": {}, "huber(x, 0.7)": {}}
    places = np.linspace(-2, 2, 400)
    for (upper, lower), text in zip(rows.T, given):
        derivative = mc.diff(text, wrt="x", shapes={"x": ()})
        function, slope = derivative.compile("numpy", orders=(0,)), derivative.compile("numpy", orders=(1,))
        upper.plot(places, [function(x=place) for place in places], color=BLUE)
        upper.set_title(text, family="monospace", fontsize=10)
        for part in (places[places < 0], places[places > 0]):
            lower.plot(part, [slope(x=place) for place in part], color=ORANGE)
        if derivative.where:
            lower.plot([0, 0], [float(slope(x=-1.0)), float(slope(x=1.0))], color=GREY, linewidth=5, alpha=0.35)
            lower.plot([0], [float(slope(x=0.0))], "o", color=ORANGE)
        lower.set_ylim(-1.3, 1.3)
    rows[0, 0].set_ylabel("f(x)")
    rows[1, 0].set_ylabel("f′(x)")
    saved(figure, "kinks")


def corners() -> None:
    """Draw the level sets of three norms, with unit gradients."""
    figure, row = panels(1, 3, figsize=(11, 3.7))
    for axes, text in zip(row, ("norm1(x)", "norm(x)", "max(abs(x))")):
        field(axes, text, levels=9, normal=True)
    saved(figure, "corners")


def chords() -> None:
    """Draw what a proof of convexity says, and a counterexample that matcalc found."""
    figure, (left, right) = panels(1, 2, figsize=(9, 3.7))
    places = np.linspace(-3, 4, 300)
    derivative = mc.diff("log(1 + exp(x))", wrt="x", shapes={"x": ()})
    function, slope = derivative.compile("numpy", orders=(0,)), derivative.compile("numpy", orders=(1,))
    left.plot(places, [function(x=place) for place in places], color=BLUE)
    for place in (-1.5, 0.5, 2.5):
        tangent = function(x=place) + slope(x=place) * (places - place)
        left.plot(places, tangent, color=ORANGE, linewidth=1)
        left.plot([place], [function(x=place)], "o", color=ORANGE)
    left.set_ylim(-0.7, 4.3)
    left.set_title("log(1 + exp(x)): convex, above each tangent", fontsize=10)
    text, places = "x**4 - x**2", np.linspace(-1.15, 1.15, 200)
    found = mc.linalg.convex(text, shapes={"x": ()})
    function = mc.diff(text, wrt="x", shapes={"x": ()}).compile("numpy", orders=(0,))
    right.plot(places, [function(x=place) for place in places], color=BLUE)
    one, other = (float(np.ravel(end)[0]) for end in (found.counterexample.one, found.counterexample.other))
    right.plot([one, other], [function(x=one), function(x=other)], "o-", color=ORANGE)
    middle = (one + other) / 2
    right.plot([middle], [function(x=middle)], "o", color="#222222", markersize=5)
    right.set_title(f"{text}: the chord from {other:g} to {one:g} is below", fontsize=10)
    saved(figure, "chords")


def meeting() -> None:
    """Draw the eigenvalues of a symmetric matrix that depends on a number, which meet, and the slope of the largest."""
    figure, (left, right) = panels(1, 2, figsize=(9, 3.5), sharex=True)
    derivative = mc.diff("eigmax(A + t*B)", wrt="t", assume={"A": ["symmetric"], "B": ["symmetric"]})
    value, slope = derivative.compile("numpy", orders=(0,)), derivative.compile("numpy", orders=(1,))
    places = np.linspace(-1.5, 1.5, 300)
    for apart, colour in ((0.0, ORANGE), (0.3, BLUE)):
        given = {"A": np.array([[0.0, apart], [apart, 0.0]]), "B": np.diag([1.0, -1.0])}
        for sign in (1, -1):
            left.plot(places, [sign * float(value(t=t, **given)) for t in places], color=colour,
                      label=f"off the diagonal: {apart}" if sign == 1 else None)
        right.plot(places, [float(slope(t=t, **given)) for t in places], color=colour)
    left.set_title("both eigenvalues of A + t*B", fontsize=10)
    right.set_title("slope of the larger one, eigmax(A + t*B)", fontsize=10)
    left.legend(fontsize=9, loc="lower center")
    for axes in (left, right):
        axes.set_xlabel("t")
    saved(figure, "meeting")


def graphs() -> None:
    """Draw the graph of a network of two layers with its way back."""
    derivative = mc.diff("norm(W2@tanh(W1@x) - y)**2/2", wrt="W1")
    (IMAGES / "network.svg").write_text(derivative.graph().svg(adjoints=True), encoding="utf-8")


def stations() -> None:
    """Draw the flowchart of docs/architecture.md, for readers whose page does not draw Mermaid."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    chart = re.search(r"^```mermaid\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    labels, pairs = {}, []
    for line in chart.splitlines()[1:]:
        ends = []
        for part in re.split(r"\s*--(?:\s*\".*?\"\s*--)?>\s*", line.strip()):
            name = re.match(r"\w+", part)[0]
            shown = re.search(r'"(.+)"', part)
            labels[name] = shown[1] if shown else labels.get(name, name)
            ends.append(name)
        pairs += list(zip(ends, ends[1:]))
    names = _in_order(list(labels), pairs)
    boxes = [Box(k, "operation", tuple(re.split(": ", labels[n], maxsplit=1)), False, False, False, False)
             for k, n in enumerate(names)]
    arrows = [Arrow(names.index(tail), names.index(head)) for tail, head in pairs]
    drawing = Drawing("The stations of the way of an expression", chart, tuple(boxes), tuple(arrows), ())
    (IMAGES / "architecture.svg").write_text(drawing_svg(drawing), encoding="utf-8")


def _in_order(names: list, pairs: list) -> list:
    """Return names so that each stands behind all that lead to it."""
    found = []
    while len(found) < len(names):
        ready = (n for n in names if n not in found and all(t in found for t, h in pairs if h == n))
        found.append(next(ready))
    return found


PICTURES = {
    "gradients": gradients,
    "descents": descents,
    "kinks": kinks,
    "corners": corners,
    "chords": chords,
    "meeting": meeting,
    "network": graphs,
    "architecture": stations,
}

if __name__ == "__main__":
    for draw in PICTURES.values():
        draw()
