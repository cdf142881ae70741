"""The order of factors and of summed indices, which like terms share."""

from __future__ import annotations

from collections.abc import Mapping

from ..algebra.constructors import transpose
from ..algebra.expressions import is_array, key_of
from .terms import Factor, Letter, Moved, Term, base

_ROUNDS = 4


def ordered(term: Term, fixed: Mapping[Letter, str]) -> tuple[tuple, Term]:
    """Return (a key that like terms share, the term in that order).

    Summed indices are told apart by the factors that they stand in, refined a few times, as in colour refinement.
    """
    colours: dict[Letter, str] = {index: f"~{index.size}" for index in term.bound}

    def colour(letter: Letter) -> str:
        if isinstance(letter, int):
            return f"{letter:09d}"
        if isinstance(letter, Moved):
            return f"{colour(letter.index)}*{letter.step}+{letter.start}"
        if letter in colours or letter in fixed:
            return colours.get(letter) or f"${fixed[letter]}"
        return "!" + ".".join(f"{place:04d}" for place in letter.place)

    factors = list(term.factors)
    for _ in range(_ROUNDS):
        factors = [_turned(factor, colour) for factor in factors]
        seen: dict[Letter, list[str]] = {index: [] for index in term.bound}
        for factor in factors:
            text = _signature(factor, colour)
            for number, letter in enumerate((*factor.rows, None, *factor.cols)):
                inner = None if letter is None else base(letter)
                if inner in seen:
                    seen[inner].append(f"{text}:{number}")
        ranks = {text: n for n, text in enumerate(sorted({"".join(sorted(found)) for found in seen.values()}))}
        colours = {i: f"~{i.size}~{ranks[''.join(sorted(seen[i]))]:04d}" for i in term.bound}
    factors = sorted((_turned(factor, colour) for factor in factors), key=lambda f: _signature(f, colour))
    numbers: dict[Letter, str] = {}
    for factor in factors:
        for letter in (*factor.rows, *factor.cols):
            if base(letter) in colours:
                numbers.setdefault(base(letter), f"~{len(numbers)}")
    colours = numbers
    key = tuple(_signature(factor, colour) for factor in factors)
    deltas = tuple((colour(left[0]), colour(right[0])) for left, right in term.deltas)
    bound = tuple(sorted(term.bound, key=lambda index: int(numbers[index][1:])))
    return (key, deltas), Term(term.coefficient, tuple(factors), term.deltas, bound)


def _signature(factor: Factor, colour) -> str:
    rows, cols = ([colour(letter) for letter in group] for group in (factor.rows, factor.cols))
    return f"{key_of(factor.node)}|{','.join(rows)}|{','.join(cols)}"


def _turned(factor: Factor, colour) -> Factor:
    """Return an entry of a symmetric matrix with the smaller index first."""
    node = factor.node
    if not is_array(node) or not node.is_square or transpose(node) is not node:
        return factor
    rows, cols = ([colour(letter) for letter in group] for group in (factor.rows, factor.cols))
    return Factor(node, factor.cols, factor.rows, factor.delta) if cols < rows else factor
