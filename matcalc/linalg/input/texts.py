"""What a text on the command line means: a matrix, or an expression."""

from __future__ import annotations

import re
from pathlib import Path

SUFFIXES = (".npy", ".csv", ".txt")
_NAME = re.compile(r"\w+")
_SUFFIX = re.compile(r"\.[A-Za-z]{2,5}")


def is_matrix_text(text: str) -> bool:
    """Return whether a text on the command line means a matrix: a literal, a file or '-', and no expression.

    A file is what ends like one, or an existing path that is no bare name.
    """
    text = text.strip()
    if text.startswith("[") or text == "-" or text.lower().endswith(SUFFIXES):
        return True
    if not text or _NAME.fullmatch(text) or len(text) > 1000 or "\n" in text or "\0" in text:
        return False
    try:
        return bool(_SUFFIX.fullmatch(Path(text).suffix)) and " " not in text or Path(text).exists()
    except OSError:
        return False
