"""Formulas in the notation of MATLAB and matrixcalculus.org: 2*A'*(A*x - b), sum((x - y).^2), A\\b.

Operator precedence is MATLAB's: transposes and powers from the left, then signs, then products, then sums. Products,
quotients and powers of matrices stay open until the shapes are known (:mod:`open_forms`).
"""

from __future__ import annotations

from dataclasses import replace

from ...bounds import MAX_TOKENS
from ...errors import ExpressionSyntaxError, LimitError, MatcalcError, Span
from ...language.nodes import length
from ...language.subscripts import Range, step_of
from ...language.syntax import Binary, Call, Name, String, Transpose, substituted
from ..open_products.forms import FITTING_EYE, LEFT_QUOTIENT, POWER, PRODUCT, QUOTIENT
from ..shared.blocks import bracketed
from ..shared.names import Names
from ..shared.stack import NEGATE, Frame, Operator, StackParser
from .brackets import END, has_end, is_fixed, subscripted
from .functions import EMPTY, MatlabCalls
from .statements import statements, without_anonymous, without_comments
from .tokens import matlab_tokens

_SUM, _PRODUCT, _SIGN, _POWER, _SIGNED_EXPONENT = 1, 3, 5, 7, 9
_NAMES = {
    "+": "+",
    "-": "-",
    "*": PRODUCT,
    "/": QUOTIENT,
    "\\": LEFT_QUOTIENT,
    "@": "@",
    ".*": "*",
    "./": "/",
    ".\\": "/",
    "^": POWER,
    ".^": "**",
}
_LEVELS = {"+": _SUM, "-": _SUM, "^": _POWER, ".^": _POWER}


def read_matlab(text, book, known=frozenset(), complexes=frozenset()):
    """Return the surface tree of a formula, its products open; a left-hand side such as df/dx = is left out.

    Of several statements the last is the formula, and those before it say what names in it stand for. ``known``: names
    that are variables, ``complexes`` those that are complex: with them a prime conjugates. Raises
    ExpressionSyntaxError, UnknownNameError, UnknownFunctionError or LimitError, each with the text and a span.
    """
    plain = without_comments(without_anonymous(text))
    found = statements(plain)
    if not found:
        StackParser(text, []).fail("the formula is empty", Span(0, max(1, len(text))), "write one, such as x'*A*x")
    names, defined = set(known) | {name for name, _, _ in found[:-1] if name}, {}
    try:
        for name, start, end in found:
            tokens = matlab_tokens(plain, start, end)
            if not tokens:
                raise _nothing_defined(text, Span(start - 1, start))
            tree = substituted(_MatlabParser(plain, tokens, book, names, complexes).parse(), defined)
            if name is None and (start, end) != found[-1][1:]:
                raise _no_definition(text, Span(start, end))
            defined[name] = tree
            if length(tree) > MAX_TOKENS:
                raise _too_long(text, Span(start, end))
    except MatcalcError as error:
        error.source = text if error.source == plain else error.source
        raise
    return tree


def _nothing_defined(text, span):
    message = "a formula is missing behind '='"
    return ExpressionSyntaxError(message, source=text, span=span, hint="write one")


def _too_long(text, span):
    message = f"with what its names stand for the formula has more than {MAX_TOKENS} words and signs"
    hint = "write it in the language, where a part that has a name is read once"
    return LimitError(message, source=text, span=span, hint=hint)


def _no_definition(text, span):
    hint = "give each formula on its own, or a name, as in r = A*x - b; r'*r"
    return ExpressionSyntaxError("this statement defines nothing", source=text, span=span, hint=hint)


