"""An answer of several named expressions: mean and covariance, the conditions of optimality, and so on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr

from ..budget import limited
from ..errors import UnknownNameError
from ..steps.step import Step
from .expression import Expression
from .findings import Part, shape_told, shapes_told, steps_record
from .shown import expression_text


@dataclass(frozen=True)
class Answer:
    """Named expressions: ``answer["mean"]``; ``parts`` has all, ``where`` the conditions they hold under, as texts.

    ``dist`` are the distributions that it depends on. ``told`` says of what the parts are, ``steps`` how they are
    found; ``check()`` compares them with numbers and returns an object with ``ok``.
    """

    kind: str
    inputs: tuple[str, ...]
    dist: list[str]
    parts: list[Part]
    where: list[str]
    steps: list[Step]
    checker: Callable[[int, int], Any] = field(repr=False)
    remarks: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> Expression:
        for part in self.parts:
            if part.name == name:
                return part.value
        names = ", ".join(part.name for part in self.parts)
        raise UnknownNameError(f"the answer has no part '{name}'", hint=f"one of {names}")

    @property
    def told(self) -> list[str]:
        """Of what the parts are, under which shapes and conditions."""
        shapes = ", ".join(dict.fromkeys(f"{part.name} {shape_told(part.value.shape)}" for part in self.parts))
        under = f" under {', '.join(self.dist)}" if self.dist else ""
        told = [f"{self.kind}{under}: {shapes}", shapes_told(*[part.value for part in self.parts])]
        told.append(f"where {', '.join(self.where)}" if self.where else "")
        return [part for part in (*told, *self.remarks) if part]

    @limited("checking")
    def check(self, points: int = 2, seed: int = 0) -> Any:
        """Compare with numbers at random points."""
        return self.checker(points, seed)

    def record(self) -> dict[str, Any]:
        """Return what --json says."""
        values = [part.value for part in self.parts]
        return {
            "input": self.inputs[0] if len(self.inputs) == 1 else list(self.inputs),
            **({"dist": self.dist} if self.dist else {}),
            "kind": self.kind,
            **{part.name: str(part.value) for part in self.parts},
            "shapes": {name: list(shape) for value in values for name, shape in value.shapes.items()},
            "assume": {n: sorted(words) for value in values for n, words in value.elaborated.facts.items() if words},
            "where": self.where,
            **({"remarks": self.remarks} if self.remarks else {}),
            "steps": steps_record(self.steps),
        }

    def __str__(self) -> str:
        return "\n".join(f"{part.text or part.name} {part.sign} {part.value}" for part in self.parts)


def step(text: str, value: Expr | None, source: str) -> Step:
    """Return a line of a derivation."""
    return Step("" if value is None else expression_text(value), text, source, text, ())
