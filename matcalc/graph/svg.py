"""A computational graph as an SVG drawing: inputs above, the result below, what the variable changes in colour.

Boxes and labels have a ground of their own and lines are of middling brightness, so that the drawing can be read on a
light and on a dark page.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from .drawing import Arrow, Box, Drawing, make_drawing
from .layering import arrange
from .node import CONSTANT, INPUT

if TYPE_CHECKING:
    from .graph import Graph

FONT, ADVANCE, LINE = 13, 7.8, 18  # pixels: the size of the letters, their width, the height of a line
LONGEST_LINE = 64
MARGIN, GAP, STEP, PADDING = 16, 24, 40, 10
PAIR = 5  # half the distance of an edge from the dashed one that goes back beside it
LABEL_LINES, LABEL_HEIGHT = 28, 24
_GREY, _COLOUR, _ADJOINT = "#7a7a7a", "#c8560f", "#3b7dd8"
_STYLE = f"""
    .matcalc-graph text {{ font: {FONT}px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1b1b1b }}
    .matcalc-graph .box {{ fill: #ffffff; stroke: {_GREY} }}
    .matcalc-graph .input {{ fill: #eaf2fb }}
    .matcalc-graph .constant {{ fill: #f1f1f1; stroke: none }}
    .matcalc-graph .varies {{ stroke: {_COLOUR}; stroke-width: 1.6 }}
    .matcalc-graph .end {{ stroke-width: 2.6 }}
    .matcalc-graph .cut-box {{ stroke-dasharray: 5 3 }}
    .matcalc-graph .edge {{ fill: none; stroke: {_GREY}; stroke-width: 1.3 }}
    .matcalc-graph .varying {{ stroke: {_COLOUR} }}
    .matcalc-graph .cut {{ stroke-dasharray: 2 4 }}
    .matcalc-graph .adjoint {{ stroke: {_ADJOINT}; stroke-dasharray: 6 4 }}
    .matcalc-graph .label {{ fill: #edf3fc; stroke: {_ADJOINT}; stroke-width: 0.6 }}
"""


@dataclass(frozen=True)
class _Route:
    """A line from an operand to an operation: the edge there, the adjoint back beside it, or one of both."""

    operand: int
    operation: int
    edge: Arrow | None
    back: Arrow | None


def svg_text(graph: Graph, adjoints: bool = False, sources: bool = False) -> str:
    """Return a :class:`~matcalc.graph.graph.Graph` as an SVG drawing, an XML document.

    ``adjoints`` adds reverse accumulation as dashed lines back with what each contributes, ``sources`` the rule of
    every operation. Raises NoRuleError where an operation has no adjoint in the language.
    """
    return drawing_svg(make_drawing(graph, adjoints, sources))


def drawing_svg(drawing: Drawing) -> str:
    """Return a :class:`~matcalc.graph.drawing.Drawing` as an SVG drawing."""
    return _Picture(drawing).text()


class _Picture:
    """Places the boxes and labels of a drawing and writes them.

    What is placed is numbered anew: the boxes in order, each after the labels of the adjoints that it sends back.
    """

    def __init__(self, drawing):
        self.drawing, self.sizes, self.items, self.routes, late = drawing, [], {}, [], set()
        back, forward = defaultdict(list), defaultdict(list)
        for arrow in drawing.adjoints:
            back[arrow.tail].append(arrow)
        for arrow in drawing.arrows:
            forward[arrow.head].append(arrow)
        for box in drawing.boxes:
            for route in _routes(forward[box.key], back[box.key]):
                label = None
                if route.back is not None:
                    label = self._item(_width([route.back.label], LABEL_LINES), LABEL_HEIGHT)
                    late.add(label)
                self.routes.append((route, label))
            self.items[box.key] = self._item(_width(box.lines, 2 * PADDING), LINE * len(box.lines) + PADDING)
            if box.kind in (INPUT, CONSTANT):
                late.add(self.items[box.key])
        anchors = {label: self._anchor(label) for _, label in self.routes if label is not None}
        self.layout = arrange(self.sizes, self._edges(), late, anchors, GAP, STEP)
        self.ports, self.drawn = self._ports(), {}

    def _item(self, width: float, height: int) -> int:
        self.sizes.append((width, height))
        return len(self.sizes) - 1

    def _anchor(self, label: int) -> float:
        """Return how far from the centre of a label its lines run: both at its left end."""
        return 2 * PAIR - self.sizes[label][0] / 2

    def _edges(self) -> list[tuple[int, int]]:
        """Return the edges between items: through the label where an edge has one."""
        found = []
        for route, label in self.routes:
            tail, head = self.items[route.operand], self.items[route.operation]
            found += [(tail, head)] if label is None else [(tail, label), (label, head)]
        return found

    # -- lines ------------------------------------------------------------------------------------------------------

    def _ports(self) -> dict[int, float]:
        """Return the x at which every route meets its operation, in the order in which the routes arrive."""
        arriving = defaultdict(list)
        for number, (route, label) in enumerate(self.routes):
            arriving[route.operation].append((self._last_x(route, label), number))
        found = {}
        for key, routes in arriving.items():
            item = self.items[key]
            distance = min(4 * PAIR, (self.sizes[item][0] - 2 * PAIR) / len(routes))
            for place, (_, number) in enumerate(sorted(routes)):
                found[number] = self.layout.centres[item] + (place - (len(routes) - 1) / 2) * distance
        return found

    def _last_x(self, route, label):
        """Return the x of a route in the layer above its operation."""
        layout, tail = self.layout, self.items[route.operand]
        if label is not None:
            return layout.centres[label] + self._anchor(label)
        above = layout.layers[self.items[route.operation]] - 1
        return layout.lanes.get(tail, {}).get(above, layout.centres[tail])

    def _points(self, number, start):
        """Return the points of a route, from its operand or from its lane in the layer ``start`` on."""
        (route, label), layout = self.routes[number], self.layout
        tail, head = self.items[route.operand], self.items[route.operation]
        lanes, x = layout.lanes.get(tail, {}), layout.centres[tail]
        points = [(x, layout.tops[tail] + self.sizes[tail][1]), (x, layout.bands[layout.layers[tail]][1])]
        if start is not None:
            points = [(lanes[start], layout.bands[start][1])]
        first = (layout.layers[tail] if start is None else start) + 1
        for layer in range(first, self._end(number) if lanes else first):
            points += [(lanes[layer], y) for y in layout.bands[layer]]
        if label is not None:
            points += [(self._last_x(route, label), y) for y in layout.bands[layout.layers[label]]]
        port = self.ports[number]
        return [*points, (port, layout.bands[layout.layers[head]][0]), (port, layout.tops[head])]

    def _end(self, number: int) -> int:
        """Return the layer in which a route leaves the lane that the edges of its operand share."""
        route, label = self.routes[number]
        return self.layout.layers[self.items[route.operation] if label is None else label]

    def _lines(self, number):
        """Return the SVG of a route: the edge, and beside it the adjoint on its way back."""
        route, _ = self.routes[number]
        both = route.edge is not None and route.back is not None
        found = []
        if route.edge is not None:
            look, marker = _edge_look(route.edge)
            points, _ = self._new_points(number, look, both)
            found.append(_path(_moved(points, -PAIR if both else 0), look, marker))
        if route.back is not None:
            points, whole = self._new_points(number, "edge adjoint", both)
            found.append(
                _path(_moved(points, PAIR if both else 0)[::-1], "edge adjoint", "matcalc-back" if whole else None)
            )
        return found

    def _new_points(self, number: int, look: str, both: bool) -> tuple[list[tuple[float, float]], bool]:
        """Return the points of a route without the lane that a line of the same look has drawn already, and if all."""
        tail, last = self.items[self.routes[number][0].operand], self._end(number) - 1
        if last not in self.layout.lanes.get(tail, {}):
            return self._points(number, None), True
        drawn = self.drawn.get((tail, look, both))
        self.drawn[tail, look, both] = last if drawn is None else max(drawn, last)
        return self._points(number, None if drawn is None else min(drawn, last)), drawn is None

    # -- boxes ------------------------------------------------------------------------------------------------------

    def _box(self, box: Box) -> list[str]:
        item = self.items[box.key]
        rectangle = self._rectangle(item, _box_look(box), 3 if box.kind not in (INPUT, CONSTANT) else LINE / 2)
        y = self.layout.tops[item] + PADDING / 2 + FONT
        texts = [
            _text(self.layout.centres[item], y + index * LINE, line, "middle") for index, line in enumerate(box.lines)
        ]
        return ["<g>", f"<title>{escape(box.lines[0])}</title>", rectangle, *texts, "</g>"]

    def _label(self, item: int, text: str) -> list[str]:
        left = self.layout.centres[item] - self.sizes[item][0] / 2
        y = self.layout.tops[item] + LABEL_HEIGHT / 2 + FONT / 3
        return [
            self._rectangle(item, "label", 3, LABEL_LINES - PADDING),
            _text(left + LABEL_LINES - 4, y, text, "start"),
        ]

    def _rectangle(self, item: int, look: str, radius: float, inset: float = 0.0) -> str:
        """Return the rectangle of an item; ``inset`` is left free on its left side."""
        (width, height), layout = self.sizes[item], self.layout
        x, y = layout.centres[item] - width / 2 + inset, layout.tops[item]
        place = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width - inset)}" height="{_number(height)}"'
        return f'<rect class="{look}" {place} rx="{_number(radius)}"/>'

    def text(self) -> str:
        """Return the whole document."""
        width, height = _number(self.layout.width + 2 * MARGIN), _number(self.layout.height + 2 * MARGIN)
        body = [line for number in range(len(self.routes)) for line in self._lines(number)]
        for route, label in self.routes:
            body += self._label(label, route.back.label) if label is not None else []
        for box in self.drawing.boxes:
            body += self._box(box)
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="matcalc-graph" width="{width}" height="{height}"',
            f'  viewBox="0 0 {width} {height}" role="img" aria-labelledby="matcalc-graph-title matcalc-graph-text">',
            f'<title id="matcalc-graph-title">{escape(self.drawing.title)}</title>',
            f'<desc id="matcalc-graph-text">{escape(self.drawing.description)}</desc>',
            f"<style>{_STYLE}</style>",
            f"<defs>{''.join(_marker(name, colour) for name, colour in _MARKERS.items())}{_TEE}</defs>",
            f'<g transform="translate({MARGIN} {MARGIN})">',
            *body,
            "</g>",
            "</svg>",
        ]
        return "\n".join(lines) + "\n"


def _routes(edges: list[Arrow], adjoints: list) -> list[_Route]:
    """Return the routes to one operation: its edges, each with the adjoint that goes back beside it."""
    waiting, found = {arrow.head: arrow for arrow in adjoints}, []
    for edge in edges:
        found.append(_Route(edge.tail, edge.head, edge, waiting.pop(edge.tail, None)))
    return found + [_Route(arrow.head, arrow.tail, None, arrow) for arrow in waiting.values()]


def _edge_look(edge: Arrow) -> tuple[str, str]:
    """Return the classes of an edge and its marker."""
    if edge.cut:
        return "edge cut", "matcalc-tee"
    return ("edge varying", "matcalc-varying") if edge.varies else ("edge", "matcalc-plain")


def _box_look(box: Box) -> str:
    marks = [(box.kind in (INPUT, CONSTANT), box.kind), (box.varies, "varies"), (box.cut, "cut-box")]
    marks.append((box.is_variable or box.is_result, "end"))
    return " ".join(["box", *(mark for holds, mark in marks if holds)])


# -- pieces of SVG --------------------------------------------------------------------------------------------------


def _marker(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 1 L9 5 L0 9 z" fill="{colour}"/></marker>'
    )


_MARKERS = {"matcalc-plain": _GREY, "matcalc-varying": _COLOUR, "matcalc-back": _ADJOINT}
_TEE = (
    '<marker id="matcalc-tee" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto">'
    f'<path d="M8 0 V10" stroke="{_GREY}" stroke-width="2"/></marker>'
)


def _width(lines, more):
    return max(min(len(line), LONGEST_LINE) for line in lines) * ADVANCE + more


def _moved(points, distance):
    return [(x + distance, y) for x, y in points]


def _path(points, look, marker):
    distinct = [point for index, point in enumerate(points) if not index or point != points[index - 1]]
    steps = " L".join(f"{_number(x)} {_number(y)}" for x, y in distinct)
    end = f' marker-end="url(#{marker})"' if marker else ""
    return f'<path class="{look}" d="M{steps}"{end}/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    shown = text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
    length = f'textLength="{_number(len(shown) * ADVANCE)}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}" {length}>{escape(shown)}</text>'


def _number(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
