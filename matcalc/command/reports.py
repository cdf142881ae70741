"""Reports of ``matcalc.linalg`` on the command line: text to a pipe, Unicode to a terminal, JSON on request."""

from __future__ import annotations

import sys

from ..errors import ArgumentError, MatcalcError
from ..service.records import error_record
from .streams import carries, is_terminal, write, write_error, write_json


def chosen_form(as_json, form):
    """Return the form of --json and --format; raises ArgumentError where they exclude each other."""
    if as_json and form not in (None, "json"):
        raise ArgumentError(f"--json and --format {form} exclude each other", hint="leave one of them out")
    return "json" if as_json else form


def answered(text, form, answer):
    """Return the exit code of ``answer()``; an error of the user's becomes a message, or an object for JSON.

    ``text`` is what the user asked about, for the record of an error.
    """
    try:
        return answer() or 0
    except MatcalcError as error:
        if form != "json":
            raise
        write_json(error_record(text, error))
        return error.exit_code


def show_report(report, form):
    """Write a report to stdout, in the form that was asked for or that suits stdout; ``form`` is not json."""
    if form == "unicode" or form is None and is_terminal(sys.stdout):
        shown = report.unicode()
        if carries(sys.stdout, shown):
            write(shown)
            return
    write(str(report))


def show_check(check):
    """Write to stderr what a check found; return the exit code: 1 where it found something wrong."""
    if check.ok is False:
        write_error(f"{check}; this is a bug in matcalc, please report it with the command", lead="internal error:")
        return 1
    write(str(check), err=True)
    return 0
