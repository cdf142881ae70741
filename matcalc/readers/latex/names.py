r"""Names in LaTeX: Greek letters, subscripts and accents, and which known name each is."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from ...errors import ExpressionSyntaxError, Span
from ...language.syntax import Name, Number
from ...printers.latex import ACCENTS
from ...printers.notation import GREEK
from ..shared.names import Names
from ..shared.stack import NEGATE, Frame, Operator
from ..unicode.marks import LOWERED

_LAMBDAS = {"\\lambda": ("lam", "lambda_"), "\\Lambda": ("Lam", "Lambda")}
_VARIANTS = {
    "\\varepsilon": "epsilon",
    "\\vartheta": "theta",
    "\\varphi": "phi",
    "\\varrho": "rho",
    "\\varsigma": "sigma",
    "\\varpi": "pi",
    "\\varkappa": "kappa",
    "\\Upsilon": "Upsilon",
    "\\omicron": "omicron",
    "\\ell": "ell",
}
# command: the names of the language that it can stand for, the usual one first
GREEK_COMMANDS = {
    **{f"\\{name}": (name,) for name in GREEK if name not in ("lam", "lambda_", "Lam", "Lambda")},
    **_LAMBDAS,
    **{command: (name,) for command, name in _VARIANTS.items()},
}
_SUBSCRIPT_WORDS = {
    "\\max": "max",
    "\\min": "min",
    "\\star": "star",
    "*": "star",
    "\\ast": "star",
    "+": "plus",
}
_SIZE_SIGNS = {"\\cdot": ("*", 3), "*": ("*", 3), "+": ("+", 1), "-": ("-", 1)}
# x_i, A_{jk} and A_{kl} are entries; d_k and x_k have names of their own
OF_PAIRS = frozenset("ijkl")
_INDICES = OF_PAIRS - {"l"}
_ACCENT_COMMANDS = ACCENTS | {"under": r"\underline"}
_MOST_PARTS = 3


def _entry_hint(base, parts, shown):
    r"""Return what to write for A_{ik}: what the language has for the entry, or a sum over an index of it."""
    places = [place for part in parts for place in ([part] if part.isdigit() and len(parts) > 1 else part)]
    letters = [str(int(place) - 1) if place.isdigit() and place != "0" else place for place in places]
    if base == "delta" and len(places) == 2:
        return f"write eye(n)[{', '.join(letters)}], which the language has, or leave it out and write one index"
    hint = f"write {base}[{', '.join(letters)}], an entry in the language"
    last = places[-1]
    if len(places) > 2 or not last.isalpha():
        return hint
    small = next((sign for sign, plain in LOWERED.items() if plain == last and sign in shown), None)
    total = rf"\sum_{{{last}}}" if small is None else f"∑{small}"
    return f"{hint}, or a sum over an index, {total} {shown}"


def is_name(token):
    """Return whether a token begins a name."""
    return token.kind in ("letter", "word") or token.kind == "command" and token.text in GREEK_COMMANDS


class LatexNames(Names):
    """The names of one formula; ``written`` maps each to the way it is written in LaTeX.

    ``own``: the letters whose index is a part of a name, and not that of an entry. ``small``: whether indices are
    written in small letters, Aᵢⱼ, where the token of a name has them in it.
    """

    def __init__(self, text, known, own=frozenset(), small=False):
        super().__init__(text, known)
        self.written, self.own, self.small = {}, own, small

    def find(self, token, parts, end):
        """Return the name of a letter or word with the parts of its subscript, which ends at ``end``.

        Raises ExpressionSyntaxError for an entry such as x_i, where that is no known name; UnknownNameError.
        """
        bases = GREEK_COMMANDS.get(token.text, (token.text,))
        span = Span(token.span.start, end)
        if token.text == "lambda":
            bases = _LAMBDAS["\\lambda"]
        if token.accent:
            parts = (token.accent, *parts)
        if token.index:
            parts, bases = self._indexed(token, parts, bases)
        found = [name for name in self._candidates(bases, parts) if name in self.known]
        if len(found) > 1:
            self._fail(f"this can be {' or '.join(found)}", span, rf"write \mathrm{{{found[0]}}}".replace("_", r"\_"))
        if found:
            self._write(found[0], token, parts)
            return found[0]
        if self.small and not self.text[span.start : span.end].isascii():
            self._refuse_small(token, span)
        if token.text not in self.own or any(base in self.known for base in bases):
            self._refuse_entries(bases, parts[bool(token.accent) :], span)
        name = "_".join([bases[0], *parts])
        index = "".join(part.text for part in token.index)
        spelling = " ".join([*filter(None, [token.style]), token.text, *parts, *filter(None, [index])])
        name = self.use(self.plain(name, span), spelling, span)
        self._write(name, token, parts)
        return name

    def _indexed(self, token, parts, bases):
        """Return the parts and bases of W^{(1)}, which is W1, and of W^{(l)}, which is W_l."""
        span = Span(token.index[0].span.start, token.index[-1].span.end)
        index = self.subscript(token.index, span)
        if parts or not (len(index) == 1 and index[0].isdigit()):
            return (*parts, *index), bases
        known = [base + index[0] for base in bases if base + index[0] in self.known]
        if known or not any("_".join([base, index[0]]) in self.known for base in bases):
            return parts, known or [base + index[0] for base in bases]
        return (*parts, *index), bases

    def _write(self, name, token, parts):
        """Keep how a name is written: typeface, accent, variant of a letter, index in parentheses."""
        base = token.text
        if token.kind == "word":
            base = r"\mathrm{" + base.replace("_", r"\_") + "}"
        elif base in _GREEK_OF_NAMES:
            base = _GREEK_OF_NAMES[base]
        if token.style == "bold" and token.kind != "word":
            base = (r"\boldsymbol{" if base[0] == "\\" else r"\mathbf{") + base + "}"
        elif token.style == "script":
            base = r"\mathcal{" + base + "}"
        if token.accent:
            base = _ACCENT_COMMANDS[token.accent] + "{" + base + "}"
            parts = parts[1:]
        index = "".join(part.text for part in token.index)
        below = parts[: len(parts) - len(index_parts)] if (index_parts := self._parts_of(token, parts)) else parts
        scripts = ",".join(_script(part) for part in below)
        written = base + (f"_{{{scripts}}}" if scripts else "") + (f"^{{({index})}}" if index else "")
        self.written.setdefault(name, written)

    def _parts_of(self, token, parts):
        """Return those of the parts of a name that its index in parentheses made."""
        if not token.index:
            return ()
        index = self.subscript(token.index, token.span)
        return index if tuple(parts[len(parts) - len(index) :]) == tuple(index) else ()

    def _candidates(self, bases, parts):
        """Return the names that a base with subscripts can be: x_1 and x1 for x with 1."""
        if len(parts) > _MOST_PARTS:
            return ["_".join([base, *parts]) for base in bases]
        joints = list(product(("_", ""), repeat=len(parts)))
        found = []
        for base in bases:
            for choice in joints:
                found.append(base + "".join(joint + part for joint, part in zip(choice, parts)))
        return list(dict.fromkeys(found))

    def _refuse_small(self, token, span):
        """Raise for Aᵢₖ; xᵢ is a name."""
        base, _, rest = token.text.rpartition("_")
        if base and len(rest) > 1 and set(rest) <= OF_PAIRS:
            self._refuse_entries((base,), (rest,), span)

    def _refuse_entries(self, bases, parts, span):
        """Raise for x_i, and for x_1 where x is known and x_1 is not."""
        index = any(part and set(part) <= (OF_PAIRS if part[1:] else _INDICES) and part != "k" for part in parts)
        entry = any(part.isdigit() for part in parts) and any(base in self.known for base in bases)
        if index or entry:
            base = next((base for base in bases if base in self.known), bases[0])
            hint = _entry_hint(base, parts, self.text[span.start : span.end])
            self._fail("entries by index are not read", span, hint)

    def subscript(self, tokens, span):
        """Return the parts of a subscript, which commas separate. Raises ExpressionSyntaxError."""
        parts = [""]
        for token in tokens:
            if token.text == "," or token.text == "-" and parts[-1]:
                parts.append("")
            elif token.text == "+" and parts[-1]:
                parts += ["plus", ""]
            elif token.kind in ("number", "letter", "word") and "." not in token.text:
                parts[-1] += token.text
            elif token.text in GREEK_COMMANDS:
                parts[-1] += GREEK_COMMANDS[token.text][0]
            elif token.text in _SUBSCRIPT_WORDS:
                parts[-1] += _SUBSCRIPT_WORDS[token.text]
            else:
                self._fail("this subscript is not read", token.span, "write a number or a word, as x_1 or x_{new}")
        if not all(parts):
            self._fail("a subscript is missing", span, "write a number or a word, as x_1 or x_{new}")
        return tuple(parts)

    def sizes(self, tokens, span):
        """Return the trees of the sizes in a subscript such as n, 2n or n \\times m. Raises ExpressionSyntaxError."""
        found, frames = [], [Frame()]
        for token in tokens:
            frame = frames[-1]
            if token.text == "-" and frame.is_empty:
                frame.operators.append(Operator(NEGATE, 2, 2, token.span))
            elif token.text == "(":
                frames.append(Frame())
            elif token.text == ")" and len(frames) > 1:
                frames.pop()
                self._factor(frames[-1], self._size_of(frame, span), span)
            elif token.text in (",", "\\times") and len(frames) == 1:
                found.append(self._size_of(frames.pop(), span))
                frames.append(Frame())
            elif token.text in _SIZE_SIGNS and not _wants_operand(frame):
                name, level = _SIZE_SIGNS[token.text]
                frame.push(Operator(name, level, level + 1, token.span))
            else:
                self._factor(frame, self._size(token), span)
        if len(frames) > 1:
            self._fail("a parenthesis is never closed", span, "write n or n \\times m")
        return [*found, self._size_of(frames.pop(), span)]

    def _factor(self, frame, factor, span):
        """Take a factor of a size; without a sign before it, it multiplies."""
        if not _wants_operand(frame):
            frame.push(Operator("*", 3, 4, span))
        frame.operands.append(factor)

    def _size_of(self, frame, span):
        if _wants_operand(frame):
            self._fail("a size is missing", span, "write n or n \\times m")
        return frame.finish()

    def _size(self, token):
        if token.kind == "number" and token.text.isdigit() and len(token.text) < 10:
            return Number(Fraction(token.text), token.span)
        if is_name(token):
            return Name(GREEK_COMMANDS.get(token.text, (token.text,))[0], token.span)
        self._fail("this is not a size", token.span, "write n or n \\times m")

    def _fail(self, message, span, hint):
        raise ExpressionSyntaxError(message, source=self.text, span=span, hint=hint)


# names of letters that are no commands in the text, such as lam for λ
_GREEK_OF_NAMES = {name: f"\\{name}" for name in GREEK} | {"lam": r"\lambda", "lambda_": r"\lambda"}
_GREEK_OF_NAMES |= {"Lam": r"\Lambda", "Lambda": r"\Lambda"}


def _script(part):
    """Return a part of a subscript as it is written."""
    if part.isdigit() or len(part) == 1:
        return part
    return _GREEK_OF_NAMES.get(part) or r"\mathrm{" + part + "}"


def _wants_operand(frame):
    return len(frame.operands) <= sum(operator.name != NEGATE for operator in frame.operators)
