"""The forms of scalars: SymPy's sums, products and powers, and the scalar functions of arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import gcd

import sympy
from sympy import Add, Expr, Mul, Pow, S, Symbol

from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, InnerProduct, ScalarFunction, Trace
from ..algebra.indexed import IndexedTotal
from ..algebra.products import matmul
from ..errors import ConversionError
from ..rulebook.files import standard_rules
from .forms import (
    Form,
    base_and_exponent,
    binary,
    call,
    call_rule,
    divided,
    in_each_form,
    indexed,
    is_negative,
    joined,
    named,
    negated,
    number,
    scalar_mean,
    scaled,
    signed_sum,
    square_of,
    summed_factors,
    whole,
)

_SPELLINGS = {"Abs": "abs"}


@lru_cache(maxsize=1)
def _odd_functions() -> frozenset[str]:
    """Return the names of SymPy's functions with f(-x) = -f(x)."""
    return frozenset(rule.sympy for rule in standard_rules() if rule.sympy and rule.parity == "odd")


class ScalarForms:
    """The part of the presenter that writes scalars; ``form``, ``rank`` and ``sums`` are the presenter's."""

    _primitive: dict[Expr, bool]

    def scalar_children(self, node: Expr) -> list[tuple[Expr, bool, bool]]:
        """Return the (expression, turned, negative) whose forms the form of a scalar needs first."""
        if isinstance(node, (InnerProduct, Trace)):
            return in_each_form(node.args)
        if isinstance(node, ScalarFunction):
            return [(a, False, False) for a in node.args]
        return [(a, False, False) for a in node.args if not a.is_Rational]

    def scalar(self, node, negative=False):
        """Return the form of a scalar; of its negative, with the minus absorbed, where ``negative`` (or None)."""
        if negative:
            return self._absorbed_minus(node)
        if node.is_Rational:
            return number(node)
        if isinstance(node, Symbol) or node is S.Pi:
            return named("pi" if node is S.Pi else node.name)
        if node is S.Exp1:
            return call("exp", number(1))
        if isinstance(node, Add):
            return self._scalar_sum(node)
        if isinstance(node, (Mul, Pow)):
            return self._scalar_product(node)
        if isinstance(node, InnerProduct):
            return self._inner(node, False)
        if isinstance(node, Trace):
            plain, flipped = self.form(node.args[0]), self.form(node.args[0], True)
            return call("tr", plain if plain.cost <= flipped.cost else flipped)
        if isinstance(node, ScalarFunction):
            return call_rule(node.rule, [self.form(a) for a in node.args])
        if isinstance(node, IndexedTotal):
            return indexed(self.form(node.args[0]), node.loop)
        if isinstance(node, sympy.Function) and len(node.args) == 1:
            return call(_SPELLINGS.get(type(node).__name__, type(node).__name__), self.form(node.args[0]))
        raise ConversionError(f"{type(node).__name__} has no form in the language")

    def _absorbed_minus(self, node: Expr) -> Form | None:
        if isinstance(node, InnerProduct):
            return self._inner(node, True)
        if type(node).__name__ in _odd_functions():
            opposite = self._absorbed_minus(node.args[0])
            return opposite and call(_SPELLINGS.get(type(node).__name__, type(node).__name__), opposite)
        if isinstance(node, Add) and any(is_negative(t) for t in node.args):
            return self._scalar_sum(-node)
        return None

    # -- inner products ---------------------------------------------------------------------

    def _inner(self, node, negative):
        """Return the form of an inner product, or of its negative with a sum turned round (or None)."""
        square = square_of(node)
        if negative and matmul(*[transpose(f) for f in reversed(node.args)]) is node:
            return None  # no textbook turns round one side of a quadratic form
        if square is not None and not negative:
            norm = binary("**", call("norm", self._square_root(square)), number(2))
            if not square[-1].is_column:
                return norm
            plain = self.chain([(f, False) for f in node.args], False)
            return norm if norm.cost < plain.cost + self.prefer_norm else plain
        inner = summed_factors(node)
        if inner is not None:
            form = self.chain([(f, False) for f in inner], negative)
            return form and call("sum", form)
        return self.chain(self._turned(node.args), negative)

    def _turned(self, factors):
        """Return the factors of an inner product as (factor, turned), from the end whose names appear first."""
        turned = [transpose(f) for f in reversed(factors)]
        if sum(f.transposes for f in turned) == sum(f.transposes for f in factors):
            if [self._place_of(f) for f in turned] < [self._place_of(f) for f in factors]:
                return [(f, True) for f in reversed(factors)]
        return [(f, False) for f in factors]

    def _place_of(self, factor):
        return self.rank(factor)[0], self.tie(factor)

    def _square_root(self, factors):
        """Return the form of a product of which only the square matters: the shorter of X and -X."""
        items = [(f, False) for f in factors]
        plain, opposite = self.chain(items, False), self.chain(items, True)
        return opposite if opposite is not None and opposite.cost < plain.cost else plain

    # -- sums ----------------------------------------------------------------------------------

    def _scalar_sum(self, node):
        content, primitive = (ONE, node) if self._is_primitive(node) else node.as_content_primitive()
        if not content.is_Rational or not isinstance(primitive, Add) or content.p != 1 and content.q != 1:
            content, primitive = ONE, node
        given = self.sums.get(node)
        if given is not None:
            content, primitive = ONE, node
            place = {term: index for index, term in enumerate(given[1])}
            terms = sorted(node.args, key=lambda t: (place.get(t, len(place)), self.tie(t)))
        else:
            terms = sorted(primitive.args, key=lambda t: (self.rank(t), self.tie(t)))
        form = self._scalar_complement(primitive) if content == 1 else None
        if form is None:
            form = signed_sum([self._signed(term) for term in positive_first(terms, is_negative)], self._chains)
        if content.p != 1:
            form = binary("*", number(content.p), form)
        return binary("/", form, number(content.q)) if content.q != 1 else form

    def _is_primitive(self, scalar: Expr) -> bool:
        """Return whether a scalar is seen to have no number to be taken out of its sums, which SymPy seeks for long.

        All that is in it is looked at once, where SymPy looks through a sum again for each sum that it is in.
        """
        known = self._primitive.get(scalar)
        if known is None:
            known = self._primitive[scalar] = self._seems_primitive(scalar)
        return known

    def _seems_primitive(self, scalar: Expr) -> bool:
        if isinstance(scalar, Add):
            terms = [term.as_coeff_Mul() for term in scalar.args]
            if not all(number.is_Integer for number, _ in terms) or gcd(*[int(number) for number, _ in terms]) != 1:
                return False
            return all(rest is ONE or self._is_primitive(rest) for _, rest in terms)
        if isinstance(scalar, Mul):
            return all(map(self._is_primitive, scalar.args))
        if isinstance(scalar, Pow):
            base, exponent = scalar.args
            if base.is_number or not self._is_primitive(base):
                return False
            return exponent.is_Integer or self._is_primitive(exponent)
        return not scalar.is_number

    def _signed(self, term):
        if not is_negative(term):
            return False, self.form(term)
        opposite = self.form(term, False, True) if not term.is_Number else None
        return True, self._scalar_product(-term) if isinstance(-term, (Mul, Pow)) else opposite or self.form(-term)

    def _scalar_complement(self, node):
        """1 - sigmoid(x) as sigmoid(-x)."""
        if len(node.args) != 2 or ONE not in node.args:
            return None
        other = -next(t for t in node.args if t != 1)
        if isinstance(other, ScalarFunction) and other.rule.parity == "complement":
            return call_rule(other.rule, [self.form(-other.args[0])])
        return None

    # -- products --------------------------------------------------------------------------------

    def _scalar_product(self, scalar):
        mean = scalar_mean(scalar)
        if mean is not None:
            rest, inner = mean
            square = square_of(inner)
            if square is not None:
                return self.with_factor(rest, call("mean", binary("**", self._square_root(square), number(2))))
            items = [(f, False) for f in summed_factors(inner)]
            opposite = self.chain(items, True)
            return self.with_factor(rest, call("mean", self.chain(items, False)), opposite and call("mean", opposite))
        negative, top, bottom = self.fraction(scalar)
        form = top if top is not None else number(1)
        form = binary("/", form, bottom) if bottom is not None else form
        return negated(form) if negative else form

    def with_factor(self, scalar: Expr, body: Form, opposite: Form | None = None) -> Form:
        """Return the form of scalar*X given the form of X and, where there is one, of -X."""
        negative, top, bottom = self.fraction(scalar, opposite is None)
        if negative and opposite is not None:
            negative, body = False, opposite
        if top is not None:
            body = scaled(top, body)
        if bottom is not None:
            body = divided(body, bottom)
        return negated(body) if negative else body

    def fraction(self, scalar, absorb=True):
        """Return (negative, numerator form or None, denominator form or None) of a scalar factor."""
        if scalar.is_Rational:
            above, below = abs(scalar.p), scalar.q
            return scalar.p < 0, whole(above) if above != 1 else None, whole(below) if below != 1 else None
        found = self._fractions.get((scalar, absorb))
        if found is None:
            found = self._fractions[scalar, absorb] = self._made_fraction(scalar, absorb)
        return found

    def _made_fraction(self, scalar, absorb):
        coefficient, rest = scalar.as_coeff_Mul()
        if not coefficient.is_Rational:
            coefficient, rest = ONE, scalar
        negative, coefficient = bool(coefficient.is_negative), abs(coefficient)
        coefficient, rest = _surd_below(coefficient, rest)
        top = [number(coefficient.p)] if coefficient.p != 1 else []
        bottom = [number(coefficient.q)] if coefficient.q != 1 else []
        factors = [f for f in Mul.make_args(rest) if f != 1]
        if len(factors) > 1:
            factors.sort(
                key=lambda f: (self.rank(f)[0], not f.is_Symbol, isinstance(f, InnerProduct), self.rank(f), self.tie(f))
            )
        for factor in factors:
            base, exponent = base_and_exponent(factor)
            opposite = None
            if exponent.is_odd and (negative and absorb or base.is_Add):
                opposite = self.form(base, False, True)
                slack = 1 if negative else 0
                opposite = opposite if opposite is not None and opposite.cost < self.form(base).cost + slack else None
            if opposite is not None:
                negative = not negative
            if is_negative(exponent):
                bottom.append(self._scalar_power(base, -exponent, opposite))
            else:
                top.append(self._scalar_power(base, exponent, opposite))
        return negative, joined("*", top) if top else None, joined("*", bottom) if bottom else None

    def _scalar_power(self, base, exponent, form=None):
        square = square_of(base)
        if square is not None and exponent.is_Rational and (exponent.q == 2 or exponent.q == 1 and exponent != 1):
            norm = call("norm", self._square_root(square))
            power = exponent * 2
            return norm if power == 1 else binary("**", norm, number(power))
        if square is not None and not exponent.is_number:
            return binary("**", call("norm", self._square_root(square)), self.form(exponent * 2))
        form = form or self.form(base)
        if exponent == 1:
            return form
        if exponent == S.Half:
            return call("sqrt", form)
        return binary("**", form, self.form(exponent))


def _surd_below(coefficient: Expr, rest: Expr) -> tuple[Expr, Expr]:
    """sqrt(2)/2 as 1/sqrt(2): undo SymPy's rationalised denominators."""
    for factor in Mul.make_args(rest):
        base, exponent = base_and_exponent(factor)
        if base.is_Integer and exponent == S.Half and coefficient.q % base.p == 0:
            return coefficient * base, Mul(rest / factor, Pow(base, -S.Half, evaluate=False), evaluate=False)
    return coefficient, rest


def positive_first(parts: list[Expr | tuple[bool, Form]], negative: Callable) -> list[Expr | tuple[bool, Form]]:
    """Return the terms with a positive one in front where there is one; ``negative(term)`` says which are not."""
    for index, part in enumerate(parts):
        if not negative(part):
            return [part, *parts[:index], *parts[index + 1 :]] if index else list(parts)
    return list(parts)
