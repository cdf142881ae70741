"""Forward and reverse accumulation over the graph of an expression, with their costs (Griewank & Walther 2008, 3)."""

from __future__ import annotations

from sympy import Expr, Integer, Mul, expand

from ..algebra.constants import shape_of
from ..budget import limited
from ..calculus.identify import size
from ..errors import ArgumentError, LimitError
from ..printers.quotients import quotient
from ..steps.letters import Letters
from ..words import LAYOUT_NAMES, MODES, known_word
from .compare import compare
from .construct import make_graph
from .costs import FREE
from .lines import ADJOINT, DERIVATIVE, FORWARD, REVERSE, TANGENT, Accumulation, Line
from .sweeps import Sweeps

_STRUCTURES = {"projected": "projected on the structure", "parametrized": "by the free parameters"}
IDENTIFICATION = "Magnus & Neudecker (2019), chapter 9, identification table"


@limited("accumulating")
def accumulate(derivative, mode):
    """Return the :class:`~matcalc.graph.lines.Accumulation` that leads to a Derivative of order 1.

    ``mode``: "forward" or "reverse". Raises ArgumentError for another mode and for a second derivative, NoRuleError
    where an operation has no differential or no adjoint in the language.
    """
    return accumulations(derivative)[known_word("mode", mode, MODES)]


def accumulations(derivative):
    """Return {"forward": Accumulation, "reverse": Accumulation} for a Derivative; see :func:`accumulate`."""
    derivative = derivative.whole
    if derivative.order != 1:
        raise ArgumentError(
            "forward and reverse accumulation find first derivatives",
            hint="accumulate over the first derivative: give its text as the expression",
        )
    accumulating = _Accumulating(derivative)
    return {mode: accumulating.result(mode) for mode in MODES}


class _Accumulating:
    """Writes both accumulations for one derivative: each is compared with the other."""

    def __init__(self, derivative):
        self.derivative = derivative
        self.graph = make_graph(derivative.elaborated, derivative.wrt, derivative.book)
        self.sweeps = Sweeps(self.graph)
        self.moves = bool(self.sweeps.changes)
        letters = Letters([*self.graph.letters.taken, *self.sweeps.shapes])
        self.function = letters.function(shape_of(self.graph[self.graph.result].expression))
        self.lines = {FORWARD: self.sweeps.forward(), REVERSE: self.sweeps.reverse()}
        self.values = expand(sum((node.cost for node in self.graph.operations), FREE))
        self.costs = {FORWARD: _total(self.lines[FORWARD], TANGENT), REVERSE: _total(self.lines[REVERSE], ADJOINT)}
        self.counts = {mode: self._count(mode) for mode in MODES}
        self.totals = {mode: expand(self.values + Mul(self.counts[mode], self.costs[mode])) for mode in MODES}

    def result(self, mode: str) -> Accumulation:
        """Return the accumulation of one mode."""
        sweeps, graph = self.sweeps, self.graph
        return Accumulation(
            mode=mode,
            lines=(*self.lines[mode], self._derivative_line(mode)),
            variable=graph.variable,
            result=graph.result,
            function=self.function,
            values=self.values,
            cost=self.costs[mode],
            sweeps=self.counts[mode],
            total=self.totals[mode],
            comparison=compare(self.totals, self.counts, graph.variable),
            shapes=sweeps.shapes,
            changes=sweeps.changes,
            adjoints=sweeps.adjoints,
            book=graph.book,
        )

    def _count(self, mode: str) -> Expr:
        """Return how many sweeps give the whole derivative: one for each entry of the variable, or of the result."""
        if not self.moves:
            return Integer(0)
        node = self.graph[self.graph.variable if mode == FORWARD else self.graph.result]
        return size(node.symbol)

    # -- the derivative that is read off -----------------------------------------------------------------------------

    def _derivative_line(self, mode: str) -> Line:
        derivative, graph = self.derivative, self.graph
        result, variable = graph[graph.result].shape, derivative.shapes[derivative.wrt]
        left = quotient(self.function, derivative.wrt, result, variable, 1)
        words = [self._reading(result, variable, mode)]
        if result or variable:
            words.append(LAYOUT_NAMES[derivative.layout])
        return Line(
            left,
            self._answer(result, variable, mode),
            DERIVATIVE,
            ", ".join(words),
            "identification",
            IDENTIFICATION,
            derivative.shape,
            FREE,
        )

    def _answer(self, result: tuple[int | str, ...], variable: tuple[int | str, ...], mode: str) -> str:
        """Return the text of the derivative; where it would be too long, what it is read off from, if that is all."""
        try:
            return str(self.derivative)
        except LimitError:
            whole = variable if mode == REVERSE else result
            single = not result if mode == REVERSE else not variable
            if not single or self.derivative.structure != "free":
                return ""
            end = self._end(mode)
            return end if self.derivative.shape == whole else f"{end}.T"

    def _end(self, mode: str) -> str:
        """Return the name with which a sweep ends: the tangent of the result, the adjoint of the variable."""
        if mode == FORWARD:
            return self.sweeps.changes[self.graph.result]
        return self.sweeps.adjoints[self.derivative.wrt]

    def _reading(self, result: tuple[int | str, ...], variable: tuple[int | str, ...], mode: str) -> str:
        """Return how the derivative is made of what the sweeps give."""
        if not self.moves:
            return f"the result does not change with `{self.derivative.wrt}`"
        if self.derivative.structure != "free" and self.derivative.assume.get(self.derivative.wrt):
            return f"from `{self._end(mode)}`, in which entries vary freely: {_STRUCTURES[self.derivative.structure]}"
        forward, end = mode == FORWARD, self._end(mode)
        whole, seeded = (result, variable) if forward else (variable, result)
        if not seeded:
            turned = self.derivative.shape != whole
            return f"`{end}.T`" if turned else f"`{end}`"
        if not whole:
            return f"`{end}` of every sweep is an entry of it"
        by_columns = forward == (self.derivative.layout != "denom")
        stacked = end if whole[1] == 1 else f"vec({end})"
        return f"`{stacked}` of every sweep is a {'column' if by_columns else 'row'} of it"


def _total(lines: list[Line], kind: str) -> Expr:
    return expand(sum((line.cost for line in lines if line.kind == kind), FREE))
