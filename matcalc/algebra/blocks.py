"""Block matrices: arrays put together of parts side by side and one below the other.

A block is kept as a grid of parts, each an array or, where it is 1×1, a scalar. A grid is not expanded: what is done
to it is done to its parts where that makes it shorter, as in a product of a row and a column of blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sympy import Expr

from ..errors import ShapeError
from .constants import chosen, eye, is_constant, ones, selector, shape_of, zero_of, zeros
from .constructors import add, transpose
from .expressions import (
    ONE,
    ZERO,
    Array,
    MatMul,
    Shape,
    coefficient,
    is_array,
    key_of,
)
from .interning import intern
from .keys import Key
from .products import matmul, matrix_power
from .registry import POWER_RULES, TRANSPOSERS

Grid = tuple[tuple[Expr, ...], ...]


class Block(Array):
    """A block matrix; args: its parts, row by row; ``heights`` and ``widths`` are the sizes of rows and columns."""

    embedded = True

    def __new__(cls, heights: tuple[Expr, ...], widths: tuple[Expr, ...], parts: tuple[Expr, ...]) -> Block:
        shape = (_total(heights), _total(widths))

        def fill(new: Block) -> None:
            new._fill(parts, shape, _keys(len(heights), len(widths), parts))
            new.heights, new.widths = heights, widths
            new.sign = 1 if all(_is_positive(part) for part in parts) else 0

        return intern(cls, (heights, widths, parts), fill)

    @property
    def grid(self) -> Grid:
        """The parts, a tuple for each row."""
        count = len(self.widths)
        return tuple(self._args[start : start + count] for start in range(0, len(self._args), count))

    def sizes(self) -> Iterator[Shape]:
        """Yield (rows, columns) for every part."""
        yield from ((height, width) for height in self.heights for width in self.widths)

    def placed(self) -> Iterator[tuple[Expr, Expr, Expr]]:
        """Yield (first row, first column, part) for every part."""
        row = ZERO
        for height, parts in zip(self.heights, self.grid):
            column = ZERO
            for width, part in zip(self.widths, parts):
                yield row, column, part
                column = column + width
            row = row + height


def _keys(rows: int, columns: int, parts: tuple[Expr, ...]) -> tuple[Key, Key]:
    """Return the key of a grid and the one that it shares with its transpose."""
    keys = [part.unoriented_key if is_array(part) else key_of(part) for part in parts]
    turned = [keys[r * columns + c] for c in range(columns) for r in range(rows)]
    (rows_first, columns_first), shared = min(((rows, columns), keys), ((columns, rows), turned))
    shared_key = Key.of(f"Block {rows_first}x{columns_first}", shared)
    return Key.of(f"Block {rows}x{columns}", [key_of(part) for part in parts]), shared_key


def _total(sizes: Sequence[Expr]) -> Expr:
    return sum(sizes, ZERO)


def _is_positive(part: Expr) -> bool:
    return part.sign == 1 if is_array(part) else bool(part.is_positive)


def _is_zero(part: Expr) -> bool:
    return part == 0 if not is_array(part) else is_constant(part, "zeros")


def block(rows: Sequence[Sequence[Expr]]) -> Expr:
    """Return the block matrix of rows of parts that all have one height in a row and one width in a column.

    A part that is a block itself is taken apart where the whole row or column of parts is cut in the same places.
    Raises ShapeError where the parts do not fit.
    """
    grid = tuple(tuple(row) for row in rows)
    heights = tuple(_common([shape_of(part)[0] for part in row], "rows") for row in grid)
    widths = tuple(_common([shape_of(row[c])[1] for row in grid], "columns") for c in range(len(grid[0])))
    grid, heights, widths = _flattened(grid, heights, widths)
    parts = tuple(part for row in grid for part in row)
    if len(parts) == 1:
        return parts[0]
    if all(map(_is_zero, parts)):
        return zeros(_total(heights), _total(widths))
    if heights == widths and _is_identity(grid):
        return eye(_total(heights))
    lone = _put_in(grid, heights, widths)
    if lone is not None:
        return lone
    return Block(heights, widths, parts)


def _put_in(grid: Grid, heights: tuple, widths: tuple) -> Expr | None:
    """Return a part that is alone among zeros as a product with the matrices that put it there, else None."""
    found = [(r, c) for r, row in enumerate(grid) for c, part in enumerate(row) if not _is_zero(part)]
    if len(found) != 1:
        return None
    ((r, c),) = found
    above, before = _total(heights[:r]), _total(widths[:c])
    left = selector(above, above + heights[r], _total(heights))
    right = selector(before, before + widths[c], _total(widths))
    return matmul(left, grid[r][c], transpose(right))


def in_two(node: Block, cut: int) -> tuple[Expr, ...]:
    """Return A, B, C, D of a block [A, B; C, D] that is cut after so many rows and columns of parts."""
    halves = [node.grid[:cut], node.grid[cut:]]
    first, second = ([[row[:cut] for row in half], [row[cut:] for row in half]] for half in halves)
    return tuple(block(part) for part in (*first, *second))


def put_together(node: Block) -> list[tuple[Expr, Expr, Expr]]:
    """Return (start, stop, rows) for the rows of parts of a block that are not all zeros."""
    found, start = [], ZERO
    for height, row in zip(node.heights, node.grid):
        if not all(map(_is_zero, row)):
            found.append((start, start + height, block([row])))
        start = start + height
    return found


def _common(sizes: list[Expr], what: str) -> Expr:
    for size in sizes[1:]:
        if size != sizes[0]:
            raise ShapeError(f"parts of a block have {sizes[0]} and {size} {what}")
    return sizes[0]


def _is_identity(grid: Grid) -> bool:
    """Return whether a grid has identities on its diagonal and zeros elsewhere."""
    return all(
        (part == 1 or is_array(part) and is_constant(part, "eye")) if r == c else _is_zero(part)
        for r, row in enumerate(grid)
        for c, part in enumerate(row)
    )


def _flattened(grid: Grid, heights: tuple, widths: tuple) -> tuple[Grid, tuple, tuple]:
    """Take the blocks within a grid apart along rows, then along columns, where all beside them can be."""
    if not any(isinstance(part, Block) or _is_put_in(part) for row in grid for part in row):
        return grid, heights, widths
    for _ in range(2):
        rows: list = []
        sizes: list = []
        for row, height in zip(grid, heights):
            cut, start = _cuts(row, height), ZERO
            for size in cut:
                rows.append(row if len(cut) == 1 else tuple(_row_of(part, start, size) for part in row))
                sizes.append(size)
                start = start + size
        grid = tuple(tuple(transpose(part) for part in column) for column in zip(*rows))
        heights, widths = widths, tuple(sizes)
    return grid, heights, widths


def _is_put_in(part: Expr) -> bool:
    return is_array(part) and (_place_of(part) is not None or _place_of(transpose(part)) is not None)


def _cuts(row: tuple[Expr, ...], height: Expr) -> tuple[Expr, ...]:
    """Return the heights in which a row of parts can be cut: blocks, zeros and what stands between zeros."""
    heights, places = None, set()
    for part in row:
        if isinstance(part, Block) and len(part.heights) > 1:
            if heights not in (None, part.heights):
                return (height,)
            heights = part.heights
        elif (place := _place_of(part)) is not None:
            places |= {place[0], place[1]}
        elif not _is_zero(part):
            return (height,)
    if heights is None:
        return _between({ZERO, height, *places}) or (height,)
    ends, total = {ZERO}, ZERO
    for size in heights:
        total = total + size
        ends.add(total)
    return heights if places <= ends else (height,)


def _between(ends: set[Expr]) -> tuple[Expr, ...] | None:
    """Return the sizes between ends, None where it is not known which of two ends is first."""
    ordered: list[Expr] = []
    for end in ends:
        index = next((k for k, other in enumerate(ordered) if (other - end).is_positive), len(ordered))
        if index and not (end - ordered[index - 1]).is_positive:
            return None
        ordered.insert(index, end)
    return tuple(stop - start for start, stop in zip(ordered, ordered[1:]))


def _place_of(part: Expr) -> tuple[Expr, Expr, Expr] | None:
    """Return (start, stop, size) of the rows of a part that is S@Y, zero in all others; None for other parts."""
    if not is_array(part):
        return None
    array = coefficient(part)[1]
    return chosen(array.args[0] if isinstance(array, MatMul) else array)


def _row_of(part: Expr, start: Expr, height: Expr) -> Expr:
    if _is_zero(part):
        return zero_of((height, shape_of(part)[1]))
    return matmul(transpose(selector(start, start + height, shape_of(part)[0])), part)


def hstack(*parts: Expr) -> Expr:
    """Return the parts side by side; all have as many rows."""
    return block([parts])


def vstack(*parts: Expr) -> Expr:
    """Return the parts one below the other; all have as many columns."""
    return block([[part] for part in parts])


def zero_block(beside: Expr, above: Expr) -> Expr:
    """Return zeros with the rows of one array and the columns of another."""
    return zero_of((shape_of(beside)[0], shape_of(above)[1]))


def mapped(node: Block, function: Callable[[Expr], Expr]) -> Expr:
    """Return the block of what a function makes of every part."""
    return block([[function(part) for part in row] for row in node.grid])


def _transposed(node: Block) -> Expr:
    return block([[transpose(row[c]) for row in node.grid] for c in range(len(node.widths))])


TRANSPOSERS[Block] = _transposed


def _diagonal_power(node: Block, exponent: Expr) -> Expr | None:
    """The power of a block diagonal matrix is that of each part on its diagonal; None for other blocks."""
    if node.heights != node.widths:
        return None
    grid = [list(row) for row in node.grid]
    for r, row in enumerate(grid):
        for c, part in enumerate(row):
            if r != c and not _is_zero(part):
                return None
        row[r] = matrix_power(row[r], exponent)
    return block(grid)


POWER_RULES[Block] = _diagonal_power

# -- products ----------------------------------------------------------------------------------------------------------


def join_blocks(left: Array, right: Array) -> list[Expr] | None:
    """Return [A@x + B@y] for hstack(A, B) @ vstack(x, y), which are cut in the same places; None for others."""
    if isinstance(left, Block) and isinstance(right, Block) and left.widths == right.heights:
        if len(left.heights) == 1 and len(right.widths) == 1 or _mostly_zero(left) or _mostly_zero(right):
            return [_multiplied(left, right)]
    if is_constant(left, "ones") and left.is_row and isinstance(right, Block):
        return [_column_sums(right)]
    if is_constant(right, "ones") and right.is_column and isinstance(left, Block):
        return [transpose(_column_sums(transpose(left)))]
    return None


def _mostly_zero(node: Block) -> bool:
    """Return whether every row or every column of a block has one part that is not zero, as a block diagonal has."""
    if 1 in (len(node.heights), len(node.widths)):
        return False
    counts = [sum(not _is_zero(part) for part in row) for row in node.grid]
    return max(counts) <= 1 or max(sum(not _is_zero(part) for part in column) for column in zip(*node.grid)) <= 1


def _multiplied(left: Block, right: Block) -> Expr:
    def entry(row: tuple[Expr, ...], column: tuple[Expr, ...], shape: Shape) -> Expr:
        terms = [matmul(a, b) for a, b in zip(row, column) if not _is_zero(a) and not _is_zero(b)]
        return add(*terms) if terms else zero_of(shape)

    return block(
        [
            [entry(row, column, (height, width)) for column, width in zip(zip(*right.grid), right.widths)]
            for row, height in zip(left.grid, left.heights)
        ]
    )


def _column_sums(node: Block) -> Expr:
    return block(
        [
            [
                add(*[matmul(ones(ONE, height), part) for height, part in zip(node.heights, column)])
                for column in zip(*node.grid)
            ]
        ]
    )

