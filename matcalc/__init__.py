"""matcalc: symbolic matrix derivatives, checked against torch autograd.

>>> import matcalc
>>> print(matcalc.diff("x.T@A@x", layout="denom"))
(A + A.T)@x
"""

from importlib import import_module

__version__ = "0.1.0"

_PUBLIC = {
    "diff": "api",
    "parse": "api",
    "Derivative": "api",
    "Derivatives": "api",
    "Expression": "api",
    "CheckReport": "checks.report",
    "check": "claims",
    "ClaimReport": "claims",
    "Step": "steps.step",
    "Derivation": "steps.derivation",
    "StepsReport": "checks.steps",
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
}
_SUBPACKAGES = ("linalg",)

__all__ = [*_PUBLIC, *_SUBPACKAGES]


def __getattr__(name):
    """Import the public names when they are first used: ``matcalc --help`` needs neither sympy nor torch."""
    if name in _PUBLIC:
        return getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
    if name in _SUBPACKAGES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module 'matcalc' has no attribute '{name}'")


def __dir__():
    return sorted({*globals(), *_PUBLIC, *_SUBPACKAGES})
