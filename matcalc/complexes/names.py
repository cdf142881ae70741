"""The names of complex values and of their conjugates, as symbols of real algebra."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, S

from ..algebra.complexes import complex_symbol
from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, ArraySymbol, is_array
from ..algebra.products import matrix_power
from ..language.nodes import CONJUGATE, plain_name
from ..rulebook.facts import facts_with, hermitian, implied, implying, is_complex


def conjugate_name(name: str) -> str:
    """Return the name that stands for the conjugate of a complex one: what the language writes for it."""
    return f"{CONJUGATE}({name})"


def facts_of_symbol(words: frozenset[str]) -> frozenset[str]:
    """Return what is known of a complex name and of its conjugate, as two names in real algebra.

    Nothing of it may be true of real arrays alone: pd says here that there is an inverse.
    """
    kept = words - implying("hermitian", "unitary", "psd") - {"complex"}
    invertible = {"invertible"} & implied(words)
    return kept | invertible | {"complex"}


def symbol_of_complex(name: str, shape: tuple[Expr, Expr], words: frozenset[str]) -> Expr:
    """Return the symbol of a complex name of declared facts."""
    return complex_symbol(name) if shape == (ONE, ONE) else ArraySymbol(name, *shape, facts_of_symbol(words))


def complex_names(symbols: Mapping[str, Expr], facts: Mapping[str, frozenset[str]]) -> dict[str, Expr]:
    """Return what the names of conjugates stand for: of a hermitian H its transpose, of a unitary U inv(U).T."""
    return {
        conjugate_name(name): _conjugate(name, symbol, facts[name])
        for name, symbol in symbols.items()
        if is_complex(facts.get(name, frozenset()))
    }


def _conjugate(name: str, symbol: Expr, words: frozenset[str]) -> Expr:
    if hermitian(words):
        return transpose(symbol)
    if is_array(symbol) and words & implying("unitary"):
        return transpose(matrix_power(symbol, S.NegativeOne))
    return free_conjugate(name, symbol)


def free_conjugate(name: str, symbol: Expr) -> Expr:
    """Return the conjugate of a complex name as a name that is independent of it, with the facts of its symbol."""
    shape = symbol.shape if is_array(symbol) else (ONE, ONE)
    return symbol_of_complex(conjugate_name(name), shape, getattr(symbol, "facts", frozenset()))


def freed(name: str, symbols: Mapping[str, Expr], words: frozenset[str]) -> dict[str, Expr]:
    """Return what z and conj(z) stand for where the entries of ``name``, one of the two, vary freely.

    They are independent of one another, but for a hermitian name, where each is the other's transpose.
    """
    plain = plain_name(name)
    symbol = symbols[plain]
    if is_array(symbol):
        symbol = ArraySymbol(name, symbol.rows, symbol.cols, facts_of_symbol(words) - facts_with(tied=True))
    other = plain if name != plain else conjugate_name(plain)
    if hermitian(words):
        return {name: symbol, other: transpose(symbol)}
    if name != plain and not is_array(symbol):
        symbol = symbols[name]
    pair = {name: symbol}
    if other == plain:
        free = symbols[plain]
        pair[other] = free if not is_array(free) else ArraySymbol(plain, symbol.rows, symbol.cols, symbol.facts)
    else:
        pair[other] = free_conjugate(plain, symbol)
    return pair
