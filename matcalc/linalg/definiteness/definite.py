"""Definiteness of a matrix of numbers, and of a symbolic expression by proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sympy import Expr, S
from sympy.matrices.matrixbase import MatrixBase

from ...algebra.blocks import Block, in_two
from ...algebra.constants import shape_of
from ...algebra.constructors import add, scale, transpose
from ...algebra.expressions import is_array
from ...algebra.products import matmul, matrix_power
from ...answers.complex_variable import refuse_complex
from ...api import Expression, parse
from ...budget import limited
from ...counts import seed_number
from ...display import Displayed
from ...errors import LimitError, MatcalcError, ShapeError
from ...language.nodes import IMAGINARY
from ...language.syntax import names, parse_tree
from ...language.unparse import unparse
from ...libraries import require, trouble
from ...presentation import Presenter
from ...printers.plain import plain_shape
from ...proofs.kinds import DEFINITE, SIGN
from ...proofs.parts import opposite
from ...proofs.prover import Claim, Given
from ...proofs.question import domain_claims, first_proof
from ...proofs.report import ProofReport, count_of
from ...proofs.steps import PLAIN, Proof, Style
from ...proofs.table import TABLE
from ...shapes.notes import surprising
from ...shapes.stated import stated
from ...steps.letters import Letters
from ..input.texts import is_matrix_text

if TYPE_CHECKING:
    from ...proofs.ground import Ground
    from ...shapes.elaborate import Elaborated
    from .counterexample import Counterexample, Search

UNKNOWN = "unknown"
_VERDICTS = {
    (DEFINITE, True, 1): "positive definite",
    (DEFINITE, True, -1): "negative definite",
    (DEFINITE, False, 1): "positive semidefinite",
    (DEFINITE, False, -1): "negative semidefinite",
    (SIGN, True, 1): "positive",
    (SIGN, True, -1): "negative",
    (SIGN, False, 1): "nonnegative",
    (SIGN, False, -1): "nonpositive",
}


@dataclass(frozen=True, repr=False)
class SymbolicReport(Displayed, ProofReport):
    """The definiteness of an expression, or the sign of a scalar one.

    ``verdict``: 'positive definite', …; for a scalar 'positive', 'nonnegative', …; where nothing is proved
    'not semidefinite' (neither positive nor negative, by counterexamples), 'not positive semidefinite' or 'unknown'.
    ``proof``: the :class:`~matcalc.proofs.steps.Proof`, or None. ``search``: what the search for counterexamples
    found, None beside a proof; ``condition``: when a block is positive definite, where that is not proved. ``where``:
    the conditions of the domain, as texts. ``symmetric`` is False where the verdict is about the symmetric part.
    """

    expression: Expression
    judged: str
    verdict: str
    symmetric: bool
    where: tuple[str, ...]
    proof: Proof | None = None
    search: Search | None = None
    condition: str = ""

    @property
    def counterexample(self) -> Counterexample | None:
        """A :class:`Counterexample` to 'positive semidefinite', None where there is none."""
        return None if self.search is None else self.search.below

    table = TABLE

    def ground(self) -> Ground:
        """Return the points that the proof speaks of."""
        from ...proofs.ground import Ground

        return Ground(self.expression.elaborated, self.expression.book)

    def headline(self, style: Style = PLAIN) -> str:
        """Return the verdict in one line."""
        name = style.expression(self.judged) if self.symmetric else "the symmetric part"
        where = f", where {', '.join(self.where)}" if self.where else ""
        if self.proof is not None:
            return f"{self.verdict}: {name} (proved in {count_of(len(self.proof), 'step')}{where})"
        if self.search is None:
            return f"unknown: not proved, and counterexamples are not sought: {trouble()}{where}"
        if self.verdict == UNKNOWN:
            none = "no negative value" if self.search.above is not None else "no counterexample"
            return f"unknown: not proved, and {none} found at {count_of(self.search.points, 'point')}{where}"
        return f"{self.verdict}: {self._example(self.search.below, style)}{where}"

    def details(self, style: Style = PLAIN) -> list[str]:
        """Return the lines of the proof, or the other counterexample."""
        if self.proof is not None:
            return self.proof.lines(style)
        if self.search is not None and self.search.above is not None and self.search.below is not None:
            return [self._example(self.search.above, style)]
        return []

    def _example(self, example, style):
        values = ", ".join(f"{name} = {value}" for name, value in example.values.items())
        at = f" at {values}" if values else ""
        if example.vector is None:
            return f"the value is {example.value}{at}"
        joined = ", " if values else " at "
        letters = Letters({*self.expression.shapes, *example.values})
        x, matrix = letters.take("x", "v", "z"), letters.take("M", "A", "B")
        form = style.expression(f"{x}.T@{matrix}@{x}")
        return f"{form} = {example.value}{at}{joined}{x} = {list(example.vector)}, {matrix} the matrix"

    @property
    def notes(self) -> list[str]:
        """How the expression was read, and what the reader should know besides."""
        part = [] if self.symmetric else ["the matrix is not symmetric; the verdict is about (M + M.T)/2"]
        return [*surprising(self.expression.notes), *part, *([self.condition] if self.condition else [])]

    def record(self) -> dict[str, object]:
        """Return what --json says."""
        search = self.search
        return {
            "input": self.expression.text,
            "shape": list(self.expression.shape),
            "shapes": {name: list(shape) for name, shape in self.expression.shapes.items()},
            "verdict": self.verdict,
            "symmetric": self.symmetric,
            "where": list(self.where),
            "proof": None if self.proof is None else self.proof.record(),
            "counterexamples": {
                name: example.record()
                for name, example in (("below", search and search.below), ("above", search and search.above))
                if example
            },
            "points": None if search is None else search.points,
            "notes": self.notes,
        }


@limited("looking for a proof")
def definite(source, assume=None, shapes=None, rules=None, syntax="matcalc", seed=0):
    """Return whether a matrix is positive or negative definite or semidefinite, with a certificate.

    ``source``: a matrix of numbers, as :func:`~matcalc.linalg.read_matrix` takes it, or an expression of the language
    (a text, an Expression, a SymPy expression); ``assume``, ``shapes``, ``rules`` and ``syntax`` are those of
    :func:`matcalc.parse`. Returns a NumericReport (see ``definite_report``) or a :class:`SymbolicReport`. A matrix
    that is not symmetric is judged by its symmetric part (Horn & Johnson 2013, 7.1). Raises ShapeError for a matrix
    that is not square, DomainError for nan and inf, and what read_matrix and parse raise.

    >>> from matcalc.linalg import definite
    >>> definite("[[2, 1], [1, 3]]").verdict
    'positive definite'
    >>> print(definite("A.T@A + c*eye(n)", assume={"c": ["positive"]}).proof)
    1  A.T@A is positive semidefinite ...
    5  A.T@A + c*eye(n) is positive definite ...
    """
    if _is_symbolic(source):
        expression = parse(source, shapes, assume, rules, syntax)
        refuse_complex(expression.elaborated)
        return _of_expression(expression, seed_number(seed))
    require("the definiteness of a matrix of numbers", "numpy")
    from ..input.matrices import read_matrix
    from .numeric import judge
    from .report import NumericReport

    return NumericReport(judge(read_matrix(source)))


def _is_symbolic(source: str) -> bool:
    if isinstance(source, str):
        return not is_matrix_text(source) or _has_names(source)
    if isinstance(source, MatrixBase):
        return bool(source.free_symbols)
    return isinstance(source, Expression) or getattr(source, "is_Matrix", False) is True


def _has_names(text: str) -> bool:
    """Return whether a list has names among its entries, as [[a, b], [b, c]] does, and is read as an expression."""
    if not text.strip().startswith("["):
        return False
    try:
        found = names(parse_tree(text))
    except MatcalcError:
        return False
    return bool(found.keys() - {"i", "j", IMAGINARY, "nan", "inf", "pi"})


def _schur_note(node: Expr, elaborated: Elaborated) -> str:
    """Return when a block is positive definite: where a part and its Schur complement are; "" for others."""
    if not isinstance(node, Block) or node.heights != node.widths or transpose(node) is not node:
        return ""
    a, b, c, d = in_two(node, 1)
    if not is_array(a) and not is_array(d):
        parts = [a, a * d - b * c]
    else:
        inverse = matrix_power(a, S.NegativeOne) if is_array(a) else 1 / a
        parts = [a, add(d, scale(S.NegativeOne, matmul(c, inverse, b)))]
    presenter = Presenter(elaborated.order, elaborated.sums)
    open_parts = [part for part in parts if is_array(part) or not part.is_positive]
    shown = [unparse(presenter.tree(part)) + (" is" if is_array(part) else " > 0") for part in open_parts]
    return f"positive definite exactly where {' and '.join(shown)} (a Schur complement; Horn & Johnson 2013, 7.7.7)"


def _of_expression(function: Expression, seed: int) -> SymbolicReport:
    elaborated, book = function.elaborated, function.book
    node = elaborated.expression
    rows, cols = shape_of(node)
    if rows != cols:
        raise ShapeError(
            f"definiteness needs a square matrix, but this is {rows}×{cols}",
            source=elaborated.text,
            hint="declare square shapes, or take A.T@A",
        )
    try:
        return _judged(function, elaborated, node, book, seed)
    except RecursionError:
        raise LimitError(
            "the expression nests too deeply", source=elaborated.text[:1000], hint="give the inner parts names"
        ) from None


def _judged(function, elaborated, node, book, seed):
    found, claims = domain_claims(elaborated, book)
    where = tuple(map(str, stated(found, elaborated, book)))
    given = Given(claims, book)
    kind = DEFINITE if is_array(node) else SIGN
    # a product of commuting matrices is symmetric, although its transpose is written in another way
    forms = [node] if transpose(node) is node else [node, scale(S.Half, add(node, transpose(node)))]
    for form in forms:
        options = {}
        for strict, sign in ((True, 1), (True, -1), (False, 1), (False, -1)):
            options.setdefault(Claim(kind, strict, form if sign == 1 else opposite(form)), (strict, sign))
        claim, proof = first_proof(options, given, elaborated)
        if proof is not None:
            verdict = _VERDICTS[kind, *options[claim]]
            symmetric = form is node
            return SymbolicReport(function, str(function), verdict, symmetric, where, proof)
    condition = _schur_note(node, elaborated)
    report = SymbolicReport(function, str(function), UNKNOWN, len(forms) == 1, where, condition=condition)
    return replace(report, **_searched(function, forms[-1], seed))


def _searched(function: Expression, node: Expr, seed: int) -> dict[str, str | Search | None]:
    """Return the verdict and the Search for counterexamples to what is not proved; without torch there is none."""
    if trouble():
        return {"verdict": UNKNOWN, "search": None}
    from ...proofs.ground import Ground
    from .counterexample import search

    elaborated = function.elaborated
    tree = parse_tree(unparse(Presenter(elaborated.order, elaborated.sums).tree(node)))
    found = search(Ground(elaborated, function.book), tree, seed)
    scalar = not plain_shape(shape_of(node))
    if found.below is None:
        return {"verdict": UNKNOWN, "search": found}
    if found.above is None:
        return {"verdict": "not nonnegative" if scalar else "not positive semidefinite", "search": found}
    return {"verdict": "of either sign" if scalar else "not semidefinite", "search": found}
