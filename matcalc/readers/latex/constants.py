r"""Letters that are constants with a subscript: I_n, K_{n,m}, e_0, e_{0}^{(n)}, and beside vec and \otimes D_n, L_n."""

from __future__ import annotations

from functools import cached_property

from ...errors import Span
from ...language.syntax import Call, Tree
from ...language.unparse import unparse
from ..open_products.forms import FITTING_UNIT
from .arranged import ArrangedParser
from .limits import letter
from .names import is_name
from .tokens import LatexToken

_IDENTITY, _COMMUTATION, _UNIT = "I", "K", "e"
# as letters of matrices they are common, so that these are read where matrices are stacked to columns
_OF_STACKED = {"D": ("dup", "duplication"), "L": ("elim", "elimination")}
_STACKED = frozenset({"vec", "\\vec", "vech", "vecp", "unvec", "unvech", "unvecp", "\\otimes", "\\bigotimes"})
# indices of unit columns without their size; e_k and e_n are names, of errors and the like
_INDICES = frozenset("ij")
_LONGEST_INDEX = 10


class ConstantParser(ArrangedParser):
    """Tells the letters of constants from names."""

    def constant(self, token: LatexToken, lowered: list[LatexToken], span: Span) -> Tree | None:
        """Return the tree of a constant with a subscript, None where the letter is a variable."""
        sign = token.text
        if sign in self.names.known or token.accent:
            return None
        if sign == _IDENTITY:
            sizes = self.names.sizes(lowered, span)
            if len({unparse(size) for size in sizes}) > 1:
                self.fail("an identity matrix is square", span, "write I_n")
            return Call("eye", (sizes[0],), (), span)
        if sign == _COMMUTATION and any(part.text == "," for part in lowered):
            return Call("comm", tuple(self.names.sizes(lowered, span)), (), span)
        if sign == _UNIT:
            return self.unit(token, lowered, span)
        return self.of_stacked(token, lowered, span) if sign in _OF_STACKED else None

    def unit(self, token: LatexToken, lowered: list[LatexToken], span: Span) -> Tree | None:
        r"""Return the unit column e_0, e_i, e_{n - 1}, or e_k^{(n)} with its size; None for a name such as e_k."""
        index = "".join(part.text for part in lowered)
        if {f"e_{index}", f"e{index}"} & {*self.names.known}:
            return None
        if token.index:
            size = self.names.sizes(token.index, span)[0]
            return Call("e", (self.names.sizes(lowered, span)[0], size), (), span)
        is_number = index.isdigit() and len(index) < _LONGEST_INDEX
        moved = any(part.text in ("+", "-") for part in lowered[1:])
        if not (is_number or index in _INDICES or moved):
            return None
        return Call(FITTING_UNIT, (self.names.sizes(lowered, span)[0],), (), span)

    def is_sized_unit(self, token: LatexToken, lowered: list[LatexToken] | None) -> bool:
        r"""Return whether a letter is e_{i}^{(n)}, a unit column with its size; in a sum, too."""
        if token.text != _UNIT or token.accent or not lowered or not token.index or _UNIT in self.names.known:
            return False
        return not any(letter(part) in self.active() for part in token.index)

    def of_stacked(self, token: LatexToken, lowered: list[LatexToken], span: Span) -> Tree | None:
        """Return the duplication or the elimination matrix, None where nothing says that it is one."""
        function, called = _OF_STACKED[token.text]
        name = "".join(part.text for part in lowered)
        taken = {f"{token.text}_{name}", f"{token.text}{name}"} & {*self.names.known}
        if taken or token.style or name.isdigit() or not self.has_stacked:
            return None
        self.reading.note(f"{self.text[span.start : span.end]} is read as the {called} matrix")
        return Call(function, (self.names.sizes(lowered, span)[0],), (), span)

    @cached_property
    def has_stacked(self) -> bool:
        """Whether matrices are stacked to columns in the formula, or it has nothing but constants in it."""
        letters = {_IDENTITY, _COMMUTATION, _UNIT, "T", *_OF_STACKED}
        depth, names = 0, set()
        for before, token in zip([None, *self.tokens], self.tokens):
            depth += (token.kind == "group") - (token.kind == "end group")
            if token.text in _STACKED:
                return True
            if depth == 0 and is_name(token) and (before is None or before.text not in ("_", "^")):
                names.add(token.text)
        return names <= letters
