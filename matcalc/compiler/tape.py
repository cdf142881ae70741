"""The check of a derivative against TensorFlow's GradientTape: it differentiates generated code for the expression.

The code is of the expression as it was typed, before any pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..budget import limited
from ..checks.report import CheckReport
from ..errors import MatcalcError
from ..libraries import load, trouble
from .function import GeneratedFunction
from .generate import compile_function

if TYPE_CHECKING:
    import numpy

_WITNESS = "TensorFlow GradientTape"
# TensorFlow's gradient of these is of one triangle, which a matrix that both halves are read of passes on to both
_SYMMETRIC = """
def of_both_halves(function):
    return lambda X: function((X + tf.transpose(X)) / 2)


symmetric_eigh = of_both_halves(tf.linalg.eigh)
symmetric_eigvalsh = of_both_halves(tf.linalg.eigvalsh)
"""


@limited("checking")
def check_with_tensorflow(derivative: Any, points: int = 3, seed: int = 0) -> CheckReport:
    """Compare a Derivative with TensorFlow's GradientTape at random points; return a :class:`CheckReport`.

    ``ok`` is None where TensorFlow is missing, has no counterpart of a function, or cannot differentiate it. Raises
    ArgumentError where ``points`` is not positive.
    """
    for library in ("torch", "tensorflow"):
        if trouble(library):
            return _named(CheckReport(None, None, 0, f"{trouble(library)}: python -m pip install {library}"))
    try:
        function = _value_function(derivative.of_order(1))
    except MatcalcError as refused:
        return _named(CheckReport(None, None, 0, refused.message))
    from ..checks.witness import check_by_witness

    return _named(check_by_witness(derivative, points, seed, _WITNESS, _differentiating(function)))


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


def _differentiating(function: GeneratedFunction) -> Callable:
    """Return what finds value and derivative of a function, as :class:`~matcalc.checks.witness.WitnessProblem` asks."""
    tf = load("tensorflow")

    def found(
        arrays: Mapping[str, numpy.ndarray], sizes: Mapping[str, int], by: tuple[str, ...]
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        given = {name: tf.constant(array) for name, array in arrays.items()}
        taken = {argument.name: given[argument.name] for argument in function.program.arguments}
        taken.update({name: sizes[name] for name in function.program.sizes})
        values = []

        def differentiated(names: tuple[str, ...]) -> Any:
            if not names:
                values.append(function(**taken))
                return values[0]
            leaf = given[names[-1]]
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(leaf)
                inner = differentiated(names[:-1])
            zero = tf.UnconnectedGradients.ZERO
            return tape.jacobian(inner, leaf, unconnected_gradients=zero, experimental_use_pfor=False)

        whole = differentiated(by)
        return values[0].numpy(), whole.numpy()

    return found
