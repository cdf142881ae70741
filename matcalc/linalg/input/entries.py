"""The text of one entry of a matrix: integers, decimals, fractions, complex numbers, inf and nan.

``2``, ``-1/3``, ``0.25``, ``1e-3``, ``2+3j``, ``-i``, ``1j/3``, ``inf``, ``nan``. Decimals are exact as written.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from ...bounds import MAX_DIGITS, MAX_EXPONENT
from ...errors import ExpressionSyntaxError, LimitError

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PART = rf"(?:(?P<{{0}}n>{_NUMBER})(?P<{{0}}j>[ij])?|(?P<{{0}}unit>[ij]))(?:/(?P<{{0}}d>{_NUMBER}))?"
_REAL = re.compile(rf"[+-]?{_NUMBER}", re.ASCII)
_ENTRY = re.compile(
    rf"(?P<open>\()?(?P<as>[+-])?{_PART.format('a')}(?:(?P<bs>[+-]){_PART.format('b')})?(?(open)\))", re.ASCII
)
_SPECIAL = {"inf": math.inf, "infinity": math.inf, "nan": math.nan}
_EXPONENT = re.compile(r"[eE]([+-]?\d+)", re.ASCII)
_NAMES = re.compile(r"[A-Za-z_]", re.ASCII)


def entry_value(text: str) -> complex:
    """Return the float or complex that is nearest to an entry.

    Raises ExpressionSyntaxError for what is no number, LimitError for what float64 cannot hold; their source is
    the entry alone.
    """
    if _REAL.fullmatch(text) and len(text) < 100:
        value = float(text)
        if math.isfinite(value) and value:
            return value
    special = _SPECIAL.get(text.lower().lstrip("+-"))
    if special is not None and len(text) - len(text.lstrip("+-")) <= 1:
        return -special if text[0] == "-" else special
    real, imaginary = entry_parts(text)
    if imaginary is None:
        return _nearest(real, text)
    return complex(_nearest(real, text), _nearest(imaginary, text))


def entry_parts(text):
    """Return an entry as (real part, imaginary part) of exact Fractions; the second is None for a real entry.

    Raises what :func:`entry_value` raises, also for inf and nan, which are not exact.
    """
    _refuse_long(text)
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    parts = [_part(match, "a", text)]
    if match["bs"]:
        parts.append(_part(match, "b", text))
        if [imaginary for _, imaginary in parts].count(True) != 1:
            raise ExpressionSyntaxError(
                f"'{text}' is a sum", source=text, hint="entries are numbers: write the result; 2+3j is a complex one"
            )
    if not any(imaginary for _, imaginary in parts):
        return parts[0][0], None
    return tuple(sum((value for value, kind in parts if kind is imaginary), Fraction()) for imaginary in (False, True))


def is_exact_entry(text: str) -> bool:
    """Return whether a readable entry is a number: neither inf nor nan."""
    return text.lower().lstrip("+-") not in _SPECIAL


def _part(match: re.Match[str], name: str, text: str) -> tuple[Fraction, bool]:
    """Return one summand as (value, whether it is imaginary)."""
    value = Fraction(match[f"{name}n"] or 1)
    if match[f"{name}d"]:
        divisor = Fraction(match[f"{name}d"])
        if not divisor:
            raise ExpressionSyntaxError(f"'{text}' divides by zero", source=text, hint="inf and nan can be written")
        value /= divisor
    imaginary = bool(match[f"{name}j"] or match[f"{name}unit"])
    return (-value if match[f"{name}s"] == "-" else value), imaginary


def _refuse_long(text: str) -> None:
    exponents = _EXPONENT.findall(text)
    if len(text) > 4 * MAX_DIGITS or any(len(digits) > 6 or abs(int(digits)) > MAX_EXPONENT for digits in exponents):
        shown = text if len(text) <= 30 else f"{text[:27]}..."
        raise LimitError(
            f"'{shown}' is out of range",
            source=text[:200],
            hint=f"exponents go to {MAX_EXPONENT}, and entries have at most {4 * MAX_DIGITS} characters",
        )


def _nearest(value: Fraction, text: str) -> float:
    """Return the nearest float of a Fraction; raises LimitError where that is infinite, or 0 for a nonzero value."""
    try:
        nearest = float(value)
    except OverflowError:
        nearest = math.inf
    if math.isinf(nearest) or value and not nearest:
        size = "large" if nearest else "small"
        raise LimitError(
            f"'{text[:30]}' is too {size} for float64",
            source=text[:200],
            hint="scale the matrix, 5e-324 to 1.8e308 fit",
        )
    return nearest


def _unreadable(text: str) -> ExpressionSyntaxError:
    shown = text if len(text) <= 30 else f"{text[:27]}..."
    if text in ("+", "-", "*", "/", "**") or "*" in text or "^" in text:
        hint = "entries are numbers: no arithmetic, no space between a sign and its number"
    elif "/" in text and text.endswith(("i", "j")):
        hint = "write 1j/3 for a third of the imaginary unit"
    elif "−" in text:
        hint = "write - (the ASCII minus)"
    elif text.startswith("(") or text.endswith(")"):
        hint = "write complex numbers without spaces: 2+3j"
    elif _NAMES.match(text.lstrip("+-")):
        hint = "entries are numbers such as 2, -1/3, 0.25, 1e-3, 2+3j"
    else:
        hint = "write entries such as 2, -1/3, 0.25, 1e-3, 2+3j, and the decimal point as a point"
    return ExpressionSyntaxError(f"'{shown}' is not a number", source=text[:200], hint=hint)
