"""The tools: each takes a question in the words of the command line and returns what ``--json`` prints for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from ..budget import working
from ..errors import MatcalcError
from ..service import JSON_SCHEMA
from ..service.question import read_question
from ..service.records import Record, error_record
from ..service.session import Session

Text = Annotated[
    str,
    Field(description="A formula: x.T@A@x, norm(X@w - y)**2. MATLAB, LaTeX, NumPy or PyTorch code is recognised."),
]
Wrt = Annotated[str, Field(description="The variable; empty: x, X, w, W, theta, or the only name there is.")]
Layout = Annotated[
    str, Field(description="denom (gradients shaped like the variable), num (their transposes) or mixed.")
]
Order = Annotated[
    int, Field(description="1 to 6: 2 is the Hessian of a scalar; answers of three and more indices are in index form.")
]
Shape = Annotated[str, Field(description='Shapes of names: "A: n×m, x: n, c: scalar"; the others follow from use.')]
Assume = Annotated[str, Field(description='Facts about names: "A symmetric, S pd, z complex".')]
Structure = Annotated[
    str, Field(description="How a symmetric or otherwise structured variable varies: free, projected or parametrized.")
]
Convention = Annotated[
    str,
    Field(description="By a complex name: wirtinger (df/dz, or wrt conj(z)), or the gradient of torch or jax."),
]
Syntax = Annotated[str, Field(description="auto, matcalc, matlab, latex, unicode or python.")]


def differentiate(
    expression: Text, wrt: Wrt = "", layout: Layout = "denom", order: Order = 1, shape: Shape = "",
    assume: Assume = "", structure: Structure = "free", syntax: Syntax = "auto", convention: Convention = "wirtinger",
) -> Record:
    """Derive a matrix derivative symbolically, in a chosen layout, and check it exactly and against autograd.

    Returns the derivative as text of the language, its shape and layout, the shapes of all names, the conditions under
    which it holds ("where"), notes on how the formula was read, and both checks. Read the notes: they say what was
    guessed.
    """
    return _answered(Session.differentiate, locals())


def check_claim(
    expression: Text, claim: Annotated[str, Field(description="The formula that may be the derivative.")],
    wrt: Wrt = "", order: Order = 1, shape: Shape = "", assume: Assume = "", structure: Structure = "free",
    syntax: Syntax = "auto", convention: Convention = "wirtinger",
) -> Record:
    """Judge whether a formula is the derivative of an expression, in any layout.

    Returns ok (true, false, or null where it could not be judged), the layout in which it is right, a diagnosis of
    what is wrong (a factor, a transpose, a missing term …), the right answer, and the smallest counterexample.
    """
    return _answered(Session.check_claim, locals())


def steps(
    expression: Text, wrt: Wrt = "", layout: Layout = "denom", shape: Shape = "", assume: Assume = "",
    structure: Structure = "free", syntax: Syntax = "auto", convention: Convention = "wirtinger",
) -> Record:
    """Derive a matrix derivative line by line with differentials, each line with its rule, source and check."""
    return _answered(Session.steps, locals())


def code(
    expression: Text,
    target: Annotated[str, Field(description="numpy, torch, jax, tensorflow, array-api or octave.")] = "numpy",
    orders: Annotated[str, Field(description="0 the value, 1 the gradient, 2 the Hessian: 0,1")] = "0,1",
    wrt: Wrt = "", shape: Shape = "", assume: Assume = "", syntax: Syntax = "auto",
) -> Record:
    """Write a function in Python that computes an expression and its derivatives, fast and without autodiff."""
    return _answered(Session.code, locals())


def definite(expression: Text, shape: Shape = "", assume: Assume = "", syntax: Syntax = "auto") -> Record:
    """Prove or refute that a matrix is positive (semi)definite, or what sign a scalar has.

    The expression is one in names or a matrix of numbers, [[2, 1], [1, 3]]. Returns the verdict with its proof or a
    counterexample; "unknown" is an answer, too.
    """
    return _answered(Session.definite, locals())


def convex(expression: Text, wrt: Wrt = "", shape: Shape = "", assume: Assume = "", syntax: Syntax = "auto") -> Record:
    """Prove or refute that a scalar function is convex or concave in a variable, with every step of the proof."""
    return _answered(Session.convex, locals())


TOOLS: dict[str, Callable[..., Record]] = {
    function.__name__: function for function in (differentiate, check_claim, steps, code, definite, convex)
}


def _answered(answer: Callable[[Session], Record], members: dict) -> Record:
    """Return the record of an answer, or of the error that a user can cause; the latter has "error"."""
    try:
        with working("answering"):
            found = answer(Session(read_question(members)))
    except MatcalcError as error:
        found = error_record(str(members["expression"]), error)
        if error.span is not None and error.source not in (None, members["expression"]):
            found["error"] |= {"source": error.source, "span": list(error.span)}
    return {"schema": JSON_SCHEMA, **found}
