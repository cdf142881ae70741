"""Pieces of generated text, each with how strongly it binds: (text, level)."""

from __future__ import annotations

SUM, PRODUCT, UNARY, POWER, ATOM = range(5)


def grouped(piece: tuple[str, int], least: int) -> str:
    """Return the text of a piece (text, level), in parentheses where it binds less than ``least``."""
    text, level = piece
    return text if level >= least else f"({text})"
