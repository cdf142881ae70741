"""Derivatives as generated code, and the derivatives of one expression by several names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from ..errors import UnknownNameError

if TYPE_CHECKING:
    from ..compiler.function import GeneratedFunction
    from .derivative import Derivative


class Generated:
    """What derivatives have in common that can be written as code."""

    @property
    def _together(self) -> Sequence[Any]:
        """The derivatives that one function computes."""
        return (self,)

    def code(
        self,
        target: str = "numpy",
        value: bool | None = None,
        orders: Sequence[int] | int | None = None,
        product: str | None = None,
        with_check: bool = False,
        name: str | None = None,
        sizes: Mapping[str, int] | None = None,
        passes: Iterable[str] | None = None,
    ) -> str:
        """Return the source text of a function that computes the derivative, for an array library.

        ``target``: "numpy", "torch", "jax" or "array-api". ``value``: whether the function returns the value of the
        expression, too; it does unless a product is asked for. ``orders``: what it returns instead, some of 0 (the
        value), 1 and 2. ``product``: "hvp" (Hessian times v), "jvp" (Jacobian times v) or "vjp" (transposed Jacobian
        times v), without forming the matrix. ``with_check``: add a check that runs where the text is run as a program.
        ``name``: the function's name. ``sizes``: sizes for which products are ordered, such as {"n": 1000}.
        ``passes``: the optimisations to apply, some of ``matcalc.compiler.PASSES``; all without it.
        The function takes the arrays of all names; a column may be a vector, and results have two dimensions.
        Raises ArgumentError, and NoRuleError where a function has no counterpart in the target.
        """
        from ..compiler.generate import generate_code

        return generate_code(self._together, target, value, orders, product, with_check, name, passes, sizes)

    def compile(
        self,
        target: str = "numpy",
        value: bool | None = None,
        orders: Sequence[int] | int | None = None,
        product: str | None = None,
        sizes: Mapping[str, int] | None = None,
        passes: Iterable[str] | None = None,
    ) -> GeneratedFunction:
        """Return the function whose text :meth:`code` returns, ready to be called with one keyword for every name.

        The dtype and the device of the arrays are kept; ``source`` is its code. Arguments that do not fit raise a
        MatcalcError: ShapeError, UnknownNameError or ArgumentError; a singular matrix raises DomainError.

        >>> import matcalc
        >>> gradient = matcalc.diff("norm(X@w - y)**2", wrt="w").compile("numpy", value=False)
        >>> gradient(X=[[1, 2], [3, 4]], w=[1, 1], y=[3, 6]).tolist()
        [[6.0], [8.0]]
        """
        from ..compiler.generate import compile_function

        return compile_function(self._together, target, value, orders, product, passes, sizes)


class Derivatives(Generated, Sequence["Derivative"]):
    """The derivatives of one expression by several names, in their order; also found by name: ``d["W1"]``.

    The functions that :meth:`code` and :meth:`compile` make return a flat tuple: the value, then the derivatives by
    each name, order by order.
    """

    def __init__(self, derivatives: Iterable[Derivative]) -> None:
        self._derivatives = tuple(derivatives)
        self.wrt = tuple(d.wrt for d in self._derivatives)

    @overload
    def __getitem__(self, place: int | str) -> Derivative: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Derivative]: ...

    def __getitem__(self, place):
        if isinstance(place, str):
            if place not in self.wrt:
                raise UnknownNameError(f"no derivative by '{place}'", hint=f"one of {', '.join(self.wrt)}")
            return self._derivatives[self.wrt.index(place)]
        return self._derivatives[place]

    def __len__(self) -> int:
        return len(self._derivatives)

    @property
    def _together(self) -> Sequence[Derivative]:
        return self._derivatives

    def __repr__(self) -> str:
        return f"Derivatives({', '.join(map(repr, self._derivatives))})"
