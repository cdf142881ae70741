"""Rules that read the rule book: what an entry says of the values of its function, a user's entry like any other.

The lines are ``bounds``, ``gives``, ``sign``, ``definite``, ``series``, ``positive`` and ``stable`` of
``docs/rule-files.md``; a claim that rests on conditions of a line has them as premises.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sympy import S
from sympy.core.function import Function

from ...algebra.build import bind, build
from ...algebra.constants import is_constant, ones
from ...algebra.constructors import add, scale
from ...algebra.expressions import ONE, ArrayFunction, ScalarFunction, is_array
from ...errors import ShapeError
from ...rulebook.entries import Rule as Entry
from ...rulebook.properties import Interval, Statement
from ..kinds import DEFINITE, NONZERO, SIGN
from ..parts import function_of, is_symmetric, opposite, signed, terms_of
from ..prover import Claim, Given, Rule, all_of

# what the conditions of a line claim
_CONDITIONS = {
    "positive": (SIGN, True),
    "nonnegative": (SIGN, False),
    "nonzero": (NONZERO, True),
    "pd": (DEFINITE, True),
    "psd": (DEFINITE, False),
}
Premises = Generator | tuple | None


def entry_of(node: Any, given: Given) -> Entry | None:
    """Return the entry of the rule book whose value a node is; None for other expressions."""
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return node.rule
    name, args = function_of(node) if isinstance(node, Function) else (None, ())
    fitting = [rule for rule in given.book.overloads(name) if len(rule.params) == len(args)] if name else ()
    return fitting[0] if fitting else None


def arguments_of(node: Any, entry: Entry) -> dict | None:
    """Return the environment in which the formulas of an entry speak of a node's arguments; None without one."""
    try:
        return bind(entry, node.args)
    except ShapeError:
        return None


def stated(node: Any, entry: Entry, statement: Statement, given: Given) -> tuple | None:
    """Return (the formula of a statement, the claims of its conditions) for a node's arguments; None without it."""
    env = arguments_of(node, entry)
    if env is None:
        return None
    claims = conditions_of(statement, env, given)
    return None if claims is None else (build(statement.tree, env, given.book), claims)


def conditions_of(statement: Statement, env: dict, given: Given) -> list | None:
    """Return the claims of a statement's conditions; None where a matrix is not known to be symmetric as asked."""
    claims = []
    for predicate, tree in statement.conditions:
        value = build(tree, env, given.book)
        if predicate == "symmetric":
            if not is_symmetric(value):
                return None
        else:
            claims.append(Claim(*_CONDITIONS[predicate], value))
    return claims


def _needed(claim: Claim, conditions: list) -> list:
    """Return a claim with those conditions that do not follow from it."""
    weaker = claim._replace(strict=False)
    return [claim, *[c for c in conditions if c not in (claim, weaker)]]


# -- signs -----------------------------------------------------------------------------------------------------------


def _values(claim: Claim, given: Given) -> Premises:
    """The values of the function are positive, or not negative (its entry in the rule book)."""
    number, body = signed(claim.expression)
    entry = entry_of(body, given)
    if entry is None or number == 0:
        return None
    bounds = entry.bounds
    if number < 0:
        negative = bounds is not None and (bounds.negative if claim.strict else bounds.nonpositive)
        return () if negative else None
    if entry.gives & {"positive", "unit-interval"} or "nonnegative" in entry.gives and not claim.strict:
        return ()
    return (yield from _positive_there(body, entry, given)) if claim.strict and number == 1 else None


def _positive_there(node: Any, entry: Entry, given: Given) -> Generator[Any, Any, Any]:
    """The value is positive where the argument is, or where it is not zero for an even function."""
    if entry.positive is None or len(node.args) != 1:
        return None
    (argument,) = node.args
    env = arguments_of(node, entry)
    value = None if env is None else build(entry.positive, env, given.book)
    if value is not argument and value != 1 and not is_constant(value, "ones"):
        return None
    # an even function of u is that of abs(u)
    claim = Claim(NONZERO, True, argument) if entry.parity == "even" else Claim(SIGN, True, argument)
    return (yield from all_of(claim))


def _same_sign(claim: Claim, given: Given) -> Premises:
    """The value has the sign of the argument, or of a formula of it: tanh, log1p, log(u) and u - 1, prod …"""
    number, body = signed(claim.expression)
    entry = entry_of(body, given)
    if entry is None or abs(number) != 1:
        return None
    for statement in entry.sign:
        found = stated(body, entry, statement, given)
        if found is None:
            continue
        formula, conditions = found
        turned = Claim(SIGN, claim.strict, formula if number == 1 else opposite(formula))
        premises = yield from all_of(*_needed(turned, conditions))
        if premises:
            return premises
    return None


def _not_zero(claim: Claim, given: Given) -> Premises:
    """The value has the sign of what is not zero."""
    entry = entry_of(claim.expression, given)
    if entry is None:
        return None
    for statement in entry.sign:
        found = stated(claim.expression, entry, statement, given)
        if found is None or is_array(found[0]) != is_array(claim.expression):
            continue
        premises = yield from all_of(*_needed(Claim(NONZERO, True, found[0]), found[1]))
        if premises:
            return premises
    return None


# -- bounds ----------------------------------------------------------------------------------------------------------


def shifted(node: Any) -> tuple | None:
    """Return (c, k, f) where the expression is c + k*f for numbers c and k, f alone of its kind; None otherwise."""
    constant, rest = S.Zero, []
    for term in terms_of(node):
        number, body = signed(term)
        if body == 1 or is_constant(body, "ones"):
            constant += number
        else:
            rest.append((number, body))
    return (constant, *rest[0]) if len(rest) == 1 and constant != 0 and rest[0][0].is_number else None


