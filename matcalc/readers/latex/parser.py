r"""Formulas in LaTeX, as papers have them and as matcalc prints them: 2 A^\top (A x - b), \frac{1}{2} \|x\|_2^2.

Juxtaposition binds tightest, then \cdot, \times and /, then \odot, \oslash and \otimes, then a minus in front, then
sums. Products, quotients and powers of matrices stay open until the shapes are known (:mod:`open_forms`).
"""

from __future__ import annotations

from ...errors import Span
from ...language.relations import CONNECTIVES, FUNCTIONS, SIGNS
from ...language.syntax import Call, Name, Number
from ..open_products.forms import DOT_PRODUCT, FRACTION, PRODUCT, TIMES
from ..shared.stack import NEGATE, Operator
from .frames import BRACKET
from .functions import DELIMITED, FRACTIONS, OVER_MORE, PRODUCTS, REFUSED
from .limits import letter
from .names import is_name
from .operands import OperandParser
from .sums import SUMS
from .tokens import CLOSING

_LOGICAL, _RELATION, _SUM, _SIGN, _ENTRYWISE, _EXPLICIT, _JUXTAPOSED = range(1, 15, 2)
_LOGIC = {"\\land": "and", "\\wedge": "and", "\\lor": "or", "\\vee": "or", "and": "and", "or": "or"}
# in probability and of lattices, the smaller and the larger of two numbers
_EXTREMES = {"\\wedge": "\\min", "\\vee": "\\max"}
_LEVELS = dict.fromkeys(("dot", "product", "fraction", "@", "times", "over", "cross"), _EXPLICIT)
_OPERATORS = {"dot": DOT_PRODUCT, "product": PRODUCT, "fraction": FRACTION, "times": "*", "over": "/", "cross": TIMES}


