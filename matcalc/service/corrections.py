"""What one click can mend: the options that notes and hints speak of, and words to put in place of others, as data."""

from __future__ import annotations

import re
from typing import Any

from ..errors import MatcalcError
from .records import Record, error_record

_OPTION = re.compile(r'--(shape|assume) "([^"]*)"|--(wrt|syntax|layout|structure|order) ([A-Za-z0-9_]+)')
_MEANT = re.compile(r"did you mean '([^']+)'\?")
_AT_THE_END = re.compile(r"add '([^']+)' at the end")
_LISTED_NAMES = re.compile(r"add (--wrt \w+(?: or --wrt \w+)*)")


def corrections(text: str) -> list[dict[str, Any]]:
    """Return what the options in a text choose, each as {"option": name, "value": text}.

    >>> corrections('c is read as a number; as a column: --shape "c: k"')
    [{'option': 'shape', 'value': 'c: k'}]
    """
    found = ((match[1] or match[3], match[2] or match[4]) for match in _OPTION.finditer(text))
    return [{"option": option, "value": value} for option, value in dict.fromkeys(found)]


def note(text: str) -> Record:
    """Return a note as a person reads it, without the options, and what they choose."""
    return {"text": _OPTION.sub("", text).rstrip(": "), "corrections": corrections(text)}


def mistake(text: str, error: MatcalcError) -> Record:
    """Return the record of an error, with what one click can mend, and where it is in a text that is not the input.

    A correction is an option or, for the input itself, {"replace": [start, end], "value": text}.
    """
    record = error_record(text, error)
    hint = error.hint or ""
    found, span = corrections(hint), record["error"]["span"]
    meant, end = _MEANT.search(hint), _AT_THE_END.search(hint)
    if meant and span:
        found.append({"replace": span, "value": meant[1]})
    if end and error.source in (None, text):
        found.append({"replace": [len(text), len(text)], "value": end[1]})
    shown: Record = {"corrections": found, "hint": hint}
    if error.source not in (None, text) and error.span is not None:
        shown |= {"source": error.source, "span": list(error.span)}
    return {**record, "shown": shown}
