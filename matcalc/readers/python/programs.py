"""The statements of a text: what its names stand for, and what it computes in the end."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...errors import Span
from ...language.syntax import Name, Number
from . import functions
from .data import data_dimensions
from .nodes import Append, Assign, Function, Import, Loop, Result
from .operations import NAME, NUMBER, Op
from .values import Closure, Library


class Program(NamedTuple):
    """What a text computes: its value, {id: (name, operation)} of what the text names, and the sizes it asks for.

    ``equal``: pairs of such sizes that are the same, as those of the arrays of a zip.
    """

    value: Op
    named: dict
    places: dict
    equal: list


class Programs:
    """The part of the expansion that knows statements; all attributes are the expansion's."""

    # -- statements ---------------------------------------------------------------------------------------

    def program(self: Any, statements: list) -> Program:
        """Return what the statements compute: the value of the last expression, or of the last function."""
        scope: dict = {}
        value = None
        last = len(statements) - 1
        for place, statement in enumerate(statements):
            if isinstance(statement, Import):
                scope[statement.name] = Library(functions.full_name(statement.full))
            elif isinstance(statement, Function):
                scope[statement.name] = value = Closure(statement, scope)
            elif isinstance(statement, Result):
                if place < last and statement.pulled:
                    continue
                if place < last and not statement.returned:
                    self.fail("this line changes nothing", statement.value.span, "leave it out, or assign its value")
                value = self.evaluate(statement.value, scope)
            elif isinstance(statement, Append):
                self.append(statement, scope)
            elif isinstance(statement, Loop):
                value = self.loop(statement, scope)
            else:
                value = self.assign(statement, scope)
        if isinstance(value, Closure):
            value = self.open_function(value)
        if value is None:
            self.fail("there is no value to differentiate", Span(0, len(self.text)), "end with the expression of it")
        return Program(self.array(value, Span(0, len(self.text))), self.named, self.places, self.equal)

    def assign(self: Any, statement: Assign, scope: dict) -> Any:
        """Give names their values; return the value."""
        data = data_dimensions(statement.value) if not statement.several and self.span is None else None
        if data is not None:
            name = statement.names[0]
            scope[name.id] = self.variable(name, (data,))
            return scope[name.id]
        value = self.evaluate(statement.value, scope)
        if not statement.several:
            (name,) = statement.names
            scope[name.id] = value
            self.keep(name.id, value)
            return value
        for index, name in enumerate(statement.names):
            scope[name.id] = self.part(value, index, statement.value.span, len(statement.names))
            self.keep(name.id, scope[name.id])
        return value

    def keep(self: Any, name: str, value: Any) -> None:
        """Remember what the text calls an operation."""
        if isinstance(value, Op) and value.kind not in (NAME, NUMBER):
            self.named.setdefault(id(value), (name, value))

    def open_function(self: Any, closure: Closure) -> Any:
        """Return the value of a function whose parameters are the variables."""
        span = closure.function.span
        variables = {
            name: self.variable(Name(name, span), ((0, 1, 2),) if isinstance(default, Number) else ())
            for name, default in closure.params
        }
        return self.body(closure, {**closure.scope, **variables})

    def body(self: Any, closure: Closure, scope: dict) -> Any:
        """Return the value that a function returns, the names of its scope known."""
        for statement in closure.function.body:
            if isinstance(statement, Import):
                scope[statement.name] = Library(functions.full_name(statement.full))
            elif isinstance(statement, Function):
                scope[statement.name] = Closure(statement, scope)
            elif isinstance(statement, (Assign, Append, Loop)):
                self.block((statement,), scope)
            elif statement.returned:
                return self.evaluate(statement.value, scope)
            elif not statement.pulled:
                self.fail("this line changes nothing", statement.value.span, "leave it out, or assign its value")
        self.fail(f"{closure.function.name} returns nothing", closure.function.span, "add a line: return …")
