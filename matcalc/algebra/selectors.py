"""Entries, rows, columns and slices as products with constant matrices that select.

X[i, :] is e(i, n).T @ X, and X[a:b, :] is S.T @ X with S the columns a to b of eye(n). So every rule for products holds
for them. What is selected of a block, of zeros and ones and of an elementwise function is found here.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr

from ..errors import ShapeError
from .blocks import Block, block, hstack, vstack, zero_block
from .constants import chosen, eye, is_constant, ones, scalar_power, scalar_product, selector, shape_of, unit, zero_of
from .constructors import add, hadamard, power, scale, transpose
from .expressions import (
    ZERO,
    Array,
    ArrayFunction,
    Diagonal,
    Hadamard,
    Power,
    Scale,
    Sum,
    Transpose,
    coefficient,
    is_array,
)
from .products import matmul
from .registry import HADAMARD_RULES, INNER_RULES


def _from_end(place: Expr, size: Expr) -> Expr:
    return size + place if place.is_negative else place


def rows(node: Expr, start: Expr, stop: Expr) -> Expr:
    """X[start:stop, :]; a negative bound counts from the end."""
    size = shape_of(node)[0]
    return matmul(transpose(selector(_from_end(start, size), _from_end(stop, size), size)), node)


def columns(node: Expr, start: Expr, stop: Expr) -> Expr:
    """X[:, start:stop]; a negative bound counts from the end."""
    size = shape_of(node)[1]
    return matmul(node, selector(_from_end(start, size), _from_end(stop, size), size))


def row(node: Expr, index: Expr) -> Expr:
    """X[index, :], a row; the entry of a column."""
    size = shape_of(node)[0]
    _check_index(index, size)
    return matmul(transpose(unit(_from_end(index, size), size)), node)


def column(node: Expr, index: Expr) -> Expr:
    """X[:, index], a column; the entry of a row."""
    size = shape_of(node)[1]
    _check_index(index, size)
    return matmul(node, unit(_from_end(index, size), size))


def _check_index(index: Expr, size: Expr) -> None:
    place = _from_end(index, size)
    if place.is_negative or (size - place - 1).is_negative:
        raise ShapeError(f"the entry {index} of {size}")


def entry(node: Expr, i: Expr, j: Expr) -> Expr:
    """X[i, j]."""
    return column(row(node, i), j) if shape_of(node)[0] != 1 else column(node, j)


# -- what is selected ------------------------------------------------------------------------------------------------


def _join_selector(left: Array, right: Array) -> list[Expr] | None:
    """Return what a selection of rows or columns simplifies to, None where it does not."""
    if isinstance(left, Transpose):
        found = _rows_of(left.args[0], right)
        if found is not None:
            return found
    if chosen(right) is not None:
        found = _rows_of(right, transpose(left))
        if found is not None:
            return [transpose(part) for part in reversed(found)]
    return None


def _rows_of(select: Array, node: Array) -> list[Expr] | None:
    """Return the factors of S.T @ node where it simplifies."""
    place = chosen(select)
    if place is None:
        return None
    start, stop, _ = place
    if is_constant(node, "ones"):
        return [ones(stop - start, node.cols)]
    other = chosen(node)
    if other is not None:
        return _of_selector(place, other)
    if isinstance(node, Diagonal) and select.is_column:
        return [matmul(transpose(select), node.args[0]), transpose(select)]
    if isinstance(node, Block):
        picked = _of_block(place, node)
        return None if picked is None else [picked]
    if isinstance(node, (Hadamard, Power, ArrayFunction)) and _is_entrywise(node) and _simplifies(select, node):
        return [_through(select, node)]
    return None


def _of_selector(place: tuple, other: tuple) -> list[Expr] | None:
    """Return S.T @ R of two selectors: the identity, zeros, or a selector of the larger one."""
    (a, b, _), (c, d, _) = place, other
    if (a, b) == (c, d):
        return [eye(b - a)]
    if (c - b).is_nonnegative or (a - d).is_nonnegative:
        return [zero_of((b - a, d - c))]
    if (c - a).is_nonnegative and (b - d).is_nonnegative:
        return [selector(c - a, d - a, b - a)]
    if (a - c).is_nonnegative and (d - b).is_nonnegative:
        return [transpose(selector(a - c, b - c, d - c))]
    return None


def _of_block(place: tuple, node: Block) -> Expr | None:
    """Return the rows of a block that a selector takes, where they lie in whole rows of parts or within one."""
    start, stop, _ = place
    begin = ZERO
    taken: list = []
    for height, parts in zip(node.heights, node.grid):
        end = begin + height
        if begin == start and stop == end and not taken:
            return block([parts])
        if (start - begin).is_nonnegative and (end - stop).is_nonnegative:
            return block([[rows(part, start - begin, stop - begin) for part in parts]])
        if taken or begin == start:
            taken.append(parts)
            if end == stop:
                return block(taken)
        begin = end
    return None


def _is_entrywise(node: Array) -> bool:
    return not isinstance(node, ArrayFunction) or node.rule.elementwise


def _simplifies(select: Array, node: Array) -> bool:
    """Return whether an elementwise function has an operand of which a selection simplifies; entries always do."""
    if select.is_column and node.is_column:
        return True
    stack, seen = [node], 0
    while stack and seen < _MOST_LOOKED_AT:
        item = stack.pop()
        seen += 1
        if isinstance(item, Block):
            place = chosen(select)
            return place is not None and _of_block(place, item) is not None
        if isinstance(item, (Hadamard, Power, Sum, Scale)) or isinstance(item, ArrayFunction) and item.rule.elementwise:
            stack.extend(part for part in item.args if is_array(part))
    return False


_MOST_LOOKED_AT = 200


def _through(select: Array, node: Array) -> Expr:
    """Return the rows of an elementwise function as the function of the rows."""
    args = [matmul(transpose(select), part) if is_array(part) else part for part in node.args]
    if isinstance(node, Hadamard):
        result = args[0]
        for part in args[1:]:
            result = _multiplied(result, part)
        return result
    if isinstance(node, Power):
        return _raised(*args)
    return node.rule.apply(*args)


def _multiplied(left: Expr, right: Expr) -> Expr:
    return hadamard(left, right) if is_array(left) and is_array(right) else scale(left, right)


def _raised(base: Expr, exponent: Expr) -> Expr:
    return power(base, exponent) if is_array(base) else scalar_power(base, exponent)


def _join_sum(left: Array, right: Array) -> list[Expr] | None:
    """Return S.T @ (B + X) as a sum where a selection of a term simplifies, as that of a block does."""
    for select, node, turned in ((left, right, False), (right, left, True)):
        inner = select.args[0] if not turned and isinstance(select, Transpose) else select if turned else None
        if inner is None or chosen(inner) is None:
            continue
        whole = transpose(node) if turned else node
        if not isinstance(whole, Sum):
            continue
        if any(_takes_part(inner, coefficient(term)[1]) for term in whole.args):
            found = add(*[matmul(transpose(inner), term) for term in whole.args])
            return [transpose(found) if turned else found]
    return None


def _takes_part(select: Array, term: Array) -> bool:
    first = term.args[0] if not isinstance(term, Block) and term.args else term
    # the first factor of a product has the product's rows, but not what is transposed
    leads = is_array(first) and first.rows == term.rows
    return leads and _rows_of(select, first) is not None or _rows_of(select, term) is not None


def _of_one_entry(parts: list[Array]) -> Expr | None:
    """Return x[i]*e(i, n) for x*e(i, n), and so for rows; None for other elementwise products."""
    for index, part in enumerate(parts):
        unit_column = part.args[0] if isinstance(part, Transpose) else part
        if is_constant(unit_column, "e"):
            others = [*parts[:index], *parts[index + 1 :]]
            columns_of_parts = [transpose(other) if isinstance(part, Transpose) else other for other in others]
            return scale(scalar_product(*[matmul(transpose(unit_column), column) for column in columns_of_parts]), part)
    return None


def _entry_of_transpose(chain: list[Array]) -> Expr | None:
    """X.T[i, j] is X[j, i]; None for other chains."""
    if len(chain) == 3 and chosen(chain[2]) is not None and isinstance(chain[1], Transpose):
        return matmul(transpose(chain[2]), chain[1].args[0], transpose(chain[0]))
    return None


SELECTIONS = (_join_selector, _join_sum)
INNER_RULES.append(_entry_of_transpose)
HADAMARD_RULES.append(_of_one_entry)

SELECTING: dict[str, Callable[..., Expr]] = {
    "hstack": hstack,
    "vstack": vstack,
    "zero_block": zero_block,
    "entry": entry,
    "row": row,
    "column": column,
    "rows": rows,
    "rows_from": lambda node, start: rows(node, start, shape_of(node)[0]),
    "rows_to": lambda node, stop: rows(node, ZERO, stop),
    "columns": columns,
    "columns_from": lambda node, start: columns(node, start, shape_of(node)[1]),
    "columns_to": lambda node, stop: columns(node, ZERO, stop),
}
