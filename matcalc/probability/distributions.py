"""Texts such as "x ~ N(mu, S)": how random names are declared, read without any algebra."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ..errors import ArgumentError, MatcalcError, Span
from ..language.syntax import Number, Tree, parse_tree

_LEFT = re.compile(r"\s*(?P<names>[A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*)\s*(?:\|[^~∼]*)?(?:~|∼)\s*", re.ASCII)
_RIGHT = re.compile(r"(?P<kind>[A-Za-z][A-Za-z_ ]*?)?\s*\(", re.ASCII)
_OPEN, _CLOSE = "([", ")]"
_USAGE = 'write "x ~ N(mu, S)", or "x ~ (m, S)" where only mean and covariance are known'


@dataclass(frozen=True)
class Kind:
    """A family of distributions: what its parameters are called, how it is written, and where it is found."""

    name: str
    parameters: tuple[str, ...]
    usage: str
    source: str
    words: tuple[str, ...] = ()


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "normal",
            ("mean", "covariance"),
            "x ~ N(mu, S)",
            "Matrix Cookbook 8.2",
            ("n", "normal", "gaussian", "mvn"),
        ),
        Kind("moments", ("mean", "covariance"), "x ~ (m, S)", "Matrix Cookbook 6.2"),
        Kind(
            "matrix normal",
            ("mean", "covariance of rows", "covariance of columns"),
            "X ~ MN(M, U, V)",
            "Gupta & Nagar (2000), Matrix Variate Distributions, 2.3",
            ("mn", "matrixnormal"),
        ),
        Kind(
            "Wishart",
            ("scale", "degrees of freedom"),
            "W ~ Wishart(V, nu)",
            "Gupta & Nagar (2000), 3.3",
            ("w", "wishart"),
        ),
        Kind(
            "inverse Wishart",
            ("scale", "degrees of freedom"),
            "X ~ InvWishart(Psi, nu)",
            "Gupta & Nagar (2000), 3.4",
            ("iw", "invwishart", "inversewishart"),
        ),
        Kind("exponential", ("rate",), "x ~ Exponential(lam)", "raw moments k!/lam**k", ("exponential", "exp")),
        Kind("Poisson", ("mean",), "x ~ Poisson(lam)", "raw moments by Stirling numbers", ("poisson",)),
        Kind("Bernoulli", ("probability",), "x ~ Bernoulli(p)", "x**k = x", ("bernoulli",)),
        Kind("uniform", ("lower end", "upper end"), "x ~ Uniform(a, b)", "an integral of a power", ("uniform", "u")),
    )
}
GAUSSIAN = ("normal", "matrix normal")
_BY_WORD = {word: kind for kind in KINDS.values() for word in kind.words}


@dataclass(frozen=True)
class Distribution:
    """A declaration: ``names`` jointly have a distribution of a ``kind``.

    ``mean`` has a tree for each name and ``covariance`` a row of trees for each, where these are the parameters;
    else ``parameters`` are the trees of the kind's own. ``text`` is the declaration and ``offset`` the place where
    the spans of the trees count it from.
    """

    names: tuple[str, ...]
    kind: Kind
    parameters: tuple[Tree, ...]
    mean: tuple[Tree, ...]
    covariance: tuple[tuple[Tree, ...], ...]
    text: str
    offset: int

    @property
    def is_gaussian(self) -> bool:
        """Whether all moments follow from mean and covariance."""
        return self.kind.name in GAUSSIAN

    def trees(self) -> list[Tree]:
        """Return the trees of all parameters."""
        return [*self.parameters, *self.mean, *(tree for row in self.covariance for tree in row)]


def read_distributions(texts: str | Iterable[str], offset: int = 0) -> list[Distribution]:
    """Return the distributions that texts declare, several in one text separated by semicolons or newlines.

    The spans of the trees begin at ``offset``, behind those of the expression that they are read with. Raises
    ArgumentError, or what parsing raises, pointing into the text.
    """
    if isinstance(texts, str):
        texts = [texts]
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise ArgumentError("a distribution is a text or a list of texts", hint=_USAGE)
    found: list[Distribution] = []
    for text in texts:
        for part in _split(text, ";\n"):
            if part[1].strip():
                found.append(_read(part[1], offset))
                offset += len(part[1]) + 1
    if not found:
        raise ArgumentError("no distribution is given", hint=_USAGE)
    names = [name for distribution in found for name in distribution.names]
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(f"{name} is given two distributions", hint="leave one of them out")
    return found


def _read(text: str, offset: int) -> Distribution:
    match = _LEFT.match(text)
    if match is None:
        raise _error("a distribution begins with a name and a tilde", text, 0, len(text), _USAGE)
    right = _RIGHT.match(text, match.end())
    if right is None:
        raise _error("a distribution has its parameters in parentheses", text, match.end(), len(text), _USAGE)
    kind = _kind_of(right["kind"], text, right)
    start = right.end() - 1
    inner, rest = _bracketed(text, start)
    if rest.strip():
        raise _error(f"'{rest.strip()}' stands after the distribution", text, len(text) - len(rest), len(text), _USAGE)
    parts = [(start + 1 + place, part) for place, part in _split(inner, ",")]
    if len(parts) != len(kind.parameters):
        told = " and ".join(kind.parameters)
        many = f"{len(kind.parameters)} parameter{'s' if len(kind.parameters) > 1 else ''}"
        message = f"the {kind.name} distribution has {many}: {told}" if kind.words else f"{told} are expected"
        raise _error(message, text, start, len(text), f"write {kind.usage}")
    names = tuple(name.strip() for name in match["names"].split(","))
    if len(names) > 1 and kind.name not in ("normal", "moments"):
        raise _error("several names at once are for N(…) and (…)", text, 0, match.end(), "declare them one by one")
    return _with_trees(names, kind, parts, text, offset)


def _kind_of(word: str | None, text: str, match: re.Match) -> Kind:
    if word is None:
        return KINDS["moments"]
    known = _BY_WORD.get(word.lower().replace(" ", "").replace("_", ""))
    if known is None:
        close = get_close_matches(word.lower(), list(_BY_WORD), 1, 0.5)
        usages = ", ".join(kind.usage for kind in KINDS.values())
        hint = f"did you mean {_BY_WORD[close[0]].usage}?" if close else f"known are {usages}"
        raise _error(f"unknown distribution '{word}'", text, match.start("kind"), match.end("kind"), hint)
    return known


def _with_trees(names: tuple, kind: Kind, parts: list[tuple[int, str]], text: str, offset: int) -> Distribution:
    if kind.name not in ("normal", "moments"):
        return Distribution(names, kind, tuple(_tree(part, text, offset) for part in parts), (), (), text, offset)
    if len(names) == 1:
        mean, covariance = ([_tree(parts[0], text, offset)], [[_tree(parts[1], text, offset)]])
    else:
        mean = [_tree(part, text, offset) for part in _list(parts[0], text, len(names), "means")]
        rows = _list(parts[1], text, len(names), "rows of covariances")
        covariance = [[_tree(p, text, offset) for p in _list(row, text, len(names), "covariances")] for row in rows]
    return Distribution(names, kind, (), tuple(mean), tuple(map(tuple, covariance)), text, offset)


def _list(part: tuple[int, str], text: str, count: int, what: str) -> list[tuple[int, str]]:
    """Return the items of [a, b], one for each name."""
    place, inner = part
    stripped = inner.strip()
    place += len(inner) - len(inner.lstrip())
    if not (stripped.startswith("[") and stripped.endswith("]")):
        hint = 'write "x, y ~ N([mx, my], [[Sxx, Sxy], [Sxy.T, Syy]])"'
        raise _error(f"{count} {what} are expected, in brackets", text, place, place + len(stripped), hint)
    items = [(place + 1 + start, item) for start, item in _split(stripped[1:-1], ",")]
    if len(items) != count:
        hint = "one for each name"
        raise _error(f"{count} {what} are expected, not {len(items)}", text, place, place + len(stripped), hint)
    return items


def _tree(part: tuple[int, str], text: str, offset: int) -> Tree:
    place, inner = part
    if not inner.strip():
        raise _error("a parameter is missing", text, place, place + 1, "write it")
    try:
        return parse_tree(" " * (offset + place) + inner)
    except MatcalcError as error:
        raise within(error, text, offset) from None


def within(error: MatcalcError, text: str, offset: int) -> MatcalcError:
    """Let an error about a parameter point into the text of its declaration; return it."""
    if error.span is not None:
        error.span = Span(error.span.start - offset, error.span.end - offset)
    error.source = text
    return error


def _error(message: str, text: str, start: int, end: int, hint: str) -> ArgumentError:
    return ArgumentError(message, source=text, span=Span(start, max(end, start + 1)), hint=hint)


def _bracketed(text: str, start: int) -> tuple[str, str]:
    """Return what stands between the bracket at ``start`` and the one that closes it, and the rest."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in _OPEN) - (text[place] in _CLOSE)
        if depth == 0:
            return text[start + 1 : place], text[place + 1 :]
    raise _error("'(' is never closed", text, start, start + 1, "add ')' at the end")


def _split(text: str, signs: str) -> list[tuple[int, str]]:
    """Return the parts of a text between signs outside of brackets, each with its place."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in _OPEN) - (letter in _CLOSE)
        if letter in signs and depth == 0:
            parts.append((start, text[start:place]))
            start = place + 1
    return [*parts, (start, text[start:])]


def is_number(tree: Tree) -> bool:
    """Return whether a parameter is a number."""
    return isinstance(tree, Number)
