"""Convexity of a scalar function: by its Hessian, by composition, or refuted by a counterexample."""

from __future__ import annotations

from dataclasses import replace

from ...algebra.build import build
from ...algebra.constants import eye, is_constant, is_zero, shape_of
from ...algebra.constructors import transpose
from ...algebra.expressions import ArrayFunction, MatMul, ScalarFunction, dependent, is_array, postorder
from ...algebra.products import matmul
from ...algebra.substitute import rewrite
from ...api import Expression, Question, answer
from ...errors import ArgumentError, LimitError, NoRuleError, ShapeError
from ...language.syntax import parse_tree
from ...language.unparse import unparse
from ...presentation import Presenter
from ...printers.plain import plain_shape
from ...proofs.kinds import AFFINE, CONVEX
from ...proofs.parts import opposite
from ...proofs.prover import Claim, Given
from ...proofs.question import domain_claims, first_proof
from .report import AFFINE_VERDICT, CONVEX_VERDICTS, NEITHER, NOT_CONCAVE, NOT_CONVEX, UNKNOWN, ConvexReport
from .rules import CONVEX_TABLE, SECOND_ORDER

_NOT_CONVEX_SETS = ("orthogonal", "permutation", "projection", "binary", "integer", "invertible", "positive-det")
_CONVEX_WHERE_CONCAVE = frozenset({"positive", "above_minus_one"})


def convex(expr, wrt=None, assume=None, shapes=None, rules=None, syntax="matcalc", seed=0):
    """Return whether a scalar function is convex or concave in one of its names, with a proof or a counterexample.

    ``expr``, ``wrt``, ``assume``, ``shapes``, ``rules`` and ``syntax`` are those of :func:`matcalc.diff`; all other
    names are constants. The domain is where the function has a value and the declared facts hold; a symmetric matrix
    varies among the symmetric ones. Returns a :class:`~matcalc.linalg.convexity.report.ConvexReport`. Raises ShapeError
    where the function is no scalar, ArgumentError where the declared facts give a set that is not convex, and what
    diff raises for text that cannot be read.

    >>> from matcalc.linalg import convex
    >>> convex("norm(A@x - b)**2", wrt="x").verdict
    'convex'
    >>> convex("x.T@A@x").verdict
    'neither convex nor concave'
    """
    query = Question(expr, wrt, "denom", 2, shapes, assume, "free", rules, syntax).query()
    _refuse(query)
    try:
        return _judged(query, seed)
    except RecursionError:
        raise LimitError(
            "the expression nests too deeply",
            source=query.elaborated.text[:1000],
            hint="give the inner parts names of their own",
        ) from None


def _refuse(query):
    """Raise where convexity has no meaning."""
    elaborated = query.elaborated
    shape = plain_shape(shape_of(elaborated.expression))
    if shape:
        raise ShapeError(
            f"convexity is that of a scalar function, but this is {shape[0]}×{shape[1]}",
            source=elaborated.text,
            hint=f'take sum(...), or declare --shape "{query.wrt}: scalar"',
        )
    facts = elaborated.facts.get(query.wrt, frozenset())
    word = next((word for word in _NOT_CONVEX_SETS if word in facts), None)
    if word is not None:
        raise ArgumentError(
            f"convexity in {query.wrt} needs a convex set of values, and that of '{word}' is none",
            hint=f"leave the assumption '{word}' out",
        )
    varying = dependent(elaborated.expression, {elaborated.symbols[query.wrt]})
    for node in postorder(elaborated.expression):
        if isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.constant and node in varying:
            raise ArgumentError(
                f"{node.rule.name} makes a constant of what depends on {query.wrt}: that is for derivatives alone",
                source=elaborated.text,
                hint=f"leave {node.rule.name} out",
            )


