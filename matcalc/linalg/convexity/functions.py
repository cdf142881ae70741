"""Rules for compositions that read the rule book: ``convex``, ``concave``, ``monotone``, ``parity`` and ``linear``.

A user's entry with these lines is composed as the functions of the book are (Boyd & Vandenberghe 2004, 3.2.4).
"""

from __future__ import annotations

from collections.abc import Generator

from ...algebra.expressions import is_array
from ...proofs.kinds import SIGN
from ...proofs.parts import signed
from ...proofs.prover import Claim, Given, all_of
from ...proofs.rules.functions import arguments_of, conditions_of, entry_of
from ...rulebook.entries import Rule as Entry
from ...rulebook.properties import Statement
from .claims import BOYD, affine, concave, convex, varies

Premises = Generator | tuple | None


def _curved(claim: Claim, given: Given) -> tuple | None:
    """Return (sign, entry, its arguments by name, the claims of the line's conditions); None without such a line.

    The sign is 1 for f with a line ``convex``, and -1 for -f with a line ``concave``.
    """
    number, body = signed(claim.expression)
    entry = entry_of(body, given) if abs(number) == 1 else None
    if entry is None:
        return None
    statement = entry.convex if number == 1 else entry.concave
    if statement is None:
        return None
    env = arguments_of(body, entry)
    conditions = None if env is None else conditions_of(statement, env, given)
    return None if conditions is None else (int(number), entry, env, conditions)


def _fixed(entry: Entry, env: dict, given: Given) -> bool:
    """Whether the parameters that are no arrays, in which nothing is known of the curvature, are constant."""
    return not any(varies(env[p.name], given) for p in entry.params if p.kind == "scalar")


def _arrays(entry: Entry, env: dict) -> dict:
    return {p.name: env[p.name] for p in entry.params if p.kind == "array"}


def _monotone(claim: Claim, given: Given) -> Premises:
    """A convex increasing function of a convex one, or decreasing one of a concave one; -f for concave functions f."""
    found = _curved(claim, given)
    if found is None or not found[1].monotone:
        return None
    sign, entry, env, conditions = found
    where = conditions_of(Statement(entry.id, entry.monotone_where), env, given)
    arrays, directions = _arrays(entry, env), dict(entry.monotone)
    if where is None or not set(arrays) <= set(directions) or not _fixed(entry, env, given):
        return None
    claims = [convex(arg) if directions[name] == sign else concave(arg) for name, arg in arrays.items()]
    return (yield from all_of(*claims, *conditions, *where))


def _affine_argument(claim: Claim, given: Given) -> Premises:
    """A convex function of affine arguments, on the set where it is convex."""
    found = _curved(claim, given)
    if found is None:
        return None
    _, entry, env, conditions = found
    if not _fixed(entry, env, given):
        return None
    return (yield from all_of(*conditions, *[affine(arg) for arg in _arrays(entry, env).values()]))


def _even(claim: Claim, given: Given) -> Premises:
    """An even convex function, such as abs and cosh, of a convex one that is not negative."""
    found = _curved(claim, given)
    if found is None or found[0] != 1 or found[1].parity != "even" or len(found[1].params) != 1:
        return None
    _, entry, env, conditions = found
    argument = env[entry.params[0].name]
    return (yield from all_of(*conditions, Claim(SIGN, False, argument), convex(argument)))


def _linear(claim: Claim, given: Given) -> Premises:
    """A function that the rule book has as linear in the only argument that varies."""
    node = claim.expression
    entry = entry_of(node, given)
    if entry is None or not entry.linear:
        return None
    varying = [(p.name, arg) for p, arg in zip(entry.params, node.args) if is_array(arg) and varies(arg, given)]
    if len(varying) != 1 or varying[0][0] not in entry.linear:
        return None
    return (yield from all_of(affine(varying[0][1])))


FUNCTION_AFFINE_RULES = (("linear function", BOYD + "2.3.2", _linear),)
FUNCTION_CONVEX_RULES = (
    ("monotone composition", BOYD + "3.2.4", _monotone),
    ("convex function of affine ones", BOYD + "3.2.2", _affine_argument),
    ("even function", BOYD + "3.2.4", _even),
)
