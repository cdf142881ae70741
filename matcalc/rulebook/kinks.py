"""What has its kinks where it is 0."""

from __future__ import annotations

from ..language.syntax import Binary, Call, Tree
from .entries import Book


def kink_argument(node: Tree, book: Book) -> Tree | None:
    """Return what is 0 where a call has its kinks, None where it has none or more is to be said of them.

    It is x - 6 for relu(x - 6), and a - b for maximum(a, b).
    """
    if not isinstance(node, Call):
        return None
    rule = book.lookup(node)[0]
    texts = {text for formula in rule.differentials for text in formula.where if text.startswith("nonzero")}
    names = [parameter.name for parameter in rule.params]
    if texts == {f"nonzero({names[0]})"}:
        return node.args[0]
    if len(names) == 2 and texts == {f"nonzero({names[0]} - {names[1]})"}:
        return Binary("-", node.args[0], node.args[1])
    return None
