r"""Left-hand sides: \frac{\partial f}{\partial x} = 2 A x says what 2 A x is, and only 2 A x is read."""

from __future__ import annotations

from .names import is_name

_PUNCTUATION = frozenset({".", ",", ";", "\\\\"})
_DERIVATIVES = frozenset({"\\partial", "\\nabla"})
_FRACTIONS = frozenset({"\\frac", "\\tfrac", "\\dfrac"})
# f, df, df/dx, d/dx; x stands for any name, and the brackets after it are left out
_FORMS = frozenset({"x", "d", "dx", "dx/dx", "d/dx"})
_LONGEST = 200


def right_side(tokens):
    """Return the tokens after a left-hand side such as \\nabla_x f(x) =, and without a full stop at the end.

    Where what stands on the left of the first '=' is not clearly the name of a function or of a derivative, all
    tokens stay, for the error that the '=' makes.
    """
    end = len(tokens)
    while end and tokens[end - 1].text in _PUNCTUATION:
        end -= 1
    place = _first_equals(tokens[:_LONGEST])
    start = place + 1 if place is not None and _names_a_function(tokens[:place]) else 0
    return tokens[start:end]


def _first_equals(tokens):
    depth = 0
    for index, token in enumerate(tokens):
        if token.kind in ("open", "group"):
            depth += 1
        elif token.kind in ("close", "end group"):
            depth -= 1
        elif token.text == "=" and depth == 0:
            return index
    return None


def _names_a_function(tokens):
    """Return whether tokens are f, f(x), \\nabla f, \\frac{\\partial f}{\\partial x}, df/dx and the like."""
    outer = _outside_brackets(tokens)
    if not outer:
        return False
    derivative = any(token.text in _DERIVATIVES for token in tokens) or _is_quotient_of_differentials(tokens)
    if derivative:
        # a transposed derivative is another matrix: its right-hand side is not the derivative
        return outer[-1].text not in ("^", "'", "T", "\\top")
    shown = "".join("x" if is_name(token) and token.text != "d" else token.text for token in outer)
    return shown in _FORMS


def _is_quotient_of_differentials(tokens):
    """Return whether tokens begin as \\frac{df}{dx} or \\frac{\\mathrm d}{\\mathrm d x}."""
    return len(tokens) > 2 and tokens[0].text in _FRACTIONS and tokens[1].kind == "group" and tokens[2].text == "d"


def _outside_brackets(tokens):
    """Return the tokens outside brackets and subscripts."""
    found, depth, is_subscript = [], 0, False
    for token in tokens:
        if token.kind in ("open", "group"):
            depth += 1
        elif token.kind in ("close", "end group"):
            depth -= 1
        elif depth == 0 and token.text != "_" and not is_subscript:
            found.append(token)
        is_subscript = depth == 0 and token.text == "_"
    return found
