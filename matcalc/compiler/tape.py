"""The check of a derivative against TensorFlow's GradientTape, in the place of torch's autograd.

TensorFlow runs generated code for the expression, as it was typed and before any pass; at every point it has to have
torch's value of the user's own text, so that the code is no witness for itself. GradientTape differentiates it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..budget import limited
from ..checks.derivative import check_derivative
from ..checks.problem import Problem
from ..checks.report import CheckReport
from ..errors import DomainError, MatcalcError
from ..libraries import load, trouble
from .function import GeneratedFunction
from .generate import compile_function

if TYPE_CHECKING:
    import torch

_WITNESS = "TensorFlow GradientTape"
# TensorFlow's gradient of these is of one triangle, which a matrix that both halves are read of passes on to both
_SYMMETRIC = """
def of_both_halves(function):
    return lambda X: function((X + tf.transpose(X)) / 2)


symmetric_eigh = of_both_halves(tf.linalg.eigh)
symmetric_eigvalsh = of_both_halves(tf.linalg.eigvalsh)
"""
_ACCURACY = 1e-9


@limited("checking")
def check_with_tensorflow(derivative: Any, points: int = 3, seed: int = 0) -> CheckReport:
    """Compare a Derivative with TensorFlow's GradientTape at random points; return a :class:`CheckReport`.

    ``ok`` is None where TensorFlow is missing, has no counterpart of a function, or cannot differentiate it. Raises
    ArgumentError where ``points`` is not positive.
    """
    problem = trouble() or trouble("tensorflow")
    if problem:
        reason = f"{problem}: python -m pip install {'torch' if trouble() else 'tensorflow'}"
        return _named(CheckReport(None, None, 0, reason))
    try:
        function = _value_function(derivative.of_order(1))
    except MatcalcError as refused:
        return _named(CheckReport(None, None, 0, refused.message))

    def kind(query: Any, answer: Any) -> Problem:
        return _TapeProblem(query, answer, function)

    return _named(check_derivative(derivative, points, seed, kind))


def _value_function(derivative: Any) -> GeneratedFunction:
    """Return the function of the expression that GradientTape differentiates."""
    function = compile_function([derivative], "tensorflow", None, (0,), None, [], None)
    program = function.program
    head, rest = program.source.split("\n", 1)
    if "tf.linalg.eig" in rest:
        text = rest.replace("tf.linalg.eig", "symmetric_eig")
        return GeneratedFunction(replace(program, source=f"{head}\n{_SYMMETRIC}{text}"), function.request)
    return function


def _named(report: CheckReport) -> CheckReport:
    """Return a report of TensorFlow's as the only check that was made."""
    found = replace(report, witness=_WITNESS)
    return replace(found, torch=found)


class _TapeProblem(Problem):
    """A problem whose derivatives are GradientTape's."""

    witness, library = _WITNESS, "TensorFlow"

    def __init__(self, query: Any, answer: Any, function: Any) -> None:
        super().__init__(query, answer)
        self.function = function

    def _remember_broken(self, point: Any) -> None:
        """Keep no such points: at a tie TensorFlow has conventions of its own."""

    def derivative(self, point: Any) -> tuple[torch.Tensor, torch.Tensor, float]:
        """Return (value, Jacobian, scale): torch's value, TensorFlow's derivative; RuntimeError where values differ."""
        import torch

        value, found, scale = super().derivative(point)
        try:
            theirs, axes = self._differentiated(point)
        except DomainError:
            return value, torch.full_like(found, torch.nan), scale
        size = max(float(value.abs().max()), 1.0)
        if not float((theirs.reshape(value.shape) - value).abs().max()) <= _ACCURACY * size:
            raise RuntimeError("its value of the expression is another one")
        return value, axes.reshape(found.shape), scale

    def _differentiated(self, point: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (the value, its derivative), the latter with one axis for the value and one for each free name."""
        import numpy
        import torch

        tf = load("tensorflow")

        given = {name: tf.constant(array.numpy()) for name, array in point.arrays.items()}
        sizes = {name: point.sizes[name] for name in self.function.program.sizes}
        taken = {argument.name: given[argument.name] for argument in self.function.program.arguments}
        values = []

        def differentiated(by: tuple[str, ...]) -> Any:
            if not by:
                value = self.function(**taken, **sizes)
                values.append(value)
                return value
            leaf = given[by[-1]]
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(leaf)
                inner = differentiated(by[:-1])
            zero = tf.UnconnectedGradients.ZERO
            return tape.jacobian(inner, leaf, unconnected_gradients=zero, experimental_use_pfor=False)

        query = self.query
        whole = torch.from_numpy(numpy.array(differentiated(query.by)))
        shapes = [tuple(point.arrays[name].shape) for name in query.by]
        value = torch.from_numpy(numpy.array(values[0]))
        axes = _stacked(whole.reshape(1, *_flat(value.shape), *[n for shape in shapes for n in shape]))
        for direction in reversed(query.along):
            vector = point.arrays[direction].mT.reshape(-1)
            axes = axes @ vector
        return value, axes


def _flat(shape: Any) -> tuple[int, ...]:
    """Return a shape with two axes."""
    return tuple(shape) if len(shape) == 2 else (1, 1)


def _stacked(array: torch.Tensor) -> torch.Tensor:
    """array: 1, m, n, p, q, … -> m*n, p*q, …; the entries of each pair of axes by columns, as vec has them."""
    array = array[0]
    pairs = range(array.ndim // 2)
    turned = array.permute([axis for pair in pairs for axis in (2 * pair + 1, 2 * pair)])
    return turned.reshape([array.shape[2 * pair] * array.shape[2 * pair + 1] for pair in pairs])
