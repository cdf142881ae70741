"""What can be declared of a name, as data: ``rules/facts.toml`` says what each fact implies and how it is recognised.

Whoever asks whether something is known of a name asks here for what the declared words imply, so that a new fact is one
table of that file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Any

from ..errors import RuleFileError
from ..language.syntax import Binary, Call, Name, Negate, Number, parse_tree, postorder
from .files import rules_folder


@dataclass(frozen=True)
class Fact:
    """One word that can be declared; the fields are explained in ``rules/facts.toml``.

    ``implies`` has all that follows, the word itself included; ``bounds`` and ``scales`` are those of all of it.
    """

    name: str
    also: tuple[str, ...] = ()
    implies: frozenset[str] = frozenset()
    excludes: tuple[str, ...] = ()
    square: bool = False
    tied: bool = False
    convention: str = ""
    conditions: frozenset[str] = frozenset()
    convex: bool = True
    scales: bool = True
    bounds: tuple[float, float] = (-inf, inf)
    hollow: bool = False
    equal: str = ""
    zero: str = ""
    entries: str = ""
    projected: str = ""
    parametrized: str = ""


@lru_cache(maxsize=1)
def facts() -> dict[str, Fact]:
    """Return all facts by name, in the order of the file. Raises RuleFileError where a table is not understood."""
    tables = tomllib.loads((rules_folder() / "facts.toml").read_text(encoding="utf-8"))
    fields = set(Fact.__dataclass_fields__) - {"name"}
    for name, table in tables.items():
        unknown = [*(table.keys() - fields), *(w for w in table.get("implies", ()) if w not in tables)]
        if unknown:
            raise RuleFileError(f"facts.toml: {name}: unknown '{unknown[0]}'", hint=f"one of {', '.join(fields)}")
    return {name: _fact(name, tables) for name in tables}


def _fact(name: str, tables: dict) -> Fact:
    implied, stack = set(), [name]
    while stack:
        word = stack.pop()
        if word not in implied:
            implied.add(word)
            stack.extend(tables[word].get("implies", ()))
    lists = {key: tuple(value) for key, value in tables[name].items() if isinstance(value, list)}
    conditions = frozenset(text for word in implied for text in tables[word].get("conditions", ()))
    ends = [tables[word].get("bounds", (-inf, inf)) for word in implied]
    lists["bounds"] = (max(low for low, _ in ends), min(high for _, high in ends))
    scales = all(tables[word].get("scales", True) for word in implied)
    given = {**tables[name], **lists, "implies": frozenset(implied), "conditions": conditions, "scales": scales}
    return Fact(name, **given)


@lru_cache(maxsize=1)
def synonyms() -> dict[str, str]:
    """Return the other words for facts."""
    return {word: fact.name for fact in facts().values() for word in fact.also}


@lru_cache(maxsize=4096)
def implied(words: frozenset[str]) -> frozenset[str]:
    """Return all facts that follow from declared words, these included; other words stay as they are."""
    known = facts()
    return words.union(*[known[word].implies for word in words if word in known])


@lru_cache(maxsize=256)
def implying(*words: str) -> frozenset[str]:
    """Return the facts from which one of some facts follows, these included."""
    return frozenset(name for name, fact in facts().items() if fact.implies & set(words))


@lru_cache(maxsize=64)
def ensuring(condition: str) -> frozenset[str]:
    """Return the facts under which a condition of the rule book holds."""
    return frozenset(name for name, fact in facts().items() if condition in fact.conditions)


@lru_cache(maxsize=4096)
def is_complex(words: frozenset[str]) -> bool:
    """Return whether declared facts say that a name is complex."""
    return bool(words & implying("complex"))


def hermitian(words: frozenset[str]) -> bool:
    """Return whether a name is hermitian by declared facts; of a complex one pd and psd say so, too."""
    return bool(words & implying("hermitian")) or is_complex(words) and bool(words & implying("psd"))


def facts_with(**fields: object) -> frozenset[str]:
    """Return the facts with these fields, such as ``facts_with(square=True)``."""
    return frozenset(n for n, fact in facts().items() if all(getattr(fact, key) == v for key, v in fields.items()))


@lru_cache(maxsize=16)
def within(low: float, high: float) -> frozenset[str]:
    """Return the facts under which no entry is below ``low`` or above ``high``."""
    return frozenset(n for n, fact in facts().items() if low <= fact.bounds[0] and fact.bounds[1] <= high)


def of_one_sign() -> frozenset[str]:
    """Return the facts under which entries of both signs do not occur."""
    return within(0, inf) | within(-inf, 0)


@lru_cache(maxsize=1)
def hollow() -> frozenset[str]:
    """Return the facts of square matrices with zeros, which are neither positive nor negative beside the diagonal."""
    return frozenset(name for name, fact in facts().items() if fact.zero or fact.hollow)


@lru_cache(maxsize=256)
def free_entries(words: frozenset[str]) -> Fact | None:
    """Return the strictest of some facts that say which entries are free, None where none does."""
    known = [fact for fact in facts().values() if fact.entries and fact.name in words]
    return next((fact for fact in known if all(other.name in fact.implies for other in known)), None)


def convention(words: Iterable[str]) -> str:
    """Return the fact that says the derivative by a variable with declared facts, empty where there is none.

    It is the strictest of those that have formulas: one from which all others of them follow.
    """
    known = facts()
    declared = [known[word] for word in implied(frozenset(words)) if word in known]
    if any(fact.tied and not fact.convention for fact in declared):
        return ""
    kinds = {fact.convention for fact in declared} - {""}
    strictest = next((kind for kind in sorted(kinds) if kinds <= known[kind].implies), "")
    return strictest or next((name for name in known if _is_all(name, kinds)), "")


def _is_all(name: str, kinds: set[str]) -> bool:
    """Return whether a fact is that of several together, as symmetric-toeplitz and, of two triangles, diagonal."""
    fact = facts()[name]
    together = len(kinds) > 1 and kinds <= fact.implies and fact.convention == name
    curved = {"X" in facts()[kind].projected for kind in kinds}
    return together and ("X" in fact.projected) is any(curved) and pattern(_SAMPLE, [name]) == pattern(_SAMPLE, kinds)


# matrices of this size tell patterns apart
_SAMPLE = 5


# -- linear sets of matrices ------------------------------------------------------------------------------------------


def is_pattern(word: str) -> bool:
    """Whether a fact is one about which entries are equal and which are 0."""
    fact = facts().get(word)
    return fact is not None and bool(fact.equal or fact.zero)


def pattern(n: int, words: Iterable[str]) -> list[list[int]]:
    """Return for each place (row, column) of an n×n matrix a number, equal where its entries are, and -1 for those 0.

    ``words``: facts, of which those that are patterns count, together with what they imply.
    """
    return [list(row) for row in _pattern(n, frozenset(words))]


@lru_cache(maxsize=512)
def _pattern(n: int, words: frozenset) -> tuple[tuple[int, ...], ...]:
    known = [facts()[word] for word in implied(words) if is_pattern(word)]
    group = list(range(n * n))

    def leader(place: int) -> int:
        while group[place] != place:
            group[place] = place = group[group[place]]
        return place

    places, zeros = [(i, j) for i in range(n) for j in range(n)], set()
    for fact in known:
        seen: dict[int, int] = {}
        for i, j in places:
            if fact.equal:
                first = seen.setdefault(_value(fact.equal, i, j, n), i * n + j)
                group[leader(i * n + j)] = leader(first)
            if fact.zero and _value(fact.zero, i, j, n) > 0:
                zeros.add(i * n + j)
    dead = {leader(place) for place in zeros}
    return tuple(
        tuple(-1 if leader(i * n + j) in dead else leader(i * n + j) for j in range(n)) for i in range(n)
    )


_FUNCTIONS: dict[str, Callable] = {"min": min, "max": max, "abs": abs, "mod": lambda a, b: a % b}


def _value(text: str, i: int, j: int, n: int) -> int:
    """Return the whole number that an expression in i, j and n stands for."""
    made: dict[int, int] = {}
    tree = _tree(text)
    for node in postorder(tree):
        made[id(node)] = _of_node(node, made, {"i": i, "j": j, "n": n})
    return made[id(tree)]


_tree = lru_cache(maxsize=64)(parse_tree)


def _of_node(node: Any, made: dict[int, int], env: dict[str, int]) -> int:
    if isinstance(node, Number):
        return int(node.value)
    if isinstance(node, Name):
        return env[node.id]
    if isinstance(node, Negate):
        return -made[id(node.operand)]
    if isinstance(node, Call):
        return _FUNCTIONS[node.function](*[made[id(arg)] for arg in node.args])
    if isinstance(node, Binary) and node.op in "+-*":
        left, right = made[id(node.left)], made[id(node.right)]
        return {"+": left + right, "-": left - right, "*": left * right}[node.op]
    raise RuleFileError("facts.toml: equal and zero have whole numbers, + - *, min, max, abs and mod alone")
