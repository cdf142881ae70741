"""What an answer of one or several named expressions has in common: how it is told, checked and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ..steps.step import Step
    from .expression import Expression


@dataclass(frozen=True)
class Part:
    """One expression of an answer: its key in records, and what stands on its left in text, Unicode and LaTeX."""

    name: str
    value: Expression
    text: str = ""
    unicode: str = ""
    latex: str = ""
    sign: str = "="


class Findings(Protocol):
    """What the command line shows of an answer.

    ``inputs`` are the texts that it is about and ``parts`` its expressions, ``told`` says of what and under which names
    it was found, ``where`` the conditions, ``steps`` the derivation; ``check`` compares with numbers and returns an
    object with ``ok`` and a text.
    """

    where: list[str]
    inputs: tuple[str, ...]

    @property
    def parts(self) -> list[Part]: ...

    @property
    def told(self) -> list[str]: ...

    @property
    def steps(self) -> list[Step]: ...

    def check(self, points: int, seed: int) -> Any: ...

    def record(self) -> dict[str, Any]: ...


def shapes_told(*expressions: Expression) -> str:
    """Return the shapes of the names of expressions, matrices first, with what is assumed: S: n×n psd, mu: n×1."""
    found = {name: shape for expression in expressions for name, shape in expression.shapes.items()}
    shapes = sorted(found.items(), key=lambda item: (not item[1], bool(item[1]) and item[1][1] == 1))
    facts = {name: words for expression in expressions for name, words in expression.elaborated.facts.items()}
    return ", ".join(f"{name}: {shape_told(shape)}{_facts(facts.get(name, ()))}" for name, shape in shapes)


def shape_told(shape: tuple) -> str:
    """Return a shape as answers show it: n×m, (m*n)×1 or scalar."""
    return "×".join(f"({size})" if "*" in str(size) else str(size) for size in shape) if shape else "scalar"


def _facts(words: Any) -> str:
    return "".join(f" {word}" for word in sorted(words))


def steps_record(steps: list[Step]) -> list[dict[str, Any]]:
    """Return steps as --json has them."""
    return [{"expression": step.expression, "rule": step.rule, "source": step.source} for step in steps]
