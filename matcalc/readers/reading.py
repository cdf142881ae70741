"""What a formula says in one of the notations, in the language: by its reader, with its products resolved.

The readers are many modules: they are imported where a text is not in the language, which is found out before.
"""

from __future__ import annotations

import re

from ..bounds import MAX_CHARACTERS
from ..errors import ExpressionSyntaxError, LimitError, MatcalcError, ShapeError, Span
from ..language.nodes import IMAGINARY
from ..language.stacks import as_written, names_of_stacks, with_members
from ..language.syntax import (
    Call,
    Name,
    children,
    conjugate,
    names,
    parse_tree,
    postorder,
    rebuilt,
    substituted,
)
from ..language.unparse import unparse
from ..shapes.declared import declared_shapes, declared_stacks, sizes_of_stacks
from ..shapes.lifting.stacks import inferred_stacks
from .latex.reader import read_latex
from .matlab.parser import read_matlab
from .open_products.entries import entries_in, kinds_of, with_arrays, with_ends
from .open_products.resolve import resolve
from .python.reader import read_python
from .recursions import shapes_of_step
from .shared.reading import Reading
from .shared.translation import Translation
from .unicode.reader import read_unicode

_READERS = {"matlab": read_matlab, "latex": read_latex, "unicode": read_unicode}

_OF_COMPLEX = re.compile(r"\b(conj|real)\(|\.H\b")
_STARRED = re.compile(r"\^?\s*\{?\s*(\*|\\ast)\s*\}?\W*(\\right\W*)*$")
# of real matrices the pseudoinverse for some, the transpose for others
# the one argument of a function in code
_OF_ONE_NAME = re.compile(
    r"\s*(?:\w+\s*=\s*)?(?:@\(\s*(\w+)\s*\)|lambda\s+(\w+)\s*:)|\s*def\s+\w+\(\s*(\w+)\s*(?::[^,()]*)?\)"
    r"|\s*[A-Za-z]\w*\(\s*([A-Za-z]\w*)\s*\)\s*=(?!=)"
)
_DAGGER = re.compile(r"(?:\^\s*\{?\s*(?:-\s*1?\s*)?)?(?:\\dagger|†)(?:\s*\})?")
_OVERLINED = re.compile(r"(?:[\s({\[]|\\left\W)*(\\overline|\\bar)")


# the imaginary unit as it is printed
_UNIT = re.compile(r"\\mathrm\s*\{[ij]\}|(?<![A-Za-z_0-9\\.{])\d+j(?!\w|[{_^])")


def read_in(text, book, syntax, shapes, context=None, complexes=frozenset()):
    """Return the :class:`Translation` of a text in one notation; ``context``: where the source of a function stands.

    The others as for :func:`matcalc.readers.translate`, which raises the same.
    """
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
            read, found = read_python(text, book, declared, context, sizes_of_stacks(declared_stacks(shapes)))
            if not complexes and _OF_COMPLEX.search(read):
                read = unparse(without_conjugates(parse_tree(read)))
            reading = Reading(None)
        else:
            matlab = {"complexes": complexes} if syntax == "matlab" else {}
            reading = _READERS[syntax](text, book, {*declared, *sizes}, **matlab)
            if not isinstance(reading, Reading):
                reading = Reading(reading)
            found = {name: shape for name, shape in reading.shapes.items() if name not in declared}
            known, needed = {**declared_shapes(found), **declared}, {}
            if complexes or _UNIT.search(text):
                reading.tree = _with_unit(reading, {*declared, *complexes})
            if not complexes:
                _refuse_conjugates(reading.tree, text)
            stacks = declared_stacks(shapes)
            # [A]_k and A[k] of a declared stack are its matrices; what A_k is has still to be found
            reading.tree = with_members(reading.tree, stacks)
            if syntax == "matlab":
                _refuse_undeclared_stacks(reading.tree, stacks)
            tree = _resolved(reading, text, book, known, syntax, needed, stacks)
            tree = _with_definitions(tree, reading, text, book, known, syntax, needed)
            found |= inferred_stacks(tree, text, book, {**known, **declared_shapes(needed)}, stacks)
            tree = as_written(tree, stacks)
            read = unparse(_with_conjugates(tree, complexes, declared) if complexes else without_conjugates(tree))
            found |= needed
        again = parse_tree(read)
        if reading.left:
            found |= shapes_of_step(reading.left, again, book, {**declared_shapes(found), **declared})
    except MatcalcError as error:
        if error.source != text:
            error.source, error.span = text, error.span if error.source is None else Span(0, len(text))
        raise
    if syntax in ("matlab", "python") and context is None:
        _take_argument(reading, text, again)
    notes = tuple(dict.fromkeys(reading.notes))
    said = (reading.wrt, reading.order, reading.assume, reading.spelled, reading.arrays)
    return Translation(read, syntax, again, found, notes, *said)


def _refuse_undeclared_stacks(tree, stacks):
    """Raise at A(:, :, k) of a name without declared sizes: what such a product is depends on them."""
    for name in names_of_stacks(tree, stacks):
        calls = [node for node in postorder(tree) if isinstance(node, Call) and node.args]
        node = next(call for call in calls if getattr(call.args[0], "id", "") == name)
        hint = f'declare how many matrices there are, and their sizes: shapes={{"{name}": ("K", "n", "m")}}'
        raise ShapeError(f"{name} is a stack of matrices whose sizes are not known", span=node.span, hint=hint)


