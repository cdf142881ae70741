"""Inequalities of one unknown by calculus: a sign at an end and that of the slope; logarithms and maxima taken away."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sympy import Abs, AccumBounds, Add, Dummy, Expr, Mul, Pow, Rational, S, Symbol, cosh, exp, log, preorder_traversal
from sympy.core.function import Function

from ...algebra.expressions import ScalarFunction, is_array
from ..kinds import BOUND, SIGN
from ..parts import function_of
from ..prover import Claim, Given, Prover, Rule, all_of, one_of
from .inequalities import unknown_of
from .samples import falls_somewhere
from .signs import CALCULUS

_MOST_TERMS, _LARGEST = 8, 60


def _sum_terms(claim: Claim) -> tuple:
    """Return the terms of a scalar sum that is not too long, () of other expressions."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Add) or not 1 < len(node.args) <= _MOST_TERMS:
        return ()
    return node.args


def _from_an_end(claim: Claim, given: Given) -> Generator | None:
    """A function that is not negative at the end of where its unknown lies, and does not fall from there on.

    The slope is proved to have its sign all the way, for a letter of which nothing else is given: the unknown itself
    may never come near the end.
    """
    if not _sum_terms(claim) or _size(claim.expression) > _LARGEST:
        return None
    node = claim.expression
    unknown = unknown_of(node)
    if unknown is None:
        return None
    inside = bool((yield Claim(BOUND, True, unknown)))
    if unknown == given.letter:
        may = not falls_somewhere(node, unknown, 0, 1, inside) and _starts_well(node, unknown, claim.strict)
        return (yield from _all_along(claim, unknown, inside)) if may else None
    for ways, known in _ways(unknown, claim.strict, inside):
        if any(falls_somewhere(node, unknown, end, side, inside) for end, side in ways):
            continue
        found = yield from all_of(*known)
        if found is None:
            continue
        letter = Dummy(positive=True)
        functions = [node.xreplace({unknown: end + side * letter}) for end, side in ways]
        if not all(_starts_well(function, letter, claim.strict) for function in functions):
            continue
        if not all(_is_proved(function, letter, inside, given) for function in functions):
            continue
        premises = [*found, *([Claim(BOUND, True, unknown)] if inside else [])]
        if ways == _UP:  # said for the reader
            slope = Claim(SIGN, False, functions[0].diff(letter).xreplace({letter: unknown}))
            premises += [slope] if (yield slope) else []
        return premises
    return None


def _all_along(claim: Claim, letter: Dummy, inside: bool) -> Generator[Any, Any, Any]:
    """Yield what shows that a function of a letter that may have any positive value, or one below 1, rises from 0."""
    slope = Claim(SIGN, False, claim.expression.diff(letter))
    return (yield from all_of(*_where_smooth(claim.expression, letter), slope))


_UP, _DOWN = [(0, 1)], [(0, -1)]


def _ways(unknown: Expr, strict: bool, inside: bool) -> list:
    """Return ([(the end, 1 to go up from it or -1), ...], the claims that the unknown lies there)."""
    found = [(_UP, [Claim(SIGN, strict, unknown)]), (_DOWN, [Claim(SIGN, strict, -unknown)])]
    if inside:
        return [*found, ([(1, -1)], [Claim(SIGN, True, unknown)])]
    return [*found, ([(1, 1)], [Claim(SIGN, strict, unknown - 1)]), *([] if strict else [(_UP + _DOWN, [])])]


def _starts_well(function: Expr, letter: Dummy, strict: bool) -> bool:
    """Whether a function is not negative at 0; if strictly, it is positive there or a little on."""
    start = function.subs(letter, 0)
    if not (start.is_number and start.is_finite and start.is_nonnegative) or start.has(AccumBounds):
        return False
    return not strict or bool(start.is_positive or function.subs(letter, Rational(1, 2)).is_positive)


