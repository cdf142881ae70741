r"""Superscripts and subscripts: transposes, inverses, powers."""

from __future__ import annotations

from fractions import Fraction

from ...errors import Span
from ...language.syntax import Binary, Call, Name, Number, Transpose, conjugate
from ..open_products.forms import EULER_POWER, FITTING_ONES, POWER
from .frames import GROUP, SINGLE, FrameParser, LatexFrame

_TRANSPOSED = {("\\top",), ("T",), ("\\intercal",), ("'",), ("\\prime",), ("tr",), ("\\mathsf", "T"), ("\\T",)}
_INVERSE_TRANSPOSED = {
    ("-", "\\top"),
    ("-", "T"),
    ("-", "1", "\\top"),
    ("-", "1", "T"),
    ("\\top", "-", "1"),
    ("T", "-", "1"),
    ("-", "\\intercal"),
    ("-", "\\T"),
}
_ADJOINT = {("\\dagger",), ("H",), ("\\mathsf", "H"), ("\\mathrm", "H"), ("\\H",)}
# the conjugate of a complex name; of a real one it is refused once the formula is read
_CONJUGATED = {("*",), ("\\ast",)}
_ADJOINT |= {(*a, *b) for one in _CONJUGATED for two in (("T",), ("\\top",)) for a, b in ((one, two), (two, one))}
_INVERSE_ADJOINT = {("-", *texts) for texts in _ADJOINT} | {("-", "1", *texts) for texts in _ADJOINT}
_INVERSE_ADJOINT |= {(*texts, "-", "1") for texts in _ADJOINT}
_ENTRYWISE = frozenset({"\\odot", "\\circ"})
_NOT_READ = {
    ("\\star",): r"write x_{\star} for a name",
}
_LONGEST_SCRIPT = 12
_LONGEST_SUBSCRIPT = 40


class ScriptParser(FrameParser):
    """Reads what stands raised or lowered after an operand."""

    def texts(self, start, end):
        """Return the texts of the first few tokens of a script, without braces."""
        return tuple(
            token.text
            for token in self.tokens[start : min(end, start + _LONGEST_SCRIPT)]
            if token.kind not in ("group", "end group")
        )

    def superscript(self, sign):
        """Take what follows '^': a transpose, an inverse, a power."""
        self.repeat(sign)
        start, end, after = self.script(sign)
        first, texts = self.tokens[start] if start < end else None, self.texts(start, end)
        operand = self.frame.operands[-1]
        span = Span(operand.span.start, self.tokens[after - 1].span.end)
        if texts in _TRANSPOSED and not (texts == ("T",) and "T" in self.names.known):
            self.replace_operand(self.transposed(operand, span), after)
        elif texts in _INVERSE_TRANSPOSED:
            inverse = Binary(POWER, operand, Number(Fraction(-1), span), span)
            self.replace_operand(Transpose(inverse, span), after)
        elif texts in _ADJOINT | _INVERSE_ADJOINT and not (texts[-1] == "H" and "H" in self.names.known):
            inner = operand if texts in _ADJOINT else Binary(POWER, operand, Number(Fraction(-1), span), span)
            self.replace_operand(Transpose(conjugate(inner, span), span), after)
        elif texts in _CONJUGATED:
            self.replace_operand(conjugate(operand, span), after)
        elif texts == ("+",):
            self.replace_operand(Call("pinv", (operand,), (), span), after)
        elif texts in _NOT_READ and texts[0] not in self.names.known:
            self.fail(f"'^{texts[0]}' is not read", Span(sign.span.start, span.end), _NOT_READ[texts])
        elif first is None:
            self.fail("nothing stands after '^'", sign.span, "write the exponent in braces")
        else:
            self.power(sign, operand, start, end, first)

    def power(self, sign, operand, start, end, first):
        """Begin the exponent; what it makes of the operand follows when it is complete."""
        if first.text == "(" and end - start <= 3 and start + 1 < end:
            self.fail("a superscript in parentheses is an index", first.span, "give each of them a name of its own")
        build = self.raised
        if first.text in _ENTRYWISE and end - start > 1:
            build = lambda base, exponent, span: Binary("**", base, exponent, span)  # noqa: E731
        elif isinstance(operand, Name) and operand.id == "e" and "e" not in self.names.known:
            build = lambda base, exponent, span: Call(EULER_POWER, (exponent,), (), span)  # noqa: E731
        group = self.tokens[self.index].kind == "group"
        if not group and (first.kind in ("open", "bar", "sign")):
            self.fail("this exponent needs braces", first.span, f"write ^{{{first.text}…}}")
        self.frame.operands.pop()

        def done(exponent, end_of_exponent):
            return build(operand, exponent, Span(operand.span.start, end_of_exponent))

        token = self.tokens[self.index] if group else sign
        self.index = start + (build is not self.raised and first.text in _ENTRYWISE) if group else start
        self.open_frame(LatexFrame(kind=GROUP if group else SINGLE, token=token, done=done))

    def raised(self, base, exponent, span):
        """Return a power, of a scalar or of a matrix."""
        return Binary(POWER, base, exponent, span)

    def transposed(self, operand, span):
        """Return the transpose; that of the number 1 is a row of ones."""
        if isinstance(operand, Number) and operand.value == 1:
            operand = Call(FITTING_ONES, (), (), operand.span)
        return Transpose(operand, span)

    def replace_operand(self, tree, after):
        """Let a tree stand for the last operand; the reading goes on at ``after``."""
        self.frame.operands[-1] = tree
        self.index = after

    def subscript_after(self, ahead):
        """Return the tokens of a subscript that follows, and where it ends; a superscript may stand between.

        ``ahead`` is the index of the token after the operand. Returns (None, end) where there is no subscript.
        """
        place = ahead
        if self._is_sign(place, "^"):
            place = self._after_script(place)
        if not self._is_sign(place, "_"):
            return None, self.tokens[ahead - 1].span.end
        kept, self.index = self.index, place + 1
        start, end, after = self.script(self.tokens[place])
        if end - start > _LONGEST_SUBSCRIPT:
            self.fail("this subscript is not read", self.tokens[start].span, "write a number or a word")
        self.index = kept
        self.skips[place] = after
        return self.tokens[start:end], self.tokens[after - 1].span.end

    def _is_sign(self, place, sign):
        return place < len(self.tokens) and self.tokens[place].text == sign

    def _after_script(self, place):
        following = place + 1
        if following < len(self.tokens) and self.tokens[following].kind == "group":
            return self.partner[following] + 1
        return following + 1
