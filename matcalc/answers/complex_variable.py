"""Which complex name is differentiated by, and where complex names are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..calculus.differentiate import choose_variable
from ..complexes.names import conjugate_name
from ..errors import ArgumentError, NoRuleError
from ..language.nodes import conjugated
from ..language.syntax import Name, parse_tree
from ..rulebook.facts import is_complex

if TYPE_CHECKING:
    from ..shapes.elaborate import Elaborated


def refuse_complex(elaborated: Elaborated) -> None:
    """Raise NoRuleError for an expression in complex names, where a question is answered for real ones alone."""
    if elaborated.twin is None:
        return
    found = [name for name in elaborated.shapes if is_complex(elaborated.facts.get(name, frozenset()))]
    declared = f"{', '.join(found)} {'is' if len(found) == 1 else 'are'} declared complex"
    what = declared if found else "1j is no real number"
    hint = "of complex names there are derivatives, with their values, checks and formats: matcalc diff"
    raise NoRuleError(f"this is answered for real names alone, and {what}", source=elaborated.text, hint=hint)


def complex_variable(elaborated: Elaborated, wrt: str | None) -> str:
    """Return the name that is differentiated by, z or conj(z); without ``wrt`` the complex one where there is one.

    Raises UnknownNameError and ArgumentError for what is no such name.
    """
    declared = [name for name in elaborated.shapes if is_complex(elaborated.facts.get(name, frozenset()))]
    if wrt is None:
        columns = [name for name in declared if elaborated.shapes[name][1] == 1]
        candidates = columns if len(columns) == 1 else declared
        return candidates[0] if len(candidates) == 1 else choose_variable(elaborated)
    if wrt in elaborated.shapes or str(wrt).isidentifier():
        return choose_variable(elaborated, wrt)
    inner = conjugated(parse_tree(wrt))
    if not isinstance(inner, Name):
        raise ArgumentError(f"'{wrt}' is no name and no conjugate of one", hint='write wrt="z" or wrt="conj(z)"')
    name = choose_variable(elaborated, inner.id)
    return conjugate_name(name) if name in declared else name
