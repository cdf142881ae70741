"""Letters for what a derivation names: the function, its parts, differentials, sensitivities, Jacobians."""

from __future__ import annotations

from keyword import kwlist
from typing import TYPE_CHECKING

from ..algebra.expressions import ONE

if TYPE_CHECKING:
    from sympy import Expr

_FUNCTION = {"scalar": "fghFGHpq", "column": "yzuvwpq", "row": "yzuvwpq", "matrix": "YZFGHUVW"}
_PARTS = {"scalar": "stuvabcpqh", "column": "zuvwshpqt", "row": "zuvwshpqt", "matrix": "ZMSUVWPQH"}
_RESIDUAL = "r"


def kind_of(shape: tuple[Expr, Expr]) -> str:
    """Return 'scalar', 'column', 'row' or 'matrix'."""
    if tuple(shape) == (ONE, ONE):
        return "scalar"
    if shape[1] == 1:
        return "column"
    return "row" if shape[0] == 1 else "matrix"


class Letters:
    """Hands out names that nothing else has.

    ``taken`` are the names and sizes of the expression and the functions of the language; the reserved words, such as
    the del that would be the differential of el, are nobody's name.
    """

    def __init__(self, taken: list[str] | set[str]) -> None:
        self.taken = {*taken, *kwlist}

    def take(self, *wishes: str) -> str:
        """Return the first wish that is free, else the first one with a number."""
        found = next((wish for wish in wishes if wish not in self.taken), None)
        number = 1
        while found is None:
            numbered = f"{wishes[0]}{number}"
            found = numbered if numbered not in self.taken else None
            number += 1
        self.taken.add(found)
        return found

    def function(self, shape: tuple[Expr, Expr]) -> str:
        """Return the letter of the function itself: f for a scalar, y for a column, Y for a matrix."""
        return self.take(*_FUNCTION[kind_of(shape)])

    def part(self, shape: tuple[Expr, Expr], residual: bool = False) -> str:
        """Return the letter of a part; r for a difference of columns or matrices."""
        letters = _PARTS[kind_of(shape)]
        if residual:
            letters = (_RESIDUAL if kind_of(shape) != "matrix" else "R") + letters
        return self.take(*letters)

    def numbered(self, shape: tuple[Expr, Expr], number: int) -> str:
        """Return the name of one of many parts: z1, Z2, s3."""
        return self.take(f"{_PARTS[kind_of(shape)][0]}{number}", f"{_PARTS[kind_of(shape)][0]}_{number}")

    def differential(self, name: str) -> str:
        """Return the name of the differential of a name: dx."""
        return self.take(f"d{name}", f"d_{name}", f"differential_{name}")
