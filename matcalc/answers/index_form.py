"""A derivative of any order in index notation: how it is shown, evaluated, checked and written as code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..algebra.constants import shape_of
from ..algebra.expressions import is_array
from ..bounds import MAX_INDEX_PARTS as MAX_NODES
from ..budget import limited
from ..errors import LimitError, MatcalcError
from ..language.stacks import as_written
from ..printers.plain import plain_shape, plain_size, plain_tree
from ..shapes.notes import Note, notes_on
from ..shapes.stated import domain_of
from ..words import known_word
from .asked import OfQuery
from .directions import known_order, other_names
from .given import named_arrays
from .shown import too_deep

if TYPE_CHECKING:
    import numpy

    from ..checks.report import CheckReport, StepsReport
    from ..compiler.function import GeneratedFunction
    from ..indices.derive import IndexDerivative
    from ..language.indexed import Axis, Indexed, IndexTree
    from ..shapes.query import Query
    from ..steps.step import Step
    from .index_steps import IndexDerivation

_SCALAR, _COLUMN, _MATRIX = "fghFGH", "yzuvYZ", "YZFGHy"


class IndexForm(OfQuery):
    """A derivative in index notation, of any order, by any variables; of more than two indices it is an array.

    ``str()`` is its value at the indices of its axes, ``left`` what that is the value of: df/dX[k,l]. ``axes`` are the
    indices: the function's, then those of each variable in turn, as nested ``torch.func.jacrev`` has them; a column has
    one axis and a number none. ``shape`` are their sizes, ``einsum`` is the same as a text with einsum. ``query``,
    ``wrt``, ``by``, ``along``, ``order``, ``structure``, ``shapes`` and ``where`` as a Derivative has them.
    """

    def __init__(self, query: Query, derived: IndexDerivative, of_order: Callable[[Query, int], Any]) -> None:
        self._of_order = of_order
        self.query, self.derived, self.elaborated, self.book = query, derived, query.elaborated, query.book
        self.wrt, self.by, self.along = query.wrt, query.by, query.along
        self.order, self.layout, self.structure = query.order, query.layout, query.structure

    @property
    def indexed(self) -> Indexed:
        """The tree of its value, which is printed and evaluated."""
        return self.derived.indexed

    @property
    def axes(self) -> tuple[str, ...]:
        """The index of each axis, as text; two of them where an axis is that of a vec or a Kronecker product."""
        return tuple(" ".join(map(str, axis)) for axis in self._all_axes)

    @property
    def _all_axes(self) -> tuple[Axis, ...]:
        """The letters of its axes, with the index of all matrices of the stack that it is differentiated by."""
        if not self.query.every:
            return self.indexed.axes
        place = self.derived.functions
        return (*self.indexed.axes[:place], (self.query.every,), *self.indexed.axes[place:])

    @property
    def written_tree(self) -> IndexTree:
        """Its tree as it is written: with A[k] of a stack of matrices."""
        from ..language.indexed import changed

        stacks = self.elaborated.stacks
        return changed(self.indexed.tree, lambda tree: as_written(tree, stacks)) if stacks else self.indexed.tree

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The size of each axis."""
        from ..indices.terms import length

        found = [plain_size(length(group)) for group in self.derived.groups]
        if self.query.every:
            found.insert(self.derived.functions, plain_tree(self.elaborated.stacks[self.wrt][0]))
        return tuple(found)

    @property
    def target(self) -> str:
        """What it is differentiated by, as a text."""
        return self.query.target

    @cached_property
    def conditions(self) -> list:
        """The conditions that the rules ask for, each with a ``predicate`` and the surface ``tree`` it is about."""
        elaborated = self.elaborated
        return domain_of(elaborated.tree, elaborated, self.book, self.by)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What is said of how the text was read."""
        return notes_on(self.elaborated, self.book, self.wrt)

    # -- how it is shown --------------------------------------------------------------------------------------------

    @limited("writing the index form")
    def __str__(self) -> str:
        from ..language.indexed import index_text

        self._refuse_long()
        return index_text(self.written_tree, self.indexed.sizes)

    def unicode(self) -> str:
        """Return the index form in Unicode mathematics: Σₖ Aᵢₖ xₖ."""
        from ..printers.indexed import index_unicode

        self._refuse_long()
        return index_unicode(self.written_tree, self.book, self.shapes, self.indexed.sizes)

    def latex(self) -> str:
        r"""Return the index form in LaTeX: \sum_{k} A_{ik} x_{k}."""
        from ..printers.indexed import index_latex

        self._refuse_long()
        return index_latex(self.written_tree, self.book, self.shapes, self.indexed.sizes)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.left_side('latex')} = {self.latex()}$"

    def _refuse_long(self) -> None:
        from ..language.indexed import walk

        count = len(walk(self.indexed.tree))
        if count > MAX_NODES:
            raise LimitError(
                f"the index form has {count} parts, too many to be written out",
                hint="take a direction, --along u, or evaluate it with .evaluate()",
            )

    @property
    def left(self) -> str:
        """What the index form is the value of: df/dX[k,l]."""
        return self.left_side("text")

    def left_side(self, kind: str) -> str:
        """Return the left-hand side as "text", "unicode" or "latex"."""
        from ..printers.indexed import left_side

        known_word("notation", kind, ("text", "unicode", "latex"))
        axes, derived = list(self._all_axes), self.derived
        function, rest = axes[: derived.functions], axes[derived.functions :]
        variables = []
        whole = self.query.part is None or bool(self.query.every)
        for name, count in zip(self.query.free, derived.counts):
            count += bool(self.query.every)
            variables.append((name if whole else self.target, rest[:count]))
            rest = rest[count:]
        shape = plain_shape(shape_of(self.elaborated.expression))
        letters = _SCALAR if not shape else _COLUMN if shape[1] == 1 else _MATRIX
        above = next((letter for letter in letters if letter not in self.shapes), letters[0])
        return left_side((above, function), variables, self.along, self.indexed.sizes, kind)

    @property
    def told_axes(self) -> str:
        """In which order the axes come: axes i,j of the function, k,l of X."""
        axes, derived, told = list(self.axes), self.derived, []
        whole = self.query.part is None or bool(self.query.every)
        named = [name if whole else self.target for name in self.query.free]
        of_variables = [count + bool(self.query.every) for count in derived.counts]
        counts = [("the function", derived.functions), *zip(named, of_variables)]
        for name, count in counts:
            own, axes = axes[:count], axes[count:]
            if told and told[-1][0] == name:
                told[-1][1].extend(own)
            elif own:
                told.append((name, own))
        return "axes " + ", ".join(f"{','.join(own)} of {name}" for name, own in told)

    @cached_property
    @limited("deriving")
    def derivation(self) -> IndexDerivation:
        """The :class:`~matcalc.answers.index_steps.IndexDerivation`: the steps, one index more in every line."""
        from .index_steps import IndexDerivation

        return IndexDerivation(self)

    @property
    def steps(self) -> list[Step]:
        """The derivation line by line, a list of :class:`~matcalc.steps.step.Step`."""
        return list(self.derivation.steps)

    def check_steps(self, points: int = 3, seed: int = 0) -> StepsReport:
        """Compare every line of the derivation with torch's nested derivatives; return a StepsReport."""
        return self.derivation.check(points, seed)

    @property
    def einsum(self) -> str:
        """The index form as a text with einsum, whose operands are arrays of the language."""
        from ..indices.einsum import einsum_text

        return einsum_text(self.derived)

    def code(
        self,
        target: str = "numpy",
        value: bool = False,
        name: str | None = None,
        sizes: Mapping[str, int] | None = None,
    ) -> str:
        """Return the source text of a function that computes the array by einsum.

        ``target``: "numpy", "torch", "jax" or "tensorflow". ``value``: whether it returns the value of the expression,
        too. ``name`` and ``sizes`` as for :meth:`matcalc.Derivative.code`. Raises ArgumentError, and NoRuleError where
        a function has no counterpart.
        """
        from ..compiler.tensors import tensor_code

        return tensor_code(self, target, value, name, sizes)

    def compile(
        self, target: str = "numpy", value: bool = False, sizes: Mapping[str, int] | None = None
    ) -> GeneratedFunction:
        """Return the function whose text :meth:`code` returns, ready to be called with one keyword for every name.

        >>> import matcalc
        >>> third = matcalc.diff("sum(x**3)", order=3).compile()
        >>> third(x=[1.0, 2.0]).tolist()
        [[[6.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 6.0]]]
        """
        from ..compiler.tensors import compiled_tensor

        return compiled_tensor(self, target, value, sizes)

    # -- values --------------------------------------------------------------------------------------------------------

    def evaluate(self, values: Any = None, /, **arrays: Any) -> numpy.ndarray | float:
        """Return the value for given arrays of all names: a NumPy array with an axis for each index, or a float.

        Raises what :meth:`matcalc.Derivative.evaluate` raises, LimitError where the array would be too large.
        """
        from ..checks.tensors import evaluate_tensor

        return evaluate_tensor(self, named_arrays(values, arrays, "evaluate"))

    def tensor(self, **arrays: Any) -> numpy.ndarray | float:
        """Return the value for given arrays, as :meth:`evaluate` does."""
        return self.evaluate(**arrays)

    def check(self, points: int = 3, seed: int = 0, method: str = "both") -> CheckReport:
        """Compare with nested derivatives by torch autograd, and with exact values, at random points.

        The arguments and the report are those of :meth:`matcalc.Derivative.check`.
        """
        from ..checks.methods import check_by

        return check_by(self, points, seed, method)

    def index(self) -> IndexForm:
        """Return the index form itself."""
        return self

    @limited("differentiating")
    def mixed(self, also: Iterable[str]) -> Any:
        """Return the derivative of the same order by the same first name, and then by others."""
        return self._of_order(replace(self.query, also=other_names(also, self.elaborated, self.order)), self.order)

    @limited("differentiating")
    def of_order(self, order: int) -> Any:
        """Return the derivative of the same expression by the same names, of another order."""
        order = known_order(order)
        return self if order == self.order else self._of_order(self.query, order)

    def __repr__(self) -> str:
        return f"IndexForm({self.left} = {self})"


def index_form(query: Query, of_order: Callable[[Query, int], Any]) -> IndexForm:
    """Return the :class:`IndexForm` of the derivative that a query asks for; raises what :func:`diff` raises.

    ``of_order(query, order)`` finds the derivatives of other orders.
    """
    from ..indices.derive import index_derivative  # most answers are matrices and need none of it

    try:
        return IndexForm(query, index_derivative(query), of_order)
    except MatcalcError as error:
        raise error.at(query.elaborated.text)
    except RecursionError:
        raise too_deep(query.elaborated.text) from None


def is_tensor(query: Query) -> bool:
    """Return whether what a query asks for has more indices than a matrix, or is by a part and above order 2."""
    if query.part is not None:
        return query.order > 2
    symbols: Sequence = [query.elaborated.symbols[name] for name in query.free]
    return sum(map(is_array, symbols)) > (1 if is_array(query.elaborated.expression) else 2)


