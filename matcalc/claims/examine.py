"""The check of a claim, from the texts to the report."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..algebra.expressions import is_array
from ..answers.book import book_of
from ..answers.index_form import is_tensor
from ..answers.question import complex_in
from ..api import Expression, Question, Shown
from ..budget import limited
from ..calculus.layout import layout_name
from ..counts import positive_count, seed_number
from ..errors import ExpressionSyntaxError, MatcalcError, ShapeError, Span
from ..language.syntax import names, parse_tree
from ..libraries import trouble
from ..printers.plain import plain_shapes
from ..readers import translate
from ..rulebook.facts import is_complex
from ..shapes.notes import notes_on, surprising
from ..shapes.query import Query
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS
from .exact import ExactCheck
from .indexed import IndexedCheck, is_indexed_claim, refuse_matrix_claim
from .reading import read_claim
from .report import ClaimReport

STANDARD_POINTS = 4
_LEAST_COMPARED = 3


@limited("checking the formula")
def check(
    expr: Any,
    claim: Any,
    wrt: Any = None,
    layout: str = "any",
    order: int = 1,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    structure: str = "free",
    rules: Any = None,
    syntax: str | None = None,
    points: int = STANDARD_POINTS,
    seed: int = 0,
    convention: str = "wirtinger",
) -> ClaimReport:
    """Say whether ``claim``, a person's own formula, is the derivative of ``expr``; return a :class:`ClaimReport`.

    ``expr``, ``wrt``, ``order``, ``shapes``, ``assume``, ``structure``, ``rules`` and ``convention`` as for
    :func:`matcalc.diff`;
    ``claim``: text, an Expression or a Derivative. ``layout``: "any", or the one that the claim must have.
    ``syntax``: the notation of both texts, "matcalc", "matlab" or "latex", None for what their tokens say. The claim
    is compared with torch autograd of ``expr`` at ``points`` random points or more, drawn from ``seed``, and so is
    what every diagnosis says. Where torch is not installed exact values decide, and a wrong formula gets no diagnosis
    beyond its layout. Raises a MatcalcError with the text that it is about: that of the expression or that
    of the claim.

    >>> import matcalc
    >>> report = matcalc.check("x.T@A@x", "2*A@x")
    >>> report.ok, report.diagnosis
    (False, 'symmetric only')
    >>> print(report.right)
    (A + A.T)@x
    """
    points, seed = positive_count("points", points), seed_number(seed)
    layout = "any" if str(layout).lower() == "any" else layout_name(layout)
    book = book_of(rules)
    typed, (expr, notation) = expr, in_the_language(expr, book, syntax, shapes, complex_names=complex_in(assume))
    # an Expression keeps what it was declared with
    asked = typed if isinstance(typed, (str, Expression)) else expr
    query = Question(
        asked, wrt, "num", order, shapes, assume, structure, rules, syntax, takes_complex=True, convention=convention
    ).query()
    doubts = surprising(notes_on(query.elaborated, query.book, query.wrt))
    facts = query.elaborated.facts
    declared = frozenset(name for name, words in facts.items() if is_complex(words))
    known = plain_shapes(query.elaborated.shapes, query.elaborated.stacks)
    text, found = in_the_language(claim, book, syntax, known, notation, declared)
    notes: tuple[str, ...] = (f"the expression is read as {expr}",) if notation != "matcalc" else ()
    notes += (f"your formula is read as {text}",) if found != "matcalc" else ()
    notes += doubts
    try:
        return _report(query, text, layout, declared_letters(shapes), points, seed, notes)
    except MatcalcError as error:
        if found != "matcalc" and error.source == text:  # the user typed something else
            error.source, error.span = claim, Span(0, len(claim))
        raise


def _report(
    query: Query, text: str, layout: str, letters: Any, points: int, seed: int, notes: tuple[str, ...]
) -> ClaimReport:
    """Return the report of the check that a question asks for: of complex names, in index notation, of matrices."""
    if query.elaborated.twin is not None:
        return _of_complex(query, read_claim(text, query, letters), layout, points, seed, notes)
    if is_indexed_claim(text, query):
        return _indexed(IndexedCheck(query, text, points, seed, notes))
    if is_tensor(query):
        raise refuse_matrix_claim(query, text)
    read = read_claim(text, query, letters)
    layouts = layouts_asked(query, layout)
    if trouble():
        return ExactCheck(query, read, layouts, seed, (*notes, trouble())).report()
    from ..evaluation.evaluate import own_torch_state
    from .sampled import SampledCheck

    with own_torch_state():
        return SampledCheck(query, read, layouts, max(points, _LEAST_COMPARED), seed, notes).report()


def _of_complex(query, read, layout, points, seed, notes):
    """Return the report of a claim about an expression in complex names."""
    if trouble():
        return ClaimReport(None, "any", "", f"not checked: {trouble()}", claim=read.text, wrt=query.wrt, notes=notes)
    from ..evaluation.evaluate import own_torch_state
    from .tangents import TangentCheck

    with own_torch_state():
        check = TangentCheck(query, read, layouts_asked(query, layout), max(points, _LEAST_COMPARED), seed, notes)
        return check.report()


def _indexed(check):
    """Return the report of a claim in index notation; torch's state is left as it is."""
    if trouble():
        return check.report()
    from ..evaluation.evaluate import own_torch_state

    with own_torch_state():
        return check.report()