def _within_bounds(claim: Claim, given: Given) -> Premises:
    """c + k*f is positive where the bounds of f say so: cosh(u) - 1, 2 - atan(u)."""
    found = shifted(claim.expression)
    if found is None:
        return None
    constant, number, body = found
    entry = entry_of(body, given)
    if entry is None or entry.bounds is None:
        return None
    end, left_out = least_end(entry.bounds, number > 0)
    least = float(constant) + float(number) * end
    return () if least > 0 or least == 0 and (left_out or not claim.strict) else None


def least_end(bounds: Interval, low: bool) -> tuple[float, bool]:
    """Return the lower or the upper end of an interval, and whether it is left out."""
    return (bounds.low, bounds.low_open) if low else (bounds.high, bounds.high_open)


def function_bounded(node: Any, strict: bool, given: Given) -> bool:
    """Whether a node is the value of a function that is between -1 and 1."""
    entry = entry_of(node, given)
    if entry is None:
        return False
    return "unit-interval" in entry.gives or entry.bounds is not None and entry.bounds.within_one(strict)


def _bounded_here(claim: Claim, given: Given) -> Premises:
    """A function that is above -1 and, in a stable form of the difference, does not exceed 1: exp(-u) for u >= 0."""
    entry = entry_of(claim.expression, given)
    if entry is None or entry.bounds is None or entry.bounds.low < -1:
        return None
    if entry.bounds.low == -1 and claim.strict and not entry.bounds.low_open:
        return None
    stable = stable_form(add_number(opposite(claim.expression), ONE), given)
    return None if stable is None else (yield from all_of(Claim(SIGN, claim.strict, stable)))


def add_number(node: Any, number: Any) -> Any:
    """Return node + number, for arrays entry by entry."""
    return add(node, scale(number, ones(*node.shape))) if is_array(node) else node + number


def stable_form(node: Any, given: Given) -> Any | None:
    """Return c + k*f in the stable form that the rule book has for it, such as expm1(u) for exp(u) - 1; else None."""
    found = shifted(node)
    if found is None:
        return None
    constant, number, body = found
    entry = entry_of(body, given)
    if entry is None or len(entry.params) != 1 or body.is_number:
        return None
    for parameter, identity in given.book.stable_forms(entry.name):
        env = {parameter: body.args[0]}
        left = None if identity.where else build(identity.left_tree, env, given.book)
        if left == add_number(body, constant / number):
            right = build(identity.right_tree, env, given.book)
            return scale(number, right) if is_array(right) else number * right
    return None


def _stable(claim: Claim, given: Given) -> Premises:
    """A sum of a number and a function in the form without cancellation: expm1(u) for exp(u) - 1."""
    form = stable_form(claim.expression, given)
    return None if form is None else (yield from all_of(Claim(SIGN, claim.strict, form)))


# -- definite matrices -----------------------------------------------------------------------------------------------


def _definite(claim: Claim, given: Given) -> Premises:
    """A function of a symmetric matrix is definite where its entry says so: sqrtm, pinv, expm, logm …"""
    number, body = signed(claim.expression)
    entry = entry_of(body, given)
    if entry is None or not isinstance(body, ArrayFunction) or abs(number) != 1 or not body.is_square:
        return None
    return (yield from _as_definite(claim, body, entry, number, given))


def _scalar_of_definite(claim: Claim, given: Given) -> Premises:
    """Determinant and eigenvalues of a definite matrix."""
    number, body = signed(claim.expression)
    entry = entry_of(body, given)
    square = isinstance(body, ArrayFunction) and body.is_square
    if entry is None or abs(number) != 1 or square or not body.args or not is_array(body.args[0]):
        return None
    return (yield from _as_definite(claim, body, entry, number, given))


def _as_definite(claim: Claim, body: Any, entry: Entry, number: Any, given: Given) -> Generator[Any, Any, Any]:
    for statement in entry.definite:
        found = stated(body, entry, statement, given)
        if found is None:
            continue
        formula, conditions = found
        if is_constant(formula, "eye"):
            if number == 1 and all(is_symmetric(a) for a in body.args if is_array(a)):
                return ()
            continue
        turned = Claim(DEFINITE, claim.strict, formula if number == 1 else opposite(formula))
        premises = yield from all_of(*_needed(turned, conditions))
        if premises:
            return premises
    return None


def _entrywise_series(claim: Claim, given: Given) -> Premises:
    """An entrywise function whose power series has no negative coefficient."""
    entry = entry_of(claim.expression, given)
    if entry is None or not entry.series or claim.strict or not is_array(claim.expression.args[0]):
        return None
    return (yield from all_of(Claim(DEFINITE, False, claim.expression.args[0])))


CALCULUS = "Calculus"
HIGHAM = "Higham (2008), Functions of Matrices, 1.2"
FUNCTION_SIGN_RULES = (
    Rule("range of a function", "the rule book", _values),
    Rule("sign of a monotone function", CALCULUS, _same_sign),
)
FUNCTION_NONZERO_RULES = (Rule("not zero, as its argument", CALCULUS, _not_zero),)
FUNCTION_BOUND_RULES = (Rule("bounded at this argument", CALCULUS, _bounded_here),)
FUNCTION_SUM_RULES = (
    Rule("values within bounds", "the rule book", _within_bounds),
    Rule("stable form", CALCULUS, _stable),
)
SCALAR_OF_DEFINITE = Rule(
    "eigenvalues of a definite matrix", "Horn & Johnson (2013), theorem 7.2.1", _scalar_of_definite
)
FUNCTION_DEFINITE_RULES = (
    Rule("entrywise power series", "Horn & Johnson (2013), 7.5", _entrywise_series),
    Rule("function of a symmetric matrix", HIGHAM, _definite),
)
