"""The conventions for the derivative by a variable of declared structure, by the formulas of ``rules/facts.toml``."""

from __future__ import annotations

from sympy import Expr

from ..algebra.books import standard_book
from ..algebra.build import build
from ..algebra.expressions import Array, ArraySymbol
from ..algebra.products import matmul
from ..errors import ArgumentError, NoRuleError
from ..language.syntax import names, parse_tree
from ..rulebook.facts import convention, facts, facts_with
from ..words import STRUCTURES
from .identify import jacobian


def within_structure(
    change: Array, variable: Array, declared: frozenset[str], structure: str, is_first: bool = True
) -> Array:
    """Return the gradient for a variable of declared structure from that with free entries (Matrix Cookbook 2.8).

    *projected* and *parametrized* are symmetric linear maps: what they make of a direction is how the variable moves
    for it. ``is_first``: whether no other derivative was taken before. Raises NoRuleError for a structure that has no
    formula, or none but for gradients.
    """
    text = _formula(declared, structure)
    if text is not None and not is_first:
        _refuse_curved(text)
    return change if text is None else _applied(text, change, variable)


def structured_jacobian(value: Array, variable: Array, declared: frozenset[str], structure: str) -> Array:
    """Return the Jacobian by vec(X) of a variable of declared structure; raises NoRuleError as above."""
    text = _formula(declared, structure)
    if text is None:
        return value
    _refuse_curved(text)
    free = ArraySymbol("G", *variable.shape, frozenset())
    return matmul(value, jacobian(_applied(text, free, variable), free, standard_book()))


def _refuse_curved(text: str) -> None:
    """Raise for a formula that depends on the point: along a curved set there is a gradient, and nothing beyond it."""
    if "X" in names(parse_tree(text)):
        raise NoRuleError(
            "the derivative along this structure is a gradient, and there is none of an array or of second order",
            hint='use structure="free", or the first derivative of a scalar',
        )


def _applied(text: str, change: Expr, variable: Array) -> Array:
    env = {"G": change, "X": variable, "n": variable.rows}
    return build(parse_tree(text), env, standard_book())


def _formula(declared: frozenset[str], structure: str) -> str | None:
    """Return the formula of a convention for declared facts, None where entries vary freely."""
    if structure not in STRUCTURES:
        raise ArgumentError(f"unknown structure convention '{structure}'", hint="one of free, projected, parametrized")
    if structure == "free":
        return None
    kind = convention(declared)
    text = getattr(facts()[kind], structure) if kind else ""
    tied = sorted(declared & facts_with(tied=True))
    if not text and tied:
        raise NoRuleError(
            f"the '{structure}' derivative by a variable declared {' and '.join(tied)} has no form in the language",
            hint='use structure="free", or declare one structure alone',
        )
    return text or None
