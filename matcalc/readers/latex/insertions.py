r"""Definitions of entries, put where the entries stand: p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} in \sum_k y_k \log p_k.

What defines p_k for each k has k of its own; only within the sum over k does it say which one.
"""

from __future__ import annotations

from dataclasses import replace

from ...errors import ExpressionSyntaxError, LimitError, Span
from .names import is_name
from .statements import Statement, sides
from .tokens import LatexToken

_OPERATORS = frozenset("\\sum \\prod \\max \\min \\bigcup \\mathbb".split())
_BRACES = ("group", "end group")
_MOST_TOKENS = 4000
_MOST_STATEMENTS = 40

# a name, and the letters that index it
Entry = tuple[LatexToken, tuple[str, ...]]


def with_entries(found: list[Statement], place: int, source: str) -> tuple[list[Statement], int]:
    """Return statements, of which one is the formula, with the definitions of entries of its sums put into them.

    Raises ExpressionSyntaxError where an entry has another index than its definition, which has that one, too, and
    LimitError where the formula gets too long.
    """
    for _ in range(len(found) if len(found) <= _MOST_STATEMENTS else 0):
        chosen = next((one for one in found if one is not found[place] and _is_of_sum(one, found, place)), None)
        entry = None if chosen is None else _entry(chosen)
        if chosen is None or entry is None:
            break
        formula, definition = found[place], sides(chosen.tokens)[-1]
        others = [one for one in found if one is not chosen]
        place = next(index for index, one in enumerate(others) if one is formula)
        found = [replace(one, tokens=_inserted(one.tokens, entry, definition, source)) for one in others]
    return found, place


def _is_of_sum(statement: Statement, found: list[Statement], place: int) -> bool:
    """Return whether a statement defines entries that stand where a sum of the formula has their index."""
    entry = _entry(statement)
    if entry is None:
        return False
    letters = [set(own) for one in found if one is not statement for _, own, _ in _places(one.tokens, entry)]
    bound = _bound(found[place].tokens) if letters else set()
    return any(own & bound for own in letters)


def _entry(statement: Statement) -> Entry | None:
    """Return (the name, its letters) of a statement p_k = … that is for each k; None of any other."""
    pieces = sides(statement.tokens)
    if len(pieces) != 2 or not pieces[0] or not pieces[1] or not is_name(pieces[0][0]):
        return None
    taken = _taken(pieces[0], 0)
    if taken is None or taken[1] != len(pieces[0]):
        return None
    own = {token.text for token in pieces[1]} | {part.text for token in pieces[1] for part in token.index}
    return (pieces[0][0], taken[0]) if set(taken[0]) <= own else None


def _taken(tokens: list[LatexToken], place: int) -> tuple[tuple[str, ...], int] | None:
    """Return (the single letters that index the name at a place, the place behind them), None without such letters."""
    inner: list[LatexToken] | tuple = tokens[place].index
    end = place + 1
    if not inner:
        if end + 1 >= len(tokens) or tokens[end].text != "_":
            return None
        start, end = end + 1, end + 2
        if tokens[start].kind == "group":
            while end < len(tokens) and tokens[end - 1].kind != "end group":
                end += 1
        inner = tokens[start:end]
    letters = tuple(one.text for one in inner if one.kind not in (*_BRACES, "open", "close") and one.text != ",")
    return (letters, end) if letters and all(len(one) == 1 and one.isalpha() for one in letters) else None


def _bound(tokens: list[LatexToken]) -> set[str]:
    """Return the letters over which sums and the like of a formula run."""
    found = set()
    for place, token in enumerate(tokens[:-2]):
        if token.text in _OPERATORS and tokens[place + 1].text == "_":
            below = [one for one in tokens[place + 2 : place + 5] if one.kind not in _BRACES]
            found |= {one.text for one in below[:1]} | {one.text for one in below[2:3] if below[1].text == ","}
    return found


def _places(tokens: list[LatexToken], entry: Entry) -> list[tuple[int, tuple[str, ...], int]]:
    """Return (start, letters, end) of the entries of a name that a definition has."""
    name, letters = entry
    found = []
    for place, token in enumerate(tokens):
        if _looks(token) == _looks(name):
            taken = _taken(tokens, place)
            if taken is not None and len(taken[0]) == len(letters):
                found.append((place, *taken))
    return found


def _looks(token: LatexToken) -> tuple[str, str, str, bool]:
    return token.text, token.style, token.accent, bool(token.index)


def _inserted(tokens: list[LatexToken], entry: Entry, definition: list[LatexToken], source: str) -> list[LatexToken]:
    """Return tokens with what defines an entry, in parentheses, in its places."""
    made, behind = [], 0
    for start, letters, end in _places(tokens, entry):
        span = Span(tokens[start].span.start, tokens[end - 1].span.end)
        names = dict(zip(entry[1], letters))
        own = {token.text for token in definition} - {"_"}
        if len(made) > _MOST_TOKENS:
            message = f"with its definitions the formula has more than {_MOST_TOKENS} signs"
            raise LimitError(message, source=source, span=span, hint="leave some definitions out")
        if any(old != new and new in own for old, new in names.items()):
            shown = source[span.start : span.end]
            raise ExpressionSyntaxError(
                f"{shown} has another index than its definition, which has {', '.join(letters)} itself",
                source=source,
                span=span,
                hint="give the index of the sum in the definition another letter",
            )
        renamed = [_renamed(token, names) for token in definition]
        made += [*tokens[behind:start], LatexToken("open", "(", span), *renamed, LatexToken("close", ")", span)]
        behind = end
    return [*made, *tokens[behind:]]


def _renamed(token: LatexToken, names: dict[str, str]) -> LatexToken:
    index = tuple(_renamed(part, names) for part in token.index)
    return replace(token, text=names.get(token.text, token.text), index=index)
