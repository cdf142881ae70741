"""Forward or reverse: which accumulation takes fewer products, in terms of the dimensions."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Add, Expr, Poly, cancel, expand

from .costs import products_text
from .lines import FORWARD, REVERSE, Comparison


def compare(totals: Mapping[str, Expr], sweeps: Mapping[str, Expr], variable: str) -> Comparison:
    """Return the :class:`~matcalc.graph.lines.Comparison` of both modes.

    ``totals`` and ``sweeps`` map the modes to what they take; ``variable`` is the name differentiated by.
    """
    forward, reverse = totals[FORWARD], totals[REVERSE]
    cheaper, condition = _cheaper(forward, reverse)
    return Comparison(forward, reverse, cheaper, condition + _why(sweeps, variable))


def _cheaper(forward: Expr, reverse: Expr) -> tuple[str, str]:
    """Return the cheaper mode, "" where it depends, and the sentence that says so."""
    difference = expand(forward - reverse)
    if difference == 0:
        return "neither", "both take the same number of products"
    signs = {factor.is_negative for factor in _coefficients(difference)}
    if signs == {False}:
        return REVERSE, "reverse is cheaper"
    if signs == {True}:
        return FORWARD, "forward is cheaper"
    return _by_leading_terms(forward, reverse)


def _coefficients(expression: Expr) -> list[Expr]:
    return [term.as_coeff_Mul()[0] for term in Add.make_args(expression)]


def _by_leading_terms(forward: Expr, reverse: Expr) -> tuple[str, str]:
    """Compare the terms of highest degree: what decides where all dimensions are large."""
    (degree, front), (other, back) = _leading(forward), _leading(reverse)
    if degree is None or other is None:
        return "", "which is cheaper depends on more than the dimensions"
    if degree != other:
        mode = REVERSE if degree > other else FORWARD
        return mode, f"{mode} is cheaper where the dimensions are large and alike"
    ratio = cancel(front / back)
    if ratio == 1:
        return "neither", f"both take {products_text(front)} products to leading order"
    if ratio.is_number:
        mode = REVERSE if ratio > 1 else FORWARD
        return mode, f"{mode} is cheaper where the dimensions are large and alike"
    top, bottom = ratio.as_numer_denom()
    terms = Add.make_args(expand(top - bottom))
    more = Add(*[term for term in terms if not term.as_coeff_Mul()[0].is_negative])
    less = Add(*[-term for term in terms if term.as_coeff_Mul()[0].is_negative])
    condition = f"`{products_text(more)} < {products_text(less)}`"
    return "", f"to leading order forward is cheaper where {condition}, else reverse"


def _leading(cost: Expr) -> tuple[int | None, Expr]:
    """Return (degree, the sum of the terms of that degree) of a polynomial; (None, cost) for other expressions."""
    polynomial = cost.as_poly()
    if polynomial is None or not all(size.is_Symbol for size in polynomial.gens):
        return (0, cost) if cost.is_number else (None, cost)
    degree = polynomial.total_degree()
    terms = [(powers, factor) for powers, factor in polynomial.terms() if sum(powers) == degree]
    return degree, Poly(dict(terms), *polynomial.gens).as_expr()


def _why(sweeps: Mapping[str, Expr], variable: str) -> str:
    """Return the reason: how many sweeps each mode takes."""
    forward, reverse = (sweeps[mode] for mode in (FORWARD, REVERSE))
    if forward == reverse == 0:
        return "; nothing varies"
    if forward == reverse == 1:
        return "; each needs one sweep"
    return (
        f"; forward needs {_sweeps(forward)}, one for every entry of `{variable}`, "
        f"reverse {_sweeps(reverse)}, one for every entry of the result"
    )


def _sweeps(number: Expr) -> str:
    return "one sweep" if number == 1 else f"`{products_text(number)}` sweeps"
