"""Sizes that a signature has as factors only: the rows r*k of a partial trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Mul, cancel, expand

from ..errors import ShapeError
from .constants import shape_of

if TYPE_CHECKING:
    from ..rulebook.entries import Rule


def bind_factors(rule: Rule, args: tuple[Expr, ...], env: dict[str, Expr]) -> None:
    """Add the sizes that a signature has as factors only, the r of r*k; raises ShapeError where k does not divide."""
    for parameter, arg in zip(rule.params, args):
        for text, size in zip(parameter.sizes, shape_of(arg)) if parameter.kind == "array" else ():
            names = text.split("*") if "*" in text else []
            known = Mul(*[env[name] for name in names if name in env])
            for name in names:
                if name not in env:
                    env[name], known = cancel(size / known), size
            if names and expand(known - size) != 0 or any(env[name].as_numer_denom()[1] != 1 for name in names):
                raise ShapeError(f"{rule.name} takes {parameter.name} of {','.join(parameter.sizes)}")
