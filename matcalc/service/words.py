"""The words of an answer's line: shapes as answers show them, the letter for the function."""

from __future__ import annotations

from collections.abc import Collection

from ..answers.expression import Expression
from ..words import shown_shape


def shape_text(shape: tuple[int | str, ...]) -> str:
    """Return a shape as answers show it, and as --shape reads it: n×m, (m*n)×1 or scalar."""
    return shown_shape(shape)


def letter_of(function: Expression, taken: Collection[str]) -> str:
    """Return a letter for a function that no name has: f for a scalar, y for a column, Y for a matrix."""
    letters = "fghFGH" if not function.shape else "yzuvYZ" if function.shape[1] == 1 else "YZFGHy"
    return next((letter for letter in letters if letter not in taken), letters[0])
