"""What makes equal expressions identical, so that comparing and hashing them never walks a tree."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from sympy import Basic, Expr, Symbol

from ..budget import spend
from .keys import Key
from .registry import LATEX_PRINTERS, PRINTERS, REBUILDERS

_interned = weakref.WeakValueDictionary()
_interning = threading.RLock()


class Interned:
    """Identity for equality; the key for SymPy's ordering. Shared by arrays and scalar leaves."""

    key: Key
    transposes: int
    # whether a complex name, or its conjugate, occurs in it: then nothing is known of the sign of a square
    of_complex = False

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    # without a call of Python: nodes are looked up in dictionaries, and their operands read, more than anything else
    __hash__ = object.__hash__
    args = Basic._args  # type: ignore[attr-defined]

    def _hashable_content(self) -> tuple[Key]:
        return (self.key,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict) -> Self:
        return self

    @property
    def func(self) -> Callable:
        return partial(REBUILDERS[-1], self)

    def _sympystr(self, printer: Any = None) -> str:
        return PRINTERS[-1](self)

    __repr__ = __str__ = _sympystr

    def _latex(self, printer: object = None, **settings: object) -> str:
        return LATEX_PRINTERS[-1](self)

    def _pretty(self, printer: Any) -> Any:
        return printer._print(Symbol(str(self)))


def intern(cls: Any, identity: tuple, fill: Callable) -> Expr:
    """Return the one object of ``cls`` with this identity, made by ``fill`` where there is none yet.

    The key holds no node, only the address of each: a node lives as long as those that it is made of refer to it, and
    they would never be let go if the table's keys held them.
    """
    spend()
    full = (cls, *[(id(part),) if isinstance(part, Interned) else part for part in identity])
    reference = _interned.data.get(full)  # type: ignore[attr-defined]
    found = None if reference is None else reference()
    if found is not None:
        return found
    with _interning:
        found = _interned.get(full)
        if found is None:
            found = object.__new__(cls)
            found._assumptions = cls.default_assumptions
            fill(found)
            _interned[full] = found
        return found
