"""Claims about one number that stands for every entry of an array, or for every eigenvalue of a symmetric matrix."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sympy import Add, Dummy, Mul, Pow, S, log

from ...algebra.build import build, call
from ...algebra.constants import is_constant
from ...algebra.expressions import (
    ArrayFunction,
    ArraySymbol,
    Hadamard,
    MatrixPower,
    Power,
    ScalarFunction,
    Scale,
    Sum,
    Trace,
    Transpose,
    is_array,
    postorder,
)
from ...errors import MatcalcError
from ..kinds import DEFINITE, SIGN
from ..parts import is_symmetric, terms_of
from ..prover import Claim, Given, Prover, Rule
from .functions import entry_of
from .signs import CALCULUS

_MOST_TERMS = 8


def _proved(function: Any, letter: Any, strict: bool, given: Given) -> bool:
    """Whether a function of a letter is positive, or not negative, for all its values; no claim about the arrays."""
    known = letter if letter.is_positive else None
    prover = Prover(given.table, Given((), given.book, table=given.table, letter=known))
    return prover.prove(Claim(SIGN, strict, function))


# -- entries -------------------------------------------------------------------------------------------------------


def _entry_by_entry(claim: Claim, given: Given) -> Generator | None:
    """A function of each entry of one array, by itself."""
    node = claim.expression
    if not is_array(node) or given.letter is not None or len(terms_of(node)) < 2:
        return None
    arrays = {part for part in postorder(node) if isinstance(part, ArraySymbol)}
    if len(arrays) != 1:
        return None
    (array,) = arrays
    positive = Claim(SIGN, True, array)
    known = yield positive
    letter = Dummy(positive=True) if known else Dummy(real=True)
    function = _of_entry(node, array, letter, given)
    if function is None or function == letter or not _proved(function, letter, claim.strict, given):
        return None
    return (positive,) if known else ()


def _of_entry(node: Any, array: Any, letter: Any, given: Given) -> Any | None:
    """Return an array's entry as a function of that of another array; None where it depends on others."""
    if node is array:
        return letter
    if not is_array(node):
        return node if not any(is_array(part) for part in postorder(node)) else None
    if is_constant(node, "ones"):
        return S.One
    if isinstance(node, Transpose) or not isinstance(node, (Sum, Scale, Hadamard, Power, ArrayFunction)):
        return None
    parts = [_of_entry(part, array, letter, given) for part in node.args]
    if None in parts:
        return None
    if isinstance(node, Sum):
        return Add(*parts)
    if isinstance(node, (Scale, Hadamard)):
        return Mul(*parts)
    if isinstance(node, Power):
        return Pow(*parts)
    if not node.rule.elementwise:
        return None
    try:
        return call(given.book, node.rule.name, *parts)
    except MatcalcError:
        return None


# -- eigenvalues -----------------------------------------------------------------------------------------------------


def _by_eigenvalues(claim: Claim, given: Given) -> Generator | None:
    """Traces of powers of a symmetric matrix, its log-determinant and its size: a sum over its eigenvalues."""
    node = claim.expression
    terms = () if is_array(node) or not isinstance(node, Add) else node.args
    if not 1 < len(terms) <= _MOST_TERMS:
        return None
    bases = {_base(term.as_coeff_Mul()[1]) for term in terms} - {None}
    if len(bases) != 1:
        return None
    (base,) = bases
    numbers = [term for term in terms if term.is_number and not base.rows.is_number]
    if not is_symmetric(base) or not all(number.is_positive for number in numbers):
        return None
    definite = Claim(DEFINITE, True, base)
    known = yield definite
    letter = Dummy(positive=True) if known else Dummy(real=True)
    parts = [_of_eigenvalue(term, base, letter) for term in terms if term not in numbers]
    if None in parts or not _proved(Add(*parts), letter, claim.strict and not numbers, given):
        return None
    return (definite,) if known else ()


def _base(body: Any) -> Any:
    """Return the matrix of a trace of a power, or of a log-determinant; None for other scalars."""
    if isinstance(body, Trace):
        (matrix,) = body.args
        return matrix.args[0] if isinstance(matrix, MatrixPower) else matrix
    return body.args[0] if isinstance(body, ScalarFunction) and body.rule.name == "logdet" else None


def _of_eigenvalue(term: Any, base: Any, letter: Any) -> Any | None:
    """Return what a term is for each eigenvalue, None where it is no sum over them."""
    number, body = term.as_coeff_Mul()
    if body == base.rows or term.is_number and base.rows.is_number:
        return number if body == base.rows else term / base.rows
    if isinstance(body, Trace):
        (matrix,) = body.args
        if isinstance(matrix, MatrixPower) and matrix.args[0] is base and matrix.args[1].is_number:
            return number * letter ** matrix.args[1]
        return number * letter if matrix is base else None
    if _base(body) is base and letter.is_positive:
        return number * log(letter)
    return None


# -- written out -----------------------------------------------------------------------------------------------------


def _written_out(claim: Claim, given: Given) -> Generator | None:
    """A sum with functions that are short for others: softplus(u) is log(1 + exp(u))."""
    node = claim.expression
    if is_array(node) or not isinstance(node, Add):
        return None
    found = {}
    for part in postorder(node):
        if isinstance(part, ScalarFunction) and len(part.args) == 1 and not is_array(part.args[0]):
            written = _long_form(part, given)
            if written is not None:
                found[part] = written
    if not found:
        return None
    turned = Claim(SIGN, claim.strict, node.xreplace(found))
    return (turned,) if (yield turned) else None


def _long_form(node: ScalarFunction, given: Given) -> Any | None:
    entry = entry_of(node, given)
    if entry is None:
        return None
    name = entry.params[0].name
    forms = [form for form in entry.shortens if form.right == f"{entry.name}({name})"]
    return build(forms[0].left_tree, {name: node.args[0]}, given.book) if forms and not forms[0].where else None


WRITTEN_RULES = (Rule("written out", "by definition", _written_out, costly=True),)
POINTWISE_RULES = (
    Rule("entry by entry", CALCULUS, _entry_by_entry, costly=True),
    Rule("eigenvalue by eigenvalue", "Horn & Johnson (2013), theorem 2.5.6", _by_eigenvalues, costly=True),
)
