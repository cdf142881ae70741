r"""Operands in LaTeX: numbers, names, brackets and bars, fractions and roots, functions with their arguments."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction

from ...errors import MatcalcError, Span
from ...language.syntax import (
    Binary,
    Call,
    Name,
    Number,
    String,
    children,
    conjugate,
    parse_tree,
    postorder,
    substituted,
    with_children,
)
from ..open_products.forms import BARS, FITTING_EYE, FITTING_ONES, FRACTION
from .arranged import ARRANGED
from .constants import ConstantParser
from .frames import BRACKET, GROUP, SINGLE, LatexFrame
from .functions import CALLED_LETTERS, DELIMITED, FRACTIONS, INVERSES, OVER_MORE, REFUSED
from .labels import label_within, refused_label
from .limits import letter
from .names import GREEK_COMMANDS, is_name
from .tokens import LatexToken

_ONES_STYLES = ("bold", "blackboard")
_FUNCTION_LETTERS = frozenset({"f", "g", "h", "\\phi", "\\varphi", "\\psi"})
_LONGEST_ROOT = 4

# 2 k and n m are products of sizes
_SPACE_OF_PRODUCT = re.compile(r"(?<=[\w)])\s+(?=[A-Za-z(])|(?<=\d)(?=[A-Za-z])")


class OperandParser(ConstantParser):
    """Reads whatever an operand begins with; ``names`` and ``functions`` say what words mean."""

    def operand(self, token):
        """Take one token where an operand must begin."""
        if token.kind == "number":
            self.digits(token)
        elif self.is_sum(token):
            self.sum(token)
        elif self.is_keyword(token):
            self.index += 1
            self.frame.keyword = token.text
        elif token.kind == "word" and token.text not in self.names.known and self.functions.name(token.text):
            self.function(token, self.functions.name(token.text))
        elif is_name(token):
            self.name(token)
        elif token.kind == "command":
            self.command(token)
        elif token.kind == "string":
            self.push(String(token.text, token.span))
        elif token.kind == "group":
            self.group(token)
        elif token.kind in ("open", "bar"):
            self.arranged(token) if token.text in ARRANGED else self.bracket(token)
        elif token.text in ("-", "+"):
            self.sign(token)
        else:
            self.no_operand(token)

    def no_operand(self, token):
        """Take the end of a matrix after the sign that ends a row; raise for what else begins no operand."""
        if token.kind == "close" and self.ends_after_row(token):
            return self.finish_matrix(token)
        if token.kind == "close" and not any(frame.kind == BRACKET for frame in self.frames):
            self.fail(f"'{token.text}' is never opened", token.span, "remove it")
        if token.kind == "sign" and token.text not in "=,^_'*/":
            shown = token.text if token.text.isprintable() else f"U+{ord(token.text):04X}"
            self.fail(f"'{shown}' is not read in a formula", token.span, "remove it")
        self.missing_operand(token.span)

    # -- numbers ------------------------------------------------------------------------------------

    def digits(self, token):
        """Take a number; with a subscript, or in bold, 1 and 0 are columns of ones and zeros."""
        if self.frame.kind == SINGLE and len(token.text) > 1 and token.text[0] != ".":
            middle = token.span.start + 1
            self.index -= 1
            self.tokens[self.index] = replace(token, text=token.text[1:], span=Span(middle, token.span.end))
            token = replace(token, text=token.text[0], span=Span(token.span.start, middle))
        value = self.number(token)
        following = self.peek()
        if value.value == 1 and (token.style in _ONES_STYLES or following and following.text == "_"):
            if self.indicator(token):
                return
        if value.value in (0, 1) and following is not None and following.text == "_":
            self.push(self.filled(token, "ones" if value.value else "zeros"))
        elif token.style in _ONES_STYLES and value.value == 1:
            self.push(Call(FITTING_ONES, (), (), token.span))
        else:
            self.refuse_exponent_mark(token, following)
            self.push(value)

    def filled(self, token, name):
        sizes, end = self.size_subscript()
        if len(sizes) > 2:
            self.fail("there are rows and columns only", token.span, r"write \mathbf{1}_{n \times m}")
        return Call(name, tuple(sizes), (), Span(token.span.start, end))

    def size_subscript(self):
        lowered, end = self.subscript_after(self.index)
        return self.names.sizes(lowered, Span(self.tokens[self.index].span.start, end)), end

    def refuse_exponent_mark(self, token, following):
        """Refuse 1e-3, which mathematics reads as 1 e - 3."""
        if following is None or following.text not in ("e", "E") or following.span.start != token.span.end:
            return
        after = self.peek(1)
        if (
            after is not None
            and after.span.start == following.span.end
            and (after.kind == "number" or after.text == "-")
        ):
            self.fail("1e-3 is not a number in LaTeX", Span(token.span.start, after.span.end), "write 10^{-3}")

    # -- names --------------------------------------------------------------------------------------

    def name(self, token):
        """Take a name with its subscript: a variable, the identity, a unit column, the name of a function."""
        self.refuse_expectation(token)
        if token.style == "blackboard" and token.text != "I":
            self.fail(f"\\mathbb{{{token.text}}} is not read", token.span, "write the formula in vectors and matrices")
        if token.text == "I" and "I" not in self.names.known and not token.accent and self.indicator(token):
            return None
        lowered, end = self.subscript_after(self.index)
        if self.is_sized_unit(token, lowered):
            return self.push(self.unit(token, lowered, Span(token.span.start, end)))
        if lowered and (label := label_within(lowered)) is not None:
            used = {one for one in map(letter, self.tokens) if one}
            self.fail(*refused_label(self.text, token, lowered, label, used))
        places = self.places(token, lowered)
        if places is not None:
            return self.push(self.entry(self.base(token, end), token, places, Span(token.span.start, end)))
        if lowered is None:
            return self.push(counted) if (counted := self.counted(token)) else self.bare_name(token)
        span = Span(token.span.start, end)
        constant = self.constant(token, lowered, span)
        if constant is not None:
            return self.push(constant)
        place = self.skips.get(self.index, self.index)
        literal = "".join(part.text.lstrip("\\") for part in lowered)
        function = self.functions.subscripted.get((token.text, literal))
        if function and self.is_called(place):
            return self.function(token, function)
        slotted = self.functions.slotted.get(token.text)
        if slotted and token.text not in self.names.known and self.has_arguments(place):
            return self.function(token, slotted[0], (slotted[1], self.names.sizes(lowered, span)[0]))
        parts = self.names.subscript(lowered, span)
        return self.push(Name(self.names.find(token, parts, end), span))

    def refuse_expectation(self, token):
        """Refuse E[...], which depends on a distribution; an index below, and a matrix E that is declared, are read."""
        following = self.peek()
        bracketed = following is not None and following.text == "[" and "E" not in self.names.known
        if token.text == "E" and not token.accent and (token.style == "blackboard" or bracketed):
            hint = 'matcalc expect "(y - w.T@x)**2" --dist "x ~ (m, S)" takes expectations'
            self.fail("an expectation is not a formula of the names alone", token.span, hint)

    def bare_name(self, token):
        if token.text == "I" and "I" not in self.names.known and not token.accent:
            return self.push(Call(FITTING_EYE, (), (), token.span))
        called = self.is_called(self.index) or token.style == "operator"
        plain = GREEK_COMMANDS.get(token.text, (token.text,))[0]
        if not called and CALLED_LETTERS.get(plain) in INVERSES:
            called = self.is_inverse_called(token)
        if called and plain not in self.names.known and not token.accent:
            if self.functions.is_declared(plain):
                return self.function(token, plain)
            if plain in CALLED_LETTERS:
                return self.function(token, CALLED_LETTERS[plain])
            apart = token.style != "operator" and self.peek().spaced and self.text[token.span.start] != "\\"
            if not apart and (token.text in _FUNCTION_LETTERS or token.kind == "word"):
                self.unknown_function(token)
        return self.push(Name(self.names.find(token, (), token.span.end), token.span))

    def is_inverse_called(self, token: LatexToken) -> bool:
        r"""Return whether \Phi^{-1}(x) is an inverse function: where every \Phi of a text is called; else a matrix."""

        def called(place: int) -> bool:
            after = self.after_inverse(place)
            return self.is_called(place if after is None else after)

        if token.text not in self.called_everywhere:
            places = [place for place, other in enumerate(self.tokens) if other.text == token.text]
            self.called_everywhere[token.text] = all(called(place + 1) for place in places)
        return self.called_everywhere[token.text]

    # -- commands -----------------------------------------------------------------------------------

    def command(self, token):
        """Take a command that is no letter: a fraction, a root, a function."""
        if token.text in FRACTIONS:
            return self.fraction(token)
        if token.text == "\\sqrt":
            return self.root(token)
        if token.text in DELIMITED:
            return self.delimited(token)
        if token.text in OVER_MORE:
            return self.argument(token, lambda inside, end: conjugate(inside, Span(token.span.start, end)))
        if token.text in REFUSED:
            self.fail(f"'{token.text}' is not read", token.span, REFUSED[token.text])
        name = self.functions.command(token.text) or ("vec" if token.text == "\\vec" else None)
        if name is None:
            known = [*GREEK_COMMANDS, *FRACTIONS, *self.functions.known_commands(), "\\sqrt", "\\odot", "\\otimes"]
            close = get_close_matches(token.text, known, 1, 0.7)
            hint = f"did you mean {close[0]}?" if close else r"write \operatorname{…} for a function"
            self.fail(f"unknown command '{token.text[:30]}'", token.span, hint)
        return self.function(token, name)

    def fraction(self, token):
        def above(numerator, _end):
            def below(denominator, end):
                return Binary(FRACTION, numerator, denominator, Span(token.span.start, end))

            self.argument(token, below)

        self.argument(token, above)

    def root(self, token):
        degree = self.degree()

        def done(inside, end):
            span = Span(token.span.start, end)
            if degree is None:
                return Call("sqrt", (inside,), (), span)
            return Binary("**", inside, Number(Fraction(1, degree), span), span)

        self.argument(token, done)

    def degree(self):
        """Return the whole number in \\sqrt[3]{x}, None without one."""
        opening = self.peek()
        if opening is None or opening.text != "[":
            return None
        number, closing = self.peek(1), self.peek(2)
        right = (
            closing is not None and closing.text == "]" and number.text.isdigit() and len(number.text) < _LONGEST_ROOT
        )
        if not right or int(number.text) == 0:
            self.fail("the degree of a root is a whole number", opening.span, r"write \sqrt[3]{x}, or x^{1/k}")
        self.index += 3
        return int(number.text)

    def delimited(self, token):
        """Take \\norm{x} and \\abs{x}, which packages define."""

        def done(inside, end):
            closing = LatexToken("close", "", Span(end - 1, end))
            if DELIMITED[token.text] == "|":
                return Call(BARS, (inside,), (), Span(token.span.start, end))
            return self.norm(inside, token, closing)

        self.argument(token, done)

    # -- brackets -----------------------------------------------------------------------------------

    def group(self, token):
        following = self.peek()
        if following is not None and following.kind == "end group" and self.frame.kind != SINGLE:
            self.index += 1
            return
        self.open_frame(LatexFrame(kind=GROUP, token=token))

    def bracket(self, token):
        """Open a bracket, or bars; || stands for the bars of a norm."""
        if self.frame.kind == SINGLE and not (token.kind == "bar" and self.text[self.frame.token.span.start] == "√"):
            self.fail("this argument needs braces", token.span, f"write {{{token.text}…}}")
        following = self.peek()
        doubled = token.text == "|" and self.is_doubled(token, following)
        if doubled:
            self.index += 1
            token = LatexToken("bar", "‖", Span(token.span.start, following.span.end))
        function = "inner product" if token.text == "⟨" else None
        self.open_frame(
            LatexFrame(kind=BRACKET, token=token, function=function, doubled=doubled, done=self.bracketed(token))
        )

    def entry_of_bracket(self, token):
        r"""Take the subscript of brackets: \left[x\right]_{i}, [X]_{1:3,:}, whose places count from 0."""
        start, end, after = self.script(token)
        places = self.text[self.tokens[start].span.start : self.tokens[end - 1].span.end] if end > start else ""
        self.entry_at(places, token, after)

    def entry_at(self, places, token, after):
        """Take subscripts, which are written as in the language, after an operand; the reading goes on at ``after``."""
        operand = self.frame.operands[-1]
        try:
            read = parse_tree(f"x[{_SPACE_OF_PRODUCT.sub('*', places)}]")
        except MatcalcError:
            hint = r"write [x]_{i}, [X]_{i,j} or [X]_{1:3,:}, counted from 0"
            self.fail("only a name has a subscript", token.span, hint)
        span = Span(operand.span.start, self.tokens[after - 1].span.end)
        made = {}
        for node in postorder(read):
            parts = [made[id(child)] for child in children(node)]
            made[id(node)] = replace(with_children(node, parts) if parts else node, span=span)
        self.replace_operand(substituted(made[id(read)], {"x": operand}), after)

    @staticmethod
    def is_doubled(token, following):
        """Return whether two bars touch each other."""
        return (
            token.kind == "bar"
            and following is not None
            and following.kind == "bar"
            and following.text == "|"
            and following.span.start == token.span.end
        )

    def bracketed(self, opening):
        """Return what makes an operand of the arguments between brackets."""

        def done(frame, closing):
            span = Span(opening.span.start, closing.span.end)
            if opening.text == "⟨":
                if len(frame.args) != 2:
                    self.fail("an inner product has two arguments", span, r"write \langle a, b\rangle")
                return self.inner_product(*frame.args, span)
            (inside,) = frame.args
            if opening.text in "([" and self.is_positive_part():
                return Call("relu", (inside,), (), span)
            if opening.text == "|" and not self.is_norm_below():
                return Call(BARS, (inside,), (), span)
            if opening.text in "|‖":
                return self.norm(inside, opening, closing)
            return replace(inside, span=span)

        return done
