"""``matcalc check``: whether a person's own formula is the derivative, and what is wrong where it is not."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from ..answers.book import book_of
from ..errors import ArgumentError, MatcalcError
from ..language.syntax import parse_tree
from ..printers.unicode import unicode_text
from ..service.records import claim_record, error_record
from ..shapes.declarations import read_assumptions, read_shapes
from ..shapes.notes import for_command
from ..words import DOCUMENT_FORMATS
from .notation import syntax_of
from .streams import carries, input_lines, is_terminal, write, write_error, write_json
from .values import Given, in_claim, put_in, read_values
from .verdict import NOT_CHECKED, WRONG

RIGHT = 0


@dataclass(frozen=True)
class ClaimRequest:
    """The options of one call."""

    claims: tuple
    wrt: str | None
    layout: str
    order: int
    shape: tuple
    assume: tuple
    structure: str
    syntax: str
    form: str | None
    points: int
    seed: int
    rules: tuple
    convention: str = "wirtinger"
    values: tuple = ()


def run(expression, request):
    """Judge every claim about an expression; return the exit code: 1 where one is wrong, else the highest."""
    shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
    values = read_values(request.values)
    if values:
        declared = Given("", shapes, assume, syntax_of(request.syntax))
        expression, shapes, assume, syntax = put_in(expression, values, request.wrt, declared, request.rules)
        claims = [(label, in_claim(claim, values, declared, request.rules)) for label, claim in _claims(request)]
        request = replace(request, syntax=syntax)
        codes = [_judge(expression, claim, label, request, shapes, assume) for label, claim in claims]
        return WRONG if WRONG in codes else max(codes)
    codes = [_judge(expression, claim, label, request, shapes, assume) for label, claim in _claims(request)]
    return WRONG if WRONG in codes else max(codes)


def _claims(request):
    """Return pairs (label, claim); '-' stands for the lines of stdin."""
    if "-" not in request.claims:
        several = len(request.claims) > 1
        return [(f"{claim}: " if several else "", claim) for claim in request.claims]
    if len(request.claims) > 1:
        raise ArgumentError("--claim - reads the claims from the standard input", hint="leave the other --claim out")
    lines = [(f"line {n}: ", line.strip()) for n, line in enumerate(input_lines(), 1) if line.strip()]
    if not lines:
        raise ArgumentError("there is no claim on the standard input", hint="write one formula a line")
    return lines


def _judge(expression, claim, label, request, shapes, assume):
    from ..claims import check

    try:
        report = check(
            expression,
            claim,
            request.wrt,
            request.layout,
            request.order,
            shapes,
            assume,
            request.structure,
            request.rules,
            syntax_of(request.syntax),
            request.points,
            request.seed,
            request.convention,
        )
    except MatcalcError as error:
        if request.form == "json":
            write_json({**error_record(expression, error), "claim": claim})
        else:
            write_error(error, label)
        return error.exit_code
    if request.form == "json":
        write_json(claim_record(expression, report))
    else:
        _show(report, request, label)
    return RIGHT if report.ok else NOT_CHECKED if report.ok is None else WRONG


def _show(report, request, label):
    """Write the lines of a report to stdout, in Unicode where it is wanted and can be shown, after ✓ or ✗."""
    if report.ok is None:
        write(f"{label}{report.message}", err=True)
        return
    unicode = request.form == "unicode" or request.form is None and is_terminal(sys.stdout)
    first, *others = _lines(report, request, unicode and carries(sys.stdout, "✓✗∂ᵀ²"))
    lead, colour = ("✓", "green") if report.ok else ("✗", "red")
    if is_terminal(sys.stdout) and carries(sys.stdout, lead):
        write(f" {label}{first}", lead=lead, fg=colour)
    else:
        write(f"{label}{first}")
    for line in others:
        write(line)


def _lines(report, request, unicode):
    """Return the lines of a report, formulas as the request wants them."""
    from ..claims.sentences import report_lines

    book = book_of(request.rules)

    def written(text):
        return unicode_text(parse_tree(text), book, _declared(report.shapes)) if unicode else text

    report = replace(report, notes=tuple(for_command(report.notes)))
    right = request.form if request.form in DOCUMENT_FORMATS else None
    return report_lines(report, written, right)


def _declared(shapes):
    """Return shapes, pairs of texts, as declarations have them."""
    return {name: () if shape == ("1", "1") else shape for name, shape in shapes.items()}
