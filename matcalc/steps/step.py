"""A line of a derivation, as plain data in the language."""

from __future__ import annotations

from dataclasses import dataclass

VALUE, DIFFERENTIAL, SENSITIVITY, JACOBIAN = "value", "differential", "sensitivity", "Jacobian"
GRADIENT, DERIVATIVE, PART = "gradient", "derivative", "part"


@dataclass(frozen=True)
class Step:
    """One line of a derivation, ``left = expression``.

    ``expression`` is in the language; ``forms`` are all the sides of the line in the order in which they are
    written, each equal to ``left``, the last one being ``expression``. ``rule`` names the rule that leads to the
    line, ``source`` where it is found, ``text`` is the sentence that a teacher would say. ``shape`` is the line's,
    as in declarations. ``kind`` says what ``left`` is: a value, a differential, a sensitivity ∂f/∂z, a Jacobian
    ∂z/∂x, the gradient that a second derivative begins with, or the derivative. ``definitions`` are the parts that
    the line names, as (name, text).
    """

    expression: str
    rule: str
    source: str
    text: str
    shape: tuple[int | str, ...]
    left: str = ""
    kind: str = VALUE
    forms: tuple[str, ...] = ()
    definitions: tuple[tuple[str, ...], ...] = ()

    def __repr__(self) -> str:
        return f"<Step: {self}  ({self.rule})>"

    def __str__(self) -> str:
        return " = ".join([self.left, *self.forms]) if self.left else self.expression
