"""The forms of powers and functions of arrays."""

from __future__ import annotations

from collections.abc import Callable

from sympy import S

from ..algebra.constants import is_constant
from ..algebra.constructors import repeated, transpose
from ..algebra.expressions import Array, coefficient, is_array
from ..errors import ConversionError
from .forms import binary, call, call_rule, is_negative, number, turned


def _unary(name: str) -> Callable:
    """Return the maker of the form of a function of one array."""

    def maker(self, node, flip, negative):
        inner = self.form(node.args[0], False, negative)
        form = inner and call(name, inner)
        return turned(form) if form is not None and flip and transpose(node) is not node else form

    return maker


class FunctionForms:
    """The part of the presenter that writes powers and functions of arrays; ``form`` is the presenter's."""

    def _power(self, node, flip, negative):
        base, exponent = node.args
        if is_array(exponent):
            if negative:
                return None
            return self._either(
                node, flip, negative, lambda turn: binary("**", *self._broadcast_forms(node.args, turn))
            )
        if negative and not exponent.is_odd:
            return None

        def plain(turn):
            form = self._shorter(base, turn) if exponent.is_even else self.form(base, turn, negative)
            if form is None:
                return None
            if is_negative(exponent):
                return binary("/", number(1), self._raised(form, -exponent))
            return self._raised(form, exponent)

        return self._either(node, flip, negative, plain)

    def _broadcast_forms(self, arrays, turn):
        """Return the forms of arrays of one shape, and of scalars; a constant or repeated one is left to broadcasting.

        One of the others has the shape in full.
        """
        shown = []
        for place, node in enumerate(arrays):
            if not is_array(node):
                shown.append(self.form(node))
                continue
            scalar, array = coefficient(node)
            others = [other for other in (*arrays[:place], *arrays[place + 1 :]) if is_array(other)]
            plain = any(not repeated(other) and not _is_filled(other) for other in others)
            if plain and _is_filled(node):
                shown.append(self.form(scalar if is_constant(array, "ones") else S.Zero))
            elif plain and repeated(node):
                shown.append(self.form(repeated(node)[0], turn))
            else:
                shown.append(self.form(node, turn))
        return shown

    def _raised(self, form, exponent):
        if exponent == 1:
            return form
        if exponent == S.Half:
            return call("sqrt", form)
        return binary("**", form, self.form(exponent))

    def _matrix_power(self, node, flip, negative):
        base, exponent = node.args
        if negative and not exponent.is_odd:
            return None

        def plain(turn):
            form = self.form(base, turn, negative)
            if form is None:
                return None
            if exponent == -1:
                return call("inv", form)
            if exponent == 2 and form.cost == 1:
                return binary("@", form, form)
            return call("matpow", form, self.form(exponent))

        return self._either(node, flip, negative, plain)

    def _function(self, node, flip, negative):
        rule = node.rule
        if negative and rule.parity != "odd":
            return None

        def plain(turn):
            if rule.elementwise and len(node.args) > 1 and not negative:
                return call_rule(rule, self._broadcast_forms(node.args, turn))
            forms = [self.form(a, turn and is_array(a), negative) for a in node.args]
            return None if None in forms else call_rule(rule, forms)

        if rule.parity == "even" and len(node.args) == 1:
            return self._either(node, flip, negative, lambda turn: call_rule(rule, [self._shorter(node.args[0], turn)]))
        # max(X) - detach(X) is exactly 0 at the maximum only if X is written alike in both
        if (rule.commutes_with_transpose or rule.elementwise) and not rule.constant:
            return self._either(node, flip, negative, plain)
        form = plain(False)
        return turned(form) if form is not None and flip else form

    def _shorter(self, node, turn):
        plain, opposite = self.forms_of(node, turn)
        return opposite if opposite is not None and opposite.cost < plain.cost else plain

    _diagonal = _unary("diag")
    _vec = _unary("vec")

    def _frechet(self, node, flip, negative):
        raise ConversionError("the derivative of a matrix function has no form in the language here")


def _is_filled(node: Array) -> bool:
    """Return whether all entries of the array are one scalar."""
    array = coefficient(node)[1]
    return is_constant(array, "ones") or is_constant(array, "zeros")
