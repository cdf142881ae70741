"""``%load_ext matcalc``: the magics %mdiff, %%mdiff, %msteps, %%msteps, %mcheck, and errors as message with caret."""

from __future__ import annotations

import re
import shlex
import sys
from argparse import ArgumentParser, Namespace
from typing import Any, NoReturn

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from ..answers.derivative import Derivative
from ..answers.derivatives import Derivatives
from ..api import diff
from ..claims import check
from ..claims.report import ClaimReport
from ..errors import ArgumentError, MatcalcError
from ..service.records import disagreement
from ..shapes.declarations import read_assumptions, read_shapes
from ..shapes.notes import for_command
from ..steps.derivation import Derivation

_OPTION = re.compile(r"(?:^|\s)--[a-z]")


def load(shell: Any) -> None:
    """Register the magics with a shell of IPython, and show a user's errors without their traceback."""
    shell.register_magics(MatcalcMagics)
    shell.set_custom_exc((MatcalcError,), _show_error)


def _show_error(shell: Any, kind: type, error: MatcalcError, traceback: Any, tb_offset: int | None = None) -> list[str]:
    print(f"error: {error}", file=sys.stderr)
    return [f"{kind.__name__}: {error}"]


class _Options(ArgumentParser):
    """The options of a magic, those of the command line; what is wrong with them is a MatcalcError."""

    def __init__(self, magic: str, claim: bool) -> None:
        super().__init__(f"%{magic}", add_help=False, allow_abbrev=False)
        self.add_argument("--wrt", action="append")
        self.add_argument("--layout", default="denom")
        self.add_argument("--order", type=int, default=1)
        self.add_argument("--shape", action="append", default=[])
        self.add_argument("--assume", action="append", default=[])
        self.add_argument("--structure", default="free")
        self.add_argument("--syntax", default="auto")
        if claim:
            self.add_argument("--claim", required=True)

    def error(self, message: str) -> NoReturn:
        raise ArgumentError(message, hint=f"{self.prog}? shows what it takes")


def _asked(magic: str, line: str, cell: str | None, claim: bool = False) -> tuple[str, Namespace]:
    """Return the formula, which stands in front of the options or in the cell, and the options."""
    begin = _OPTION.search(line)
    formula, words = (line[: begin.start()], line[begin.start() :]) if begin else (line, "")
    formula = formula.strip()
    if formula[:1] in ("'", '"') and formula[-1:] == formula[:1]:
        formula = formula[1:-1]
    if cell is not None and formula:
        raise ArgumentError("a formula stands in the cell, and in its first line too", hint="leave one of them out")
    formula = formula if cell is None else cell.strip()
    if not formula:
        raise ArgumentError("a formula is missing", hint=f"write %{magic} x.T@A@x")
    try:
        options = _Options(magic, claim).parse_args(shlex.split(words))
    except ValueError as problem:
        raise ArgumentError(f"the options cannot be read: {problem}", hint="close the quotation mark") from None
    return formula, options


def _differentiated(formula: str, options: Any) -> Derivative | Derivatives:
    wrt = options.wrt if options.wrt is None or len(options.wrt) > 1 else options.wrt[0]
    return diff(
        formula,
        wrt,
        options.layout,
        options.order,
        read_shapes(options.shape) or None,
        read_assumptions(options.assume) or None,
        options.structure,
        syntax=None if options.syntax == "auto" else options.syntax,
    )


@magics_class
class MatcalcMagics(Magics):
    """Questions as lines and cells of a notebook; the options are those of the command line."""

    @no_var_expand
    @line_cell_magic
    def mdiff(self, line: str, cell: str | None = None) -> Derivative | Derivatives:
        """Differentiate a formula; the derivative is the cell's value. It is checked, and notes are shown.

        %mdiff x.T@A@x --layout num --assume "A symmetric"

        Options: --wrt (may be repeated), --layout, --order, --shape, --assume, --structure, --syntax, as those of
        ``matcalc diff``. As %%mdiff, with the options in its first line, it takes the cell as the formula.
        """
        formula, options = _asked("mdiff", line, cell)
        found = _differentiated(formula, options)
        for derivative in [found] if isinstance(found, Derivative) else found:
            self._say(derivative)
        return found

    @no_var_expand
    @line_cell_magic
    def msteps(self, line: str, cell: str | None = None) -> Derivation:
        """Derive a derivative line by line; the derivation is the cell's value. The options are those of %mdiff."""
        formula, options = _asked("msteps", line, cell)
        found = _differentiated(formula, options)
        if not isinstance(found, Derivative):
            raise ArgumentError("steps are shown by one name at a time", hint="give one --wrt")
        self._notes(found)
        return found.derivation

    @no_var_expand
    @line_cell_magic
    def mcheck(self, line: str, cell: str | None = None) -> ClaimReport:
        """Judge whether --claim is the derivative of a formula, and say what is wrong where it is not.

        %mcheck x.T@A@x --claim "2*A@x"
        """
        formula, options = _asked("mcheck", line, cell, claim=True)
        return check(
            formula,
            options.claim,
            options.wrt[0] if options.wrt else None,
            order=options.order,
            shapes=read_shapes(options.shape) or None,
            assume=read_assumptions(options.assume) or None,
            structure=options.structure,
            syntax=None if options.syntax == "auto" else options.syntax,
        )

    @staticmethod
    def _notes(derivative: Derivative) -> None:
        for note in for_command(derivative.notes):
            print(f"note: {note}", file=sys.stderr)

    def _say(self, derivative: Derivative) -> None:
        report = derivative.check()
        if report.ok is False:
            raise disagreement(derivative, report)
        self._notes(derivative)
        print(f"checked: {report}" if report.ok else str(report), file=sys.stderr)
