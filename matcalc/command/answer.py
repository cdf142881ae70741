"""A derivative as the command line shows it: the line for a person, the line for a pipe, the JSON object."""

from __future__ import annotations

import sys
import textwrap

from ..answers.index_form import IndexForm
from ..printers.formats import in_document
from ..printers.quotients import TEXT_MARKS, UNICODE_MARKS, mixed_quotient, quotient
from ..rulebook.facts import facts_with
from ..service.words import letter_of, shape_text
from ..shapes.reading import ROW
from ..shapes.spelling import NUMBER
from ..words import DOCUMENT_FORMATS, LAYOUT_NAMES
from .notation import write_notes
from .streams import carries, is_terminal, terminal_width, write

STRUCTURE_FACTS = facts_with(square=True, tied=True)
STRUCTURE_NAMES = {
    "free": "entries vary freely",
    "projected": "projected on the structure",
    "parametrized": "by the free parameters",
}
_RESULT_WIDTH = 26
_LONGEST_NOTE = 40


def show(function, derivative, request, label=""):
    """Write a derivative to stdout, and under what it was found: in the same line of a terminal, else to stderr.

    ``function`` is the expression that was differentiated.
    """
    if not is_terminal(sys.stdout) or request.form in DOCUMENT_FORMATS:
        write(text_for(derivative, request))
        write(label + details(function, derivative), err=True)
        write_notes(derivative, label)
        return
    if isinstance(derivative, IndexForm):
        _show_index(function, derivative, request, label)
        return
    parts, definitions, spelled, marks = str(derivative).rpartition("; "), [], str, TEXT_MARKS
    shown, before = parts[2], "".join(parts[:2])
    if request.form != "text" and carries(sys.stdout, "∂ᵀ²"):
        from ..service.abbreviate import abbreviated, name_in_unicode  # and the Unicode printer: a pipe needs neither

        candidate, found = abbreviated(derivative)
        if carries(sys.stdout, candidate + "".join(found)):
            shown, definitions, before = candidate, found, ""
            spelled, marks = name_in_unicode, UNICODE_MARKS
    line = f"{before}{_left_side(function, derivative, spelled, marks)} = {shown}"
    for part in _lines(line, details(function, derivative, definitions)):
        write(part)
    write_notes(derivative, label)


def _show_index(function, form, request, label):
    """Write an index form to a terminal, with what it is the value of."""
    shown = text_for(form, request)
    kind = "unicode" if shown != str(form) and not shown.isascii() else "text"
    for part in _lines(f"{form.left_side(kind)} = {shown}", details(function, form)):
        write(part)
    write_notes(form, label)


def text_for(derivative, request):
    """Return the derivative alone, in the form that was asked for or that suits stdout."""
    if isinstance(derivative, IndexForm) and request.notation == "tensor":
        return derivative.einsum
    if request.form in DOCUMENT_FORMATS:
        return in_document(derivative.latex(), request.form)
    if request.form == "unicode" or request.form is None and is_terminal(sys.stdout):
        shown = derivative.unicode()
        if carries(sys.stdout, shown):
            return shown
    return str(derivative)


def _left_side(function, derivative, spelled, marks):
    """Return the left-hand side: ∂f/∂x, ∂y/∂x for a column, ∂²f/∂x∂xᵀ for a second derivative."""
    query, shapes = derivative.query, derivative.shapes
    above = letter_of(function, shapes)
    if query.is_usual:
        return quotient(above, spelled(query.target), function.shape, derivative.variable_shape, query.order, marks)
    below, along = ([spelled(name) for name in names] for names in (query.free, query.along))
    return mixed_quotient(above, below, function.shape, [shapes[name] for name in query.free], along, marks)


def details(function, derivative, definitions=()):
    """Return under what the answer was found: its shape, layout and variable, the names' shapes, the conditions."""
    variable = derivative.variable_shape
    words = [shape_text(derivative.shape)]
    indexed = isinstance(derivative, IndexForm)
    words += [derivative.told_axes] if indexed and derivative.axes else []
    same_in_all = len(derivative.query.free) == 2 and not function.shape or indexed
    if not same_in_all and (function.shape or variable):
        words.append(LAYOUT_NAMES[derivative.layout])
    by = dict.fromkeys(derivative.by) if derivative.query.part is None else [derivative.target]
    words.append(f"by {' and '.join(by)}")
    words += [f"along {' and '.join(derivative.along)}"] if derivative.along else []
    facts = {word for name in derivative.by for word in derivative.assume.get(name, ())}
    by_parameters = derivative.target.endswith(")")  # vech(S): they vary freely, and the entries do not
    if not by_parameters and (derivative.structure != "free" or STRUCTURE_FACTS & facts):
        words.append(STRUCTURE_NAMES[derivative.structure])
    names = ", ".join(
        f"{name}: {_marked(derivative, name)}{_facts(derivative, name)}"
        for name, _ in sorted(derivative.shapes.items(), key=_matrices_first)
    )
    parts = [", ".join(words), *definitions, names]
    if derivative.where:
        parts.append("where " + ", ".join(derivative.where))
        parts += _everywhere(derivative)
    return ";  ".join(parts)


def _everywhere(derivative):
    """Return a note with the form that holds everywhere, where there is one that is as short as a note."""
    if isinstance(derivative, IndexForm) or derivative.length > _LONGEST_NOTE or derivative.everywhere is derivative:
        return []
    if derivative.everywhere.where:
        return []
    shown = str(derivative.everywhere)
    if "ratio(" in shown:
        return ["everywhere with 0/0 = 0"]
    return [f"everywhere {shown}"] if derivative.everywhere.length <= _LONGEST_NOTE else []


def _marked(derivative, name):
    """Return the shape of a name, with a mark where it was guessed."""
    shape = shape_text(derivative.shapes[name])
    guess = derivative.elaborated.guesses.get(name)
    return "a number" if guess == NUMBER else f"a row, {shape}" if guess == ROW else shape


def _matrices_first(item):
    name, shape = item
    return (not shape, bool(shape) and shape[1] == 1)


def _facts(derivative, name):
    return "".join(f" {word}" for word in derivative.assume.get(name, ()))


def _lines(shown, told):
    """Return the answer in one line where the terminal is wide enough, else with the details below it."""
    width = terminal_width()
    line = f"{shown:<{_RESULT_WIDTH}}    {told}"
    if len(line) <= width:
        return [line]
    return [
        shown,
        *textwrap.wrap(
            told,
            max(20, width),
            initial_indent="    ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        ),
    ]
