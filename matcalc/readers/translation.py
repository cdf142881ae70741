"""From a formula in any of the four notations to the language: which notation it is, and what it says."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from ..bounds import MAX_CHARACTERS
from ..errors import ExpressionSyntaxError, LimitError, MatcalcError, Span
from ..language.syntax import (
    Call,
    Name,
    children,
    conjugate,
    parse_tree,
    postorder,
    substituted,
    with_children,
)
from ..language.unparse import unparse
from ..shapes.elaborate import declared_shapes
from ..words import SYNTAXES, known_word
from .latex.reader import read_latex
from .matlab.parser import read_matlab
from .open_products.entries import entries_in, kinds_of, with_arrays, with_ends
from .open_products.resolve import resolve
from .python.marks import is_of_vectors, is_python, misfits
from .python.reader import read_python
from .recursions import shapes_of_step
from .shared.reading import Reading
from .unicode.reader import has_marks, has_strong_marks, read_unicode

_READERS = {"matlab": read_matlab, "latex": read_latex, "unicode": read_unicode}

_LATEX_MARK = re.compile(r"\\[A-Za-z]{2,}|[\^_]\{|\\\||\\,")
# a paper's macro for a bold letter, or MATLAB's left division
_SHORT_MACRO = re.compile(r"\\[bvm][A-Za-z](?![A-Za-z])")
_ENTRYWISE = re.compile(r"\.[*/\\^]")
# a prime after an operand and before an operator or the end; a backslash between operands
_MATLAB_MARK = re.compile(r"[\w)\]'’′.]['’′]\s*(?=[-+*/\\^.,);'’′=]|\Z)|[\w)'’′]\s*\\\s*[\w(]")
# what neither notation has: a slip in the language itself
_LANGUAGE_MARK = re.compile(r"@|\*\*|\.T\b|__|==")
# a transpose or another script as in LaTeX, in a text without any of its commands
_WRITTEN_AS_LATEX = re.compile(r"\^\{?\s*-?T\b|\^\{|\^-?\d\s*[A-Za-z(]|[\w)] [A-Za-z(]|\be\^")
_OF_COMPLEX = re.compile(r"\b(conj|real)\(|\.H\b")
_STARRED = re.compile(r"\^\s*\{?\s*(\*|\\ast)\s*\}?\W*(\\right\W*)*$")
# of real matrices the pseudoinverse for some, the transpose for others
_DAGGER = re.compile(r"\^\s*\{?\s*(?:-\s*1?\s*)?\\dagger\s*\}?")
_OVERLINED = re.compile(r"(?:[\s({\[]|\\left\W)*(\\overline|\\bar)")
_WHOLE = {"latex": "LaTeX", "matlab": "MATLAB style"}
_LONGEST_HINT = 200
_BRACKETS = re.compile(r"[\[\]{}]")


class Translation(NamedTuple):
    """A formula in the language, the notation it was read in, and the surface tree where the text was parsed.

    ``shapes``: {name: (rows, columns)} where the formula was read under shapes that its text does not show. ``notes``
    say how something was read that can be read otherwise. ``arrays`` maps the letters of entries such as x_i to the
    (array, such an entry, whether these are its rows or its entries). ``wrt`` are the names by which an operator in
    front differentiates, ``order`` is how often; ``assume`` is what the text says of its names, as in declarations;
    ``spelled`` maps names to the way they are written in LaTeX.
    """

    text: str
    syntax: str
    tree: object = None
    shapes: dict = {}
    notes: tuple = ()
    wrt: tuple[str, ...] = ()
    order: int | None = None
    assume: dict = {}
    spelled: dict = {}
    arrays: dict = {}


def translate(text, book, syntax=None, shapes=None, complexes=frozenset()):
    """Return the :class:`Translation` of a formula into the language.

    ``book``: the rule book, for the names of functions. ``syntax``: "matcalc" (the text is returned as it is, or read
    where it has signs of Unicode mathematics), "matlab", "latex", "unicode", or None, which finds it by the tokens: a
    text that the language's own parser accepts is the language. ``shapes``: {name: (rows, columns)} of the names that
    are known, as in declarations; a name that is not among them gets its shape by use, then by spelling. ``complexes``:
    the names that are complex; without any conj(X) is X, so that a prime is a transpose.

    Raises ExpressionSyntaxError, UnknownNameError, UnknownFunctionError, ShapeError or LimitError, whose source is
    ``text``; ArgumentError for a syntax that there is not.
    """
    if syntax is not None:
        known_word("syntax", syntax, SYNTAXES)
    if syntax == "matcalc" and not has_marks(text):
        return Translation(text, syntax)
    if syntax == "matcalc":
        return _read(text, book, "unicode", shapes, complexes=complexes)
    if syntax is not None:
        return _read(text, book, syntax, shapes, complexes=complexes)
    try:
        tree = parse_tree(text)
    except MatcalcError as error:
        return _found(text, book, shapes, error, complexes)
    if misfits(tree, book) or is_of_vectors(tree, text, shapes, book):
        # where that fails, what the language itself says of the text is better than what another reader would say
        with suppress(MatcalcError):
            found = _read(text, book, "python", shapes, complexes=complexes)
            if not is_of_vectors(found.tree, found.text, {**found.shapes, **(shapes or {})}, book):
                return found
    return Translation(text, "matcalc", tree)


def translate_function(function, book, shapes=None, variables=frozenset()):
    """Return the source of a Python function and its :class:`Translation`; nothing is called.

    ``variables``: names that stay variables where the function's surroundings have numbers under them. Raises
    ArgumentError where there is no source, and what :func:`translate` raises.
    """
    from .python.source import source_of

    text, context = source_of(function, frozenset(variables))
    return text, _read(text, book, "python", shapes, context)


def _found(text, book, shapes, error, complexes=frozenset()):
    """Read a text that is not in the language by the readers that its tokens fit; the first one's error counts."""
    syntaxes = _with_unicode(text, notations(text))
    first = error
    for syntax in syntaxes:
        try:
            return _read(text, book, syntax, shapes, complexes=complexes)
        except MatcalcError as wrong:
            first = wrong if first is error else first
    raise first


