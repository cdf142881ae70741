"""What would make an answer shorter: a square matrix declared symmetric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..api import diff
from ..errors import MatcalcError

if TYPE_CHECKING:
    from ..answers.derivative import Derivative

_MOST_TRIED, _LONGEST_TRIED = 3, 200


def shorter_if_symmetric(
    derivative: Derivative, shapes: dict | None, rules: object
) -> tuple[str, Derivative] | None:
    """Return a square name and the derivative that is shorter with it declared symmetric, None where none is."""
    tried = {name: _if_symmetric(derivative, name, shapes, rules) for name in _square_names(derivative)}
    found = {name: shorter for name, shorter in tried.items() if shorter is not None}
    name = min(found, key=lambda name: found[name].length, default=None)
    return None if name is None or found[name].length >= derivative.length else (name, found[name])


def _square_names(derivative: Derivative) -> list[str]:
    """Return the first few square matrices about which nothing is declared, other than the variable."""
    if derivative.length > _LONGEST_TRIED:
        return []
    square = [name for name, shape in derivative.shapes.items() if shape and shape[0] == shape[1]]
    taken = {*derivative.by, *derivative.along, *derivative.assume}
    return [name for name in square if name not in taken][:_MOST_TRIED]


def _if_symmetric(derivative: Derivative, name: str, shapes: dict | None, rules: object) -> Derivative | None:
    """Return the derivative with the name declared symmetric, None where that has no answer."""
    names = list(dict.fromkeys(derivative.by))
    try:
        found = diff(
            derivative.text,
            names,
            derivative.layout,
            derivative.order,
            shapes,
            {**derivative.assume, name: ["symmetric"]},
            derivative.structure,
            rules,
            along=list(derivative.along) or None,
        )
        return found[0] if len(names) == 1 else found[derivative.by]
    except MatcalcError:
        return None
