r"""Formulas of one step: h_t = \tanh(W h_{t-1} + U x_t + b), whose left side is the same quantity at another time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import MatcalcError
from ..language.syntax import Binary, Name, Tree, names
from ..shapes.inference import Inference

if TYPE_CHECKING:
    from ..rulebook.entries import Book

# a quantity at a time: h_t, h_t_1 (t - 1), x_k_plus_1; layers, W1 and h_l, change their shapes
_AT_TIME = re.compile(r"(?P<stem>[A-Za-z]\w*?)_(?P<time>[tkn])(?:_(?:plus_)?\d+)?")


def shapes_of_step(left: str, tree: Tree, book: Book, declared: dict) -> dict:
    """Return {name: (rows, columns)} where a name of the formula is what ``left`` names, at another time.

    The value then has the shape of that name. ``declared``: the shapes that are known. Nothing is said where that does
    not fit, or of names whose shape is a guess all the same.
    """
    now = _AT_TIME.fullmatch(left)
    found = [name for name in names(tree) if now and _is_same(name, left, now)]
    if len(found) != 1:
        return {}
    inference = Inference(Binary("-", tree, Name(found[0])), "", declared, {}, book)
    try:
        shapes = inference.run()
    except MatcalcError:
        return {}
    return {name: shape for name, shape in shapes.items() if name not in declared and name not in inference.guesses()}


def _is_same(name: str, left: str, now: re.Match) -> bool:
    other = _AT_TIME.fullmatch(name)
    return name != left and other is not None and other.group("stem", "time") == now.group("stem", "time")