def _is_proved(function: Expr, letter: Dummy, inside: bool, given: Given) -> bool:
    """Whether the slope is not negative wherever the letter is positive, or between 0 and 1."""
    claims = (Claim(BOUND, True, letter),) if inside else ()
    prover = Prover(given.table, Given(claims, given.book, table=given.table, letter=letter))
    slope = Claim(SIGN, False, function.diff(letter))
    return all(map(prover.prove, [*_where_smooth(function, letter), slope]))


def _where_smooth(node: Expr, unknown: Expr) -> list:
    """Return the claims that make an elementary function smooth all along: of its logarithms, roots and divisors."""
    found: dict = {}
    stack = [node]
    while stack:
        part = stack.pop()
        if part == unknown or part.is_number:
            continue
        if isinstance(part, Pow) and not (part.exp.is_Integer and part.exp > 0):
            found[Claim(SIGN, True, part.base)] = None
        elif isinstance(part, Function) and type(part) is not exp:
            name, inner = type(part).__name__, part.args[0]
            if name not in _ENTIRE:
                found[Claim(SIGN, True, _POSITIVE[name](inner) if name in _POSITIVE else S.NegativeOne)] = None
        stack.extend(part.args)
    return list(found)


# what has to be positive for a function to be smooth, and the functions that are smooth everywhere
_POSITIVE = {
    "log": lambda u: u, "acosh": lambda u: u - 1, "atanh": lambda u: 1 - u**2, "asin": lambda u: 1 - u**2,
    "acos": lambda u: 1 - u**2,
}
_ENTIRE = frozenset({"sin", "cos", "sinh", "cosh", "tanh", "atan", "asinh", "erf"})


def _size(node: Expr) -> int:
    count, stack = 0, [node]
    while stack and count <= _LARGEST:
        part = stack.pop()
        count += 1
        stack.extend(part.args if not is_array(part) else ())
    return count


# -- logarithms and exponentials compared ------------------------------------------------------------------------------


def _logarithms(claim: Claim, given: Given) -> Generator | None:
    """log(w) - v is not negative where w - exp(v) is not, and v - log(w) where exp(v) - w is not."""
    terms = _sum_terms(claim)
    for term in terms:
        number, body = term.as_coeff_Mul()
        if not isinstance(body, log) or not number.is_Rational:
            continue
        rest = Mul(1 / abs(number), claim.expression - term)
        if any(isinstance(part, Pow) and not part.exp.is_positive for part in preorder_traversal(rest)):
            continue
        inner = body.args[0]
        gap = inner - exp(-rest) if number > 0 else exp(rest) - inner
        if _size(gap) > _LARGEST:
            continue
        found = yield from all_of(Claim(SIGN, True, inner), Claim(SIGN, claim.strict, gap))
        if found:
            return found
    return None


def _exponentials(claim: Claim, given: Given) -> Generator | None:
    """exp(v) - w is not negative where v - log(w) is not, and w - exp(v) where log(w) - v is not, for positive w."""
    terms = _sum_terms(claim)
    for term in terms:
        number, body = term.as_coeff_Mul()
        other = Mul(S.NegativeOne if number.is_positive else S.One, claim.expression - term)
        if not isinstance(body, exp) or not number.is_number or number.is_zero or isinstance(other, Add):
            continue
        sign = 1 if number.is_positive else -1
        gap = sign * (body.args[0] + log(abs(number)) - _logarithm(other))
        if _size(gap) > _LARGEST:
            continue
        found = yield from all_of(Claim(SIGN, True, other), Claim(SIGN, claim.strict, gap))
        if found:
            return found
    return None


def _logarithm(node: Expr) -> Expr:
    """Return the logarithm of a positive scalar, of a product as a sum where it is made of positive names."""
    found = log(node)
    return found.expand(power_base=False, mul=False, multinomial=False) if isinstance(node, (Mul, Pow)) else found


# -- maxima by cases -------------------------------------------------------------------------------------------


def _cases(claim: Claim, given: Given) -> Generator | None:
    """A maximum, a minimum, an absolute value or relu of scalars, each of whose two values is tried."""
    for term in _sum_terms(claim):
        number, body = term.as_coeff_Mul()
        values = _two_values(body)
        if values is None or not number.is_Rational:
            continue
        (one, other), smaller = values
        rest = claim.expression - term
        claims = [Claim(SIGN, claim.strict, rest + number * value) for value in (one, other)]
        # a positive multiple of a maximum is at least that of each, a negative one is that of one of them
        found = yield from (one_of if bool(number > 0) != smaller else all_of)(*claims)
        if found:
            return found
    return None


