"""The Python interface: :func:`diff`, :func:`parse` and what they return."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, overload

from .answers import complex_derivative  # noqa: F401 (answers queries in complex names)
from .answers.book import book_of
from .answers.derivative import Derivative, answer, answer_of_any_shape
from .answers.derivatives import Derivatives
from .answers.expression import Expression
from .answers.gradients import answers
from .answers.question import Question
from .answers.shown import Shown
from .budget import limited
from .errors import ArgumentError

if TYPE_CHECKING:
    from sympy import Basic

__all__ = ["Derivative", "Derivatives", "Expression", "Question", "Shown", "answer", "book_of", "diff", "parse"]


@limited("reading")
def parse(
    text: object,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    rules: object = None,
    syntax: str | None = "matcalc",
    functions: str | list[str] | None = None,
) -> Expression:
    """Return the :class:`Expression` that a text in the language stands for.

    ``shapes``: ``{"A": ("n", "m"), "x": ("n", 1), "c": ()}``; ``assume``: ``{"A": ["symmetric"]}``. ``syntax``: the
    notation of the text, "matcalc" (the language), "matlab", "latex" or "python" (NumPy, PyTorch, JAX, TensorFlow);
    None finds it by the tokens. ``functions``: functions of which only the shapes are known, such as
    ``"F: n,n -> scalar"`` or ``"A: scalar -> n,n"``; f, g, h, phi and psi are scalar ones without a declaration.
    Raises a MatcalcError that points at the place: ExpressionSyntaxError, UnknownNameError,
    UnknownFunctionError, ShapeError, LimitError, DomainError, ArgumentError.

    >>> import matcalc
    >>> e = matcalc.parse("norm(A@x - b)**2")
    >>> e.shapes
    {'A': ('m', 'n'), 'x': ('n', 1), 'b': ('m', 1)}
    >>> matcalc.parse(str(e)) == e
    True
    """
    asked = Question(text, shapes=shapes, assume=assume, rules=rules, syntax=syntax, functions=functions)
    asked = replace(asked, takes_complex=True)
    return asked.expression()


@overload
def diff(
    expr: object,
    wrt: list[str] | tuple[str, ...],
    layout: str = "denom",
    order: int = 1,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    structure: str = "free",
    rules: object = None,
    syntax: str | None = "matcalc",
    along: str | list[str] | None = None,
    functions: str | list[str] | None = None,
    values: dict[str, object] | None = None,
    convention: str = "wirtinger",
) -> Derivatives: ...


@overload
def diff(
    expr: object,
    wrt: str | Basic | None = None,
    layout: str = "denom",
    order: int = 1,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    structure: str = "free",
    rules: object = None,
    syntax: str | None = "matcalc",
    along: str | list[str] | None = None,
    functions: str | list[str] | None = None,
    values: dict[str, object] | None = None,
    convention: str = "wirtinger",
) -> Derivative: ...


@limited("differentiating")
def diff(
    expr: object,
    wrt: object = None,
    layout: str = "denom",
    order: int = 1,
    shapes: dict[str, tuple] | None = None,
    assume: dict[str, list[str]] | None = None,
    structure: str = "free",
    rules: object = None,
    syntax: str | None = "matcalc",
    along: str | list[str] | None = None,
    functions: str | list[str] | None = None,
    values: dict[str, object] | None = None,
    convention: str = "wirtinger",
) -> Derivative | Derivatives:
    """Return the :class:`Derivative` of an expression.

    ``expr``: text in the language, an Expression, a SymPy expression, or a Python function in the words of NumPy,
    PyTorch, JAX or TensorFlow, whose source is read and that is not called. ``wrt``: a name or a SymPy symbol;
    without it the array x, X, w, W or theta, or the only name there is; a list of names gives :class:`Derivatives`, one
    for each. ``layout``: "denom", "num" or "mixed".
    ``order``: 1 to 6. ``along``: a name, or a list of names, of directions: of order 3 the derivative of the Hessian
    along ``u`` is a matrix; each is a name of the answer, of the variable's shape. ``shapes`` and ``assume`` as for
    :func:`parse`. ``structure``: how a variable of declared structure varies: "free" (its entries are independent),
    "projected" (the gradient within the subspace) or "parametrized" (by the free parameters, Matrix Cookbook 2.8).
    ``rules``: paths of rule files. ``syntax``: the notation of a text, and ``functions`` unknown functions, as for
    :func:`parse`. ``wrt`` may be a part of an array, "A[i, j]" or "x[1:3]", and of a complex name also "conj(z)".
    ``convention``: which derivative by a complex name is meant, "wirtinger" (∂f/∂z), or the gradient of a real f that
    "torch" or "jax" give. ``values``: arrays of numbers by name,
    constants that are written into the answer.
    Raises a MatcalcError; NoRuleError where there is no closed form in the language.

    >>> import matcalc
    >>> print(matcalc.diff("norm(X@w - y)**2", wrt="w"))
    2*X.T@(X@w - y)
    """
    question = Question(expr, wrt, layout, order, shapes, assume, structure, rules, syntax, along=along, values=values)
    question = replace(question, functions=functions, convention=convention, takes_complex=True)
    if not isinstance(wrt, (list, tuple)):
        return answer_of_any_shape(question.query())
    if not wrt or len(set(map(str, wrt))) < len(wrt):
        raise ArgumentError("wrt is a list of different names", hint='write wrt=["W1", "W2"]')
    return Derivatives(answers(question.queries(wrt)))
