"""Sums of arrays that are put into larger ones: S@u + R@v with disjoint places is vstack(0, u, v)."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr

from .blocks import Block, block, put_together
from .constants import chosen, eye, zero_of
from .constructors import add, scale, transpose
from .expressions import ZERO, Array, MatMul, coefficient
from .products import matmul
from .registry import SUM_RULES

_MOST_COMPARED = 16


class _Piece(NamedTuple):
    """Rows start to stop of an array that is zero elsewhere."""

    start: Expr
    stop: Expr
    rows: Expr


def joined_embeddings(parts: list[Array], shape: tuple[Expr, Expr]) -> list[Array] | None:
    """Return the terms of a sum with those that are put into a larger array joined to one block, None without any."""
    if sum([part.embedded for part in parts]) < 2:
        return None
    found = _joined(parts, shape)
    if found is None:
        turned = _joined([transpose(part) for part in parts], shape[::-1])
        found = None if turned is None else [transpose(part) for part in turned]
    return found


def _joined(parts: list[Array], shape: tuple[Expr, Expr]) -> list[Array] | None:
    pieces: list[_Piece] = []
    others: list[Array] = []
    count = 0
    for part in parts:
        found = _pieces(part)
        pieces += found or []
        count += found is not None
        others += [] if found else [part]
    ordered = _ordered(pieces) if count > 1 else None
    if ordered is None:
        return None
    rows, end = [], ZERO
    for piece in ordered:
        if piece.start != end:
            rows.append(zero_of((piece.start - end, shape[1])))
        rows.append(piece.rows)
        end = piece.stop
    if end != shape[0]:
        rows.append(zero_of((shape[0] - end, shape[1])))
    return [*others, block([[row] for row in rows])]


def _pieces(part: Array) -> list[_Piece] | None:
    """Return the rows that are not zero of a term that is put into a larger array, None for other terms."""
    factor, array = coefficient(part)
    if isinstance(array, Block) and len(array.heights) > 1:
        return [_Piece(start, stop, scale(factor, rows)) for start, stop, rows in put_together(array)]
    place = chosen(array.args[0] if isinstance(array, MatMul) else array)
    if place is None:
        return None
    start, stop, _ = place
    rest = matmul(*array.args[1:]) if isinstance(array, MatMul) else eye(stop - start)
    return [_Piece(start, stop, scale(factor, rest))]


def _ordered(pieces: list[_Piece]) -> list[_Piece] | None:
    """Return the pieces from the first to the last row, those of one place added; None where they overlap."""
    places: dict[tuple[Expr, Expr], list[Expr]] = {}
    for piece in pieces:
        places.setdefault((piece.start, piece.stop), []).append(piece.rows)
    summed = [_Piece(*place, add(*rows) if len(rows) > 1 else rows[0]) for place, rows in places.items()]
    numbered = all(piece.start.is_Integer and piece.stop.is_Integer for piece in summed)
    ordered = sorted(summed, key=lambda piece: int(piece.start)) if numbered else _followed(summed) or _compared(summed)
    if ordered is None:
        return None
    fits = all((two.start - one.stop).is_nonnegative for one, two in zip(ordered, ordered[1:]))
    return ordered if fits else None


def _followed(pieces: list[_Piece]) -> list[_Piece] | None:
    """Return the pieces one after the other where each begins where another ends."""
    starts = {piece.start: piece for piece in pieces}
    stops = {piece.stop for piece in pieces}
    first = [piece for piece in pieces if piece.start not in stops]
    if len(starts) != len(pieces) or len(first) != 1:
        return None
    ordered = [first[0]]
    while len(ordered) <= len(pieces) and ordered[-1].stop in starts:
        ordered.append(starts[ordered[-1].stop])
    return ordered if len(ordered) == len(pieces) else None


def _compared(pieces: list[_Piece]) -> list[_Piece] | None:
    """Return the pieces in order where the sizes say of each two which is first."""
    if len(pieces) > _MOST_COMPARED:
        return None
    ordered: list[_Piece] = []
    for piece in pieces:
        for index, other in enumerate(ordered):
            if (other.start - piece.stop).is_nonnegative:
                ordered.insert(index, piece)
                break
            if not (piece.start - other.stop).is_nonnegative:
                return None
        else:
            ordered.append(piece)
    return ordered


SUM_RULES.append(joined_embeddings)