def _two_values(body: Any) -> tuple | None:
    """Return ((u, v), whether it is the smaller one) of a scalar that is one of two values, else None."""
    name, args = function_of(body)
    if is_array(body) or any(is_array(arg) for arg in args):
        return None
    if name == "relu" and isinstance(body, ScalarFunction):
        return (args[0], S.Zero), False
    if name == "abs":
        return (args[0], -args[0]), False
    return (args, name == "minimum") if name in ("maximum", "minimum") else None


def _each_side(claim: Claim, given: Given) -> Generator | None:
    """A function of one number with kinks at 0, for positive numbers, for negative ones, and at 0."""
    node = claim.expression
    if not _sum_terms(claim) or given.letter is not None or _size(node) > _LARGEST:
        return None
    unknowns = {part for part in preorder_traversal(node) if isinstance(part, Symbol)}
    unknown = unknowns.pop() if len(unknowns) == 1 else None
    kinked = {"abs", "relu"} & {function_of(part)[0] for part in preorder_traversal(node)}
    if unknown is None or not kinked or unknown.is_positive or unknown.is_negative:
        return None
    at_zero = _elementary(node, {unknown: S.Zero})
    if at_zero is None or not (at_zero.is_positive if claim.strict else at_zero.is_nonnegative):
        return None
    for side in (1, -1):
        letter = Dummy(positive=True)
        function = _elementary(node, {unknown: side * letter})
        if function is None:
            return None
        prover = Prover(given.table, Given((), given.book, table=given.table, letter=letter))
        if function != 0 and not prover.prove(Claim(SIGN, claim.strict, function)):
            return None
    yield from ()
    return []


def _elementary(node: Expr, known: dict) -> Expr | None:
    """Return a function of a number of known sign without abs and relu, None where something else is no function."""
    if node.is_Symbol:
        return known.get(node, node)
    parts = [part for part in (_elementary(part, known) for part in node.args) if part is not None]
    if is_array(node) or len(parts) < len(node.args):
        return None
    name, _ = function_of(node)
    if name == "relu":
        (part,) = parts
        return part if part.is_nonnegative else S.Zero if part.is_nonpositive else None
    if name in _WRITTEN:
        return _WRITTEN[name](*parts)
    if isinstance(node, ScalarFunction):
        return None
    if name == "log" and isinstance(parts[0], cosh) and parts[0].args[0].is_positive:
        return _log_cosh(parts[0].args[0])
    found = node.func(*parts) if parts else node
    return None if function_of(found)[0] == "abs" else found


def _log_cosh(node: Expr) -> Expr:
    """Return log(cosh(u)) of a positive u, or of 0, without the quotient of sinh by cosh in its slope."""
    return node + log(1 + exp(-2 * node)) - log(2)


_WRITTEN = {"softplus": lambda u: log(1 + exp(u)), "logcosh": lambda u: _log_cosh(Abs(u))}


def _without_number(claim: Claim, given: Given) -> Generator | None:
    """A sum with a positive number in it, which is not needed."""
    numbers = [term for term in _sum_terms(claim) if term.is_number and term.is_positive]
    if not numbers:
        return None
    return (yield from all_of(Claim(SIGN, False, claim.expression - numbers[0])))


DESCENT_RULES = (
    Rule("each value of a maximum", CALCULUS, _cases),
    Rule("each side of 0", CALCULUS, _each_side),
    Rule("logarithms compared", CALCULUS, _logarithms, costly=True),
    Rule("exponentials compared", CALCULUS, _exponentials, costly=True),
    Rule("from an end on", "Hardy, Littlewood & Pólya (1952), Inequalities, 4.1", _from_an_end, costly=True),
    Rule("a number that is not needed", CALCULUS, _without_number, costly=True),
)
