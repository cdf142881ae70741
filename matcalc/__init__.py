"""matcalc: symbolic matrix derivatives, checked against torch autograd.

>>> import matcalc
>>> print(matcalc.diff("x.T@A@x", layout="denom"))
(A + A.T)@x
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import linalg
    from .answers.answer import Answer
    from .api import Derivative, Derivatives, Expression, diff, parse
    from .budget import limits
    from .checks.report import CheckReport, StepsReport
    from .claims import ClaimReport, check
    from .errors import (
        ArgumentError,
        CheckFailedError,
        ConditionWarning,
        ConversionError,
        DomainError,
        ExpressionSyntaxError,
        LimitError,
        MatcalcError,
        MissingLibraryError,
        NoRuleError,
        RuleFileError,
        ShapeError,
        UnknownFunctionError,
        UnknownNameError,
    )
    from .optimization.expansion import newton, taylor
    from .optimization.implicit import implicit
    from .optimization.kkt import kkt
    from .probability.conditioning import condition
    from .probability.information import fisher
    from .probability.propagation import propagate
    from .probability.questions import covariance, entropy, expectation, kl_divergence, variance
    from .probability.report import Moment
    from .steps.derivation import Derivation
    from .steps.step import Step

__version__ = "0.2.0"

_PUBLIC = {
    "diff": "api",
    "parse": "api",
    "Derivative": "api",
    "Derivatives": "api",
    "Expression": "api",
    "expectation": "probability.questions",
    "variance": "probability.questions",
    "covariance": "probability.questions",
    "entropy": "probability.questions",
    "kl_divergence": "probability.questions",
    "condition": "probability.conditioning",
    "propagate": "probability.propagation",
    "fisher": "probability.information",
    "Moment": "probability.report",
    "Answer": "answers.answer",
    "taylor": "optimization.expansion",
    "newton": "optimization.expansion",
    "implicit": "optimization.implicit",
    "kkt": "optimization.kkt",
    "CheckReport": "checks.report",
    "check": "claims",
    "ClaimReport": "claims",
    "Step": "steps.step",
    "Derivation": "steps.derivation",
    "StepsReport": "checks.report",
    "MatcalcError": "errors",
    "ExpressionSyntaxError": "errors",
    "UnknownNameError": "errors",
    "UnknownFunctionError": "errors",
    "ShapeError": "errors",
    "LimitError": "errors",
    "ArgumentError": "errors",
    "DomainError": "errors",
    "NoRuleError": "errors",
    "RuleFileError": "errors",
    "ConversionError": "errors",
    "CheckFailedError": "errors",
    "ConditionWarning": "errors",
    "MissingLibraryError": "errors",
    "limits": "budget",
}
_SUBPACKAGES = ("linalg",)

__all__ = [
    "Answer",
    "ArgumentError",
    "CheckFailedError",
    "CheckReport",
    "ClaimReport",
    "ConditionWarning",
    "ConversionError",
    "Derivation",
    "Derivative",
    "Derivatives",
    "DomainError",
    "Expression",
    "ExpressionSyntaxError",
    "LimitError",
    "MatcalcError",
    "MissingLibraryError",
    "Moment",
    "NoRuleError",
    "RuleFileError",
    "ShapeError",
    "Step",
    "StepsReport",
    "UnknownFunctionError",
    "UnknownNameError",
    "check",
    "condition",
    "covariance",
    "diff",
    "entropy",
    "expectation",
    "fisher",
    "implicit",
    "kkt",
    "kl_divergence",
    "limits",
    "linalg",
    "newton",
    "parse",
    "propagate",
    "taylor",
    "variance",
]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: ``matcalc --help`` needs neither sympy nor torch."""
    if name in _PUBLIC:
        globals()[name] = value = getattr(_imported(_PUBLIC[name]), name)
        return value
    if name in _SUBPACKAGES:
        return _imported(name)
    raise AttributeError(f"module 'matcalc' has no attribute '{name}'")


def _imported(name: str) -> Any:
    from .libraries import load

    return load(f"{__name__}.{name}")


def load_ipython_extension(shell: Any) -> None:
    """Register the magics %mdiff, %msteps and %mcheck: what ``%load_ext matcalc`` calls in IPython and Jupyter."""
    from .notebook.extension import load

    load(shell)


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})
