"""A wrong claim under examination: the formula, the points with the truth, and the right answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..api import answer
from ..bounds import MOST_EDITED as MOST_WORK
from ..errors import MatcalcError
from ..language.syntax import parse_tree, postorder
from ..language.unparse import unparse
from ..printers.sizes import node_shapes
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS


@dataclass(frozen=True)
class Finding:
    """What is wrong with a formula: one of the diagnoses, a sentence, and the layout and the tree that are right."""

    diagnosis: str
    message: str
    layout: str
    repaired: Any = None
    also: tuple = ()


@dataclass
class Case:
    """A wrong claim. ``layouts`` are those asked for, the likeliest first; ``rights`` the derivative by layout.

    ``targets`` are the layouts that are being compared with, ``misfit`` the error of shapes that do not fit, ``reason``
    why the formula has no value anywhere.
    """

    query: Any
    ground: Any
    scale: Any
    tree: Any
    layouts: list
    verdict: Any
    misfit: Any = None
    reason: str | None = None
    seed: int = 0
    targets: list = field(default_factory=lambda: list(LAYOUTS))
    rights: dict = field(default_factory=dict)

    @cached_property
    def shapes(self):
        """The shapes of the nodes of the formula at the first sample, by id; those that have none are left out."""
        sample = self.scale.samples[0]
        known = [node for node in postorder(self.tree) if id(node) in sample.values]
        return {id(node): self._shape(sample.values[id(node)]) for node in known}

    @staticmethod
    def _shape(value):
        return None if value is None else tuple(value.shape)

    @cached_property
    def values(self):
        """The values of the formula at the samples, None where there is none."""
        return self.scale.values(self.tree)

    @cached_property
    def symbolic_shape(self):
        """The shape of the formula in the letters of the sizes, as texts, or None."""
        shapes = {**self.ground.shapes, **{name: ("1", "1") for name in self.ground.sizes}}
        try:
            return node_shapes(self.tree, self.query.book, shapes)[id(self.tree)]
        except MatcalcError:
            return None

    @property
    def exhausted(self):
        """Whether enough was tried."""
        return self.scale.spent > MOST_WORK

    def tried(self, edits):
        """Yield edits as long as not enough was tried."""
        for edit in edits:
            if self.exhausted:
                return
            yield edit

    def right(self, layout):
        """Return the right answer in a layout, None where the engine has none; torch has the last word."""
        if layout not in self.rights:
            self.rights[layout] = verified_answer(self.query, layout, self.scale)
        return self.rights[layout]

    @cached_property
    def right_tree(self):
        """The surface tree of the right answer in the likeliest layout, None where there is none."""
        found = self.right(self.layouts[0])
        return None if found is None else parse_tree(str(found))

    def layout_of(self, tree):
        """Return the likeliest layout in which a tree is the derivative, or None."""
        if self.exhausted:
            return None
        found = self.scale.agreeing(tree, self.targets)
        return found[0] if found else None


def verified_answer(query, layout, scale):
    """Return the engine's Derivative in a layout, None where it has none or torch contradicts it."""
    try:
        found = answer(replace(query, layout=layout))
        tree = parse_tree(str(found))
    except MatcalcError:
        return None
    return found if layout in scale.agreeing(tree, [layout]) else None


def shown(tree):
    """Return a part of a formula as messages show it."""
    text = unparse(tree)
    return text if len(text) <= 60 else text[:57] + "..."
