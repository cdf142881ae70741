"""What other libraries call things: the table ``rules/foreign.names``, and the hint that it gives for a call."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ..errors import MatcalcError
from ..language.syntax import Call, Tree, parse_tree, substituted
from ..language.unparse import unparse
from .folder import rules_folder

_LINE = re.compile(r"(\w+)(?:\(([^()]*)\))?\s*(=|:)\s*(.+)")
_LONGEST = 80
_MOST_WORDS = 200
_LEAST_ALIKE = 0.75


class Foreign(NamedTuple):
    """A line of the table: the names of the arguments, and the text in the language or the advice."""

    parameters: tuple[str, ...] | None
    text: str


@lru_cache(maxsize=1)
def foreign_names() -> dict[str, Foreign]:
    """Return {name in lower case: line}, in the order of the table."""
    found = {}
    for line in (rules_folder() / "foreign.names").read_text(encoding="utf-8").splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None or line.startswith("#"):
            continue
        parameters = tuple(match[2].replace(" ", "").split(",")) if match[2] else None
        found[match[1].lower()] = Foreign(parameters, match[4])
    return found


def suggestion(call: Call, known: list[str]) -> str | None:
    """Return the hint for a call of a function that the language does not have; None where nothing is meant by it.

    ``known``: the names of its functions. The table says what a name means; after it comes a slip of the fingers.
    """
    from difflib import get_close_matches

    line = foreign_names().get(call.function.lower())
    if line is not None and call.function not in known:
        if line.parameters is None:
            return line.text
        written = _written(call, line)
        return f"write {written}"
    same = [name for name in known if name.lower() == call.function.lower()]
    close = same or get_close_matches(call.function, known, 1, _LEAST_ALIKE)
    return f"did you mean '{close[0]}'?" if close and len(call.function) > 3 or same else None


def advice(name: str) -> str | None:
    """Return what the table says of a name, for a text in another notation; None where it has none."""
    line = foreign_names().get(name.lower())
    if line is None:
        return None
    return line.text if line.parameters is None else f"in matcalc's own language it is {line.text}"


def _written(call: Call, line: Foreign) -> str:
    """Return what the call means with its own arguments, or the line's text where these do not fit or are long."""
    template = parse_tree(line.text)
    if call.keywords or len(call.args) != len(line.parameters or ()):
        return line.text
    tree: Tree = substituted(template, dict(zip(line.parameters or (), call.args)))
    try:
        text = unparse(tree) if _is_short(call) else line.text
        parse_tree(text)
    except MatcalcError:
        return line.text
    return text if len(text) <= _LONGEST else line.text


def _is_short(call: Call) -> bool:
    return call.span.end - call.span.start <= _MOST_WORDS
