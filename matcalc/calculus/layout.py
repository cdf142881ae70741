"""The layouts of a derivative.

The only module that transposes for presentation. Derivatives come in their natural form: the gradient of
a scalar shaped like the variable, the derivative by a scalar shaped like the function, and otherwise the
Jacobian of vec by vec (Magnus & Neudecker 2019, 9.4; Wikipedia, "Matrix calculus", layout conventions).
"""

from __future__ import annotations

from sympy import Expr

from ..algebra.constructors import transpose
from ..algebra.expressions import is_array
from ..words import LAYOUT_WORDS, LAYOUTS, known_word


def layout_name(layout: int | str | None) -> str:
    """Return the short name of a layout, 'denom', 'num' or 'mixed'; raises ArgumentError."""
    word = str(layout).lower().removesuffix(" layout").removesuffix("-layout")
    return LAYOUT_WORDS[word] if word in LAYOUT_WORDS else known_word("layout", layout, LAYOUTS)


def arrange(value, function, variable, layout, order):
    """Return a derivative in its natural form as the layout writes it.

    ``function`` and ``variable`` are the expressions Y and X of ∂Y/∂X. A second derivative is the same in
    every layout; so is a scalar by a scalar.
    """
    return transpose(value) if turns(function, variable, layout, order) else value


def turns(function: Expr, variable: Expr, layout: str, order: int) -> bool:
    """Return whether a layout transposes the natural form of the derivative of ``function`` by ``variable``."""
    if order == 2 and not is_array(function) and is_array(variable):
        return False
    return layout == ("denom" if is_array(function) else "num")
