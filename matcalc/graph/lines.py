"""The lines of an accumulation, and their total, as plain data in the language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sympy import Expr

    from ..rulebook.entries import Book

SEED, VALUE, TANGENT, ADJOINT, DERIVATIVE = "seed", "value", "tangent", "adjoint", "derivative"
FORWARD, REVERSE = "forward", "reverse"


@dataclass(frozen=True)
class Line:
    """One line of an accumulation, ``left = expression``.

    ``expression`` is in the language, "" for a tangent or an adjoint that has no form in it. ``kind`` says what
    ``left`` is: the seed of a sweep, a value v2, a tangent dv2, an adjoint v2_bar or the derivative. ``text`` is what a
    teacher would say, with code between backquotes; ``rule`` and ``source`` are those of the operation. ``shape`` is as
    in declarations; ``cost`` is the number of products that the line takes, a SymPy expression in the dimensions.
    """

    left: str
    expression: str
    kind: str
    text: str
    rule: str
    source: str
    shape: tuple[int | str, ...]
    cost: Expr

    def __str__(self) -> str:
        return f"{self.left} = {self.expression}" if self.expression else self.left


@dataclass(frozen=True)
class Comparison:
    """What both accumulations take for the whole derivative.

    ``forward`` and ``reverse`` are numbers of products, SymPy expressions in the dimensions; ``cheaper`` is "forward",
    "reverse" or "neither" where one of these holds for all dimensions or to leading order, else "". ``text`` says which
    and why.
    """

    forward: Expr
    reverse: Expr
    cheaper: str
    text: str


@dataclass(frozen=True)
class Accumulation:
    """The lines of forward or reverse accumulation over the computational graph of an expression.

    The values take ``values`` products, once. One sweep takes ``cost`` products, and the whole derivative ``sweeps``
    of them; ``total`` is values + sweeps*cost. ``variable`` is the name differentiated by, ``result`` the node that is
    the expression and ``function`` the letter for it. ``changes`` maps the names of nodes to those of their tangents,
    ``adjoints`` to those of their adjoints; ``shapes`` are those of all names in the lines, as in declarations.
    """

    mode: str
    lines: tuple[Line, ...]
    variable: str
    result: str
    function: str
    values: Expr
    cost: Expr
    sweeps: Expr
    total: Expr
    comparison: Comparison
    shapes: dict[str, tuple[int | str, ...]]
    changes: dict[str, str]
    adjoints: dict[str, str]
    book: Book = field(repr=False, compare=False)

    def __str__(self):
        return "\n".join(map(str, self.lines))
