r"""The statements of a text: the formula itself, lines that define a name, and conditions at the end.

\begin{align} r &= Ax - b \\ f &= r^\top r \end{align} has two; in f(x) = x^\top A x, \text{where } A = A^\top the
second is a condition. A line that begins or ends with an operator goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .left_sides import EQUALS, names_a_function
from .names import is_name
from .tokens import LatexToken

_OPENING, _CLOSING = ("open", "group"), ("close", "end group")
_CONTINUING = frozenset("+ - * / ^ _ \\cdot \\times \\odot \\otimes \\circ \\oslash \\bigodot \\bigotimes '".split())
# what begins the conditions
_MARKERS = frozenset(
    "where with for if when and or s.t s.t. st assuming provided given let here for all such that subject to in which "
    "for any where we".split()
)
# the function of this name is no beginning of a condition
_CHOICE = "where"
_PUNCTUATION = frozenset({".", ",", ";", "\\\\"})


@dataclass
class Statement:
    """``tokens`` of a statement; ``marker`` is the phrase before it, "," or "" for the first."""

    tokens: list[LatexToken] = field(default_factory=list)
    marker: str = ""
    first: LatexToken | None = None


def is_marker(token: LatexToken) -> bool:
    """Return whether a word or phrase begins a condition: where, with, such that."""
    if token.kind not in ("phrase", "word"):
        return False
    words = token.text.replace(",", " ").split()
    return bool(words) and words[0].strip(".") in _MARKERS | {"where", "subject", "such"} and len(words) < 4


def statements(tokens: list[LatexToken]) -> list[Statement]:
    """Return the statements of a text, the formula and what is said of it, in their order; none of them is empty."""
    found, depth = [Statement()], 0
    for index, token in enumerate(tokens):
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        is_break = token.text in ("\\\\", ",", ";") and token.kind in ("command", "sign")
        if token.text == "\\\\" and token.kind == "command" and (depth > 0 or _goes_on(tokens, index)):
            continue
        if depth <= 0 and (is_break or is_marker(token) and not _is_called(tokens, index)):
            marker = token.text
            if not found[-1].tokens and found[-1].first is not None and marker in _PUNCTUATION:
                continue
            found.append(Statement(marker=marker, first=token))
        else:
            found[-1].tokens.append(token)
    found[-1].tokens = without_full_stop(found[-1].tokens)
    return [statement for statement in found if statement.tokens]


def _is_called(tokens: list[LatexToken], index: int) -> bool:
    """Return whether a word is a function with its arguments: where(x > 0, x, y)."""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    called = following is not None and following.kind == "open" and following.text == "(" and not following.spaced
    return called and tokens[index].kind == "word" and tokens[index].text == _CHOICE


def without_full_stop(tokens: list[LatexToken]) -> list[LatexToken]:
    """Return tokens without the punctuation at their end."""
    end = len(tokens)
    while end and tokens[end - 1].text in _PUNCTUATION:
        end -= 1
    return tokens[:end]


def _goes_on(tokens: list[LatexToken], index: int) -> bool:
    """Return whether the line that ends at an index is not complete, or the next one continues it."""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    before = tokens[index - 1] if index else None
    if following is None or before is None:
        return False
    if following.text in _CONTINUING or following.text in EQUALS:
        return True
    return before.text in _CONTINUING - {"'"} or before.text in EQUALS


def sides(tokens: list[LatexToken]) -> list[list[LatexToken]]:
    """Return the pieces between the equals signs outside brackets."""
    found, depth = [[]], 0
    for index, token in enumerate(tokens):
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        if depth == 0 and token.text in EQUALS:
            found.append([])
        elif not (depth == 0 and token.text == ":" and index + 1 < len(tokens) and tokens[index + 1].text == "="):
            found[-1].append(token)
    return found


def defined_name(tokens: list[LatexToken]) -> list[LatexToken] | None:
    """Return the tokens of the name that a statement r = … defines; None where its left side is more than a name."""
    pieces = sides(tokens)
    if len(pieces) < 2 or not pieces[0] or not is_name(pieces[0][0]) or not names_a_function(pieces[0]):
        return None
    left = pieces[0]
    return left if len(left) == 1 or left[1].text == "_" else None
