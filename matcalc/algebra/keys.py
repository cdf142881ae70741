"""Keys by which expressions are ordered: what the names are changed to, in the same order, does not change the order.

A digest of all that stands in an expression would be as quick to compare, and would order terms by chance: the sign
that is taken out of a difference would depend on what its names are. Here digests tell expressions apart, and their
form and the order of their names decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import total_ordering
from hashlib import blake2b
from typing import Any

from sympy import S

NAMES_COMPARED = 12  # at once; where so many agree, the parts are compared
_BESIDE_NAMES = "\uffff"


@total_ordering
class Key:
    """A key: what is nested less deeply comes first, then the names decide, then the operations from the outside in.

    ``exact`` is a digest of the whole expression, so that a comparison looks into one part on each level at most.
    """

    __slots__ = ("_exact", "parts", "rank")

    def __init__(self, rank: tuple[int, tuple[str, ...], str], exact: str = "", parts: Sequence[Key] = ()) -> None:
        self.rank, self._exact, self.parts = rank, exact, parts

    @property
    def exact(self) -> str:
        """The digest, made when it is first asked for: most expressions differ in their form already."""
        stack = [] if self._exact else [self]
        while stack:
            key = stack[-1]
            missing = [] if key._exact else [part for part in key.parts if not part._exact]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if not key._exact:
                text = "\0".join([key.rank[2], *[part._exact for part in key.parts]])
                key._exact = f"~{blake2b(text.encode(), digest_size=12).hexdigest()}"
        return self._exact

    @classmethod
    def of_name(cls, kind: str, name: str, *facts: str) -> Key:
        """Return the key of a name; sizes, and names with a space, which are matcalc's own, come after all others."""
        label = " ".join((kind, *sorted(facts)))
        return cls((0, (_BESIDE_NAMES + name if " " in name or kind == "size" else name,), label), f"{name} {label}")

    @classmethod
    def of_atom(cls, text: str) -> Key:
        """Return the key of what has no names in it, as a number."""
        return cls((0, (), text), text)

    @classmethod
    def of(cls, label: str, parts: Sequence[Key]) -> Key:
        """Return the key of an operation, which the label tells from others, on its parts."""
        height = max([part.rank[0] for part in parts], default=0)
        names: tuple[str, ...] = ()
        for part in parts:
            names += part.rank[1]
            if len(names) >= NAMES_COMPARED:
                break
        return cls((height + 1, names[:NAMES_COMPARED], label), parts=parts)

    def __eq__(self, other: object) -> bool:
        key = _key_in(other)
        return isinstance(key, Key) and (self is key or self.rank == key.rank and self.exact == key.exact)

    def __hash__(self) -> int:
        return hash(self.exact)

    def __lt__(self, other: Key | tuple) -> bool:
        one, two = self, _key_in(other)
        if one.rank != two.rank:
            return one.rank < two.rank
        while one is not two and one.exact != two.exact:
            first, second = (one.rank, len(one.parts)), (two.rank, len(two.parts))
            if first != second:
                return first < second
            one, two = next(pair for pair in zip(one.parts, two.parts) if pair[0].exact != pair[1].exact)
        return False

    def __str__(self) -> str:
        """A text that tells expressions apart, and orders them as the keys do where the ranks differ."""
        height, names, label = self.rank
        return "\0".join((f"{height:06d}", *names, "", label, self.exact))


def in_order(keys: list[Key]) -> list[Key]:
    """Return keys from the smallest on; their ranks, which mostly decide, are compared without a call of Python."""
    return keys if len(keys) < 2 else [key for _, key in sorted(zip([key.rank for key in keys], keys))]


def sort_key(kind: tuple, key: Key) -> tuple:
    """Return the key by which SymPy sorts a leaf of its expressions; ``kind`` is that of its class."""
    return kind, (1, (key,)), S.One.sort_key(), S.One


def _key_in(other: Any) -> Any:
    """Return the key in a sort key: SymPy compares the sort key of a power's base with the key of a leaf."""
    return other[1][1][0] if isinstance(other, tuple) else other