def with_whole_reading(error, text, book, shapes):
    """Let the hint of an error be what the whole text says in another notation, where a sign of one is at fault.

    The hint for x^T A x is x.T@A@x, that for norm(A*x - b)^2 is norm(A@x - b)**2, and that for 2x.T@x is 2*x.T@x.
    """
    syntax = _meant_notation(error, text)
    if syntax is None:
        return error
    try:
        read = _read(text, book, syntax, shapes)
    except MatcalcError:
        return error
    error.hint = f"write {read.text}"
    if syntax in _WHOLE:
        error.hint += f", or read the whole as {_WHOLE[syntax]} with --syntax {syntax}"
    return error


def _meant_notation(error, text):
    """Return the notation that a text with an error in the language may be in; None where nothing says it."""
    if not isinstance(error, ExpressionSyntaxError) or len(text) > _LONGEST_HINT:
        return None
    juxtaposed = error.message.startswith("missing operator")
    in_latex = _WRITTEN_AS_LATEX.search(text) and not _LANGUAGE_MARK.search(text)
    if in_latex and (juxtaposed or "^" in text or error.message.startswith("a prime")):
        return "latex"
    if juxtaposed:
        return "unicode"
    return "matlab" if error.message.startswith("'^' is not a power") else None


def notations(text):
    """Return the notations whose tokens occur in a text that is not in the language, the likeliest first."""
    if len(text) > MAX_CHARACTERS:
        return []
    if not _LATEX_MARK.search(text) and is_python(text):
        return ["python"]
    latex, entrywise = bool(_LATEX_MARK.search(text)), bool(_ENTRYWISE.search(text))
    if latex and not _LATEX_MARK.search(_SHORT_MACRO.sub(" ", text)) and _MATLAB_MARK.search(text):
        return ["matlab", "latex"]
    if latex:
        matlab = entrywise or bool(_MATLAB_MARK.search(text))
    elif _LANGUAGE_MARK.search(text):
        return []
    else:
        matlab = entrywise or bool(_MATLAB_MARK.search(text)) and not _BRACKETS.search(text)
    found = ["latex"] * latex + ["matlab"] * matlab
    return found[::-1] if entrywise else found


def _with_unicode(text, found):
    """Put Unicode's notation where its signs occur: before MATLAB's, and after that of LaTeX's commands."""
    if not has_marks(text) or len(text) > MAX_CHARACTERS:
        return found
    if not has_strong_marks(text):
        return [*found, "unicode"]
    return [*(syntax for syntax in found if syntax == "latex"), "unicode", *(s for s in found if s != "latex")]


