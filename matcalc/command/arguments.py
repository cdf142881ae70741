"""How the command line is read: suggestions, expressions that begin with a minus sign, exit codes.

Imports neither sympy nor torch: ``matcalc --help`` runs through here.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import nullcontext, suppress
from difflib import get_close_matches

import click

from ..budget import limits, parse_limits, without_library
from ..errors import ArgumentError, MatcalcError
from ..words import SYNTAXES, known_word
from .progress import shown_progress
from .streams import discard_output, write_error

INTERNAL_ERROR = 1
USAGE_ERROR = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
# the number that sysexits.h has for errors of input and output
UNWRITTEN = 74
_OPERATORS = frozenset("@*+/.(=^ ")
_LIMITED = "matcalc.limited"


def suggestion(word, known, otherwise):
    """Return a hint: the known word that was probably meant, else ``otherwise``."""
    close = get_close_matches(word, list(known), 1, 0.5)
    if not close:
        return otherwise
    return f"did you mean {close[0]}?" if close[0].startswith("-") else f"did you mean '{close[0]}'?"


class Word(click.Choice):
    """One of a few words; an error names the nearest of them."""

    def __init__(self, what, choices):
        super().__init__(choices)
        self.what = what

    def convert(self, value, param, ctx):
        """Return the value; raises ArgumentError with a suggestion."""
        return super().convert(known_word(self.what, value, self.choices), param, ctx)


class ExpressionCommand(click.Command):
    """A command whose argument may begin with a minus sign: -x.T@x is an expression, --layot a mistake."""

    def __init__(self, *args, **kwargs):
        kwargs["context_settings"] = {**kwargs.get("context_settings", {}), "ignore_unknown_options": True}
        super().__init__(*args, **kwargs)

    def parse_args(self, ctx, args):
        """Read the arguments; raises ArgumentError for an option that there is not."""
        args = [self._with_value(arg, following) for arg, following in zip(args, [*args[1:], ""])]
        if not ctx.resilient_parsing:
            self._refuse_unknown(ctx, args)
        return super().parse_args(ctx, args)

    def _with_value(self, arg, following):
        """Return an argument as click reads it: an option whose value may be left out takes no expression for one."""
        if arg == "-h":
            return "--help"
        option = next((p for p in self.params if arg in p.opts and isinstance(p.type, Word)), None)
        optional = option is not None and not option.is_flag and isinstance(option.flag_value, str)
        return f"{arg}={option.flag_value}" if optional and following not in option.type.choices else arg

    def _refuse_unknown(self, ctx, args):
        options = {
            name: option
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        rest = iter(args)
        for arg in rest:
            name, equals, _ = arg.partition("=")
            if arg == "--":
                return
            if name in options:
                if not options[name].is_flag and not equals:
                    next(rest, None)
            elif arg.startswith("--"):
                raise ArgumentError(f"no such option '{name}'", hint=_option_hint(ctx, name, options))


def _option_hint(ctx, name, options):
    if set(name[2:]) & _OPERATORS:
        return f'for an expression with two minus signs in front: {ctx.command_path} -- "{name}"'
    return suggestion(name, options, f"{ctx.command_path} --help lists the options")


class CommandLine(click.Group):
    """The group of all commands: every way to end has its exit code, and none shows a traceback."""

    def add_command(self, cmd, name=None):
        """Add a command, which then takes --limit as all do."""
        cmd.params.append(_limit_option())
        super().add_command(cmd, name)

    def parse_args(self, ctx, args):
        """Read the arguments; without any, show the help as an error."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(USAGE_ERROR)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx, args):
        """Return the command that the first argument names; raises ArgumentError with a suggestion."""
        word = args[0]
        if self.get_command(ctx, word) is None and not ctx.resilient_parsing and not word.startswith("-"):
            if set(word) & _OPERATORS:
                hint = f'did you mean: {ctx.command_path} diff "{word}"?'
            else:
                hint = suggestion(word, self.commands, f"one of {', '.join(self.commands)}")
            raise ArgumentError(f"no such command '{word}'", hint=hint)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx):
        """Run the command; a reader of the pipe who leaves early ends it quietly."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            discard_output()
            return BROKEN_PIPE

    def main(self, args=None, prog_name=None, **extra):
        """Run the command line and exit with its code."""
        extra["standalone_mode"] = False
        try:
            with shown_progress(sys.stderr):
                code = super().main(args, prog_name or "matcalc", **extra)
        except (click.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        except MatcalcError as error:
            write_error(error)
            code = error.exit_code
        except click.ClickException as error:
            code = _show_usage(error)
        except ImportError as error:
            code = _show_missing(error)
        except OSError as error:
            code = _show_unwritten(error)
        except Exception as error:  # whatever it is, the user gets a sentence and not a traceback
            code = _show_internal(error)
        raise SystemExit(code or 0)


def _show_usage(error):
    """Show one of click's errors in the form that all errors have; return the exit code."""
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path if context else 'matcalc'} --help shows the options"
    for option in getattr(error, "possibilities", None) or ():
        message, hint = f"no such option '{error.option_name}'", f"did you mean {option}?"
    write_error(MatcalcError(message[:1].lower() + message[1:], hint=hint))
    return USAGE_ERROR


