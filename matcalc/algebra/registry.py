"""What modules hook into each other at import, so that imports run one way: handlers of node types, rules, printers.

A table of handlers, ``handles("transpose", table)``, maps node types to functions; ``HANDLERS`` has all tables by the
name of what they do, and the names of the types that each leaves to other code. A test compares both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

# node type to function of a node that returns its transpose
TRANSPOSERS: dict = {}
# what neighbours in a matrix product simplify to, what the end of a chain does with the next factor, and what the two
# sides of an inner product do: functions that return None where they do not apply
PAIR_RULES: list = []
END_RULES: list = []
INNER_RULES: list = []
# what the terms of a sum of arrays are joined to: functions of the terms and the shape, that return None where they do
# not apply
SUM_RULES: list = []
# what an elementwise product simplifies to: functions of the factors and the shape
HADAMARD_RULES: list = []
# node type to what a whole power of it simplifies to: functions that return None where they do not apply
POWER_RULES: dict = {}
# the value of a function of the rule book at arguments that are known to have one, and a power of it, by its lines
KNOWN_VALUES: list = []
KNOWN_POWERS: list = []
# how an expression is shown as text and as LaTeX, and how an operation is made again: the last one counts
PRINTERS: list = [lambda node: f"<{type(node).__name__}>"]
LATEX_PRINTERS: list = [lambda node: rf"\mathtt{{{type(node).__name__}}}"]
REBUILDERS: list = []
# name of what is done to a table of handlers by node type, and the types that are treated elsewhere
HANDLERS: dict[str, tuple[dict, frozenset]] = {}


def handles(name: str, table: dict, elsewhere: str = "") -> dict:
    """Enter and return a table of handlers, which may still grow; ``elsewhere`` names types that need none in it."""
    HANDLERS[name] = table, frozenset(elsewhere.split())
    return table


def unhandled(node_types: Iterable[type]) -> list[str]:
    """Return what is missing, in words: every node type without a handler in one of the tables."""
    return [
        f"{name}: no handler for {kind.__name__}"
        for name, (table, elsewhere) in sorted(HANDLERS.items())
        for kind in node_types
        if kind not in table and kind.__name__ not in elsewhere
    ]


def print_latex_with(function: Callable) -> None:
    """Make ``function(expression) -> LaTeX`` the way in which SymPy's LaTeX printer shows expressions."""
    LATEX_PRINTERS.append(function)


def print_with(function: Callable) -> None:
    """Make ``function(expression) -> text`` the way in which expressions show themselves."""
    PRINTERS.append(function)


def rebuild_with(function: Callable) -> None:
    """Make ``function(node, *args)`` the way in which SymPy makes an operation of ours on other arguments."""
    REBUILDERS.append(function)


handles("transpose", TRANSPOSERS, "ScalarFunction InnerProduct Trace IndexedTotal")
