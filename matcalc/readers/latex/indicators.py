r"""Indicator functions: \mathbb{1}\{x > 0\}, \mathbf{1}_{x > 0} and I(x > 0) are the comparison, 1 where it holds."""

from __future__ import annotations

from ...language.syntax import Call, Number
from .sums import SumParser

_OPENING, _CLOSING = ("open", "group"), ("close", "end group")
_GREATER, _STEP = "greater", "heaviside"
# the tokens in which a comparison is looked for
_LONGEST = 200


class IndicatorParser(SumParser):
    """Tells a one, or an I, before a comparison from a column of ones, or the identity."""

    # what opened the brackets of the last indicator
    _indicated = None

    def indicator(self, token):
        """Take the sign of an indicator: what follows is its value; return whether a comparison follows."""
        if self._is_comparison(self.index):
            self._indicated = self.tokens[self.index]
            return True
        following = self.peek()
        if following is None or following.text != "_" or not self._is_comparison(self.index + 1):
            return False
        self.index += 1
        self.argument(token, None)
        self.frame.compares = True
        return True

    def comparison(self, name):
        r"""Return what makes a comparison of its two sides; \mathbf{1}\{x > 0\} is the step function of x."""
        braces = self.frame.token is self._indicated and "{" in self._indicated.text if self._indicated else False

        def made(left, right, span):
            if braces and name == _GREATER and isinstance(right, Number) and right.value == 0:
                return Call(_STEP, (left,), (), span)
            return Call(name, (left, right), (), span)

        return made

    def _is_comparison(self, place):
        """Return whether the brackets or braces that begin at a place hold a sign of comparison."""
        depth = 0
        for token in self.tokens[place : place + _LONGEST]:
            depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
            if depth <= 0:
                return False
            if token.text.replace("eq", "e") in self.functions.relations:
                return True
        return False
