r"""Which norm a subscript says: \|x\|_1, \|x\|_p^p, \|x\|_W^2, \|x\|_{\Sigma^{-1}}."""

from __future__ import annotations

from fractions import Fraction

from ...errors import Span
from ...language.syntax import Binary, Call, Name, Number, String, Transpose
from ..open_products.forms import FRACTION, GRAM, NORM_2, NORM_INF, POWER, PRODUCT
from .functions import FRACTIONS
from .names import GREEK_COMMANDS, is_name
from .scripts import ScriptParser
from .tokens import LatexToken

_FROBENIUS = [("F",), ("Fro",), ("fro",), ("HS",), ("\\ell", "2"), ("L", "2"), ("L", "_", "2"), ("\\ell", "_", "2")]
_NORMS = {
    (): lambda x, span: Call("norm", (x,), (), span),
    **dict.fromkeys([("2",), ("op",), ("spec",), ("S", "\\infty")], lambda x, span: Call(NORM_2, (x,), (), span)),
    **dict.fromkeys([("1",), ("\\ell", "_", "1"), ("L", "_", "1")], lambda x, span: Call("norm1", (x,), (), span)),
    **dict.fromkeys(
        [("\\infty",), ("\\ell", "_", "\\infty"), ("\\max",), ("max",)], lambda x, span: Call(NORM_INF, (x,), (), span)
    ),
    **dict.fromkeys(_FROBENIUS, lambda x, span: Call("norm", (x,), (), span)),
    **dict.fromkeys(
        [("*",), ("\\ast",), ("\\star",), ("nuc",), ("N",), ("tr",), ("\\operatorname", "tr"), ("S", "1")],
        lambda x, span: Call("norm", (x, String("nuc")), (), span),
    ),
}
_KINDS = r"write \|x\|_2, \|x\|_1, \|x\|_\infty, \|x\|_p, \|x\|_W, \|X\|_F or \|X\|_*"
_ORDERS = frozenset("pqrs")
_LONGEST_ORDER = 10
_LARGE = frozenset(rf"\{name}" for name in "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split())


class NormParser(ScriptParser):
    """Reads the subscripts of norms and inner products."""

    def norm(self, inside, opening, closing):
        """Return the norm of a tree, of the kind that the subscript after the bars says."""
        lowered, end = self.subscript_after(self.index)
        texts = tuple(t.text for t in lowered or () if t.kind not in ("group", "end group"))
        span = Span(opening.span.start, max(end, closing.span.end))
        if texts in _NORMS:
            return _NORMS[texts](inside, span)
        if texts == ("0",):
            hint = r"write \|x\|_1, which is its usual replacement"
            self.fail(r"\|x\|_0 counts entries, and has no derivative", span, hint)
        order = self.order(texts)
        if order is not None:
            return self.p_norm(inside, order, span)
        weight = self.weight(lowered)
        if weight is None:
            self.fail("this norm is not read", span, _KINDS)
        return self.weighted_norm(inside, weight, span)

    def is_norm_below(self):
        """Return whether a subscript that says a norm follows: that of |x|_1, where single bars stand for double."""
        before = len(self.skips)
        lowered, _ = self.subscript_after(self.index)
        if len(self.skips) > before:
            self.skips.popitem()
        texts = tuple(t.text for t in lowered or () if t.kind not in ("group", "end group"))
        return bool(texts) and (texts in _NORMS or self.order(texts) is not None)

    def is_positive_part(self):
        """Take the subscript of (x)_+, where it is one; return whether it was."""
        following = [token.text for token in self.tokens[self.index : self.index + 4]]
        length = 2 if following[:2] == ["_", "+"] else 4 if following == ["_", "{", "+", "}"] else 0
        if length:
            self.skips[self.index] = self.index + length
        return bool(length)

    # -- the order p --------------------------------------------------------------------------------

    def order(self, texts):
        """Return the order of a p-norm: a number other than 1 and 2, or a letter; None where it is none.

        A small letter other than p to s is one where it is declared; else it may be a vector of weights.
        """
        if len(texts) == 3 and (texts[0] in FRACTIONS or texts[1] == "/"):
            digits = texts[1:] if texts[0] in FRACTIONS else texts[::2]
            if all(part.isdigit() and len(part) < _LONGEST_ORDER for part in digits) and int(digits[1]):
                order = Fraction(int(digits[0]), int(digits[1]))
                return Number(order, self.tokens[self.index].span) if order >= 1 else None
        if len(texts) != 1:
            return None
        number = texts[0].replace(".", "", 1)
        if number.isdigit() and len(number) < _LONGEST_ORDER and Fraction(texts[0]) >= 1:
            return Number(Fraction(texts[0]), self.tokens[self.index].span)
        declared = len(texts[0]) == 1 and texts[0].islower() and texts[0] in self.names.known
        if texts[0] in _ORDERS or declared:
            return Name(self.names.find(LatexToken("letter", texts[0], self.tokens[self.index].span), (), 0))
        return None

    def p_norm(self, inside, order, span):
        r"""Return (sum |x|^p)^(1/p); for \|x\|_p^p the sum alone."""
        absolute = Call("abs", (inside,), (), span)
        if isinstance(order, Number) and order.value % 2 == 0:
            absolute = inside
        total = Call("sum", (Binary("**", absolute, order, span),), (), span)
        if self.raised_to() == (order.id if isinstance(order, Name) else str(order.value)):
            self.skip_power()
            return total
        if isinstance(order, Number):
            return Binary("**", total, Number(1 / order.value, span), span)
        return Binary("**", total, Binary(FRACTION, Number(Fraction(1), span), order, span), span)

    # -- a matrix as the weight ---------------------------------------------------------------------

    def weight(self, lowered):
        """Return the tree of a matrix in the subscript: a capital letter, its inverse; None for anything else."""
        tokens = list(lowered or ())
        place = next((i for i, token in enumerate(tokens) if is_name(token)), None)
        if place is None or not (tokens[place].text[0].isupper() or tokens[place].text in _LARGE):
            return None
        if tokens[place].style in ("script", "blackboard"):
            return None
        names = [tokens[place]]
        rest = [t.text for t in tokens[place + 1 :] if t.kind not in ("group", "end group")]
        below = ()
        if rest[:1] == ["_"] and len(rest) > 1:
            below, rest = (GREEK_COMMANDS.get(rest[1], (rest[1],))[0],), rest[2:]
        if rest not in ([], ["^", "-", "1"]):
            return None
        token = names[0]
        name = Name(self.names.find(token, below, token.span.end), token.span)
        if name.id not in self.reading.assume:
            self.reading.fact(name.id, "pd")
            self.reading.note(f"{name.id} is taken as symmetric and positive definite, as its norm needs")
        return name if not rest else Binary(POWER, name, Number(Fraction(-1), token.span), token.span)

    def weighted_norm(self, inside, weight, span):
        r"""Return x^\top W x for \|x\|_W^2, and its root for \|x\|_W."""
        square = Call(GRAM, (self.weighted_product(inside, weight, inside, span),), (), span)
        if self.raised_to() == "2":
            self.skip_power()
            return square
        return Call("sqrt", (square,), (), span)

    @staticmethod
    def weighted_product(left, weight, right, span):
        """Return x^T W y."""
        return Binary(PRODUCT, Binary(PRODUCT, Transpose(left, left.span), weight, span), right, span)

    def inner_product(self, left, right, span):
        r"""Return the inner product of two arrays, with the weight that a subscript says: \langle x, y\rangle_W."""
        lowered, end = self.subscript_after(self.index)
        texts = tuple(t.text for t in lowered or () if t.kind not in ("group", "end group"))
        span = Span(span.start, max(end, span.end))
        if lowered is None or texts in ((), ("2",), *_FROBENIUS):
            return Call("dot", (left, right), (), span)
        weight = self.weight(lowered)
        if weight is None:
            self.fail("this inner product is not read", span, r"write \langle x, y\rangle, or \langle X, Y\rangle_F")
        return Call(GRAM, (self.weighted_product(left, weight, right, span),), (), span)

    # -- the power after the bars -------------------------------------------------------------------

    def power_place(self):
        """Return the place of the '^' that belongs to the bars, None without one."""
        place = self.skips.get(self.index, self.index)
        return place if place < len(self.tokens) and self.tokens[place].text == "^" else None

    def raised_to(self):
        """Return the text of the power of the bars that have been closed, None without one."""
        place = self.power_place()
        if place is None:
            return None
        kept, self.index = self.index, place + 1
        start, end, _ = self.script(self.tokens[place])
        self.index = kept
        return "".join(self.texts(start, end))

    def skip_power(self):
        """Go over the power of the bars, which has been read."""
        place = self.power_place()
        kept, self.index = self.index, place + 1
        _, _, after = self.script(self.tokens[place])
        self.index = kept
        self.skips[place] = after
