"""What a text of R or Mathematica says in the language, for a hint: such a text is not read, but it can be recognised.

x.A.x and Tr[A.X] are Mathematica's, t(x) %*% A %*% x is R's. The translation is one of texts, by their brackets;
whether it is a formula is for the language to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_R = re.compile(r"%(?:\*|o|x)%|\bcrossprod\(|\bt\([A-Za-z]")
_MATHEMATICA = re.compile(r"\b[A-Z][A-Za-z]+\[|(?<![\w.])(?!\w\.[TH]\b)[A-Za-z]\d?\.[A-Za-z]\d?(?![\w(])")
# <x, y> and x^*Ax as they are typed on paper
_INNER = re.compile(r"\s*<\s*([A-Za-z]\w*(?:\s*@\s*\w+)*)\s*,\s*([A-Za-z]\w*(?:\s*@\s*\w+)*)\s*>\s*")
_STARRED = re.compile(r"\s*([a-z])\s*\^\s*\*\s*(?:([A-Z])\s*)?([a-z])\s*")
_CALL = re.compile(r"\b([A-Za-z]\w*)([(\[])")
_CLOSING = {"(": ")", "[": "]"}
_CALLS: dict[str, Callable[[list[str]], str]] = {
    "Transpose": lambda args: f"{_operand(args[0])}.T",
    "ConjugateTranspose": lambda args: f"{_operand(args[0])}.H",
    "Inverse": lambda args: f"inv({args[0]})",
    "PseudoInverse": lambda args: f"pinv({args[0]})",
    "Tr": lambda args: f"tr({args[0]})",
    "Total": lambda args: f"sum({args[0]})",
    "Dot": lambda args: "@".join(map(_operand, args)),
    "KroneckerProduct": lambda args: f"kron({', '.join(args)})",
    "MatrixExp": lambda args: f"expm({args[0]})",
    "DiagonalMatrix": lambda args: f"diag({args[0]})",
    "IdentityMatrix": lambda args: f"eye({args[0]})",
    "D": lambda args: args[0],
    "Grad": lambda args: args[0],
    "t": lambda args: f"{_operand(args[0])}.T",
    "crossprod": lambda args: f"{_operand(args[0])}.T@{_operand(args[-1])}",
    "tcrossprod": lambda args: f"{_operand(args[0])}@{_operand(args[-1])}.T",
}
_MOST = 200


def in_the_language(text: str) -> str | None:
    """Return the text of the language that a text of R, of Mathematica or of paper seems to mean; None for others."""
    if len(text) > _MOST:
        return None
    if match := _INNER.fullmatch(text):
        left, right = match.groups()
        matrices = len(left) == len(right) == 1 and left.isupper() and right.isupper()
        return f"tr({left}.T@{right})" if matrices else f"{_operand(left)}.T@{_operand(right)}"
    if match := _STARRED.fullmatch(text):
        return "@".join([f"{match[1]}.H", *filter(None, match.groups()[1:])])
    of_r = _R.search(text) is not None
    if not of_r and not _MATHEMATICA.search(text):
        return None
    plain = re.sub(r"\s*%\*%\s*", "@", text).replace("^", "**")
    plain = re.sub(r"<-|=", "=", plain).rpartition("=")[2].strip()
    if not of_r:
        plain = re.sub(r"(?<=[\w\])])\s*\.\s*(?=[A-Za-z(])", "@", plain)
    return _called(plain, of_r)


def _called(text: str, of_r: bool) -> str | None:
    """Return a text with its calls as the language has them, the innermost last; None where brackets do not pair."""
    found, position = "", 0
    while match := _CALL.search(text, position):
        end = _end(text, match.end() - 1)
        if end is None:
            return None
        args = [_called(part.strip(), of_r) for part in _parts(text[match.end() : end])]
        if None in args or match[2] == "[" and of_r:
            return None
        name = match[1]
        of_one = name == "solve" and of_r and len(args) == 1
        make = _CALLS["Inverse"] if of_one else _CALLS.get(name)
        if make is None or name == "t" and not of_r or not args:
            lower = name.lower() if match[2] == "[" else name
            made = f"{lower}({', '.join(filter(None, args))})"
        else:
            made = make([arg for arg in args if arg is not None])
        found += text[position : match.start()] + made
        position = end + 1
    return found + text[position:]


def _end(text: str, opening: int) -> int | None:
    """Return the place of the bracket that closes the one at a place."""
    depth = 0
    for place in range(opening, len(text)):
        depth += (text[place] in "([") - (text[place] in ")]")
        if depth == 0:
            return place if text[place] == _CLOSING[text[opening]] else None
    return None


def _parts(text: str) -> list[str]:
    """Return the arguments of a call, which commas outside brackets separate."""
    found, depth = [""], 0
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return found if text.strip() else []


def _operand(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"