class LatexParser(OperandParser):
    """Reads the tokens of one formula."""

    def parse(self):
        """Return the tree of all tokens."""
        if not self.tokens:
            self.fail("the formula is empty", Span(0, max(1, len(self.text))), r"write one, such as x^\top A x")
        while self.advance():
            token = self.tokens[self.index]
            self.index += 1
            if token.kind == "end group":
                self.close_group(token)
            elif self.operand_next:
                self.operand(token)
            else:
                self.operator(token)
        if self.operand_next:
            self.missing_operand(self.tokens[-1].span)
        self.finish_open()
        if len(self.frames) > 1:
            opening = self.frame.token
            shown = self.text[opening.span.start : opening.span.end]
            self.fail(f"'{shown}' is never closed", opening.span, "close it at the end")
        return self.apart(self.frame.finish())

    def advance(self):
        """Go over subscripts that have been read already; return whether a token is left."""
        while self.index in self.skips:
            self.index = self.skips[self.index]
        return self.index < len(self.tokens)

    def sign(self, token):
        """Take a sign in front of an operand."""
        self.repeat(token)
        operators = self.frame.operators
        if operators and operators[-1].left > _SIGN:
            self.fail("a sign after a sign of a product", token.span, "write parentheses: a (-b)")
        if token.text == "-":
            operators.append(Operator(NEGATE, _SIGN, _SIGN, token.span))

    # -- where an operator is expected --------------------------------------------------------------

    def operator(self, token):
        """Take one token after an operand."""
        if token.text == "^" and token.kind == "sign":
            self.superscript(token)
        elif token.text in ("'", "\\prime"):
            self.repeat(token)
            operand = self.frame.operands[-1]
            self.replace_operand(self.transposed(operand, Span(operand.span.start, token.span.end)), self.index)
        elif token.text in PRODUCTS:
            self.product(token)
        elif token.text in self.functions.between:
            self.between(token)
        elif self.is_relation(token) or self.joins_conditions(token):
            self.relation(token) if self.is_relation(token) else self.logic(token)
        elif token.text in ("+", "-"):
            self.finish_terms()
            self.binary(token.text, _SUM, token)
        elif token.kind in ("close", "cell"):
            self.close(token) if token.kind == "close" else self.cell(token)
        elif token.kind == "bar" and self.closes(token):
            self.close_bar(token)
        elif token.text == "," or self.ends_a_case(token):
            self.comma(token)
        elif token.kind == "group" and self.peek().kind == "end group":
            self.index += 1
        elif self.begins_operand(token):
            self.juxtaposed(token)
        else:
            self.no_operator(token)

    def binary(self, name, level, token, build=None):
        self.repeats = 0
        self.frame.push(Operator(name, level, level + 1, token.span, build))
        self.operand_next = True

    def product(self, token):
        self.finish_implicit()
        self.end_sums_before(self.index)
        meaning = PRODUCTS[token.text]
        level = _LEVELS.get(meaning, _ENTRYWISE)
        if meaning == "inner":
            return self.binary(
                meaning, level, token, lambda left, right, span: Call("dot", (left, right), (), span)
            )
        if meaning == "fraction" and self.is_tight_fraction(token):
            level = _JUXTAPOSED
        self.binary(_OPERATORS.get(meaning, meaning), level, token)

    def between(self, token):
        """Take a sign that a rule has between its two arguments, such as that of the Kronecker product."""
        name = self.functions.between[token.text]
        self.finish_implicit()
        self.binary(name, _ENTRYWISE, token, lambda left, right, span: Call(name, (left, right), (), span))

    def is_relation(self, token):
        """Return whether a token compares two values: within brackets, where it is no condition on a name."""
        known = token.text.replace("eq", "e") in self.functions.relations or self.equals(token)
        return known and any(frame.kind == BRACKET or frame.compares for frame in self.frames)

    def equals(self, token):
        """Return whether a token asks for equality: in the condition of a case one sign does."""
        return token.text == "==" or token.text == "=" and self.enclosing().function == "cases"

    def relation(self, token):
        """Take a sign of comparison; 0 < x < 1 is that both hold."""
        name = FUNCTIONS["=="] if self.equals(token) else self.functions.relations[token.text.replace("eq", "e")]
        self.finish_open()
        frame, build = self.frame, self.comparison(name)
        if any(operator.name in SIGNS for operator in frame.operators):
            frame.reduce(_RELATION)
            build = self.chained(name)
        self.binary(name, _RELATION, token, build)

    @staticmethod
    def chained(name):
        """Return what adds a comparison of its right side to one or more."""

        def made(left, right, span):
            last = left.args[-1] if left.function == CONNECTIVES["and"] else left
            second = Call(name, (last.args[1], right), (), Span(last.args[1].span.start, right.span.end))
            return Call(CONNECTIVES["and"], (left, second), (), span)

        return made

    def joins_conditions(self, token):
        r"""Return whether a token stands between two conditions: \land, or \text{and} in a choice by cases."""
        if token.text not in _LOGIC:
            return False
        return token.kind == "command" or token.kind in ("word", "phrase") and self.enclosing().function == "cases"

    def logic(self, token):
        """Take a sign or a word that joins two conditions."""
        self.finish_open()
        name = CONNECTIVES[_LOGIC[token.text]]

        def made(left, right, span):
            if token.text in _EXTREMES and isinstance(left, Name) and isinstance(right, Name):
                shown = ", ".join(self.text[side.span.start : side.span.end] for side in (left, right))
                hint = f"write {_EXTREMES[token.text]}({shown}), or compare each with a number"
                self.fail(f"{token.text} stands between two names, which are no conditions", token.span, hint)
            return Call(name, (left, right), (), span)

        self.binary(name, _LOGICAL, token, made)

    def is_tight_fraction(self, token):
        r"""Return whether 1/2 x is half of x; raise where 1/2x could be either.

        It is where a number stands below, or a number above and one letter below, and where brackets or bars end what
        stands below: 1/(2n) \|x\|^2. Elsewhere juxtaposition binds tighter: x^\top A x / x^\top x.
        """
        below, after = self.peek(), self.peek(1)
        left, pending = self.frame.operands[-1], self.frame.operators
        if below is not None and (below.kind in ("open", "bar") or below.text == "\\sqrt"):
            return True
        if below is None or below.kind != "number" and not is_name(below):
            return False
        more = after is not None and self.begins_operand(after)
        single = not (pending and pending[-1].left >= _JUXTAPOSED)
        tight = below.kind == "number" or isinstance(left, Number) and single
        if tight and more and is_name(after) and not after.spaced:
            self.fail("what stands below '/' is open here", token.span, r"write \frac{1}{2} x, or parentheses")
        if not tight and more and single and isinstance(left, Name):
            self.fail("what stands below '/' is open here", token.span, r"write \frac{a}{b} x, or parentheses")
        return tight

    def juxtaposed(self, token):
        """Take an operand that follows another without a sign."""
        following = self.peek()
        self.note_call(token, following)
        if token.kind == "number" and not token.style and not (following is not None and following.text == "_"):
            self.fail("a number follows an operand", token.span, r"write the number first, or \cdot before it")
        if self.is_function(token) or self.frame.one_factor:
            self.finish_implicit()
        self.end_sums_before(self.index - 1)
        self.binary(PRODUCT, _JUXTAPOSED, token)
        self.operand(token)

    def note_call(self, token, following):
        """Say that a letter in front of one name in parentheses is a factor, where it may be a function."""
        before, after = self.called_name(self.index - 2), self.after_scripts(self.index + 1)
        if token.text != "(" or before is None or before.text in ("T", "\\top") or token.spaced:
            return
        if following is not None and is_name(following) and after is not None and after.text == ")":
            shown = self.text[before.span.start : after.span.end]
            self.reading.note(f"{shown} is read as a product")

    def called_name(self, place):
        r"""Return the name that ends at a place, None for none: h of h_\theta; an entry x_i is no function."""
        start = place
        if self.tokens[place].kind == "end group":
            start = next((at for at in range(place, -1, -1) if self.partner.get(at) == place), place)
        if start < 2 or self.tokens[start - 1].text not in ("_", "^"):
            return self.tokens[place] if is_name(self.tokens[place]) else None
        base, below = self.tokens[start - 2], self.tokens[start : place + 1]
        is_entry = any(letter(token) in self.active() for token in below)
        return base if self.tokens[start - 1].text == "_" and is_name(base) and not is_entry else None

    def after_scripts(self, place):
        """Return the token behind the scripts at a place, None at the end."""
        while place + 1 < len(self.tokens) and self.tokens[place].text in ("_", "^"):
            place = self.partner.get(place + 1, place + 1) + 1
        return self.tokens[place] if place < len(self.tokens) else None

    def is_function(self, token):
        """Return whether a token begins a function, which ends the argument of one without brackets."""
        if token.kind == "word":
            return token.text not in self.names.known and self.functions.name(token.text) is not None
        return token.kind == "command" and self.functions.command(token.text) is not None

    def begins_operand(self, token):
        """Return whether an operand can begin with a token."""
        if token.kind != "command":
            return token.kind in ("number", "letter", "word", "group", "open", "bar")
        return (
            is_name(token)
            or token.text in FRACTIONS
            or token.text in DELIMITED
            or token.text in ("\\sqrt", "\\vec", *OVER_MORE)
            or token.text in SUMS
            or self.is_function(token)
        )

    def no_operator(self, token):
        """Take the index of an entry, [x]_{i} or x[i]; raise for anything else."""
        if token.kind == "places":
            return self.entry_at(token.text, token, self.index)
        if token.text == "_" and self.tokens[self.index - 2].text == "]":
            return self.entry_of_bracket(token)
        if token.text == "=":
            self.fail("'=' stands in the middle of the formula", token.span, "write only the right-hand side")
        if token.text == "_":
            self.fail("only a name has a subscript", token.span, "entries by index are not read")
        if token.text in REFUSED or token.kind == "command":
            self.command(token)
        self.no_operand(token)

    # -- the ends of brackets -----------------------------------------------------------------------

    def closes(self, token):
        """Return whether a bar closes the bars that are open."""
        frame = self.enclosing()
        if frame.kind != BRACKET or frame.token.kind == "open" and frame.token.text != token.text:
            return False
        if frame.doubled:
            return self.is_doubled(token, self.peek())
        return frame.token.text == token.text

    def close_bar(self, token):
        if self.enclosing().doubled:
            self.index += 1
        self.finish_bracket(token)

    def close(self, token):
        """Take a closing bracket."""
        frame = self.enclosing()
        if frame.kind != BRACKET:
            self.fail(f"'{token.text}' is never opened", token.span, "remove it")
        if CLOSING[frame.token.text] != token.text:
            opening = frame.token
            hint = f"close it with '{CLOSING[opening.text]}'"
            self.fail(f"'{opening.text}' is closed by '{token.text}'", token.span, hint)
        self.finish_bracket(token)

    def finish_bracket(self, token):
        self.finish_open()
        self.take_argument()
        frame = self.frames.pop()
        self.repeats = 0
        self.push(frame.done(frame, token))

    def comma(self, token):
        if self.ends_a_case(token):
            return self.finish_open()
        frame = self.enclosing()
        if frame.kind != BRACKET or frame.function is None:
            self.fail("',' stands outside the arguments of a function", token.span, "write one formula")
        self.finish_open()
        self.take_argument()
        self.operand_next = True
        return None

    def take_argument(self):
        """Add what has been read in a bracket to its arguments."""
        frame = self.frame
        value = frame.finish()
        frame.operands = []
        if frame.keyword:
            frame.keywords.append((frame.keyword, value))
            frame.keyword = ""
        else:
            frame.args.append(value)
