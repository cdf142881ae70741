"""The words and signs of Unicode mathematics, as the tokens that the parser of LaTeX reads.

xᵀ A x + λ ‖w‖² is written with the signs that matcalc prints, and with those of the language among them: Aᵀ@(A@x − b).
A name is a word, its index digits at its end: W₁ is W1, σₙ is sigma_n.
"""

from __future__ import annotations

import re
import unicodedata

from ...bounds import MAX_TOKENS
from ...errors import ExpressionSyntaxError, LimitError, Span, UnknownNameError
from ...language.tokens import LOOKALIKE, THIN_SPACE
from ..latex.tokens import LatexToken
from .grouping import with_grouped_scripts, with_lists
from .marks import ACCENTS, BARS, BRACKETS, FRACTIONS, GREEK, LOWERED, RAISED, SIGNS, plain
from .sums import sum_at

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+(?:\.(?!T\b)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<transpose>\.T(?![A-Za-z_0-9]))
      | (?P<dotted>\.[*/^])
      | (?P<power>\*\*)
      | (?P<relation>[<>=!]=|[<>])
      | (?P<quoted>"[^"\n]*")
    """,
    re.VERBOSE | re.ASCII,
)
_NAME = re.compile(r"[^\W\d_](?:[^\W]|[\u0302-\u0305\u0307\u0308\u20d7])*")
_LANGUAGE = re.compile(r"@|\*\*|\.T\b")
_OF_SIZES = frozenset({"I", "K", "e"})
_CONSTANTS = _OF_SIZES | {"D", "L"}
_SIZED = re.compile(r"([IKeDL])_(?:[A-Za-z]|\d+)?")
_SIZE_BELOW = re.compile(r"_([A-Za-z]|\d+)")
_LONGEST_RUN = 3
_GROUPING = BRACKETS | {"{": "group", "}": "end group"}
_RELATIONS = {"<=": "\\le", ">=": "\\ge", "!=": "\\ne"}
# z* is a conjugate where no product can stand
_AFTER_CONJUGATE = re.compile(r"\s*(?:\Z|[)\]⟩ᵀ⊤,+−=]|\s-|\.T\b)")
# what ends an operand; the subscripts of one, as X[1:3, j]; and an index alone
_ENDS = frozenset({"letter", "word", "close", "end group", "places"})
_PLACES = re.compile(rf"\[([\w\s:,+*−{THIN_SPACE}-]+)\]", re.ASCII)
_INDEX = re.compile(r"(?:(?:\d+ ?)?[i-n]|-?\d+)(?:\s*[+-]\s*(?:(?:\d+ ?)?[i-n]|\d+))*")


class UnicodeTokens:
    """Takes a text apart; ``known`` are names of variables, ``is_function`` says whether a word is a function."""

    def __init__(self, text: str, known: frozenset, is_function):
        self.text, self.known, self.is_function = text, known, is_function
        self.found: list[LatexToken] = []
        self.position, self.spaced = 0, False
        # in the language * is entry by entry; in mathematics it is the product
        self.in_language = bool(_LANGUAGE.search(text))

    def read(self) -> list[LatexToken]:
        """Return the tokens. Raises ExpressionSyntaxError, UnknownNameError or LimitError with a span."""
        while self.position < len(self.text):
            self.take()
            if len(self.found) > MAX_TOKENS:
                raise LimitError(
                    f"the formula has more than {MAX_TOKENS} words and signs",
                    source=self.text,
                    span=self.found[-1].span,
                    hint="give repeated parts a name of their own",
                )
        return with_lists(with_grouped_scripts(self.found))

    def take(self) -> None:
        """Take the next word or sign."""
        start = self.position
        char = self.text[start]
        match = _TOKEN.match(self.text, start)
        if char == THIN_SPACE:
            self.position, self.spaced = start + 1, True
            return None
        if match is not None:
            self.position = match.end()
            return self.simple(str(match.lastgroup), match.group(), Span(start, match.end()))
        if self.derivative(start):
            return None
        if char in RAISED:
            return self.script("^", RAISED)
        if char in LOWERED:
            return self.script("_", LOWERED)
        if unicodedata.normalize("NFKC", char) != char and "\U0001d400" <= char <= "\U0001d7ff":
            letter = unicodedata.normalize("NFKC", char)
            if letter.isdigit():
                self.position += 1
                return self.add("number", letter, start, style="bold")
            self.position += 1
            if "DOUBLE-STRUCK" in unicodedata.name(char):
                return self.add("letter", letter, start, style="blackboard")
            return self.indexed(plain(letter) or letter, start)
        if char in "∑∏" and self.sum_over_index(char, start):
            return None
        match = _NAME.match(self.text, start) if char not in FRACTIONS and char not in "ℜℑ" else None
        if match is not None:
            return self.name(match)
        return None if char == "[" and self.subscripts(start) else self.sign(char, start)

    def subscripts(self, start: int) -> bool:
        """Take the subscripts of an operand that ends right before this place, as of X[1:3, j]; return whether any."""
        last = self.found[-1] if self.found and not self.spaced else None
        if last is None or last.kind not in _ENDS and last.text != "'":
            return False
        places = _PLACES.match(self.text, start)
        if places is None:
            return False
        inner = places[1].replace(THIN_SPACE, " ").replace("−", "-")
        if not set(",:") & set(inner) and not _INDEX.fullmatch(inner):
            return False
        self.position += len(places[0])
        self.add("places", inner, start)
        return True

    def add(self, kind: str, text: str, start: int, end: int | None = None, style: str = "") -> None:
        span = Span(start, self.position if end is None else end)
        self.found.append(LatexToken(kind, text, span, style, "", self.spaced))
        self.spaced = False

    def simple(self, kind: str, word: str, span: Span) -> None:
        if kind == "space":
            self.spaced = True
        elif kind == "number":
            self.add("number", word, *span)
        elif kind == "quoted":
            self.add("string", word[1:-1], *span)
        elif kind == "relation":
            self.add("sign", _RELATIONS.get(word, word), *span)
        elif kind == "transpose":
            self.add("sign", "'", *span)
        elif kind == "dotted" and word != ".^":
            self.add("sign", "\\odot" if word == ".*" else "\\oslash", *span)
        else:
            self.add("sign", "^", *span)
            self.add("command", "\\odot", *span)

    def derivative(self, start: int) -> bool:
        """Take ∂/∂x in front, as the fraction that it is."""
        match = _DERIVATIVE.match(self.text, start) if not self.found or self.found[-1].text == "=" else None
        if match is None:
            return False
        name = _NAME.match(self.text, match.end())
        if name is None or "=" in self.text[name.end() :]:
            return False
        sign = "\\partial" if match[1] == "∂" else "d"
        self.position = match.end()
        self.add("command", "\\frac", start)
        for word in ("{", sign, "}", "{", sign):
            kind = {"{": "group", "}": "end group"}.get(word, "command" if word != "d" else "letter")
            self.add(kind, word, start)
        self.position = match.end()
        self.name(name)
        self.add("end group", "}", self.position, self.position)
        return True

    def sign(self, char: str, start: int) -> None:
        self.position += 1
        if char in BARS:
            self.add("bar", BARS[char], start)
        elif char in BRACKETS:
            self.add(BRACKETS[char], char, start)
        elif char == "√":
            self.add("command", "\\sqrt", start)
        elif char in FRACTIONS:
            above, below = tuple(FRACTIONS[char])
            self.add("command", "\\frac", start)
            for word in ("{", above, "}", "{", below, "}"):
                self.add({"{": "group", "}": "end group"}.get(word, "number"), word, start)
        elif char == "∘" and self.position < len(self.text) and self.text[self.position] in (*RAISED, "^"):
            self.entrywise_power(start)
        elif char in "*∗" and self.is_raised():
            self.grouped("^", ["*"], start)
        elif char in SIGNS:
            sign = SIGNS[char]
            if char == "†" and not (self.found and self.found[-1].text == "^"):
                self.add("sign", "^", start)
            self.add("command" if sign[0] == "\\" else "sign", sign, start)
        elif char in "@*/" and self.in_language:
            self.add("sign", {"@": "@", "*": "times", "/": "over"}[char], start)
        elif char in "+-*/^_,=:;'":
            self.add("sign", char, start)
        else:
            raise self.unexpected(char, start)

    def is_raised(self) -> bool:
        """Return whether a star after an operand is a superscript without its sign."""
        before = self.found[-1] if self.found else None
        if before is None or before.kind not in ("letter", "word", "close", "end group") and before.text != "'":
            return False
        return bool(_AFTER_CONJUGATE.match(self.text, self.position))

    def unexpected(self, char: str, start: int) -> ExpressionSyntaxError | UnknownNameError:
        span = Span(start, start + 1)
        if char.isalpha():
            word = LOOKALIKE.get(char)
            hint = f"write {word}" if word else "names are written in ASCII or Greek letters"
            message = f"'{char}' (U+{ord(char):04X}) cannot stand in a name"
            return UnknownNameError(message, source=self.text, span=span, hint=hint)
        shown = char if char.isprintable() else f"U+{ord(char):04X}"
        return ExpressionSyntaxError(
            f"'{shown}' is not read in a formula", source=self.text, span=span, hint="remove it"
        )

    # -- scripts ------------------------------------------------------------------------------------

    def run(self, table: dict) -> list[str]:
        """Take a run of characters of a table, and return what they stand for."""
        found = []
        while self.position < len(self.text) and self.text[self.position] in table:
            found.append(table[self.text[self.position]])
            self.position += 1
        return found

    def script(self, sign: str, table: dict) -> None:
        start = self.position
        words = self.run(table)
        if words == ["\\top"]:
            self.add("sign", "'", start)
            return
        if sign == "^" and words[-1] == "\\top" and words[:-1] not in (["-"], ["-", "1"]):
            self.grouped(sign, words[:-1], start)
            self.add("sign", "'", start)
            return
        if sign == "^" and self.is_of_e(words):
            return self.grouped(sign, [*words, "_", "{", *self.run(LOWERED), "}"], start)
        while sign == "_" and self.is_related():
            # ∑ᵢ≠ⱼ
            self.position += 1
            words += [SIGNS.get(self.text[self.position - 1], self.text[self.position - 1]), *self.run(table)]
        # Kₙ,ₘ has two sizes
        while sign == "_" and self.text[self.position : self.position + 1] == ",":
            beyond = self.position + 1
            if self.text[beyond : beyond + 1] not in LOWERED and not _SIZE_BELOW.match(self.text, beyond):
                break
            self.position += 1
            words += [",", *(self.run(table) or self.size_below())]
        return self.grouped(sign, words, start)

    def is_of_e(self, words: list[str]) -> bool:
        """Return whether a subscript that follows is one of the superscript, as in eˣᵢ, whose e has none."""
        base = self.found[-1] if self.found else None
        follows = self.text[self.position : self.position + 1] in LOWERED
        return follows and words[-1].isalpha() and base is not None and base.text == "e" and "e" not in self.known

    def is_related(self) -> bool:
        """Return whether a relation between indices follows below a sum: ∑ᵢ<ⱼ."""
        of_sum = self.found and self.found[-1].text in ("\\sum", "\\prod", "\\max", "\\min")
        sign, after = self.text[self.position : self.position + 1], self.text[self.position + 1 : self.position + 2]
        return bool(of_sum and sign and sign in "≠<>≤≥" and after and after in LOWERED)

    def grouped(self, sign: str, words: list[str], start: int) -> None:
        self.add("sign", sign, start)
        self.add("group", "{", start)
        digits = ""
        for word in words:
            if word.isdigit():
                digits += word
                continue
            if digits:
                self.add("number", digits, start)
                digits = ""
            kind = "letter" if word.isalpha() else "command" if word[0] == "\\" else _GROUPING.get(word, "sign")
            self.add(kind, word, start)
        if digits:
            self.add("number", digits, start)
        self.add("end group", "}", start)

    def entrywise_power(self, start: int) -> None:
        """Take ∘² or ∘^(…): the entrywise power."""
        if self.text[self.position] == "^":
            self.position += 1
            self.add("sign", "^", start)
            self.add("command", "\\odot", start)
            return
        self.grouped("^", ["\\odot", *self.run(RAISED)], start)

    # -- names --------------------------------------------------------------------------------------

    def name(self, match: re.Match) -> None:
        """Take a name: a word with its index; letters together where they are none, as in Ax."""
        start, run = match.start(), _stem(match.group())
        if self.sum_over_index(run, start) or self.extreme(run, start):
            return None
        constant = _SIZED.fullmatch(run)
        if constant and run not in self.known:
            return self.sized(constant[1], start)
        self.position = start + len(run)
        if not run:
            raise self.unexpected(match.group()[0], start)
        called = self.text[self.position : self.position + 1] in ("(", "|", "‖")
        word = plain(run)
        if word is None:
            bad = next(char for char in run if not char.isascii() and char not in GREEK and char not in ACCENTS)
            raise self.unexpected(bad, start + run.index(bad))
        if word in self.known or called and self.is_function(word) or not self.is_product(run):
            return self.indexed(word, start)
        for place, char in enumerate(run[:-1]):
            self.position = start + place + 1
            self.add("letter", plain(char) or char, start + place)
        self.position = start + len(run)
        return self.indexed(plain(run[-1]) or run[-1], start + len(run) - 1)

    def extreme(self, run: str, start: int) -> bool:
        """Take min_w in front of a formula, as the operator with a name below it; elsewhere it is a name."""
        end = start + len(run)
        match = _EXTREME.fullmatch(run) if not self.found or self.found[-1].text in ("=", "arg") else None
        if match is None or run in self.known or not _OPERAND.match(self.text, end):
            return False
        self.position = start + len(match[1])
        self.add("word", match[1], start)
        self.position = end
        name = plain(match[2]) or match[2]
        named = "letter" if len(name) == 1 else "word"
        for kind, word in (("sign", "_"), ("group", "{"), (named, name), ("end group", "}")):
            self.add(kind, word, end)
        return True

    def sum_over_index(self, run: str, start: int) -> bool:
        """Take Σ_i, or the word sum with an index below it, for the sign ∑."""
        found = None if run in self.known else sum_at(self.text, start, self.known)
        if found is None:
            return False
        sign, command, letters = found
        self.position = start + len(sign)
        self.add("command", command, start)
        if letters:
            self.position += len(letters) + 1
            self.grouped("_", list(letters), start)
        return True

    def sized(self, word: str, start: int) -> None:
        """Take I_q, I_(m n) or K_q,ₘ, whose sizes have no small letters."""
        self.position = start + 1
        self.add("letter", word, start)
        if self.text[start + 2 : start + 3] == "(":
            self.position = start + 2
            return self.add("sign", "_", start + 1)
        words = self.size_below()
        while word == "K" and self.text[self.position : self.position + 1] == "," and len(words) == 1:
            self.position += 1
            words += [",", *(self.size_below() or self.run(LOWERED))]
        return self.grouped("_", words, start)

    def size_below(self) -> list[str]:
        """Take _q, a size without a small letter."""
        match = _SIZE_BELOW.match(self.text, self.position)
        if match is None:
            return []
        self.position = match.end()
        return [match[1]]

    def is_product(self, run: str) -> bool:
        """Return whether a run of letters is a product: short, with a capital or a Greek letter in it."""
        if not 1 < len(run) <= _LONGEST_RUN or not run.isalpha() or self.is_function(run):
            return False
        return any(char.isupper() or not char.isascii() for char in run)

    def indexed(self, word: str, start: int) -> None:
        """Take a name with the index in small letters that follows it."""
        place = self.position
        below = self.run(LOWERED)
        if not below:
            return self.add("word" if len(word) > 1 else "letter", word, start)
        text = "".join(below)
        constant = word in (_OF_SIZES if text.isdigit() else _CONSTANTS) and word not in self.known
        joined = word + text if text.isdigit() else f"{word}_{text.replace('-', '_').replace('+', '_plus_')}"
        if f"{word}_{text}" in self.known:
            joined = f"{word}_{text}"
        if constant and joined not in self.known or word in ("λ",):
            self.position = place
            return self.add("letter", word, start)
        return self.add("word", joined, start)


_EXTREME = re.compile(r"((?:arg)?(?:min|max)|inf|sup)_([^\W\d_]\w*)")
# what begins an operand after a space, or a norm at once
_OPERAND = re.compile(r"\s+(?:[^\s=+*/@^,;)\].·⊙∘⊗−-]|[−-](?=\S))|[‖|]")
_DERIVATIVE = re.compile(r"([∂d])\s*/\s*\1\s*")


def _stem(word: str) -> str:
    """Return the beginning of a run that is a name: letters, digits and underscores, without small letters."""
    end = 0
    while end < len(word) and word[end] not in RAISED and word[end] not in LOWERED:
        end += 1
    return word[:end]
