"""Names of complex values among the others: what is known of real expressions alone is not concluded of theirs.

A complex z and its conjugate are two independent names (Hjørungnes 2011, chapter 2). Identities of analytic functions
hold for them as for real names, since two analytic functions that agree at all real points agree everywhere; that
a square is not negative, or that sqrt(x**2) is abs(x), holds for real ones alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Basic, Expr, Pow, S, Symbol
from sympy.core.assumptions import StdFactKB

from ..language.nodes import IMAGINARY

# the imaginary unit: a symbol, whose powers are taken by :func:`power_of_unit`
UNIT = Symbol(IMAGINARY, complex=True)
_in_use: list[bool] = []


def complex_symbol(name: str) -> Symbol:
    """Return the symbol of a complex number."""
    _in_use[:] = [True]
    return Symbol(name, complex=True)


def let_be_complex(node: Any) -> None:
    """Mark a node as one in which a complex name occurs; SymPy takes a scalar one for a complex number then."""
    _in_use[:] = [True]
    node.of_complex = True
    known = getattr(type(node), "default_assumptions", {})
    if known.get("real"):
        for fact in known:
            setattr(node, f"is_{fact}", None)
        node.is_commutative = True
        node._assumptions = StdFactKB({"commutative": True})


def may_be_complex(args: Iterable[Basic]) -> bool:
    """Return whether a complex name occurs in one of some expressions, of arrays or scalars."""
    return bool(_in_use) and any(map(_is_of_complex, args))


def _is_of_complex(scalar: Any) -> bool:
    stack = [scalar]
    while stack:
        node = stack.pop()
        marked = getattr(node, "of_complex", None)
        if marked or marked is None and node.is_Symbol and node.is_real is None:
            return True
        if marked is None:
            stack.extend(node.args)
    return False


def power_of_unit(node: Expr) -> Expr:
    """Return i**2 as -1, and so on; any other expression as it is."""
    if not isinstance(node, Pow) or node.base is not UNIT or not node.exp.is_Integer:
        return node
    turns = int(node.exp) % 4
    value: Expr = UNIT if turns % 2 else S.One
    return -value if turns > 1 else value
