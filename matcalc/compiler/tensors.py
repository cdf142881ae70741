"""Generated code for derivatives in index notation: the operands as any code, then one einsum for every term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Expr

from ..algebra.constants import shape_of
from ..errors import ArgumentError, MatcalcError
from ..indices.einsum import Einsum, einsums
from ..indices.terms import length
from .function import GeneratedFunction
from .generate import function_name, known_sizes
from .pieces import shape_text
from .program import Program, Result, make_program
from .targets import target_named

if TYPE_CHECKING:
    from ..checks.report import CheckReport
    from .spell import Speller

_EINSUM = {"numpy": "numpy.einsum", "torch": "torch.einsum", "jax": "jnp.einsum", "tensorflow": "tf.einsum"}
_LONGEST = 400


@dataclass(frozen=True)
class _Tensor:
    """What the function returns: an array with an axis for each index."""

    name: str
    text: str


class TensorRequest:
    """What a generated function returns: the array of an IndexForm, and where asked for the value of the expression."""

    def __init__(self, form: Any, value: bool) -> None:
        self.form, self.value, self.derivatives = form, value, (form,)
        self.terms = einsums(form.derived)
        self.directions: list = []

    def program(self, target: str, sizes: Mapping[str, int] | None, name: str | None) -> Program:
        """Return the :class:`~matcalc.compiler.program.Program` for a target."""
        form, elaborated = self.form, self.form.elaborated
        if target_named(target).name not in _EINSUM:
            raise ArgumentError(f"{target} has no einsum", hint="take the target numpy, torch, jax or tensorflow")
        arguments = [(n, shape, elaborated.facts.get(n, frozenset())) for n, shape in elaborated.shapes.items()]
        default = ("value_and_" if self.value else "") + f"derivative_{form.order}"
        title = f"{default.replace('_', ' ').capitalize()} of {form.text} in index notation"
        ending = _Ending(self, target_named(target).name)
        return make_program(
            title if len(title) < _LONGEST else default, ending.operands, arguments, form.book, target_named(target),
            function_name(name, default, target_named(target)), None, sizes, elaborated.needed, ending,
        )  # fmt: skip


class _Ending:
    """The last statements: a sum of einsums."""

    def __init__(self, request: TensorRequest, target: str) -> None:
        self.request, self.target, form = request, target, request.form
        shape = "×".join(map(str, form.shape)) or "a number"
        text = f"{form.left} = {form}" if len(str(form)) <= _LONGEST else form.left
        self.results = [_Tensor(f"derivative_{form.order}", f"{text}  ({shape})")]
        if request.value:
            self.results.insert(0, _Tensor("value", f"f = {form.text}"))
        self.shape = [length(group) for group in form.derived.groups]
        self.sizes = [*self.shape, *[size for term in request.terms for part in term.operands for size in part.sizes]]
        self.nodes: dict[Expr, int] = {}
        for term in request.terms:
            for node in (term.coefficient.as_coeff_Mul()[1], *[operand.node for operand in term.operands]):
                if node != 1:
                    self.nodes.setdefault(node, len(self.nodes))
        self.operands = [Result(self._wish(node), node, "") for node in self.nodes]
        if request.value:
            self.operands.append(Result("value", form.elaborated.expression, ""))

    @staticmethod
    def _wish(node: Expr) -> str:
        rows, cols = shape_of(node)
        return "c" if rows == cols == 1 else "v" if 1 in (rows, cols) else "M"

    def lines(self, names: list[str], speller: Speller) -> list[str]:
        """Return the statements that make the array of the operands' names."""
        shape = shape_text(self.shape)
        terms = [self._term(term, names) for term in self.request.terms]
        texts = [texts for texts in terms if texts] or [speller.create("zeros", shape)]
        merged = any(len(group) > 1 for group in self.request.form.derived.groups)
        if len(texts) == 1 and not merged:
            found, lines = texts[0], []
        else:
            lines = [f"tensor = {texts[0]}"]
            lines += [f"tensor = tensor {'- ' + t[1:] if t.startswith('-') else '+ ' + t}" for t in texts[1:]]
            found = f"{speller.target.function('reshape')}(tensor, {shape})" if merged else "tensor"
        return [*lines, f"return {names[-1] + ', ' if self.request.value else ''}{found}"]

    def _term(self, term: Einsum, names: list[str]) -> str:
        number, rest = term.coefficient.as_coeff_Mul()
        factors = [] if rest == 1 else [names[self.nodes[rest]]]
        sign = "-" if number.is_negative else ""
        if abs(number) != 1:
            factors.insert(0, str(abs(number)) if number.is_Integer else f"({abs(number)})".replace("/", " / "))
        operands = []
        for operand in term.operands:
            text = names[self.nodes[operand.node]]
            if operand.sizes:
                shape = ", ".join(map(str, operand.sizes))
                turned = f"tf.reshape({text}, ({shape},))" if self.target == "tensorflow" else None
                text = turned or f"{text}.reshape({shape})"
            operands.append(text)
        if operands:
            words = ", optimize=True" if self.target == "numpy" and len(operands) > 2 else ""
            alone = len(operands) == 1 and not factors
            factors.append(f'{_EINSUM[self.target]}("{term.subscripts}", {", ".join(operands)}{words})')
            factors += ["1.0"] if alone else []  # no view of an argument is returned
        return sign + " * ".join(factors or ["1.0"])


class GeneratedTensor(GeneratedFunction):
    """A generated function that returns an array with an axis for each index; see :class:`GeneratedFunction`."""

    def check(self, points: int = 3, seed: int = 0) -> CheckReport:
        """Compare the code with torch's values of the index form, at random points."""
        from ..checks.tensors import check_tensor_code

        return check_tensor_code(self, points, seed)

    def __reduce__(self):
        return GeneratedTensor, (self.program, self.request)


def tensor_code(
    form: Any, target: str, value: bool, name: str | None, sizes: Mapping[str, int] | None
) -> str:
    """Return the source text of a function; the arguments are those of :meth:`matcalc.IndexForm.code`."""
    return _made(form, target, value, name, sizes).source


def compiled_tensor(form: Any, target: str, value: bool, sizes: Mapping[str, int] | None) -> GeneratedTensor:
    """Return the :class:`GeneratedTensor`; the arguments are those of :meth:`matcalc.IndexForm.compile`."""
    request = TensorRequest(form, value)
    return GeneratedTensor(_made(form, target, value, None, sizes), request)


def _made(form: Any, target: str, value: bool, name: Any, sizes: Any) -> Program:
    try:
        return TensorRequest(form, value).program(target, known_sizes(sizes), name)
    except MatcalcError as error:
        raise error.at(form.text)
