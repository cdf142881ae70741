"""A layered drawing of a directed acyclic graph (Sugiyama, Tagawa & Toda 1981): layers, order in them, places.

Layers are longest paths. A long edge gets a place of its own in every layer that it passes, so that it goes round the
boxes. The order in a layer is that of the barycentres of the neighbours; the places are those nearest to the
neighbours that keep the order and the distances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROUNDS = 6
MOST_PLACES_FOR_EDGES = 6  # for every box; in a larger drawing long edges run straight, below the boxes
FEW_BOXES = 200
LANE = 22


@dataclass(frozen=True)
class Layout:
    """Where the boxes are: ``centres`` (x) and ``tops`` (y) by number; ``layers`` their layers.

    ``lanes`` maps an edge's tail to {layer: x} of the places that its edges pass, where they have any. ``bands`` are
    the (top, bottom) of the layers, ``width`` and ``height`` those of the whole.
    """

    centres: list[float]
    tops: list[float]
    layers: list[int]
    lanes: dict[int, dict[int, float]]
    bands: list[tuple[float, ...]]
    width: float
    height: float


def arrange(sizes, edges, late, anchors, gap, step):
    """Return the :class:`Layout` of boxes.

    ``sizes`` are their (width, height) in topological order, ``edges`` pairs (tail, head) of their numbers. The boxes
    in ``late`` stand as near to their successors as they can. ``anchors`` maps boxes to where their edges meet them, to
    the right of the centre. ``gap`` is the least distance of two boxes in a layer and ``step`` that of two layers.
    """
    layers = _layers(len(sizes), edges, late)
    rows = _Rows(sizes, edges, layers, anchors)
    rows.order()
    places = rows.places(gap)
    return _layout(sizes, layers, rows, places, step)


def _layers(count: int, edges: list[tuple[int, ...]], late: set[int]) -> list[int]:
    """Return the layer of every box, the longest path to it; those in ``late`` move to just before their successors."""
    below, found = [[] for _ in range(count)], [0] * count
    for tail, head in edges:
        below[tail].append(head)
    for tail in range(count):
        for head in below[tail]:
            found[head] = max(found[head], found[tail] + 1)
    for box in reversed(range(count)):
        if box in late and below[box]:
            found[box] = min(found[head] for head in below[box]) - 1
    return found


class _Rows:
    """The layers as rows of items: boxes, and the places that long edges pass. An item is a number."""

    def __init__(
        self,
        sizes: list[tuple[float, int]],
        edges: list[tuple[int, ...]],
        layers: list[int],
        anchors: dict[int, float],
    ) -> None:
        self.anchors = anchors
        self.widths = [width for width, _ in sizes]
        self.layer_of = list(layers)
        self.lanes = {}
        self.above, self.below = [[] for _ in sizes], [[] for _ in sizes]
        last = self._last_layers(edges, layers)
        budget = max(len(sizes), FEW_BOXES) * MOST_PLACES_FOR_EDGES
        self.routed = sum(end - layers[tail] - 1 for tail, end in last.items()) <= budget
        for tail, end in last.items() if self.routed else ():
            self._add_lane(tail, layers[tail], end)
        for tail, head in dict.fromkeys(edges):
            if self.routed or layers[head] == layers[tail] + 1:
                self._join(self.lanes.get(tail, {}).get(layers[head] - 1, tail), head)
        self.rows = [[] for _ in range(max(layers, default=-1) + 1)]
        for item, layer in enumerate(self.layer_of):
            self.rows[layer].append(item)

    @staticmethod
    def _last_layers(edges: list[tuple[int, ...]], layers: list[int]) -> dict[int, int]:
        found = {}
        for tail, head in edges:
            found[tail] = max(found.get(tail, 0), layers[head])
        return found

    def _add_lane(self, tail: int, start: int, end: int) -> None:
        """Give the edges from a box one place in every layer between it and the last of its successors."""
        before = tail
        for layer in range(start + 1, end):
            item = len(self.layer_of)
            self.layer_of.append(layer)
            self.widths.append(LANE)
            self.above.append([])
            self.below.append([])
            self.lanes.setdefault(tail, {})[layer] = item
            self._join(before, item)
            before = item

    def _join(self, upper: int, lower: int) -> None:
        self.below[upper].append(lower)
        self.above[lower].append(upper)

    # -- order ------------------------------------------------------------------------------------------------------

    def order(self) -> None:
        """Order the items of every row by the barycentres of their neighbours, where that has fewer crossings."""
        place = {item: index for row in self.rows for index, item in enumerate(row)}
        best, fewest = [list(row) for row in self.rows], self._crossings(place)
        for turn in range(ROUNDS):
            if not fewest:
                break
            down = turn % 2 == 0
            near = self.above if down else self.below
            for row in self.rows if down else self.rows[::-1]:
                row.sort(key=lambda item: _mean([place[other] for other in near[item]], place[item]))
                place.update({item: index for index, item in enumerate(row)})
            crossings = self._crossings(place)
            if crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best

    def _crossings(self, place):
        """Return how many pairs of segments cross, row by row, by counting inversions in a Fenwick tree."""
        return sum(self._crossings_below(row, place) for row in self.rows)

    def _crossings_below(self, row, place):
        ends = [place[low] for item in row for low in sorted(self.below[item], key=place.__getitem__)]
        tree, found = [0] * (max(ends, default=0) + 2), 0
        for seen, end in enumerate(ends):
            index, before = end + 1, 0
            while index:
                before += tree[index]
                index &= index - 1
            found += seen - before
            index = end + 1
            while index < len(tree):
                tree[index] += 1
                index += index & -index
        return found

    # -- places -----------------------------------------------------------------------------------------------------

    def places(self, gap: int) -> dict[int, float]:
        """Return the x of the centre of every item."""
        found = {}
        for row in self.rows:
            x = 0.0
            for item in row:
                found[item] = x + self.widths[item] / 2
                x += self.widths[item] + gap
        for turn in range(ROUNDS):
            down = turn % 2 == 0
            for row in self.rows if down else self.rows[::-1]:
                self._settle(row, found, self.above if down else self.below, gap)
        return found

    def _settle(self, row: list[int], found: dict[int, float], near: list[list[int]], gap: int) -> None:
        """Move the items of a row to where their neighbours are, as nearly as their order and distances allow."""
        wishes = [_mean([self._anchor(other, found) for other in near[item]], None) for item in row]
        wishes = [
            found[item] if wish is None else wish - self.anchors.get(item, 0.0) for item, wish in zip(row, wishes)
        ]
        offsets, x = [], 0.0
        for index, item in enumerate(row):
            x += (self.widths[row[index - 1]] + self.widths[item]) / 2 + gap if index else 0.0
            offsets.append(x)
        settled = isotonic([wish - offset for wish, offset in zip(wishes, offsets)])
        found.update({item: value + offset for item, value, offset in zip(row, settled, offsets)})

    def _anchor(self, item: int, found: Mapping[int, float]) -> float:
        return found[item] + self.anchors.get(item, 0.0)


def isotonic(values: list[float]) -> list[float]:
    """Return the non-decreasing sequence nearest to a sequence in least squares, by pooling adjacent violators."""
    blocks = []
    for value in values:
        total, count = value, 1
        while blocks and blocks[-1][0] * count >= total * blocks[-1][1]:
            more, number = blocks.pop()
            total, count = total + more, count + number
        blocks.append((total, count))
    return [total / count for total, count in blocks for _ in range(count)]


def _mean(values, otherwise):
    return sum(values) / len(values) if values else otherwise


def _layout(sizes, layers, rows, places, step):
    """Return the layout with the left and the upper edge at 0."""
    bands, y = [], 0.0
    for row in rows.rows:
        height = max((sizes[item][1] for item in row if item < len(sizes)), default=0.0)
        bands.append((y, y + height))
        y += height + step
    left = min((places[item] - width / 2 for item, width in enumerate(rows.widths)), default=0.0)
    right = max((places[item] + width / 2 for item, width in enumerate(rows.widths)), default=0.0)
    tops = [sum(bands[layer]) / 2 - height / 2 for layer, (_, height) in zip(layers, sizes)]
    lanes = {tail: {layer: places[item] - left for layer, item in lane.items()} for tail, lane in rows.lanes.items()}
    centres = [places[item] - left for item in range(len(sizes))]
    return Layout(centres, tops, layers, lanes, bands, right - left, max(y - step, 0.0))