def _read(text, book, syntax, shapes, context=None, complexes=frozenset()):
    if len(text) > MAX_CHARACTERS:
        raise LimitError(
            f"the formula has {len(text)} characters; at most {MAX_CHARACTERS} are read",
            hint="give repeated parts a name of their own",
        )
    declared = declared_shapes(shapes)
    sizes = {symbol.name for shape in declared.values() for size in shape for symbol in size.free_symbols}
    found = {}
    try:
        if syntax == "python":
            read, found = read_python(text, book, declared, context)
            if not complexes and _OF_COMPLEX.search(read):
                read = unparse(without_conjugates(parse_tree(read)))
            reading = Reading(None)
        else:
            matlab = {"complexes": complexes} if syntax == "matlab" else {}
            reading = _READERS[syntax](text, book, {*declared, *sizes}, **matlab)
            if not isinstance(reading, Reading):
                reading = Reading(reading)
            found = {name: shape for name, shape in reading.shapes.items() if name not in declared}
            known, numbers = {**declared_shapes(found), **declared}, []
            if not complexes:
                _refuse_conjugates(reading.tree, text)
            tree = _resolved(reading, text, book, known, syntax, numbers)
            read = unparse(_with_conjugates(tree, complexes, declared) if complexes else without_conjugates(tree))
            found |= dict.fromkeys(numbers, ())
        again = parse_tree(read)
        if reading.left:
            found |= shapes_of_step(reading.left, again, book, {**declared_shapes(found), **declared})
    except MatcalcError as error:
        if error.source != text:
            error.source, error.span = text, error.span if error.source is None else Span(0, len(text))
        raise
    notes = tuple(dict.fromkeys(reading.notes))
    said = (reading.wrt, reading.order, reading.assume, reading.spelled, reading.arrays)
    return Translation(read, syntax, again, found, notes, *said)


def without_conjugates(tree):
    """Return a tree of real names, in which conj(X) and real(X) are X."""
    made = {}
    for node in postorder(tree):
        parts = [made[id(child)] for child in children(node)]
        if isinstance(node, Call) and node.function in ("conj", "real") and len(parts) == 1:
            made[id(node)] = parts[0]
        else:
            same = all(new is old for new, old in zip(parts, children(node)))
            made[id(node)] = node if same else with_children(node, parts)
    return made[id(tree)]


def _refuse_conjugates(tree, text):
    r"""Raise at z^* and at a line over more than a name: conjugates of complex names, and other things of real ones."""
    for node in postorder(tree):
        written = text[node.span.start : node.span.end]
        if not isinstance(node, Call) or node.function != "conj":
            continue
        if _STARRED.search(written):
            hint = r"write X^{\top} for the transpose, x_{\star} for a name, or declare x complex for its conjugate"
            span = Span(text.rfind("^", node.span.start, node.span.end), node.span.end)
            raise ExpressionSyntaxError("'^*' is not read", source=text, span=span, hint=hint)
        dagger = _DAGGER.search(text, node.span.start)
        if dagger and dagger.end() >= node.span.end and not text[node.span.end : dagger.start()].strip():
            hint = r"write A^{\top} for the transpose, A^{+} for the pseudoinverse, or declare the names complex"
            raise ExpressionSyntaxError(r"'^\dagger' is not read", source=text, span=Span(*dagger.span()), hint=hint)
        line = _OVERLINED.match(written)
        if line:
            span = Span(node.span.start + line.start(1), node.span.start + line.end(1))
            hint = "give the whole a name, or declare the names in it complex"
            raise ExpressionSyntaxError(
                f"'{line[1]}' stands over more than a name", source=text, span=span, hint=hint
            )


def _with_conjugates(tree, complexes, declared):
    r"""Return a tree in which \bar{z} is the conjugate of a complex z, and not a name of its own."""
    barred = {f"{name}_bar": conjugate(Name(name)) for name in complexes if f"{name}_bar" not in declared}
    return substituted(tree, barred)


def _resolved(reading, text, book, known, syntax, numbers):
    """Return the tree in the language of what was read: its products, and its sums over an index."""
    if not reading.indices:
        return resolve(reading.tree, text, book, known, syntax, reading.notes, numbers)
    kinds = kinds_of(reading.tree, text, book, known, syntax)
    others = {name: shape for name, shape in known.items() if name not in kinds}
    tree = resolve(reading.tree, text, book, others, syntax, reading.notes, numbers, kinds)
    sums = with_arrays(tree, kinds, known)
    entries = entries_in(tree)
    for entry in entries:
        rows = len(entry.places) == 1 and kinds[entry.id] == "column"
        held = "rows" if rows else "entries"
        if rows or sums.names[entry.base] != entry.base:
            reading.arrays.setdefault(entry.base, (sums.names[entry.base], entry.id, held))
    reading.wrt = tuple(sums.names.get(name, name) for name in reading.wrt)
    in_order = sorted(reading.indices, key=lambda index: index.span)
    return with_ends(sums, entries, [index.name for index in in_order], known, text)