class _MatlabParser(StackParser):
    def __init__(self, text, tokens, book, known, complexes):
        super().__init__(text, tokens)
        self.starts = []
        self.names = Names(text, known)
        variables = {
            token.text
            for token, after in zip(tokens, [*tokens[1:], None])
            if token.kind == "name" and (after is None or after.text != "(")
        }
        self.calls = MatlabCalls(text, book, (variables - {"eye"}) | set(known), bool(complexes))

    def parse(self):
        """Return the tree of all tokens."""
        operand_next = True
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            self.index += 1
            operand_next = self.operand(token) if operand_next else self.operator(token)
        if len(self.frames) > 1:
            opening = self.frame.opening[1]
            closing = "]" if opening.text == "[" else ")"
            self.fail(f"'{opening.text}' is never closed", opening.span, f"add '{closing}' at the end")
        if operand_next:
            self.missing_operand(self.tokens[-1].span)
        return self.frame.finish()

    # -- where an operand is expected ---------------------------------------------------------------

    def operand(self, token):
        """Take one token where an operand may begin; return whether one is still expected."""
        if token.kind == "number":
            self.frame.operands.append(self.number(token))
            return False
        if token.kind == "imaginary":
            self.frame.operands.append(self.imaginary(token))
            return False
        if token.kind == "string":
            self.frame.operands.append(String(token.text, token.span))
            return False
        if token.kind == "name":
            return self.name(token)
        if token.text in ("-", "+"):
            return self.sign(token)
        if token.text == "(":
            self.open(Frame((None, token, [])), token.span)
            return True
        if token.text == "[":
            self.open(Frame((None, token, [[]])), token.span)
            return True
        if token.text == ":" and self.frame.is_empty and self.in_call():
            return self.whole_range(token)
        if token.text == ":":
            self.fail("a range stands outside of subscripts", token.span, "write X(:) for vec(X), A(1, :) for a row")
        if token.text in (";", "]") and self.in_list() and self.frame.is_empty and self.frame.opening[2] != [[]]:
            return self.end_row(token) if token.text == ";" else self.close_list(token, False)
        if token.text == ")":
            return self.close_empty(token)
        return self.empty_list(token)

    def sign(self, token):
        self.repeat(token)
        if token.text == "-":
            operators = self.frame.operators
            after_power = operators and operators[-1].name in (POWER, "**", NEGATE) and operators[-1].right > _POWER
            power = _SIGNED_EXPONENT if after_power else _SIGN
            operators.append(Operator(NEGATE, power, power, token.span))
        return True

    def name(self, token):
        following = self.peek()
        if following is not None and following.text == "(":
            self.index += 1
            if self.is_colon():
                return self.vec(token)
            self.open(Frame((token, following, [])), following.span)
            return True
        if token.text == "eye" and "eye" not in self.names.known:
            self.frame.operands.append(Call(FITTING_EYE, (), (), token.span))
        elif token.text == END and self.in_call():
            self.frame.operands.append(Name(END, token.span))
        elif token.text.lower() == "inf":
            self.frame.operands.append(Name("inf", token.span))
        else:
            self.frame.operands.append(self.variable(token))
        return False

    def variable(self, token):
        name = self.names.plain(token.text, token.span)
        return Name(self.names.use(name, token.text, token.span), token.span)

    def is_colon(self):
        """Return whether the two tokens to come are those of x(:), and the bracket has been taken."""
        return self.peek(1) is not None and self.peek().text == ":" and self.peek(1).text == ")"

    def vec(self, token):
        closing = self.peek(1)
        self.index += 2
        if self.calls.is_function(token.text) and token.text not in self.calls.names:
            self.fail(f"{token.text} is a function; its argument is missing", token.span, "write X(:) for vec(X)")
        operand = self.variable(token)
        self.frame.operands.append(Call("vec", (operand,), (), Span(token.span.start, closing.span.end)))
        return False

    # -- where an operator is expected --------------------------------------------------------------

    def operator(self, token):
        """Take one token after an operand; return whether an operand is expected next."""
        if token.kind == "prime":
            self.repeat(token)
            self.frame.reduce(_POWER)
            operand = self.frame.operands.pop()
            span = Span(operand.span.start, token.span.end)
            inner = operand if token.text.startswith(".") else self.calls.conjugated(operand, span)
            self.frame.operands.append(Transpose(inner, span))
            return False
        if self.in_list() and self.begins_part(token):
            self.argument()
            return self.operand(token)
        if token.text in _NAMES:
            self.binary(token)
            return True
        if token.text == ")" and not self.in_list():
            return self.close(token)
        if token.text == "]" and self.in_list():
            return self.close_list(token)
        if token.text in (",", ";") and self.in_list():
            self.argument()
            return True if token.text == "," else self.end_row(token)
        if token.text == ":" and self.in_call():
            return self.range_from(token)
        if token.text == "," and len(self.frames) > 1 and self.frame.opening[0] is not None:
            self.argument()
            return True
        self.no_operator(token)

    def binary(self, token):
        following = self.peek()
        if token.text == "*" and following is not None and following.text == "*":
            self.fail("'**' is not an operator of MATLAB", Span(token.span.start, following.span.end), "write ^ or .^")
        level = _LEVELS.get(token.text, _PRODUCT)
        if level == _POWER:
            self.repeat(token)
            if self.frame.operators and self.frame.operators[-1].right == _SIGNED_EXPONENT:
                self.fail("a power after a signed exponent", token.span, "write parentheses: 2^(-(x^2)) or (2^-x)^2")
        else:
            self.repeats = 0
        build = _divided_from_the_left if token.text == ".\\" else None
        self.frame.push(Operator(_NAMES[token.text], level, level + 1, token.span, build))

    def no_operator(self, token):
        if token.text == ",":
            self.fail("',' stands outside the arguments of a function", token.span, "write one formula")
        if token.text == ":":
            self.fail("a range stands outside of subscripts", token.span, "write X(:) for vec(X), A(1, :) for a row")
        if token.text in (";", "]"):
            hint = "leave out what follows ';'" if token.text == ";" else "remove it"
            self.fail("only one formula is read" if token.text == ";" else "']' has no '['", token.span, hint)
        if token.text == "(":
            self.fail("missing operator before '('", token.span, "write * for a product; only names have subscripts")
        shown = self.text[token.span.start : token.span.end][:20]
        before = self.tokens[self.index - 2]
        left = self.text[before.span.start : before.span.end][-20:]
        self.fail(f"missing operator before '{shown}'", token.span, f"write {left}*{shown}")

    def missing_operand(self, span):
        frame = self.frame
        if frame.operators:
            last = frame.operators[-1]
            shown = self.text[last.span.start : last.span.end]
            self.fail(f"an operand is missing after '{shown}'", last.span, "add one")
        if frame.opening is not None and frame.opening[0] is not None:
            self.fail(f"an argument of {frame.opening[0].text} is missing", span, "add it")
        if frame.opening is not None:
            self.fail("an expression is missing after '('", frame.opening[1].span, "write one between the parentheses")
        self.fail("an expression is missing here", span, "write one")

    # -- brackets -----------------------------------------------------------------------------------

    def in_list(self):
        """Whether the innermost bracket is a square one."""
        return self.frame.opening is not None and self.frame.opening[1].text == "["

    def in_call(self):
        return self.frame.opening is not None and self.frame.opening[0] is not None

    def argument(self):
        frame = self.frame
        value = frame.finish()
        frame.operands = []
        if self.in_list():
            frame.opening[2][-1].append(value)
        elif self.starts and self.starts[-1][0] is frame:
            _, start, step = self.starts.pop()
            frame.opening[2].append(self.range_of(start, step, value))
        else:
            frame.opening[2].append(value)

    # -- lists and ranges -------------------------------------------------------------------------

    def begins_part(self, token):
        """Whether white space parts this token from the one before it as a part of a list: [a b], [a -b]."""
        before = self.tokens[self.index - 2]
        if token.span.start == before.span.end:
            return False
        if token.kind in ("number", "name", "string") or token.text in ("(", "["):
            return True
        following = self.peek()
        return token.text in ("-", "+") and following is not None and following.span.start == token.span.end

    def end_row(self, token):
        self.frame.opening[2].append([])
        return True

    def close_list(self, token, open_part=True):
        _, bracket, rows = self.frame.opening
        if open_part:
            self.argument()
        rows = [row for row in rows if row]
        self.frames.pop()
        self.repeats = 0
        span = Span(bracket.span.start, token.span.end)
        self.frame.operands.append(bracketed(rows, bracket.span, span, self.fail))
        return False

    def empty_list(self, token):
        """Take the [] of max(X, [], 2); anywhere else an operand is missing before the token."""
        if token.text != "]" or not self.in_list() or not self.calls.takes_empty(self.frames[-2]):
            self.missing_operand(token.span)
        span = Span(self.frames.pop().opening[1].span.start, token.span.end)
        self.frame.operands.append(String(EMPTY, span))
        return False

    def range_of(self, start, step, stop):
        """Return the range start:stop or start:step:stop, its bounds as MATLAB has them."""
        if step is None:
            return Range(start, stop)
        try:
            size = step_of(step)
        except ExpressionSyntaxError as error:
            self.fail(error.message, step.span, "write x(1:2:end) for every second entry, x(end:-1:1) to reverse")
        if not isinstance(size, int):
            self.fail("the step of a range is a whole number", step.span, "write it as a number: x(1:2:end)")
        if size < 0 and stop is not None and not is_fixed(stop):
            self.fail("the end of a range that goes back is a number", stop.span, "write x(end:-1:1)")
        return Range(start, stop, size)

    def whole_range(self, token):
        """Take the colon of A(:, 1), which is an argument of its own."""
        following = self.peek()
        if following is None or following.text not in (",", ")"):
            self.fail("a range without its beginning", token.span, "write x(1:3)")
        self.index += 1
        self.frame.opening[2].append(Range(None, None))
        return True if following.text == "," else self.close(following, empty=True)

    def range_from(self, token):
        """Take the colon after the first bound of a range; a second one is a step."""
        value = self.frame.finish()
        self.frame.operands = []
        if not self.starts or self.starts[-1][0] is not self.frame:
            self.starts.append((self.frame, value, None))
            return True
        _, start, step = self.starts.pop()
        if step is not None:
            self.fail("a range has two bounds and a step at most", token.span, "write x(1:2:9)")
        self.starts.append((self.frame, start, value))
        return True

    def close_empty(self, token):
        """Take ')' where an operand is expected: eye() has no argument, all else needs one."""
        frame = self.frame
        if frame.opening is None:
            self.fail("')' has no '('", token.span, "remove it")
        function, _, args = frame.opening
        if function is None or args or not frame.is_empty:
            self.missing_operand(token.span)
        return self.close(token, empty=True)

    def close(self, token, empty=False):
        if len(self.frames) == 1:
            self.fail("')' has no '('", token.span, "remove it")
        self.repeats = 0
        function, bracket, args = self.frame.opening
        if function is None:
            inside = self.frame.finish()
            self.frames.pop()
            self.frame.operands.append(replace(inside, span=Span(bracket.span.start, token.span.end)))
            return False
        if not empty:
            self.argument()
        self.frames.pop()
        span = Span(function.span.start, token.span.end)
        if self.calls.is_subscript(function.text, args):
            try:
                self.frame.operands.append(subscripted(self.variable(function), args, span))
            except ExpressionSyntaxError as error:
                self.fail(error.message, error.span, error.hint)
            return False
        for arg in args:
            if isinstance(arg, Range) or has_end(arg):
                self.fail(f"{function.text} is a function, and has no entries", span, "write X(2:end, :) of a name X")
        self.frame.operands.append(self.calls.read(Call(function.text, tuple(args), (), span)))
        return False


def _divided_from_the_left(left, right, span):
    """x .\\ y is y ./ x."""
    return Binary("/", right, left, span)
