"""Whole numbers that users give to checks: how many points, and the seed that they are drawn from."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from .bounds import MAX_POINTS
from .errors import ArgumentError, LimitError

# what torch's generators and Python's take alike
_SEEDS = 2**63


def positive_count(name: str, value: Any) -> int:
    """Return a positive whole number as an int; raises ArgumentError for anything else."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < 1:
        raise ArgumentError(f"{name} is {_shown(value)}", hint="give a positive integer")
    if int(value) > MAX_POINTS:
        raise LimitError(f"{name} is {_shown(value)}, more than {MAX_POINTS:,}", hint="take fewer, from another seed")
    return int(value)


def points_text(number: int) -> str:
    """Return "1 random point", "3 random points"."""
    return "1 random point" if number == 1 else f"{number} random points"


def seed_number(value: Any) -> int:
    """Return a seed as an int; raises ArgumentError for what is no whole number of 63 bits."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not -_SEEDS <= int(value) < _SEEDS:
        raise ArgumentError(f"the seed is {_shown(value)}", hint="give a whole number below 2**63")
    return int(value)


def _shown(value: Any) -> str:
    """Return a value as a message shows it, cut where it is long; a number of many digits is not written out."""
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
