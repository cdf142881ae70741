"""The texts of --shape and --assume: "A: n×m, x: n, c: scalar" and "A symmetric, S pd invertible"."""

from __future__ import annotations

import re

from ..errors import ArgumentError, MatcalcError, Span
from .declared import declared_facts, declared_shapes

_ENTRY = re.compile(r"[^,;]+")
# β and ŷ, which are spelled beta and y_hat later on, too
_NAME = re.compile(r"[^\W\d_][\w\u0302-\u0308]*")
_SQUARE = re.compile(r"(\w+)\s*\*\*\s*2\b")
# sizes written without spaces, nxm or 3x4: letters and numbers alone, so that max_len stays one size
_PART = r"(?:[A-WYZa-wyz]\d*|\d+)"
_GLUED = re.compile(rf"{_PART}(?:\*{_PART})*(?:[xX]{_PART}(?:\*{_PART})*)+")
_EQUALS = re.compile(r"\b([A-Za-z]\w*\s*)=(?!=)", re.ASCII)
_NUMBERS = ("scalar", "number", "a number")
_SIZE = re.compile(r"[\w\s*+]*\)?")
_LISTED = re.compile(r"\w+\s*:\s*(?!(?:scalar|number|a number|a row)$)\(?[\w*+]+(?: × [\w*+]+)*")
_PARENTHESES = re.compile(r"\([^()×]*×[^()]*\)|\([^()×]*\)")
_SHAPE_HINT = 'write "A: n×m" for a matrix, "x: n" for a column, "c: scalar" for a scalar'
_ASSUME_HINT = 'write "A symmetric, S pd"'


def read_shapes(texts):
    """Return the shapes that texts such as "A: n×m, x: n" declare, as ``{"A": ("n", "m"), "x": ("n", 1)}``.

    Sizes are names, integers or products (``n*m``), joined by ×, x or a comma as in Python: ``A: (n, m)``; three are
    those of a stack of matrices, ``A: K×n×m``.
    Raises a MatcalcError that points into the text: ArgumentError for the form, ShapeError or UnknownNameError
    for what is declared.
    """
    shapes = {}
    for typed in texts:
        text = _EQUALS.sub(r"\1:", typed)  # A=K,n,n as A: K,n,n
        for entry, span in _with_lists(_entries(text, _SHAPE_HINT), text):
            name, colon, size = entry.partition(":")
            if not colon:
                raise ArgumentError(f"'{entry}' declares no shape", source=text, span=span, hint=_SHAPE_HINT)
            name = _name(name.strip(), text, span)
            shape = _shape(_without_parentheses(size.strip()))
            _at(text, span, declared_shapes, {name: shape})
            if shapes.setdefault(name, shape) != shape:
                raise ArgumentError(
                    f"{name} is declared twice, with different shapes",
                    source=text,
                    span=span,
                    hint="leave one of them out",
                )
    return shapes


def read_assumptions(texts):
    """Return the facts that texts such as "A symmetric, S pd" declare, as ``{"A": ["symmetric"], "S": ["pd"]}``.

    Raises ArgumentError, which points into the text, for the form or for an unknown word.
    """
    facts = {}
    for text in texts:
        for entry, span in _entries(text, _ASSUME_HINT):
            name, *rest = re.split(r"\s*:\s*|\s+", entry, maxsplit=1)
            name, words = _name(name or entry, text, span), " ".join(rest).split()
            if not words:
                raise ArgumentError(f"nothing is assumed about {name}", source=text, span=span, hint=_ASSUME_HINT)
            start = span.start + len(name)
            for word in words:
                start = text.index(word, start)
                _at(text, Span(start, start + len(word)), declared_facts, {name: [word]})
                start += len(word)
            known = facts.setdefault(name, [])
            known.extend(word for word in words if word not in known)
            _at(text, span, declared_facts, {name: known})
    return facts


def _entries(text, hint):
    """Return the entries of a text, which commas or semicolons separate, each with its span."""
    found = []
    for match in _ENTRY.finditer(text):
        entry = match.group().strip()
        if entry:
            start = match.start() + match.group().index(entry)
            found.append((entry, Span(start, start + len(entry))))
    if not found:
        raise ArgumentError("the declaration is empty", source=text, span=Span(0, max(1, len(text))), hint=hint)
    return found


def _with_lists(entries: list, text: str) -> list:
    """Return entries with those that are a further size, as n in ``A: m, n``, joined to what they belong to."""
    found: list = []
    for entry, span in entries:
        before, start = found[-1] if found else ("", span)
        listed = "," in text[start.end : span.start] and ":" in before and ":" not in entry
        if listed and (_LISTED.fullmatch(before) and _SIZE.fullmatch(entry) or before.endswith("a row")):
            between = "" if entry == ")" else ", " if before.endswith("a row") else " × "
            found[-1] = (f"{before}{between}{entry}", Span(start.start, span.end))
        else:
            found.append((entry, span))
    return found


def _without_parentheses(size: str) -> str:
    return size[1:-1].strip() if _PARENTHESES.fullmatch(size) else size


def _name(name, text, span):
    if not _NAME.fullmatch(name):
        place = Span(span.start, span.start + max(1, len(name)))
        raise ArgumentError(
            f"'{name}' cannot be a name", source=text, span=place, hint="names are a letter, then letters, digits and _"
        )
    return name


def _shape(text):
    """Return () for a scalar, (size, 1) for a column, else all the sizes that a text gives."""
    if text.lower() in ("", "1", *_NUMBERS):
        return ()
    text = text.removeprefix("a row,").strip()
    text = _SQUARE.sub(r"\1*\1", text.replace("²", "**2"))
    parts = re.split("[xX]" if _GLUED.fullmatch(text) else r"\s*×\s*|\s+[xX]\s+", text)
    sizes = tuple(int(part) if part.isdecimal() else part.removeprefix("(").removesuffix(")") for part in parts)
    return (*sizes, 1) if len(sizes) == 1 else sizes


def _at(text, span, declare, declaration):
    """Let ``declare`` judge a declaration; what it raises points into the text."""
    try:
        declare(declaration)
    except MatcalcError as error:
        error.source, error.span = text, span
        raise