def in_the_language(formula, book, syntax, shapes, otherwise="matcalc", complex_names=frozenset()):
    """Return a formula as text in the language, and the notation it was written in.

    A text whose tokens leave it open is read in the notation ``otherwise``. Objects other than texts are returned
    as they are, but an Expression or a Derivative as its text.
    """
    if isinstance(formula, Shown):
        return str(formula), "matcalc"
    if not isinstance(formula, str):
        return formula, "matcalc"
    try:
        found = translate(formula, book, syntax, shapes, complex_names)
    except ExpressionSyntaxError as error:
        found = None if syntax is not None or not shapes else _in_another_notation(formula, book, shapes)
        if found is None:
            raise error
    except ShapeError as error:
        found = _as_if_it_fitted(formula, book, syntax, shapes, complex_names) if shapes else None
        if found is None:
            raise error
    if found.syntax in ("matlab", "matcalc") and syntax is None and shapes and not _of_known_names(found, shapes):
        found = _in_another_notation(formula, book, shapes) or found
    # a claim in the language about code is one in the language: there x@x.T is a matrix
    if found.syntax == "matcalc" != otherwise and otherwise != "python" and syntax is None:
        found = translate(formula, book, otherwise, shapes, complex_names)
    return found.text, found.syntax


def _in_another_notation(formula, book, shapes):
    """Return a formula such as 2Ax in a notation that has no sign for products, None where it is in none.

    Its tokens do not tell: it counts only where all its names are known, and nothing in it is of the language alone.
    Where its shapes do not fit together it is read without them, and that is what is wrong with it.
    """
    if any(mark in formula for mark in ("@", "**", ".T", "=")):
        return None
    numbers = {name: shape for name, shape in shapes.items() if shape == ()}
    for known in (shapes, numbers):
        for syntax in ("latex", "matlab", "unicode"):
            with suppress(MatcalcError):
                found = translate(formula, book, syntax, known)
                if _of_known_names(found, shapes):
                    return found
    return None


def _as_if_it_fitted(formula, book, syntax, shapes, complex_names):
    """Return a formula whose shapes do not fit together as it would be read if they did, None where that is unknown.

    Then it is judged, and its shapes are what is wrong with it: first all sizes are taken for one, then columns for
    numbers, so that x e^x is x*exp(x).
    """
    sizes = sorted({str(size) for shape in shapes.values() for size in shape if str(size) != "1"})
    one = {
        name: tuple(size if str(size) == "1" else sizes[0] for size in shape) for name, shape in shapes.items() if sizes
    }
    numbers = {name: () if len(shape) == 1 or str(shape[-1]) == "1" else shape for name, shape in one.items() if shape}
    for known in (one, {**one, **numbers}) if sizes else ():
        with suppress(MatcalcError):
            found = translate(formula, book, syntax, known, complex_names)
            if _of_known_names(found, shapes):
                return found
    return None


def _of_known_names(found, shapes):
    """Return whether a translation has only names whose shapes are known."""
    return set(names(parse_tree(found.text))) <= set(shapes)


def declared_letters(shapes):
    """Return the letters of sizes in declared shapes."""
    found = set()
    for shape in (shapes or {}).values():
        for size in shape if isinstance(shape, (tuple, list)) else (shape,):
            found |= set(str(size).replace("*", " ").split())
    return found


def layouts_asked(query, layout):
    """Return the layouts in which a formula counts as right."""
    if layout == "any":
        return list(LAYOUTS)
    if layout == "mixed":
        return ["num" if is_array(query.elaborated.expression) else "denom"]
    return [layout]
