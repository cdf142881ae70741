"""What a loop carries from round to round: names that are added to, and names whose last value the next round needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ...language.generators import If
from ...language.nodes import children as plain_children
from ...language.syntax import Binary, Name
from .clauses import targets
from .nodes import Append, Apply, Assign, Attribute, Choice, Comprehension, Loop, Slice, children

_SUM, _PROD, _LIST = "sum", "prod", "list"
_EXTREMES = {"max": "max", "maximum": "max", "fmax": "max", "min": "min", "minimum": "min", "fmin": "min"}


class Addition(NamedTuple):
    """What one statement does to a name: ``function`` takes it together with parts, pairs of a sign and a tree."""

    function: str
    parts: tuple[tuple[str, Any], ...]


def read_in(root: Any) -> set[str]:
    """Return the names that the value of an expression depends on, without those of its own loops."""
    found: set[str] = set()
    stack: list[tuple[Any, frozenset[str]]] = [(root, frozenset())]
    while stack:
        node, bound = stack.pop()
        if isinstance(node, Name):
            found |= {node.id} - bound
        elif isinstance(node, Comprehension):
            inner = bound
            for clause in node.clauses:
                stack.append((clause.values, inner))
                inner |= {name.id for name in targets(clause.target)}
                stack += [(side, inner) for one in clause.conditions for side in (one.left, one.right)]
            stack.append((node.body, inner))
        elif isinstance(node, Slice):
            stack += [(part, bound) for part in (node.start, node.stop, node.step) if part is not None]
        else:
            stack += [(part, bound) for part in plain_children(node) or children(node)]
    return found


def _sides(conditions: Iterable[If]) -> set[str]:
    return {name for one in conditions for side in (one.left, one.right) for name in read_in(side)}


def assigned_in(body: Sequence) -> set[str]:
    """Return the names that statements set."""
    found: set[str] = set()
    for part in body:
        if isinstance(part, Assign):
            found |= {name.id for name in part.names}
        elif isinstance(part, Append):
            found.add(part.name)
        elif isinstance(part, Loop):
            found |= {name.id for name in targets(part.clause.target)} | assigned_in(part.body)
        elif isinstance(part, Choice):
            found |= assigned_in(part.body) | assigned_in(part.otherwise)
    return found


def needed_by(body: Sequence) -> set[str]:
    """Return the names that statements read before they surely set them."""
    known: set[str] = set()
    found: set[str] = set()
    for part in body:
        if isinstance(part, Assign):
            found |= read_in(part.value) - known
            known |= {name.id for name in part.names}
        elif isinstance(part, Append):
            found |= (read_in(part.value) | {part.name}) - known
        elif isinstance(part, Loop):
            own = {name.id for name in targets(part.clause.target)}
            found |= (read_in(part.clause.values) | needed_by(part.body) - own) - known
        elif isinstance(part, Choice):
            found |= (_sides(part.conditions) | needed_by(part.body) | needed_by(part.otherwise)) - known
    return found


def carried_by(body: Sequence, own: set[str]) -> set[str]:
    """Return the names that a round of a loop needs from the one before; ``own`` are those that the loop sets."""
    return (assigned_in(body) & needed_by(body)) - own


def added_to(name: str, body: Sequence) -> str | None:
    """Return how statements add to a name, which they use in no other way: "sum", "prod", "max", "min", "list"."""
    functions: set[str | None] = set()
    for part in body:
        if isinstance(part, Assign) and any(target.id == name for target in part.names):
            found = addition(name, part)
            functions.add(found.function if found is not None else None)
        elif isinstance(part, Append) and part.name == name:
            functions.add(None if name in read_in(part.value) else _LIST)
        elif isinstance(part, Loop):
            functions |= _within(name, part.body, read_in(part.clause.values))
        elif isinstance(part, Choice):
            functions |= _within(name, (*part.body, *part.otherwise), _sides(part.conditions))
        elif isinstance(part, (Assign, Append)) and name in read_in(part.value):
            return None
    return functions.pop() if len(functions) == 1 else None


def _within(name: str, body: Sequence, read: set[str]) -> set[str | None]:
    if name in read:
        return {None}
    return {added_to(name, body)} if name in assigned_in(body) | needed_by(body) else set()


def addition(name: str, statement: Assign) -> Addition | None:
    """Return what is added to a name where an assignment is name = name + value or the like, None elsewhere."""
    if statement.several:
        return None
    value = statement.value
    if isinstance(value, Apply):
        word = str(getattr(value.function, "name", None) or getattr(value.function, "id", ""))
        others = [arg for arg in value.args if not (isinstance(arg, Name) and arg.id == name)]
        known = word in _EXTREMES and isinstance(value.function, (Name, Attribute)) and not value.keywords
        if not known or len(value.args) != 2 or len(others) != 1 or name in read_in(others[0]):
            return None
        return Addition(_EXTREMES[word], (("+", others[0]),))
    for function, signs in ((_SUM, "+-"), (_PROD, "*/")):
        parts = _chain(value, signs)
        own = [sign for sign, part in parts if isinstance(part, Name) and part.id == name]
        others = [(sign, part) for sign, part in parts if not (isinstance(part, Name) and part.id == name)]
        if own == [signs[0]] and others:
            return None if any(name in read_in(part) for _, part in others) else Addition(function, tuple(others))
    return None


def _chain(value: Any, signs: str) -> list[tuple[str, Any]]:
    """Return the operands of a chain of + and -, or of * and /, each with its sign."""
    found, stack = [], [(signs[0], value)]
    while stack:
        sign, node = stack.pop()
        if isinstance(node, Binary) and node.op in signs:
            turned = signs[1] if sign == signs[0] else signs[0]
            stack += [(turned if node.op == signs[1] else sign, node.right), (sign, node.left)]
        else:
            found.append((sign, node))
    return found
