"""What answers of all kinds tell of the question that they are answers to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ..algebra.constants import shape_of
from ..language.stacks import text_as_written
from ..printers.plain import plain_shape, plain_shapes

if TYPE_CHECKING:
    from ..shapes.elaborate import Elaborated
    from ..shapes.query import Query


class OfText:
    """What is read from a text; ``elaborated`` is what was found out about it."""

    elaborated: Elaborated

    @property
    def text(self) -> str:
        """The source in the language."""
        return self.elaborated.text

    @property
    def typed(self) -> str:
        """The formula as it was given."""
        return self.elaborated.typed or self.text

    @property
    def syntax(self) -> str:
        """The notation of the formula as it was given."""
        return self.elaborated.syntax

    @property
    def shapes(self) -> dict[str, tuple[int | str, ...]]:
        """The shapes of the names, as in declarations."""
        return plain_shapes(self.elaborated.shapes, self.elaborated.stacks)


class OfQuery(OfText, ABC):
    """The answer to a query."""

    query: Query

    @property
    @abstractmethod
    def conditions(self) -> list:
        """The conditions that it needs, each with a ``predicate`` and the surface ``tree`` that it is about."""

    @property
    def variable_shape(self) -> tuple[int | str, ...]:
        """The shape of what the expression is differentiated by."""
        return plain_shape(shape_of(self.query.variable))

    @property
    def assume(self) -> dict[str, list[str]]:
        """The declared facts about the names."""
        return {name: sorted(words) for name, words in self.elaborated.facts.items() if words}

    @property
    def where(self) -> list[str]:
        """The conditions under which the derivative holds, as texts: 'invertible(X)'."""
        stacks = self.elaborated.stacks
        return [text_as_written(condition.told(self.text), stacks) for condition in self.conditions]
