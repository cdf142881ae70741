"""A line of a derivation, as plain data in the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

_CODE = re.compile(r"`([^`]*)`")

VALUE, DIFFERENTIAL, SENSITIVITY, JACOBIAN = "value", "differential", "sensitivity", "Jacobian"
GRADIENT, DERIVATIVE, PART = "gradient", "derivative", "part"
TANGENT = "tangent"


def tangent_of(derivation: Any) -> str:
    """Return the name that the line of a tangent is the derivative by: the other one, or that of a gradient."""
    plain, *others = derivation.tangents
    if derivation.convention != "wirtinger" and others:
        return others[0] if derivation.convention == "torch" else plain
    return next((name for name in derivation.tangents if name != derivation.variable), plain)


@dataclass(frozen=True)
class Step:
    """One line of a derivation, ``left = expression``.

    ``expression`` is in the language; ``forms`` are all the sides of the line in the order in which they are
    written, each equal to ``left``, the last one being ``expression``. ``rule`` names the rule that leads to the
    line, ``source`` where it is found, ``text`` is the sentence that a teacher would say. ``shape`` is the line's,
    as in declarations. ``kind`` says what ``left`` is: a value, a differential, a sensitivity ∂f/∂z, a Jacobian
    ∂z/∂x, the gradient that a second derivative begins with, the derivative by z beside that by conj(z) (a tangent), or
    the derivative. ``definitions`` are the parts that the line names, as (name, text).
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

    def with_texts(self, change: Callable[[str], str]) -> Step:
        """Return the line with other texts of its formulas, those in its sentence among them."""
        return replace(
            self,
            expression=change(self.expression),
            text=_CODE.sub(lambda found: f"`{' = '.join(map(change, found[1].split(' = ')))}`", self.text),
            left=change(self.left),
            forms=tuple(map(change, self.forms)),
            definitions=tuple((name, *map(change, texts)) for name, *texts in self.definitions),
        )

    def __repr__(self) -> str:
        return f"<Step: {self}  ({self.rule})>"

    def __str__(self) -> str:
        return " = ".join([self.left, *self.forms]) if self.left else self.expression
