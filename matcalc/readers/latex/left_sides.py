r"""Left-hand sides: \frac{\partial f}{\partial x} = 2 A x says what 2 A x is, and only 2 A x is read."""

from __future__ import annotations

from .names import is_name
from .tokens import LatexToken

EQUALS = frozenset({"=", "\\leftarrow", "\\gets", "\\coloneqq", "\\triangleq", "\\equiv", "\\doteq", "\\coloneq"})
EQUALS |= frozenset("≜≔≡")
_DERIVATIVES = frozenset({"\\partial", "\\nabla"})
_FRACTIONS = frozenset({"\\frac", "\\tfrac", "\\dfrac"})
# f, df, df/dx, d/dx; x stands for any name, and the brackets after it are left out
_FORMS = frozenset({"x", "d", "dx", "dx/dx", "d/dx"})
_LOGARITHMS = frozenset({"\\log", "\\ln", "log", "ln"})
_LOSSES = frozenset("MSE SSE RSS MAE NLL KL ELBO RMSE loss Loss cost Cost err obj".split())


def is_derivative(tokens: list[LatexToken]) -> bool:
    """Return whether tokens are \\nabla f, \\frac{\\partial f}{\\partial x}, \\frac{df}{dx} and the like."""
    return any(token.text in _DERIVATIVES for token in tokens) or _is_quotient_of_differentials(tokens)


def names_a_function(tokens: list[LatexToken]) -> bool:
    """Return whether tokens are f, f(x), \\nabla f, \\frac{\\partial f}{\\partial x}, df/dx and the like."""
    outer = _outside_brackets(tokens)
    if not outer:
        return False
    if is_derivative(tokens):
        # a transposed derivative is another matrix: its right-hand side is not the derivative
        return outer[-1].text not in ("^", "'", "T", "\\top")
    if "".join(token.text for token in outer) in _LOSSES:
        return True
    if outer[0].text == "-":
        outer = outer[1:]
    if outer and outer[0].text in _LOGARITHMS:
        outer = outer[1:]
    shown = "".join("x" if is_name(token) and token.text != "d" else token.text for token in outer)
    return shown in _FORMS


def _is_quotient_of_differentials(tokens: list[LatexToken]) -> bool:
    r"""Return whether tokens begin as \frac{df}{dx} or \frac{\mathrm d}{\mathrm d x}."""
    return len(tokens) > 2 and tokens[0].text in _FRACTIONS and tokens[1].kind == "group" and tokens[2].text == "d"


def _outside_brackets(tokens: list[LatexToken]) -> list[LatexToken]:
    """Return the tokens outside brackets and subscripts, and without superscripts that are indices."""
    found, depth, is_script = [], 0, False
    for index, token in enumerate(tokens):
        begins_script = depth == 0 and (token.text == "_" or token.text == "^" and _is_index(tokens[index + 1 :][:2]))
        if token.kind in ("open", "group"):
            depth += 1
        elif token.kind in ("close", "end group"):
            depth -= 1
        elif depth == 0 and not begins_script and not is_script:
            found.append(token)
        is_script = begins_script
    return found


def _is_index(script: list[LatexToken]) -> bool:
    """Return whether a superscript is that of x^{(1)}, x^{k+1} or x^k, and not a power or a transpose."""
    inner = script[-1] if script and script[0].kind == "group" else script[0] if script else None
    return inner is not None and (inner.kind == "open" or inner.kind == "letter" and inner.text.islower())
