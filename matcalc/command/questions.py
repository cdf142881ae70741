"""One command for many expressions: every line of stdin, every variable, each with its errors and exit code."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..answers.book import book_of
from ..answers.index_form import is_tensor
from ..api import diff, parse
from ..errors import ArgumentError, MatcalcError
from ..language.syntax import names, parse_tree
from ..readers import translate
from ..service.records import error_record
from ..shapes.declarations import read_assumptions, read_shapes
from .arguments import one_question
from .notation import announce, syntax_of
from .streams import input_lines, write_error, write_json
from .values import read_values
from .verdict import WRONG


@dataclass(frozen=True)
class Request:
    """The options of one call; ``check``, ``points``, ``seed`` and ``mode`` are None where they were not given.

    ``check`` is what answers are compared with, False for nothing.
    """

    wrt: tuple
    layout: str
    order: int
    shape: tuple
    assume: tuple
    structure: str
    form: str | None
    check: str | bool | None
    points: int | None
    seed: int | None
    rules: tuple
    syntax: str = "auto"
    mode: str | None = None
    along: tuple = ()
    notation: str | None = None
    function: tuple = ()
    convention: str = "wirtinger"
    paper: str | None = None
    values: tuple = ()

    @property
    def check_demanded(self):
        """Whether a check that cannot run is a failure."""
        return bool(self.check) or self.points is not None or self.seed is not None


def run(source, request, one):
    """Answer for an expression, or for every line of stdin where it is '-'; return the exit code.

    ``one(function, variable, request, shapes, label)`` answers for one expression by one variable and returns its code.

    The code is the worst one: 1 (an answer is wrong) before every other, otherwise the highest.
    """
    if request.check is False and request.check_demanded:
        raise ArgumentError(
            "--points and --seed are for the check, which --no-check leaves out", hint="leave one of them out"
        )
    try:
        shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
        request = replace(request, values=read_values(request.values))
    except MatcalcError as error:
        return _report(error, source, request)
    if source != "-":
        return _answer(source, request, one, shapes, assume)
    codes = [
        _answer(line.rstrip("\r\n"), request, one, shapes, assume, number)
        for number, line in enumerate(input_lines(), 1)
        if line.strip()
    ]
    if not codes:
        raise ArgumentError("there is no expression on the standard input", hint='echo "x.T@A@x" | matcalc diff -')
    return _worst(codes)


def _worst(codes):
    return WRONG if WRONG in codes else max(codes)


def _report(error, text, request, label=""):
    if request.form == "json":
        write_json(error_record(text, error))
    else:
        write_error(error, label)
    return error.exit_code


def _answer(text, request, one, shapes, assume, line=None):
    """Answer for one expression, by every variable; return the exit code. ``line``: its number on stdin."""
    label = f"line {line}: " if line else ""
    try:
        syntax = syntax_of(request.syntax)
        if line and assume:
            assume = of_this_line(translate(text, book_of(request.rules), syntax, shapes).text, assume)
        function = parse(text, shapes, assume, request.rules, syntax, list(request.function))
    except MatcalcError as error:
        return _report(error, text, request, label)
    if request.form != "json":
        announce(function, label)
    if line and request.values:  # they are for all lines together
        values = {name: value for name, value in request.values.items() if name in function.shapes}
        request = replace(request, values=values or None)
    codes = []
    for variable in _variables(request):
        try:
            with one_question():
                codes.append(one(function, variable, request, shapes, label))
        except MatcalcError as error:
            codes.append(_report(error, text, request, label))
    return _worst(codes)


def _variables(request):
    """Return what is differentiated by, a name or None for each answer; of order 2 and several names every pair."""
    names = request.wrt or (None,)
    if request.order != 2 or len(names) == 1:
        return names
    return [first if first == second else (first, second) for first in names for second in names]


def derivative_of(function, variable, request, shapes):
    """Return the derivative of a function by a name, None for the likely one, or by a pair of names in turn."""
    options = {"structure": request.structure, "rules": request.rules, "along": list(request.along) or None}
    options["convention"] = request.convention
    options["values"] = request.values
    if isinstance(variable, tuple):
        found = diff(function, list(variable), request.layout, request.order, shapes, **options)[variable]
    else:
        found = diff(function, variable, request.layout, request.order, shapes, **options)
    if request.notation == "kron" and is_tensor(found.query):
        raise ArgumentError(
            "this derivative has three or more indices, and a matrix two",
            hint="--form index, or a direction: --along u",
        )
    return found.index() if request.notation in ("index", "tensor") else found


def of_this_line(text, assume):
    """Return the assumptions about the names that a line has: on stdin they are for all lines together."""
    present = names(parse_tree(text))
    return {name: words for name, words in assume.items() if name in present}
