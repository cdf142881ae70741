"""The text of a generated function in MATLAB's language around its statements."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from .octave_lines import octave_functions, octave_helper_source
from .pieces import size_text
from .source import more_text, told

if TYPE_CHECKING:
    from sympy import Symbol

    from .naming import Names
    from .operations import Operation
    from .program import Argument, Body, Result
    from .targets import Target

_KEYWORDS = frozenset(
    """break case catch classdef continue do else elseif end end_try_catch end_unwind_protect endfor endfunction endif
    endswitch endwhile enumeration events for function global if methods otherwise parfor persistent properties return
    spmd switch try until unwind_protect unwind_protect_cleanup while""".split()
)
# functions that the statements may call
_CALLED = frozenset(
    """abs acos acosh angle asin asinh atan atan2 atanh chol conj cos cosh cross ctranspose cumsum det diag double eig
    erf erfc erfcinv erfcx erfinv exp expm expm1 eye floor gamma gammaln hypot imag inv kron log log10 log1p log2
    logm lu max median min norm numel ones permute pi pinv prod psi qr real realmin reshape round sign sin sinh
    size sort sqrt sqrtm std sum svd sylvester tan tanh trace tril triu var zeros ans Inf NaN""".split()
)
_OPENING = re.compile(r"\s*(for|if|end|else)\b")


class OctaveSource:
    """What the text of a function in MATLAB's language has beside its statements."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.outputs: list[str] = []

    def reserved(self) -> list[str]:
        """Return the names that stand for something else in generated code."""
        return [*_KEYWORDS, *_CALLED, *octave_functions()]

    @staticmethod
    def fitting(wish: str) -> str:
        """Return a name that the language takes, near to the one that is wished."""
        return _in_ascii(wish)

    def size_line(self, symbol: Symbol, argument: Argument, axis: int) -> str:
        """Return the statement that finds a size."""
        return f"{symbol} = {self.length(argument, axis)}{more_text(argument.axes[axis] - symbol)}"

    @staticmethod
    def length(argument: Argument, axis: int) -> str:
        """Return the text of the length of an axis of an argument."""
        if argument.stack:
            return f"size({argument.code}, ({axis + 1}))"  # [K, n] = size(A) would take the last two as one
        return f"numel({argument.code})" if argument.is_vector else f"size({argument.code}, {axis + 1})"

    @staticmethod
    def halved(text: str, times: int) -> str:
        """Return the text of a number that is so many times less than another, which it divides."""
        return f"{text} / {times}"

    @staticmethod
    def root(text: str) -> str:
        """Return the text of the square root of a square."""
        return f"round(sqrt({text}))"

    @staticmethod
    def joined(lines: list[str]) -> list[str]:
        """Join the two sizes of one matrix into one statement: [m, n] = size(X)."""
        pattern = re.compile(r"(\w+) = size\((\w+), ([12])\)")
        matches = [pattern.fullmatch(line) for line in lines]
        places: dict = {}
        for match in filter(None, matches):
            places.setdefault(match[2], {})[match[3]] = match[1]
        both = {array: found for array, found in places.items() if len(found) == 2}
        joined = [f"[{found['1']}, {found['2']}] = size({array})" for array, found in both.items()]
        return [*joined, *[line for line, match in zip(lines, matches) if match is None or match[2] not in both]]

    @staticmethod
    def flat(code: str) -> str:
        """Return the statement that makes a column of a column or a row."""
        return f"{code} = {code}(:)"

    @staticmethod
    def one_below_another(code: str) -> str:
        """Return the statement that puts the matrices A(k, :, :) of a stack one below another."""
        return f"{code} = reshape(permute({code}, [2 1 3]), [], size({code}, 3))"

    @staticmethod
    def returned(root: Operation, piece: tuple[str, int], result: Result, speller: object) -> str:
        """Return the text of a result, a row as a row."""
        text, level = piece
        if result.stack:
            count, rows, cols = (size_text(size).replace("**", "^") for size in result.stack)
            return f"permute(reshape({text}, {rows}, {count}, {cols}), [2 1 3])"
        if len(root.shape) == 1 and result.shape[0] == 1:
            return f"reshape({text}, 1, [])"
        return text

    def ending(self, shown: list[str], results: list[Result], names: Names) -> list[str]:
        """Return the statements that give the results of these texts to the names of what is returned."""
        self.outputs = [names.new("result" if result.name in names.taken else result.name) for result in results]
        return [f"{name} = {text}" for name, text in zip(self.outputs, shown)]

    def whole(
        self,
        title: str,
        name: str,
        arguments: tuple[Argument, ...],
        body: Body,
        lines: list[str],
        results: list[Result],
    ) -> str:
        """Return the whole text of the function, before the functions that it calls."""
        words = ", ".join([*[a.code for a in arguments], *body.free_sizes])
        outputs = self.outputs[0] if len(self.outputs) == 1 else f"[{', '.join(self.outputs)}]"
        head = f"function {outputs} = {name}({words})"
        if len(head) > 100:
            head = textwrap.fill(head, 96, subsequent_indent="        ", break_long_words=False).replace("\n", " ...\n")
        shapes = told(arguments, body.free_sizes, body.indices())
        if any(a.is_vector for a in arguments):
            shapes += " A column may be a row."
        paragraphs = [f"{name.upper()}  {title}.", *([shapes] if shapes else []), "Returns"]
        comment = [*_filled(paragraphs[0])]
        for paragraph in paragraphs[1:]:
            comment += ["", *_filled(paragraph)]
        for output, result in zip(self.outputs, results):
            comment += _filled(f"{output}: {result.text}", "  ", "    ")
        told_lines = "\n".join(f"    % {line}".rstrip() for line in comment)
        statements = "\n".join(f"    {line}" + ("" if _OPENING.match(line) else ";") for line in lines)
        texts = [f"{head}\n{told_lines}\n{statements}\nend", *octave_helper_source(sorted(body.writer.speller.helpers))]
        return "\n\n".join(texts) + "\n"


def _filled(text: str, first: str = "", rest: str = "") -> list[str]:
    shown = text.replace("×", "-by-")
    return textwrap.wrap(
        shown, 96, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


@lru_cache(maxsize=4096)
def _in_ascii(wish: str) -> str:
    """Return a name of ASCII letters, digits and underscores: sigma for σ, x_1 for x₁."""
    found = ""
    for letter in wish:
        if letter.isascii():
            found += letter
            continue
        plain = unicodedata.normalize("NFKD", letter)
        if plain[0].isascii() and plain[0].isalnum():
            found += plain[0]
        else:
            found += unicodedata.name(letter, "letter").split()[-1].lower().replace("-", "_")
    if found in _KEYWORDS or not found:
        return f"{found}_"
    return found if found[0].isalpha() else f"v{found}"
