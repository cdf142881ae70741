"""The words that users choose among: one table for the command line, the interface, the samples and the pages.

Imports nothing heavy, so that ``matcalc --help`` can read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from .errors import ArgumentError, shown_value

# each spelling of a layout, and its short name
LAYOUT_WORDS = {
    "denom": "denom",
    "denominator": "denom",
    "gradient": "denom",
    "num": "num",
    "numerator": "num",
    "jacobian": "num",
    "mixed": "mixed",
}
LAYOUTS = ("denom", "num", "mixed")
LAYOUT_NAMES = {"denom": "denominator layout", "num": "numerator layout", "mixed": "mixed layout"}
# each other's transposes: an answer in one is tried in the other
TRANSPOSED_LAYOUTS = ("denom", "num")
STRUCTURES = ("free", "projected", "parametrized")
TARGETS = ("numpy", "torch", "jax", "tensorflow", "array-api", "octave")
SYNTAXES = ("matcalc", "matlab", "latex", "unicode", "python")
# what a formula can be copied into a document as
DOCUMENT_FORMATS = ("latex", "typst", "mathml", "markdown")
FORMATS = ("text", "unicode", *DOCUMENT_FORMATS, "json")
REPORT_FORMATS = ("text", "unicode", "json")
MODES = ("forward", "reverse")
# how a derivative of many indices is written: as a matrix of vec by vec, in index notation, as an einsum
FORMS = ("kron", "index", "tensor")
# names that are numbers of the language, never variables
CONSTANTS = ("pi", "inf")
# which derivative by a complex name is meant: ∂f/∂z, or the gradient of a real f that a library gives
CONVENTIONS = ("wirtinger", "torch", "jax")
# what an answer is compared with: exact values, torch autograd (both of them), TensorFlow's GradientTape
CHECKS = ("both", "exact", "torch", "tensorflow")


def shown_size(size: Any) -> str:
    """Return a size as a text: n, n*m, or n - k for a sum, its terms without a minus first."""
    if not getattr(size, "is_Add", False):
        return str(size)
    if size.as_numer_denom()[1] != 1:  # n*(n + 1)/2
        return str(size.factor())
    signed = [(str(term).startswith("-"), str(term).removeprefix("-")) for term in size.args]
    signed.sort(key=lambda item: (item[0], item[1].isdigit()))
    text = "".join((" - " if minus else " + ") + word for minus, word in signed)
    return text[3:] if text.startswith(" + ") else f"-{text[3:]}"


def shown_shape(shape: Iterable, one: str = "scalar") -> str:
    """Return a shape as answers show it and --shape reads it: n×m, (m*n)×1, m×(n + 1)."""
    texts = [shown_size(size) for size in shape]
    return "×".join(text if text.replace("_", "a").isalnum() else f"({text})" for text in texts) or one


def known_word(kind: str, word: object, known: Iterable[str], otherwise: str = "") -> str:
    """Return ``word`` where it is one of the ``known``; raises ArgumentError that lists them, or names a close one."""
    known = tuple(known)
    if isinstance(word, str) and word in known:
        return word
    close = get_close_matches(word, known, 1, 0.6) if isinstance(word, str) else []
    shown = f"'{word}'" if isinstance(word, str) and len(word) <= 60 else shown_value(word)
    listed = f"one of {', '.join(known)}" + (f", {otherwise}" if otherwise else "")
    hint = f"did you mean '{close[0]}'?" if close else listed
    raise ArgumentError(f"unknown {kind} {shown}", hint=hint)


def known_text(value: object, what: str, usage: str) -> str:
    """Return a value that is a text; raises ArgumentError, which says what it should be."""
    if not isinstance(value, str):
        raise ArgumentError(f"{what} is a text, not {type(value).__name__}", hint=f"write {usage}")
    return value


def known_names(value: object, what: str, usage: str) -> tuple[str, ...]:
    """Return the names that a name or a list of different names has; raises ArgumentError for anything else."""
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)) or not all(isinstance(name, str) for name in found):
        raise ArgumentError(f"{what} is a name or a list of names, not {type(value).__name__}", hint=f"write {usage}")
    if not found or len(set(found)) < len(found):
        raise ArgumentError(f"{what} is a list of different names", hint=f"write {usage}")
    return tuple(found)


def known_width(value: object) -> int | None:
    """Return a width in characters, None for no end; raises ArgumentError for anything else."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ArgumentError(f"the width {shown_value(value)} is no number of characters", hint="write width=100")
    return value


def refuse_no_flag(**values: object) -> None:
    """Raise ArgumentError for the first argument that is neither True nor False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            raise ArgumentError(f"{name} is {shown_value(value)}", hint=f"write {name}=True")
