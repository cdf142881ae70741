"""An answer of several named expressions in the parameters of distributions: mean and covariance, score and so on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr

from ..answers.expression import Expression
from ..answers.findings import Part, shape_told, shapes_told, steps_record
from ..answers.shown import expression_text
from ..errors import UnknownNameError
from ..steps.step import Step
from .reading import Reading, answered


@dataclass(frozen=True)
class Answer:
    """Named expressions: ``answer["mean"]``; ``parts`` has all, ``where`` the conditions they hold under, as texts.

    ``told`` says of what they are, ``steps`` how they are found; ``check()`` compares them with numbers and returns an
    object with ``ok``.
    """

    kind: str
    inputs: tuple[str, ...]
    dist: list[str]
    parts: list[Part]
    where: list[str]
    steps: list[Step]
    checker: Callable[[int, int], Any] = field(repr=False)

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
        told = [f"{self.kind} under {', '.join(self.dist)}: {shapes}", shapes_told(self.parts[0].value)]
        return [part for part in (*told, f"where {', '.join(self.where)}" if self.where else "") if part]

    def check(self, points: int = 2, seed: int = 0) -> Any:
        """Compare with numbers at random points."""
        return self.checker(points, seed)

    def record(self) -> dict[str, Any]:
        """Return what --json says."""
        first = self.parts[0].value
        return {
            "input": self.inputs[0] if len(self.inputs) == 1 else list(self.inputs),
            "dist": self.dist,
            "kind": self.kind,
            **{part.name: str(part.value) for part in self.parts},
            "shapes": {name: list(shape) for name, shape in first.shapes.items()},
            "assume": {name: sorted(words) for name, words in first.elaborated.facts.items() if words},
            "where": self.where,
            "steps": steps_record(self.steps),
        }

    def __str__(self) -> str:
        return "\n".join(f"{part.text or part.name} = {part.value}" for part in self.parts)


def part_of(
    reading: Reading, name: str, value: Expr, signs: tuple[str, str, str] = ("", "", ""), keep: tuple = ()
) -> Part:
    """Return a part of an answer; ``keep`` are random names that it may have."""
    return Part(name, Expression(answered(reading, value, keep=keep), reading.book), *signs)


def step(text: str, value: Expr | None, source: str) -> Step:
    """Return a line of a derivation."""
    return Step("" if value is None else expression_text(value), text, source, text, ())