def _with_definitions(tree, reading, text, book, known, syntax, needed):
    """Return a tree with what the text says an array is, of which the formula has the entries."""
    stand_for = {}
    for base, defined in reading.defined.items():
        name = reading.arrays[base][0] if base in reading.arrays else base
        stand_for[name] = resolve(defined, text, book, known, syntax, reading.notes, needed)
    for name in stand_for:
        needed.pop(name, None)
        reading.arrays = {base: held for base, held in reading.arrays.items() if held[0] != name}
    return substituted(tree, stand_for) if stand_for else tree


def _take_argument(reading, text, tree):
    """Take the only w of @(w), lambda w: and def loss(w): for the name by which the text differentiates."""
    match = _OF_ONE_NAME.match(text)
    name = next(filter(None, match.groups()), None) if match else None
    if name in names(tree) and name != "x" and text.count("def ") < 2:
        reading.wrt = (name,)
        reading.note(f"the text differentiates by {name}")


def without_conjugates(tree):
    """Return a tree of real names, in which conj(X) and real(X) are X."""
    def real(node):
        conjugated = isinstance(node, Call) and node.function in ("conj", "real") and len(children(node)) == 1
        return node.args[0] if conjugated else node

    return rebuilt(tree, real)


def _refuse_conjugates(tree, text):
    r"""Raise at z^* and at a line over more than a name: conjugates of complex names, and other things of real ones."""
    for node in postorder(tree):
        written = text[node.span.start : node.span.end]
        if not isinstance(node, Call) or node.function != "conj":
            continue
        if _STARRED.search(written):
            hint = r"write X^{\top} for the transpose, x_{\star} for a name, or declare x complex for its conjugate"
            begin = max(text.rfind(sign, node.span.start, node.span.end) for sign in ("^", "*", "∗"))
            begin = max(text.rfind("^", node.span.start, node.span.end), 0) or begin
            span = Span(begin, node.span.end)
            raise ExpressionSyntaxError("'^*' is not read", source=text, span=span, hint=hint)
        dagger = _DAGGER.search(text, node.span.start)
        if dagger and dagger.end() >= node.span.end and not text[node.span.end : dagger.start()].strip():
            in_unicode = "†" in dagger[0]
            sign, turned, inverse = ("†", "Aᵀ", "A⁺") if in_unicode else (r"^\dagger", r"A^{\top}", "A^{+}")
            hint = f"write {turned} for the transpose, {inverse} for the pseudoinverse, or declare the names complex"
            raise ExpressionSyntaxError(f"'{sign}' is not read", source=text, span=Span(*dagger.span()), hint=hint)
        line = _OVERLINED.match(written)
        if line:
            span = Span(node.span.start + line.start(1), node.span.start + line.end(1))
            hint = "give the whole a name, or declare the names in it complex"
            raise ExpressionSyntaxError(
                f"'{line[1]}' stands over more than a name", source=text, span=span, hint=hint
            )


def _with_unit(reading, taken):
    """Return the tree with the imaginary unit for an undeclared i or j, of a formula about complex numbers."""
    used = {index.name for index in reading.indices}
    used |= {place.name for entry in entries_in(reading.tree) for place in entry.places}
    for name in ("i", "j"):
        if name in names(reading.tree) and name not in taken | used:
            reading.note(f"{name} is read as the imaginary unit; declare a shape of {name} for a name")
            return substituted(reading.tree, {name: Name(IMAGINARY)})
    return reading.tree


def _with_conjugates(tree, complexes, declared):
    r"""Return a tree in which \bar{z} is the conjugate of a complex z, and not a name of its own."""
    barred = {f"{name}_bar": conjugate(Name(name)) for name in complexes if f"{name}_bar" not in declared}
    return substituted(tree, barred)


def _resolved(reading, text, book, known, syntax, needed, stacks):
    """Return the tree in the language of what was read: its products, and its sums over an index."""
    if not reading.indices:
        return resolve(reading.tree, text, book, known, syntax, reading.notes, needed)
    kinds = kinds_of(reading.tree, text, book, known, syntax, stacks)
    others = {name: shape for name, shape in known.items() if name not in kinds}
    tree = resolve(reading.tree, text, book, others, syntax, reading.notes, needed, kinds)
    sums = with_arrays(tree, kinds, known)
    entries = entries_in(tree)
    for entry in entries:
        rows = len(entry.places) == 1 and kinds[entry.id] == "column"
        stack = kinds[entry.id] == "matrix"
        held = "rows" if rows else "matrices" if stack else "entries"
        if rows or stack or sums.names[entry.base] != entry.base:
            reading.arrays.setdefault(entry.base, (sums.names[entry.base], entry.id, held))
    reading.wrt = tuple(sums.names.get(name, name) for name in reading.wrt)
    in_order = sorted(reading.indices, key=lambda index: index.span)
    return with_ends(sums, entries, [index.name for index in in_order], known, text, stacks)
