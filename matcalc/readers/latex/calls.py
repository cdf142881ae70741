r"""Functions in LaTeX with their arguments: \log|X|, \operatorname{tr}(A), \sin^2 x, \max(0, x)."""

from __future__ import annotations

from difflib import get_close_matches
from fractions import Fraction

from ...errors import Span, UnknownFunctionError
from ...language.subscripts import BLOCK, stacked
from ...language.syntax import Binary, Call, Number
from ...rulebook.foreign import advice
from ..open_products.forms import BARS, literal_number
from .frames import BRACKET, GROUP, IMPLICIT, SINGLE, LatexFrame
from .functions import INVERSES
from .names import GREEK_COMMANDS
from .norms import NormParser

_LONGEST_ARGUMENT = 1_000
# what a formula calls without saying what it is
_DECLARED = frozenset({"f", "g", "h", "\\phi", "\\varphi", "\\psi"})
_EXTREME = {"max": "maximum", "min": "minimum"}
_REDUCTIONS = frozenset({"sum", "mean", "max", "min", "prod", "norm", "norm1", "norm2", "logsumexp"})


class CallParser(NormParser):
    """Reads functions; ``names`` and ``functions`` say what words mean, ``reading`` takes notes."""

    def __init__(self, text, tokens, names, functions, reading):
        super().__init__(text, tokens)
        self.names, self.functions, self.reading = names, functions, reading
        self.called_everywhere: dict[str, bool] = {}

    def function(self, token, name, below=None):
        """Take a function and begin its argument: in brackets, in braces, or all the factors that follow.

        ``below``: the place and the tree of an argument that has been read in its subscript.
        """
        after = self.after_inverse(self.index) if name in INVERSES else None
        if after is not None:
            self.index, name = after, INVERSES[name]
        build = self.called(token, name, *self.function_scripts(token, name), below)
        following = self.peek()
        if following is None:
            self.fail(f"the argument of {token.text} is missing", token.span, "add it")
        if following.kind == "open" and following.text in ("(", "[", "\\{"):
            self.index += 1

            def done(frame, closing):
                return build(frame.args, frame.keywords, closing.span.end)

            self.open_frame(LatexFrame(kind=BRACKET, token=following, function=token, done=done))
        elif self.frame.kind == SINGLE:
            self.fail("this argument needs braces", token.span, f"write {{{token.text} …}}")
        else:
            kind = GROUP if following.kind == "group" else IMPLICIT
            self.index += kind == GROUP
            owner = following if kind == GROUP else token
            self.open_frame(LatexFrame(kind=kind, token=owner, done=lambda inside, end: build([inside], [], end)))
            self.frame.one_factor = following.text in ("|", "‖")
            if kind == IMPLICIT and name == "log":
                self.frame.done = lambda inside, end: _log_determinant(build([inside], [], end))

    def function_scripts(self, token, name):
        """Return the number below a function (an axis, the base of a logarithm) and the power that it is raised to."""
        lowered, power = None, None
        takes_number = name == "log" or self.functions.book.has_axis(name)
        if self.index in self.skips:
            self.index = self.skips[self.index]
        while self.peek() is not None and self.peek().text in ("_", "^"):
            sign = self.peek()
            self.index += 1
            start, end, after = self.script(sign)
            texts = self.texts(start, end)
            digits = "".join(texts) if len(texts) == 1 and texts[0].isdigit() and len(texts[0]) < 10 else None
            if sign.text == "^" and digits and power is None:
                power = int(digits)
            elif sign.text == "_" and digits and lowered is None and takes_number:
                lowered = int(digits)
            else:
                self.no_function_script(token, sign, texts)
            self.index = after
        return lowered, power

    def after_inverse(self, place: int) -> int | None:
        """Return the index after a superscript -1 that stands at a place, None where there is none."""
        place = self.skips.get(place, place)
        if [token.text for token in self.tokens[place : place + 2]] == ["^", "{"]:
            end = self.partner.get(place + 1)
            return end + 1 if end is not None and self.texts(place + 2, end) == ("-", "1") else None
        return None

    def no_function_script(self, token, sign, texts):
        if sign.text == "^":
            hint = r"write \left(\sin x\right)^{k}"
            if texts == ("-", "1"):
                word = token.text.removeprefix("\\")
                shown = f"\\{word}(x)" if token.text != word else rf"\operatorname{{{word}}}(x)"
                inverse = f"\\arc{word}(x), or " if self.functions.name(f"arc{word}") else ""
                hint = f"write {inverse}1/{shown}"
            self.fail("a function is raised to a positive whole number only", sign.span, hint)
        self.fail(f"this subscript of {token.text} is not read", sign.span, "leave it out")

    def called(self, token, name, lowered, power, below):
        """Return what makes a call of the arguments."""

        def build(args, keywords, end):
            span = Span(token.span.start, end)
            function, named = name, tuple(keywords)
            if name in _EXTREME and len(args) == 2:
                function = _EXTREME[name]
            elif name in _REDUCTIONS:
                args = [_absolute(arg) for arg in args]
            if lowered is not None and name != "log":
                named = (*named, ("axis", Number(Fraction(lowered), span)))
            if below is not None:
                args = [*args[: below[0]], below[1], *args[below[0] :]]
            if token.text == BLOCK:
                function = BLOCK
            call = stacked(Call(function, tuple(map(literal_number, args)), named, span))
            if name == "log" and lowered is not None:
                base = Call("log", (Number(Fraction(lowered), span),), (), span)
                call = Binary("/", call, base, span)
            return call if power is None else Binary("**", call, Number(Fraction(power), span), span)

        return build

    def has_arguments(self, place):
        """Return whether several arguments in parentheses stand at a place."""
        if not self.is_called(place):
            return False
        depth = 0
        for token in self.tokens[place : place + _LONGEST_ARGUMENT]:
            depth += (token.kind in ("open", "group")) - (token.kind in ("close", "end group"))
            if depth <= 1 and token.text == "," or depth == 0:
                return depth == 1
        return False

    def is_called(self, place):
        """Return whether a parenthesis stands at a place."""
        return place < len(self.tokens) and self.tokens[place].kind == "open" and self.tokens[place].text == "("

    def is_keyword(self, token):
        """Return whether a token is the name in axis=0, an argument of a function."""
        frame, following = self.frame, self.peek()
        return (
            token.kind == "word"
            and following is not None
            and following.text == "="
            and frame.kind == BRACKET
            and frame.function is not None
            and frame.is_empty
            and not frame.keyword
        )

    def unknown_function(self, token):
        known = self.functions.book.function_names()
        close = get_close_matches(token.text, known, 1, 0.75) if len(token.text) > 3 and token.text[0] != "\\" else []
        product = f"write {token.text} \\cdot (…) for a product"
        hint = f"did you mean \\operatorname{{{close[0]}}}?" if close else product
        if token.text in _DECLARED and not close:
            plain = GREEK_COMMANDS.get(token.text, (token.text,))[0]
            hint = f'declare it, as --function "{plain}: n -> m", or {product}'
        hint = advice(token.text) or hint
        self.fail(f"unknown function '{token.text}'", token.span, hint, UnknownFunctionError)


def _absolute(tree):
    """Return absolute values for bars in a sum or a maximum, where a determinant would be its own."""
    if isinstance(tree, Call) and tree.function == BARS:
        return Call("abs", tree.args, (), tree.span)
    return tree


def _log_determinant(tree):
    r"""Return logdet(X) for \log \det X, which is written where the determinant is not zero."""
    inner = tree.args[0] if isinstance(tree, Call) and len(tree.args) == 1 else None
    if isinstance(inner, Call) and inner.function == "det":
        return Call("logdet", inner.args, (), tree.span)
    return tree