def _judged(query, seed):
    """Return the report: a proof by the first of the ways that leads to one, else what a search finds."""
    elaborated = query.elaborated
    function, symbol = elaborated.expression, elaborated.symbols[query.wrt]
    hessian = _hessian(query)
    domain, domain_given = domain_claims(elaborated, query.book)
    smooth, smooth_given = domain_claims(elaborated, query.book, query.wrt)
    composed = Given(domain_given, query.book, symbol)
    curved = replace(composed, claims=smooth_given, hessian=None if hessian is None else (function, hessian))
    report = ConvexReport(
        Expression(elaborated, query.book), query.wrt, UNKNOWN, (), True, hessian=_text(hessian, query)
    )
    # composition says more where there are kinks: the Hessian speaks only of the sets between them
    kinks = len(smooth) > len(domain)
    ways = [(composed, domain), (curved, smooth)] if kinks else [(curved, smooth), (composed, domain)]
    for given, where in (way for way in ways if hessian is not None or way[0] is composed):
        verdict, proof = _proved(function, given, elaborated)
        if proof is None:
            continue
        by_hessian = given is curved or any(step.rule == SECOND_ORDER for step in proof)
        region = _is_convex_set(where, query, composed)
        proved = replace(
            report, verdict=verdict, where=_texts(where), convex_domain=region, proof=proof, smooth=by_hessian
        )
        return _across_kinks(proved, domain, query, hessian, seed) if kinks and given is curved else proved
    return replace(report, where=_texts(domain), **_searched(query, hessian, seed))


def _texts(conditions):
    return tuple(map(str, conditions))


def _across_kinks(proved, domain, query, hessian, seed):
    """Return a report that is proved between kinks, unless a chord that crosses one refutes it."""
    found = _searched(query, hessian, seed)
    search = found["search"]
    refuted = search.below if "concave" in proved.verdict else search.above
    if proved.verdict == AFFINE_VERDICT:
        refuted = search.above or search.below
    if refuted is None:
        return proved
    verdict = found["verdict"] if search.above is not None else NOT_CONCAVE
    piecewise = f"{proved.verdict} on every convex set where {', '.join(proved.where)}, as its second derivative shows"
    return replace(proved, **{**found, "verdict": verdict}, where=_texts(domain), proof=None, notes=(piecewise,))


def _proved(function, given, elaborated):
    """Return (verdict, Proof) by the rules of convexity, else (None, None)."""
    options = {Claim(AFFINE, False, function): AFFINE_VERDICT}
    for (strict, sign), verdict in CONVEX_VERDICTS.items():
        options[Claim(CONVEX, strict, function if sign == 1 else opposite(function))] = verdict
    claim, proof = first_proof(options, given, elaborated, CONVEX_TABLE)
    return (None, None) if proof is None else (options[claim], proof)


def _hessian(query):
    """Return the second derivative, on symmetric directions for a symmetric variable; None without a closed form.

    A function whose second derivative is too large to be found may still be composed of convex ones.
    """
    try:
        value = answer(query).expression
    except (NoRuleError, LimitError):
        return None
    symbol = query.elaborated.symbols[query.wrt]
    if is_array(symbol) and symbol.is_square and transpose(symbol) is symbol:
        return on_symmetric(value)
    return value


def on_symmetric(hessian):
    """Return the Hessian without the commutation matrices at its ends: K@vec(D) = vec(D) for a symmetric D."""

    def without(node):
        if is_constant(node, "comm") and node.is_square and node is hessian:
            return eye(node.rows)
        if not isinstance(node, MatMul):
            return node
        chain = list(node.args)
        while len(chain) > 1 and is_constant(chain[-1], "comm"):
            chain.pop()
        while len(chain) > 1 and is_constant(chain[0], "comm"):
            chain.pop(0)
        return matmul(*chain)

    return rewrite(hessian, without)


def _is_convex_set(where, query, given):
    """Return whether the conditions are known to make a convex set of the variable's values."""
    elaborated = query.elaborated
    env = {**elaborated.sizes, **elaborated.symbols}
    for condition in where:
        node = build(condition.tree, env, query.book)
        if node not in dependent(node, {given.variable}):
            continue
        if condition.predicate not in _CONVEX_WHERE_CONCAVE:
            return False
        claim, _ = first_proof([Claim(CONVEX, False, opposite(node))], given, elaborated, CONVEX_TABLE)
        if claim is None:
            return False
    return True


def _text(hessian, query):
    if hessian is None:
        return None
    elaborated = query.elaborated
    return unparse(Presenter(elaborated.order, elaborated.sums, "norm" in elaborated.text).tree(hessian))


def _searched(query, hessian, seed):
    """Return the verdict and the search for chords below and above the function."""
    from ...proofs.ground import Ground
    from .counterexample import search_chords

    elaborated = query.elaborated
    ground = Ground(elaborated, query.book, query.wrt)
    tree = None if hessian is None or is_zero(hessian) else parse_tree(_text(hessian, query))
    found = search_chords(ground, elaborated.tree, tree, seed)
    if found.above is None:
        return {"verdict": UNKNOWN, "search": found}
    return {"verdict": NEITHER if found.below is not None else NOT_CONVEX, "search": found}
