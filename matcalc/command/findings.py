"""Answers of one or several named expressions on the command line: values to stdout, what was found to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from ..answers.findings import Findings, Part
from ..errors import ArgumentError, MatcalcError
from ..libraries import trouble
from ..printers.formats import in_document
from ..service.records import error_record
from ..shapes.declarations import read_assumptions, read_shapes
from ..words import DOCUMENT_FORMATS
from .notation import syntax_of
from .streams import carries, input_lines, is_terminal, write, write_error, write_json
from .values import Given, put_in, read_values
from .verdict import NOT_CHECKED, WRONG

STANDARD_POINTS = 2


@dataclass(frozen=True)
class FindingsRequest:
    """The options that commands with such answers share; ``check``, ``points`` and ``seed`` are None if not given."""

    form: str | None
    shape: tuple
    assume: tuple
    rules: tuple
    syntax: str
    check: bool | None
    points: int | None
    seed: int | None
    steps: bool = False
    values: tuple = ()

    def given(self, text: str, wrt: object) -> tuple[str, dict]:
        """Return a formula with the values that were given in it, and the arguments of the interface for the rest."""
        found, values = self.arguments(), read_values(self.values)
        if not values:
            return text, found
        declared = Given(text, found["shapes"], found["assume"], found["syntax"])
        again = put_in(text, values, wrt, declared, self.rules)
        return again.text, {**found, "shapes": again.shapes, "assume": again.assume, "syntax": again.syntax}

    def arguments(self) -> dict:
        """Return the arguments of the interface that the options stand for."""
        return {
            "shapes": read_shapes(self.shape),
            "assume": read_assumptions(self.assume),
            "rules": self.rules,
            "syntax": syntax_of(self.syntax),
        }


def run(source: str, request: FindingsRequest, answer: Callable[[str], Findings]) -> int:
    """Show an answer about an expression, or about every line of stdin where it is '-'; return the exit code."""
    if request.check is False and (request.points is not None or request.seed is not None):
        raise ArgumentError(
            "--points and --seed are for the check, which --no-check leaves out", hint="leave one of them out"
        )
    if source != "-":
        return _answered(source, request, answer, "")
    codes = [
        _answered(line.strip(), request, answer, f"line {number}: ")
        for number, line in enumerate(input_lines(), 1)
        if line.strip()
    ]
    if not codes:
        raise ArgumentError("there is no expression on the standard input", hint="write one a line")
    return WRONG if WRONG in codes else max(codes)


def _answered(text: str, request: FindingsRequest, answer: Callable[[str], Findings], label: str) -> int:
    try:
        findings = answer(text)
        check = _check(findings, request)
        if request.form == "json":
            write_json({**findings.record(), "check": None if check is None else _check_record(check)})
        else:
            _show(findings, text, request, label)
            _show_check(check, label)
    except MatcalcError as error:
        if request.form == "json":
            write_json(error_record(text, error))
        else:
            write_error(error, label)
        return error.exit_code
    if check is None or check.ok:
        return 0
    if check.ok is False:
        return WRONG
    return NOT_CHECKED if request.check or request.points is not None or request.seed is not None else 0


@dataclass(frozen=True)
class _Unchecked:
    reason: str
    ok: None = None

    def __str__(self) -> str:
        return f"not checked: {self.reason}"


def _check(findings: Findings, request: FindingsRequest):
    if request.check is False:
        return None
    if trouble():
        return _Unchecked(trouble())
    points = STANDARD_POINTS if request.points is None else request.points
    return findings.check(points, request.seed or 0)


def _check_record(check: object) -> dict:
    kept = ("ok", "points", "max_error", "deviation", "draws", "seed")
    return {**{name: getattr(check, name) for name in kept if hasattr(check, name)}, "told": str(check)}


def _show(findings: Findings, text: str, request: FindingsRequest, label: str) -> None:
    terminal = is_terminal(sys.stdout)
    if request.steps:
        for number, step in enumerate(findings.steps, 1):
            source = f"   [{step.source}]" if step.source else ""
            shown = f": {step.expression}" if step.expression else ""
            write(f"{label}{number}  {step.rule}{shown}{source}")
    parts = findings.parts
    for part in parts:
        lead, value = written(part, request.form, terminal)
        write(f"{lead} {part.sign} {value}" if lead and (len(parts) > 1 or terminal) else value)
    if findings.inputs and findings.inputs[0].strip() != text.strip():
        write(f"{label}of: {findings.inputs[0]}", err=True)
    told = ";  ".join(findings.told)
    write(label + told, err=not terminal)


def written(part: Part, form: str | None, terminal: bool) -> tuple[str, str]:
    """Return the left side of a part and its value, in the form that was asked for or that suits stdout."""
    if form in DOCUMENT_FORMATS:
        return part.latex or part.text, in_document(part.value.latex(), form)
    if form == "unicode" or form is None and terminal:
        shown = part.value.unicode()
        if carries(sys.stdout, shown + part.unicode):
            return part.unicode or part.text, shown
    return part.text, str(part.value)


def _show_check(check, label: str) -> None:
    if check is None:
        return
    if check.ok is False:
        told = f"{check}; this is a bug in matcalc, please report it with the command"
        write_error(told, label, lead="internal error:")
    else:
        write(f"{label}{check}", err=True)
