"""The layouts of a derivative, and the conventions for a variable of declared structure.

The only module that transposes for presentation. Derivatives come in their natural form: the gradient of
a scalar shaped like the variable, the derivative by a scalar shaped like the function, and otherwise the
Jacobian of vec by vec (Magnus & Neudecker 2019, 9.4; Wikipedia, "Matrix calculus", layout conventions).
"""

from __future__ import annotations

from sympy import Expr, S

from ..algebra.constants import commutation, eye
from ..algebra.constructors import add, diagonal, hadamard, negate, scale, transpose
from ..algebra.expressions import Array, is_array
from ..algebra.kronecker import vec
from ..algebra.products import matmul
from ..errors import ArgumentError, NoRuleError
from ..rulebook.facts import convention, facts_with
from ..words import LAYOUT_WORDS, LAYOUTS, STRUCTURES, known_word

_SYMMETRIC = frozenset({"symmetric", "pd", "psd"})


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


def structured_gradient(value: Array, facts: frozenset[str], structure: str) -> Array:
    """Return the gradient for a variable of declared structure (Matrix Cookbook 2.8).

    ``value``: p×q, the gradient with free entries. Raises NoRuleError for a structure that is no subspace.
    """
    kind = _kind(facts, structure)
    if kind is None:
        return value
    mirrored = transpose(value)
    if kind == "diagonal":
        return hadamard(eye(value.rows), value)
    if structure == "projected":
        other = mirrored if kind == "symmetric" else negate(mirrored)
        return scale(S.Half, add(value, other))
    if kind == "skew":
        return add(value, negate(mirrored))
    return add(value, mirrored, negate(hadamard(eye(value.rows), value)))


def structured_jacobian(value: Array, rows: Expr, facts: frozenset[str], structure: str) -> Array:
    """Return the Jacobian by vec(X) of a variable of declared structure; ``rows``: those of X."""
    kind = _kind(facts, structure)
    if kind is None:
        return value
    identity, mirror = eye(rows * rows), commutation(rows, rows)
    on_diagonal = diagonal(vec(eye(rows)))
    if kind == "diagonal":
        return matmul(value, on_diagonal)
    if structure == "projected":
        return scale(S.Half, matmul(value, add(identity, mirror if kind == "symmetric" else negate(mirror))))
    if kind == "skew":
        return matmul(value, add(identity, negate(mirror)))
    return matmul(value, add(identity, mirror, negate(on_diagonal)))


def _kind(facts: frozenset[str], structure: str) -> str | None:
    if structure not in STRUCTURES:
        raise ArgumentError(f"unknown structure convention '{structure}'", hint="one of free, projected, parametrized")
    if structure == "free":
        return None
    kind = convention(facts)
    if kind:
        return kind
    for word in sorted(facts):
        if word in facts_with(tied=True):
            raise NoRuleError(
                f"the '{structure}' derivative by a variable declared {word} has no form in the language",
                hint='use structure="free"; symmetric, skew and diagonal variables have the other two',
            )
    return None
