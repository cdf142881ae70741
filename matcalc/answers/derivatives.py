"""Derivatives as generated code, and the derivatives of one expression by several names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product as tuples
from typing import TYPE_CHECKING, Any, overload

from ..errors import ArgumentError, UnknownNameError
from .complex_variable import refuse_complex
from .part import by_part_alone

if TYPE_CHECKING:
    from ..compiler.function import GeneratedFunction
    from .derivative import Derivative


class Generated:
    """What derivatives have in common that can be written as code."""

    @property
    def _together(self) -> Sequence[Any]:
        """The derivatives that one function computes."""
        return (self,)

    def _refuse_complex(self) -> None:
        for derivative in self._together:
            refuse_complex(derivative.elaborated)

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

        ``target``: "numpy", "torch", "jax", "tensorflow", "array-api" or "octave" (the words that MATLAB and GNU Octave
        share).
        ``value``: whether the function returns the value of the expression, too; it does unless a product is asked for.
        ``orders``: what it returns instead, some of 0 (the
        value), 1 and 2. ``product``: "hvp" (Hessian times v), "jvp" (Jacobian times v) or "vjp" (transposed Jacobian
        times v), without forming the matrix. ``with_check``: add a check that runs where the text is run as a program.
        ``name``: the function's name. ``sizes``: sizes for which products are ordered, such as {"n": 1000}.
        ``passes``: the optimisations to apply, some of ``matcalc.compiler.PASSES``; all without it.
        The function takes the arrays of all names; a column may be a vector, and results have two dimensions.
        Raises ArgumentError, and NoRuleError where a function has no counterpart in the target.
        """
        from ..compiler.generate import generate_code

        self._refuse_complex()
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

        self._refuse_complex()
        return compile_function(self._together, target, value, orders, product, passes, sizes)


class Derivatives(Generated, Sequence["Derivative"]):
    """The derivatives of one expression by several names, in their order; also found by name: ``d["W1"]``.

    Of order 2 ``d["w", "b"]`` is the mixed derivative ∂(∂f/∂w)/∂bᵀ, of (size of w)×(size of b), a block of the Hessian
    by all names together; :attr:`blocks` are all of them. Of another order a tuple has as many names.
    The functions that :meth:`code` and :meth:`compile` make return a flat tuple: the value, then the derivatives by
    each name, order by order. The product "hvp" is of the whole Hessian, mixed blocks included: a result for each name.
    """

    def __init__(self, derivatives: Iterable[Derivative]) -> None:
        self._derivatives = tuple(derivatives)
        self.wrt = tuple(d.wrt for d in self._derivatives)
        self.order = self._derivatives[0].order
        self._mixed: dict[tuple[str, ...], Derivative] = {}

    @overload
    def __getitem__(self, place: int | str | tuple[str, ...]) -> Derivative: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Derivative]: ...

    def __getitem__(self, place):
        if isinstance(place, str):
            return self._derivatives[self._place(place)]
        return self._by(place) if isinstance(place, tuple) else self._derivatives[place]

    def _place(self, name: str) -> int:
        if name not in self.wrt:
            raise UnknownNameError(f"no derivative by '{name}'", hint=f"one of {', '.join(self.wrt)}")
        return self.wrt.index(name)

    def _by(self, names: tuple[str, ...]) -> Derivative:
        """Return the derivative by several names in turn."""
        first = self._derivatives[self._place(names[0])] if names else self._derivatives[0]
        for name in names:
            self._place(name)
        if len(names) != self.order:
            raise ArgumentError(
                f"a derivative of order {self.order} is by {self.order} names, and {len(names)} are given",
                hint=f"take order={len(names)}" if names else f'write d["{self.wrt[0]}"]',
            )
        if len(set(names)) == 1:
            return first
        if names not in self._mixed:
            for name in names:
                if self._derivatives[self._place(name)].query.part is not None:
                    raise by_part_alone(name)
            self._mixed[names] = first.mixed(names[1:])
        return self._mixed[names]

    @property
    def blocks(self) -> Derivatives:
        """The derivatives by all tuples of names: of order 2 the blocks of the Hessian by all names, row by row."""
        if isinstance(self, Blocks):
            return self
        return Blocks([self._by(names) for names in tuples(self.wrt, repeat=self.order)], self.wrt)

    def __len__(self) -> int:
        return len(self._derivatives)

    @property
    def _together(self) -> Sequence[Derivative]:
        return self._derivatives

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._derivatives))})"

    def _repr_latex_(self) -> str:
        from ..language.syntax import Name
        from ..printers.latex import latex_text

        lines = []
        for derivative in self._derivatives:
            names = derivative.by or (derivative.wrt,)
            below = r" \, ".join(rf"\partial {latex_text(Name(n), derivative.book, {n: ()})}" for n in names)
            above = r"\partial f" if len(names) == 1 else rf"\partial^{len(names)} f"
            lines.append(rf"\frac{{{above}}}{{{below}}} &= {derivative.latex()}")
        return "$$\\begin{aligned} " + r" \\ ".join(lines) + " \\end{aligned}$$"


class Blocks(Derivatives):
    """The derivatives of one expression by all tuples of several names, one for each order; ``d["w", "b"]`` is one."""

    def __init__(self, derivatives: Iterable[Derivative], names: Sequence[str]) -> None:
        super().__init__(derivatives)
        self.wrt = tuple(names)
        self._mixed = {d.by: d for d in self._derivatives}

    def _by(self, names: tuple[str, ...]) -> Derivative:
        for name in names:
            self._place(name)
        found = self._mixed.get(names)
        return found if found is not None else super()._by(names)

    def _place(self, name: str) -> int:
        """Return where the derivative by one name only stands, on the diagonal."""
        place = super()._place(name)
        return sum(place * len(self.wrt) ** power for power in range(self.order))
