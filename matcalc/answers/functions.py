"""Unknown functions: f(x) and F(X) of which only the shapes are known, and their derivatives grad(f)(x).

The letters f, g, h, phi and psi stand for scalar functions of whatever they are called with; others are declared, as
"A: scalar -> n,n". Each is an entry of a rule book like any other, whose differential has the unknown gradient, and
whose value in a check is that of one smooth function.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ..algebra.books import extended
from ..errors import ArgumentError, Span
from ..rulebook.entries import Book, Rule
from ..rulebook.files import read_rules

LETTERS = ("f", "g", "h", "phi", "psi")
_CALLED = re.compile(r"(?<![\w.\\])(f|g|h|phi|psi)(?=\s*\)*\s*\()")
# a text that defines a function, or in LaTeX, where f(x) may be a product: its reader knows what it means
_OTHER = re.compile(r"\\|\bdef\b|\blambda\b|@\(|\b(?:f|g|h|phi|psi)\s*\([^()]*\)\s*:?=(?!=)")
_SIGNATURE = re.compile(
    r"\s*(?P<name>[A-Za-z]\w*)\s*:\s*(?P<argument>[^;>]+?)\s*(?:->|→)\s*(?P<result>.+?)\s*$", re.ASCII
)
_SHAPE = re.compile(r"(?P<rows>[A-Za-z]\w*|\d+)(?:\s*[,×x]\s*(?P<cols>[A-Za-z]\w*|\d+))?$", re.ASCII)
_USAGE = 'write "F: n,n -> scalar", "A: scalar -> n,n" or "F: n -> m"'
_GREEK = {"phi": ("φ", r"\phi"), "psi": ("ψ", r"\psi")}
_MOST_DERIVATIVES = 4
Shape = tuple[str, str]


def book_with_functions(book: Book, text: object, functions: str | Iterable[str] | None = None) -> Book:
    """Return a book with the functions that are declared, and with those letters that a text calls as functions.

    ``functions``: a declaration or several, as texts. Raises ArgumentError for one that is none, and for a function
    that the book has already.
    """
    declared = [functions] if isinstance(functions, str) else [] if functions is None else functions
    if not isinstance(declared, (list, tuple)):
        raise ArgumentError(f"functions are texts, not {type(functions).__name__}", hint=_USAGE)
    signatures = dict(_read(one, book) for one in declared)
    if isinstance(text, str) and not _OTHER.search(text):
        for letter in _CALLED.findall(text):
            if letter not in signatures and not book.overloads(letter):
                signatures.setdefault(letter, (("n", "m"), ("1", "1")))
    return _extended(book, tuple(sorted(signatures.items()))) if signatures else book


@lru_cache(maxsize=64)
def _extended(book: Book, signatures: tuple[tuple[str, tuple[Shape, Shape]], ...]) -> Book:
    found = extended(book, [rule for name, (argument, result) in signatures for rule in _rules(name, argument, result)])
    found.origin = (_extended, (book, signatures))
    return found


def _read(text: object, book: Book) -> tuple[str, tuple[Shape, Shape]]:
    """Return the name and the shapes of argument and result that a declaration has."""
    if not isinstance(text, str):
        raise ArgumentError("a function is declared by a text", hint=_USAGE)
    match = _SIGNATURE.match(text)
    if match is None:
        raise ArgumentError("a function is declared by its shapes", source=text, hint=_USAGE)
    if book.overloads(match["name"]):
        span = Span(*match.span("name"))
        raise ArgumentError(f"'{match['name']}' is a known function", source=text, span=span, hint="name it otherwise")
    argument, result = (_shape(match[part], text, Span(*match.span(part))) for part in ("argument", "result"))
    return match["name"], (argument, result)


def _shape(text: str, source: str, span: Span) -> Shape:
    if text.strip() in ("scalar", "1"):
        return "1", "1"
    match = _SHAPE.match(text.strip())
    if match is None:
        raise ArgumentError(f"'{text}' is no shape", source=source, span=span, hint=_USAGE)
    return match["rows"], match["cols"] or "1"


# -- the entries ---------------------------------------------------------------------------------------------------


def _rules(name: str, argument: Shape, result: Shape) -> list[Rule]:
    """Return the entries of a function and of its derivatives."""
    phase = 1 + sum(map(ord, name)) % 97 / 10
    if argument == ("1", "1"):
        return list(_of_number(name, result, phase))
    if result == ("1", "1"):
        return list(_to_number(name, argument, phase))
    if argument[1] == "1" and result[1] == "1":
        return list(_of_column(name, argument[0], result[0], phase))
    value = _weights(result, phase)
    return [_entry(name, 0, argument, result, None, f"torch.sin({value}*(1 + torch.sum(X) + torch.sum(X*X)/4))", False)]


def _of_number(name: str, result: Shape, phase: float) -> Iterable[Rule]:
    """A(t): dA = grad(A)(t)*dt, and so on."""
    weights = _weights(result, phase)
    for k in range(_MOST_DERIVATIVES + 1):
        differential = f"{_gradient(name, k + 1)}(X)*dX" if k < _MOST_DERIVATIVES else None
        torch = f"{weights}**{k}*torch.sin({weights}*X + 1 + {k}*torch.pi/2)"
        yield _entry(name, k, ("1", "1"), result, differential, torch, True)


def _to_number(name: str, argument: Shape, phase: float) -> Iterable[Rule]:
    """f(X): df = tr(grad(f)(X).T @ dX); of a column (m < 2) the second derivative is a matrix, of a number all are."""
    n, m = argument
    weights = _weights(argument, phase)
    once, twice, thrice = (_gradient(name, k) for k in (1, 2, 3))
    inner = f"{weights}*X + 1"
    value = f"torch.sum(torch.sin({inner})) + torch.sum({weights}*X)**2/4"
    yield _entry(name, 0, argument, ("1", "1"), f"tr({once}(X).T @ dX)", value)
    first = f"{weights}*torch.cos({inner}) + torch.sum({weights}*X)*{weights}/2"
    yield _entry(name, 1, argument, argument, f"{twice}(X) @ dX" + _where(m), first)
    second = f"{weights} @ {weights}.mT/2 - torch.diag(({weights}**2*torch.sin({inner}))[:, 0])"
    yield _entry(name, 2, argument, (n, n), f"{thrice}(X)*dX" + _where(n, m), second)
    for k in (3, 4):
        differential = f"{_gradient(name, k + 1)}(X)*dX" + _where(n, m) if k < _MOST_DERIVATIVES else None
        torch = f"{weights}**{k}*torch.sin({inner} + {k}*torch.pi/2)"
        yield _entry(name, k, argument, argument, differential, torch)


def _of_column(name: str, n: str, p: str, phase: float) -> Iterable[Rule]:
    """F(x): dF = grad(F)(x).T @ dx; the gradient is n×p, a column for each entry of F."""
    matrix = _weights((p, n), phase)
    yield _entry(name, 0, (n, "1"), (p, "1"), f"{_gradient(name, 1)}(X).T @ dX", f"torch.sin({matrix} @ X + 1)")
    yield _entry(name, 1, (n, "1"), (n, p), None, f"(torch.cos({matrix} @ X + 1)*{matrix}).mT")


def _weights(shape: Shape, phase: float) -> str:
    """Return a torch line of an array of this shape that has no symmetry."""
    rows, cols = shape
    return f"torch.cos(torch.arange({rows})[:, None] + 2*torch.arange({cols})[None, :] + {phase})"


def _where(*sizes: str) -> str:
    letters = [size for size in sizes if not size.isdigit()]
    return f"     where {', '.join(f'{size} < 2' for size in letters)}" if letters else ""


def _gradient(name: str, order: int) -> str:
    return "grad(" * order + name + ")" * order


def _entry(
    name: str, order: int, argument: Shape, result: Shape, differential: str | None, torch: str, primes: bool = False
) -> Rule:
    """Return an entry of a function or of its derivative of some order."""
    parameter = "X: scalar" if argument == ("1", "1") else f"X: {argument[0]},{argument[1]}"
    value = "scalar" if result == ("1", "1") else f"{result[0]},{result[1]}"
    lines = [f"{name}({parameter}) -> {value}"]
    if differential is not None:
        lines.append(f"    d {name}(X) = {differential}")
    unicode, latex = _spelled(name, order, primes)
    lines += [f"    torch     {torch}", f"    unicode   {unicode}({{X}})", f"    latex     {latex}\\left({{X}}\\right)"]
    lines.append("    source    an unknown function")
    (rule,) = read_rules("\n".join(lines), "unknown functions", lint=False)
    rule.name, rule.unknown = _gradient(name, order), True
    rule.free_sizes = tuple({size: None for size in result if not size.isdigit() and size not in argument})
    rule.id = f"{rule.name}(X)"
    if differential is None:
        rule.once = f"its derivative of order {order + 1} is no matrix"
    return rule


def _spelled(name: str, order: int, primes: bool) -> tuple[str, str]:
    unicode, latex = _GREEK.get(name, (name, name if len(name) == 1 else rf"\mathrm{{{name}}}"))
    if order == 0:
        return unicode, latex
    if primes:
        return unicode + "′" * order, latex + "'" * order
    if order == 1:
        return f"∇{unicode}", rf"\nabla {latex}"
    return f"∇{'²³⁴'[order - 2]}{unicode}", rf"\nabla^{{{order}}} {latex}"
