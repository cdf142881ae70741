"""Parts of answers about random names."""

from __future__ import annotations

from sympy import Expr

from ..answers.expression import Expression
from ..answers.findings import Part
from .reading import Reading, answered


def part_of(
    reading: Reading, name: str, value: Expr, signs: tuple[str, str, str] = ("", "", ""), keep: tuple = ()
) -> Part:
    """Return a part of an answer; ``keep`` are random names that it may have."""
    return Part(name, Expression(answered(reading, value, keep=keep), reading.book), *signs)

