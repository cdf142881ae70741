r"""Indicator functions: \mathbb{1}\{x > 0\}, \mathbf{1}_{x > 0} and I(x > 0) are the comparison, 1 where it holds."""

from __future__ import annotations

from .sums import SumParser

_OPENING, _CLOSING = ("open", "group"), ("close", "end group")
# the tokens in which a comparison is looked for
_LONGEST = 200


class IndicatorParser(SumParser):
    """Tells a one, or an I, before a comparison from a column of ones, or the identity."""

    def indicator(self, token):
        """Take the sign of an indicator: what follows is its value; return whether a comparison follows."""
        if self._is_comparison(self.index):
            return True
        following = self.peek()
        if following is None or following.text != "_" or not self._is_comparison(self.index + 1):
            return False
        self.index += 1
        self.argument(token, None)
        self.frame.compares = True
        return True

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