def _show_unwritten(error):
    """Say that the answer could not be written, where even that can be; return the exit code."""
    reason = error.strerror or str(error)
    with suppress(OSError):
        write_error(MatcalcError(f"the output cannot be written: {reason}", hint="free space, or write it elsewhere"))
    discard_output()
    return UNWRITTEN


def _show_missing(error):
    """Show that a library is missing, one that may be; return the exit code."""
    found = without_library(error, "this command")
    if not isinstance(found, MatcalcError):
        return _show_internal(error)
    write_error(found)
    return found.exit_code


def _show_internal(error):
    """Show an error that nobody foresaw, in one line, or whole where MATCALC_DEBUG is set; return the exit code."""
    if os.environ.get("MATCALC_DEBUG"):
        traceback.print_exception(error)
    detail = " ".join(str(error).split())[:200]
    what = f"{type(error).__name__}: {detail}" if detail else type(error).__name__
    write_error(
        f"{what}; this is a bug, please report it with the command (MATCALC_DEBUG=1 shows the traceback)",
        lead="internal error:",
    )
    return INTERNAL_ERROR


def _limit_option():
    return click.Option(
        ["--limit"],
        multiple=True,
        metavar="TEXT",
        expose_value=False,
        callback=_set_limits,
        help='What one question may take: "seconds=5", "work=1000000", "memory=500MB".',
    )


def _set_limits(ctx, _parameter, texts):
    if texts and not ctx.resilient_parsing:
        ctx.call_on_close(limits(**parse_limits(texts)).restore)
        ctx.meta[_LIMITED] = True


def one_question():
    """Return a context for what --limit bounds in sum: an answer with its check; without it each has its own bounds."""
    ctx = click.get_current_context(silent=True)
    return limits() if ctx is not None and ctx.meta.get(_LIMITED) else nullcontext()


shape_option = click.option(
    "--shape", multiple=True, metavar="TEXT", help='Declare shapes: "A: n×m, x: n, c: scalar".'
)
assume_option = click.option(
    "--assume", multiple=True, metavar="TEXT", help='Declare facts: "A symmetric, S pd, x positive".'
)
rules_option = click.option(
    "--rules", multiple=True, metavar="FILE", type=click.Path(), help="Add the functions of a rule file."
)

syntax_option = click.option(
    "--syntax",
    type=Word("syntax", ("auto", *SYNTAXES)),
    default="auto",
    show_default=True,
    help="The notation of what is typed; auto finds it, and says what it read where it is not matcalc's own.",
)
