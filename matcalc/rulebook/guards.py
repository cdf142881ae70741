"""Which comparisons hold where a part of a formula is taken: in where(x > 0, log(x), 0) the logarithm has x > 0."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..language.relations import SIGNS
from ..language.syntax import Call, Number, Tree, children, outside_sums, postorder
from ..language.unparse import unparse

_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
# what a comparison of a part with a number says of it: with a number above 0, with 0
_ABOVE = frozenset({"positive", "nonzero", "nonnegative", "above_minus_one"})


class Guard(NamedTuple):
    """A comparison that holds: the text of a part, a sign, and the number it is compared with."""

    text: str
    sign: str
    bound: Any


def guards_of(root: Tree) -> dict[int, frozenset[Guard]]:
    """Return by the id of each node the comparisons that hold wherever it counts, {} where no choice is made.

    A part that stands at several places is guarded by what holds at all of them.
    """
    order = postorder(root, outside_sums)
    if not any(_is_choice(node) for node in order):
        return {}
    found: dict[int, frozenset[Guard]] = {id(root): frozenset()}
    for node in reversed(order):
        around = found[id(node)]
        for place, child in enumerate(() if not outside_sums(node) else children(node)):
            more = _guard(node, place) if _is_choice(node) else None
            held = around if more is None else around | {more}
            found[id(child)] = found[id(child)] & held if id(child) in found else held
    return found


def _is_choice(node: Tree) -> bool:
    return isinstance(node, Call) and node.function == "where" and len(node.args) == 3


def _guard(choice: Any, place: int) -> Guard | None:
    """Return what holds in a branch of where(C, A, B): C in A, its opposite in B."""
    condition = choice.args[0]
    if place == 0 or not isinstance(condition, Call) or condition.function not in SIGNS:
        return None
    left, right = condition.args
    sign = SIGNS[condition.function]
    if isinstance(left, Number) and not isinstance(right, Number):
        left, right, sign = right, left, _TURNED[sign]
    if not isinstance(right, Number):
        return None
    return Guard(unparse(left), sign if place == 1 else _OPPOSITE[sign], right.value)


def is_guarded(predicate: str, text: str, guards: frozenset[Guard]) -> bool:
    """Return whether a condition on a part follows from what holds where the part is taken."""
    return any(guard.text == text and _implies(guard, predicate) for guard in guards)


def _implies(guard: Guard, predicate: str) -> bool:
    sign, bound = guard.sign, guard.bound
    above = sign == ">" and bound >= 0 or sign in (">=", "==") and bound > 0
    below = sign == "<" and bound <= 0 or sign in ("<=", "==") and bound < 0
    if predicate == "nonzero":
        return above or below or sign == "!=" and bound == 0
    if predicate == "above_minus_one":
        return above or sign == ">" and bound >= -1 or sign == ">=" and bound > -1
    return predicate in _ABOVE and (above or predicate == "nonnegative" and sign == ">=" and bound >= 0)
