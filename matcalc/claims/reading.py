"""Reading a claim: its tree, and what letters for sizes that the expression does not have stand for."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product as cartesian

from ..algebra.expressions import ONE
from ..errors import ArgumentError, MatcalcError, ShapeError, UnknownNameError
from ..language.nodes import IMAGINARY
from ..language.stacks import with_members
from ..language.syntax import Binary, Call, Name, Transpose, children, names, parse_tree, postorder
from ..rulebook.entries import size_tree
from ..shapes.inference import Inference
from .trees import substituted

_CONSTANTS = frozenset({"pi", "inf", IMAGINARY})
_USUAL_SIZES = frozenset("n m p q k l r s t d i j N M P K D L R S T".split())
_MOST_READINGS = 24


@dataclass(frozen=True)
class Reading:
    """A claim's tree with every letter of a size as the expression has it, and notes on how it was read."""

    tree: object
    notes: tuple = ()


@dataclass(frozen=True)
class Claim:
    """A claim's text and its readings, the likeliest first.

    ``unusual`` are the letters that no one would take for a size: they count only where a size makes the claim right.
    """

    text: str
    readings: list
    unusual: list


def read_claim(text, query, declared=()):
    """Return the :class:`Claim` that a text is about a query.

    ``declared`` are the letters of sizes that the user chose. Raises ExpressionSyntaxError, UnknownNameError,
    UnknownFunctionError, LimitError or ArgumentError, each with the claim's text.
    """
    if not isinstance(text, str):
        raise ArgumentError(f"a claim is a text, not {type(text).__name__}", hint='write claim="2*A@x"')
    try:
        elaborated = query.elaborated
        tree = with_members(parse_tree(text), elaborated.stacks)
        sizes = described_sizes(elaborated)
        letters = _letters(tree, query, sizes, declared)
        readings = _readings(tree, letters, sizes)
        misfit(readings[0], text, query)
        return Claim(text, readings, _unusual(tree, letters, sizes))
    except MatcalcError as error:
        raise error.at(text)


def described_sizes(elaborated):
    """Return the distinct sizes of the names, as texts, each with what it is: 'the number of rows of X'."""
    found = {}
    shapes = sorted(elaborated.shapes.items(), key=lambda item: item[1][1] == ONE)
    for name, (rows, cols) in shapes:
        if cols == ONE != rows:
            found.setdefault(str(rows), f"the number of entries of {name}")
        else:
            for size, what in ((rows, "rows"), (cols, "columns")):
                if size != ONE:
                    found.setdefault(str(size), f"the number of {what} of {name}")
    return found


def _letters(tree, query, sizes, declared):
    """Return the names of a claim whose meaning as a size is open: {name: node}."""
    elaborated = query.elaborated
    own = {size for text in sizes for size in names(size_tree(text))} | set(elaborated.sizes)
    chosen = set(declared) | set(elaborated.sizes)
    arrays, counted = _used_as_arrays(tree), _used_as_sizes(tree)
    found = {}
    for name, node in names(tree).items():
        if name in counted and name in elaborated.shapes:
            raise _no_size(node, sizes)
        if name in elaborated.shapes or name in _CONSTANTS:
            continue
        if name in chosen and name in own:
            continue
        if name in arrays or not sizes or len(name) > 2 and name not in counted and name not in own:
            raise unknown_name(node, query)
        found[name] = node
    return found


def _no_size(node, sizes):
    """Return the error for a variable of the expression that a claim takes for a size."""
    known = ", ".join(f"{size} ({what})" for size, what in sizes.items())
    hint = f"the sizes are {known}" if known else "the expression has no sizes"
    return ShapeError(f"'{node.id}' is a variable of the expression, not a size", span=node.span, hint=hint)


def unknown_name(node, query):
    """Return the error for a name of a claim that the expression does not have."""
    if query.book.reserves(node.id):
        hint = f"write {node.id}(...)"
        return UnknownNameError(f"'{node.id}' is a function, not a variable", span=node.span, hint=hint)
    known = list(query.elaborated.shapes)
    close = get_close_matches(node.id, known, 1, 0.4) or [n for n in known if n.lower() == node.id.lower()]
    hint = f"did you mean {close[0]}?" if close else f"the names are {', '.join(known)}"
    return UnknownNameError(f"the expression has no '{node.id}'", span=node.span, hint=hint)


def _used_as_arrays(tree):
    found = set()
    for node in postorder(tree):
        if isinstance(node, Transpose) or isinstance(node, Binary) and node.op == "@":
            found |= {child.id for child in children(node) if isinstance(child, Name)}
    return found


def _used_as_sizes(tree):
    """Return the names in the arguments of eye, ones and zeros."""
    calls = [n for n in postorder(tree) if isinstance(n, Call) and n.function in ("eye", "ones", "zeros", "comm", "e")]
    return {part.id for call in calls for arg in call.args for part in postorder(arg) if isinstance(part, Name)}


def _unusual(tree, letters, sizes):
    counted = _used_as_sizes(tree)
    return [node for name, node in letters.items() if name not in _USUAL_SIZES | counted and name not in sizes]


def _readings(tree, letters, sizes):
    """Return the readings of a tree, the one that takes every letter as it stands first."""
    as_is = {name for name in letters if name in sizes or any(name in names(size_tree(s)) for s in sizes)}
    found = [Reading(tree)] if as_is == set(letters) else []
    choices = cartesian(*[list(sizes) for _ in letters]) if letters else ()
    for chosen in choices:
        meaning = dict(zip(letters, chosen))
        if all(name == size for name, size in meaning.items()):
            continue
        trees = {name: size_tree(size) for name, size in meaning.items()}
        notes = tuple(
            f"{name} is read as {sizes[size]}" + (f" ({size})" if size != name else "")
            for name, size in meaning.items()
        )
        found.append(Reading(substituted(tree, trees), notes))
        if len(found) >= _MOST_READINGS:
            break
    return sorted(found, key=lambda reading: len(set(reading.notes)) < len(reading.notes))


def misfit(reading, claim, query):
    """Return the error that says which shapes of a reading of a claim do not fit, None where all do.

    Raises the other errors that a formula can have: an unknown function, a quoted word for a value.
    """
    elaborated = query.elaborated
    declared, counted = dict(elaborated.shapes), _used_as_sizes(reading.tree)
    for name in names(reading.tree):
        if name not in counted and name not in _CONSTANTS:
            declared.setdefault(name, (ONE, ONE))
    try:
        Inference(reading.tree, claim, declared, elaborated.facts, query.book).run()
    except ShapeError as error:
        return error.at(claim)
    return None
