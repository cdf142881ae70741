r"""The templates of a rule's ``unicode`` and ``latex`` lines.

``{X}`` stands for the parameter X, literally: ``\mathbf{1}_{{n}}`` with n = 3 becomes ``\mathbf{1}_{3}``, the
outer braces being LaTeX's. In a ``unicode`` line ``_{n}`` and ``^{k}`` are a subscript and a superscript, and
``^({n})`` is a superscript in parentheses. That of a constant is its size, and left out where it follows.
How tightly a template binds, and how tightly its parameters must bind, is read off its text:

* a parameter between delimiters, as in ``‖{X}‖`` or ``\sqrt{{X}}``, may be anything;
* a parameter that touches other text, as in ``{X}⁻¹`` or ``√{X}``, must be an atom;
* a parameter set off by a space, as in ``{A} ⊗ {B}``, must be a factor; beside a sign of comparison alone, a sum;
* a word before bars, as in ``log|{X}|``, cannot be raised to a power: the power could be that of the bars.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

ANY, SUM, ENTRYWISE, QUOTIENT, PRODUCT, FACTOR, ATOM = range(7)

# what begins a superscript in parentheses
INDEX = "^("

_OPENING = re.compile(r"(?:[(\[{|‖⟨,&]|\\lVert|\\langle|\\\\|\\text\{[a-z ]*\}|\{cases\})\s*$")
_CLOSING = re.compile(r"\s*(?:[)\]}|‖⟩,&]|\\right|\\\\|\\end)")
_RELATION = re.compile(r"\{\w+\} (?:[<>=≤≥≠]|\\[gln]e) \{\w+\}")
_COMPARED = re.compile(r" [<>] \d+\\right\\")
_HEAD = re.compile(r"\\?[^\W\d_]+")
_HEAD_BEFORE_BARS = re.compile(r"\\?[^\W\d_]+(?:\\left)?\s*[|‖]")
_SUPERSCRIPT_AT_END = re.compile(r"(?:[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ]|\^\{(?:[^{}]|\{[^{}]*\})*\}|\^\w)$")


@dataclass(frozen=True)
class Slot:
    """The place of a parameter: its index, how tightly it must bind, and '_', '^' or '^(' where it is a script."""

    index: int
    least: int
    script: str = ""


@dataclass(frozen=True)
class Template:
    """``parts`` are texts and slots, ``level`` is how tightly the whole binds.

    ``head`` is the name or command that the template begins with; ``bars`` are the delimiters in it that open and
    close with the same character.
    """

    parts: tuple[str | Slot, ...]
    level: int
    head: str
    bars: frozenset[str]


@lru_cache(maxsize=1000)
def read_template(text, parameters):
    """Return the :class:`Template` of a text with the names of the parameters, a tuple."""
    parts, position, is_open = [], 0, False
    for match in re.finditer(r"\{(" + "|".join(map(re.escape, parameters)) + r")\}", text):
        before, after = text[: match.start()], text[match.end() :]
        slot = _slot(parameters.index(match[1]), before, after)
        literal = text[position : match.start()]
        parts += [literal.removesuffix(slot.script), slot]
        position = match.end() + (slot.script == INDEX)
        is_open = is_open or slot.least > ANY and not _is_compared(before, after)
    parts.append(text[position:])
    head = _HEAD.match(text)
    return Template(
        tuple(part for part in parts if part != ""),
        _level(text, is_open),
        head[0] if head else "",
        frozenset(text) & {"|", "‖"},
    )


def _is_compared(before: str, after: str) -> bool:
    r"""Return whether a parameter stands before a comparison with a number, between delimiters: \{{X} > 0\right\}."""
    return bool(_OPENING.search(before) and _COMPARED.match(after))


def _slot(index: int, before: str, after: str) -> Slot:
    if _RELATION.fullmatch(f"{before}{{_}}{after}"):
        return Slot(index, SUM)
    if before.endswith(INDEX):
        return Slot(index, ANY, INDEX)
    if before[-1:] in ("_", "^"):
        return Slot(index, ANY, before[-1])
    if _OPENING.search(before) and _CLOSING.match(after):
        return Slot(index, ANY)
    if _is_compared(before, after):
        return Slot(index, SUM)
    touching = before[-1:].strip() or after[:1].strip()
    return Slot(index, ATOM if touching else FACTOR)


def _level(text: str, is_open: bool) -> int:
    if _RELATION.fullmatch(text):
        return ANY
    if is_open and " " in text:
        return ENTRYWISE
    return FACTOR if is_open or _SUPERSCRIPT_AT_END.search(text) or _HEAD_BEFORE_BARS.match(text) else ATOM
