"""Convexity of a scalar function: by its Hessian, by composition, or refuted by a counterexample."""

from __future__ import annotations

from dataclasses import replace

from sympy.core.basic import Basic

from ...algebra.build import build
from ...algebra.constants import shape_of
from ...algebra.expressions import ArrayFunction, ScalarFunction, dependent, postorder
from ...api import Expression, Question
from ...budget import limited
from ...calculus.differentiate import choose_variable
from ...counts import seed_number
from ...errors import ArgumentError, LimitError, MatcalcError, ShapeError
from ...libraries import trouble
from ...printers.plain import plain_shape
from ...proofs.hypotheses import sufficient
from ...proofs.kinds import AFFINE, CONVEX
from ...proofs.parts import opposite
from ...proofs.prover import Claim, Given
from ...proofs.question import domain_claims, first_proof
from ...rulebook.facts import facts_with
from ...shapes.notes import made_arrays, surprising
from ...shapes.stated import stated
from .curvature import Curvature
from .report import AFFINE_VERDICT, CONVEX_VERDICTS, NEITHER, NOT_CONCAVE, NOT_CONVEX, UNKNOWN, ConvexReport
from .rules import CONVEX_TABLE
from .weaker import also

_CONVEX_WHERE_CONCAVE = frozenset({"positive", "above_minus_one"})


@limited("looking for a proof")
def convex(expr, wrt=None, assume=None, shapes=None, rules=None, syntax="matcalc", seed=0):
    """Return whether a scalar function is convex or concave in names of it, with a proof or a counterexample.

    ``wrt`` is a name, or a list of names in which the function is judged jointly; all other names are constants.
    ``expr``, ``assume``, ``shapes``, ``rules`` and ``syntax`` are those of :func:`matcalc.diff`. The domain is where
    the function has a value and the declared facts hold; a symmetric matrix varies among the symmetric ones. Returns a
    :class:`~matcalc.linalg.convexity.report.ConvexReport`. Raises ShapeError where the function is no scalar,
    ArgumentError where the declared facts give a set that is not convex, and what diff raises for text that cannot be
    read.

    >>> from matcalc.linalg import convex
    >>> convex("norm(A@x - b)**2", wrt="x").verdict
    'convex'
    >>> convex("x.T@A@x").verdict
    'neither convex nor concave'
    >>> convex("x.T@inv(Q)@x", wrt=["x", "Q"], assume={"Q": ["pd"]}).verdict
    'convex'
    """
    names = _names(wrt)
    query = Question(expr, names[0] if names else None, "denom", 2, shapes, assume, "free", rules, syntax).query()
    names = _chosen(query, names)
    for name in names:
        _refuse(query, name)
    try:
        return _judged(query, names, seed_number(seed))
    except RecursionError:
        raise LimitError(
            "the expression nests too deeply",
            source=query.elaborated.text[:1000],
            hint="give the inner parts names of their own",
        ) from None


def _names(wrt):
    """Return the names asked for, without repetition; a text or a symbol is one name."""
    several = isinstance(wrt, (list, tuple))
    if not all(isinstance(name, (str, Basic)) for name in (wrt if several else () if wrt is None else (wrt,))):
        raise ArgumentError("wrt is the name of a variable, or a list of names", hint='write wrt="x"')
    return tuple(dict.fromkeys(wrt if several else [] if wrt is None else [wrt]))


def _chosen(query, names):
    """Return the names of the variables, the first of which the query has found; raises UnknownNameError."""
    try:
        others = [choose_variable(query.elaborated, name) for name in names[1:]]
    except MatcalcError as error:
        raise error.at(query.elaborated.text)
    return (query.wrt, *others)


def _refuse(query, name):
    """Raise where convexity in a name has no meaning."""
    elaborated = query.elaborated
    shape = plain_shape(shape_of(elaborated.expression))
    if shape:
        guessed = made_arrays(elaborated, query.book) or [name]
        raise ShapeError(
            f"convexity is that of a scalar function, but this is {shape[0]}×{shape[1]}",
            source=elaborated.text,
            hint=f'take sum(...), or declare --shape "{guessed[0]}: scalar"',
        )
    facts = elaborated.facts.get(name, frozenset())
    word = next((word for word in sorted(facts_with(convex=False)) if word in facts), None)
    if word is not None:
        raise ArgumentError(
            f"convexity in {name} needs a convex set of values, and that of '{word}' is none",
            hint=f"leave the assumption '{word}' out",
        )
    varying = dependent(elaborated.expression, {elaborated.symbols[name]})
    for node in postorder(elaborated.expression):
        if isinstance(node, (ArrayFunction, ScalarFunction)) and node.rule.constant and node in varying:
            raise ArgumentError(
                f"{node.rule.name} makes a constant of what depends on {name}: that is for derivatives alone",
                source=elaborated.text,
                hint=f"leave {node.rule.name} out",
            )


def _judged(query, names, seed):
    """Return the report: a proof by the first of the ways that leads to one, else what a search finds."""
    elaborated, book = query.elaborated, query.book
    function = elaborated.expression
    curvature = Curvature(elaborated, book, names)
    hessian = curvature.of_function(function)
    shown = None if hessian is None else curvature.text(hessian)
    curved = None if hessian is None else curvature.tree(hessian)
    expression = Expression(elaborated, book)
    told = surprising(expression.notes)
    report = ConvexReport(expression, _shown_names(names), UNKNOWN, (), True, hessian=shown, notes=told)
    ways, kinks = _ways(elaborated, book, names, curvature)
    domain = next(where for _, where, smooth in ways if not smooth)
    for given, where, smooth in ways:
        verdict, proof = _proved(function, given, elaborated)
        if proof is None:
            continue
        region = _is_convex_set(where, query, given)
        told = _texts(where, elaborated, book)
        proved = replace(report, verdict=verdict, where=told, convex_domain=region, proof=proof, smooth=smooth)
        if not (kinks and smooth):
            return replace(proved, notes=(*report.notes, *_besides(function, verdict, ways, names)))
        return _across_kinks(proved, domain, query, names, curved, seed, _hints(elaborated, ways[:1], names))
    found = _searched(query, names, curved, seed)
    besides = _besides(function, found["verdict"], ways, names)
    notes = (*report.notes, *besides, *_hints(elaborated, ways, names))
    return replace(report, where=_texts(domain, elaborated, book), notes=notes, **found)


def _ways(elaborated, book, names, curvature):
    """Return ([(what is given, the conditions, whether the function is smooth there), ...], whether there are kinks).

    Composition says more where there are kinks: the Hessian of the whole speaks only of the sets between them.
    """
    variables = frozenset(elaborated.symbols[name] for name in names)
    domain, claims = domain_claims(elaborated, book, closed=True)
    composed = Given(claims, book, variables, curvature.without_whole()), domain, False
    if len(names) > 1 or curvature.of_function(elaborated.expression) is None:
        return [composed], False
    smooth, smooth_claims = domain_claims(elaborated, book, names[0])
    curved = Given(smooth_claims, book, variables, curvature), smooth, True
    kinks = len(smooth) > len(domain)
    return ([composed, curved] if kinks else [curved, composed]), kinks


def _besides(function, verdict, ways, names):
    """Return what else holds of the function, as notes."""
    given = next(given for given, _, smooth in ways if not smooth)
    words = also(function, verdict, given)
    variables = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} jointly"
    return (f"{' and '.join(words)} in {variables}",) if words else ()


def _hints(elaborated, ways, names):
    """Return what would make the function convex or concave, as notes."""
    function = elaborated.expression
    constants = {name: symbol for name, symbol in elaborated.symbols.items() if name not in names}
    claims = {Claim(CONVEX, False, function): "convex", Claim(CONVEX, False, opposite(function)): "concave"}
    for given, where, _ in ways:
        found = sufficient(claims, given, constants, CONVEX_TABLE)
        if found is not None:
            region = f", on every convex set where {', '.join(_texts(where, elaborated, given.book))}" if where else ""
            return (f"{found[0]} if {found[1]}{region}, as can be proved",)
    return ()


def _shown_names(names):
    return names[0] if len(names) == 1 else names


def _texts(conditions, elaborated, book):
    return tuple(map(str, stated(conditions, elaborated, book)))


def _across_kinks(proved, domain, query, names, hessian, seed, hints):
    """Return a report that is proved between kinks, unless a chord that crosses one refutes it."""
    found = _searched(query, names, hessian, seed)
    search = found["search"]
    if search is None:
        return proved
    refuted = search.below if "concave" in proved.verdict else search.above
    if proved.verdict == AFFINE_VERDICT:
        refuted = search.above or search.below
    if refuted is None:
        return proved
    verdict = found["verdict"] if search.above is not None else NOT_CONCAVE
    piecewise = f"{proved.verdict} on every convex set where {', '.join(proved.where)}, as its second derivative shows"
    notes = (*proved.notes, piecewise, *hints)
    where = _texts(domain, query.elaborated, query.book)
    return replace(proved, **{**found, "verdict": verdict}, where=where, proof=None, notes=notes)


def _proved(function, given, elaborated):
    """Return (verdict, Proof) by the rules of convexity, else (None, None)."""
    options = {Claim(AFFINE, False, function): AFFINE_VERDICT}
    for (strict, sign), verdict in CONVEX_VERDICTS.items():
        options[Claim(CONVEX, strict, function if sign == 1 else opposite(function))] = verdict
    claim, proof = first_proof(options, given, elaborated, CONVEX_TABLE)
    return (None, None) if proof is None else (options[claim], proof)


def _is_convex_set(where, query, given):
    """Return whether the conditions are known to make a convex set of the variable's values."""
    elaborated = query.elaborated
    env = {**elaborated.sizes, **elaborated.symbols}
    for condition in where:
        node = build(condition.tree, env, query.book)
        if node not in dependent(node, given.variables):
            continue
        if condition.predicate not in _CONVEX_WHERE_CONCAVE:
            return False
        claim, _ = first_proof([Claim(CONVEX, False, opposite(node))], given, elaborated, CONVEX_TABLE)
        if claim is None:
            return False
    return True


def _searched(query, names, hessian, seed):
    """Return the verdict and the search for chords below and above the function; ``hessian`` is a tree.

    Without torch there is no search.
    """
    if trouble():
        return {"verdict": UNKNOWN, "search": None}
    from ...proofs.ground import Ground
    from .counterexample import search_chords

    elaborated = query.elaborated
    ground = Ground(elaborated, query.book, names)
    found = search_chords(ground, elaborated.tree, hessian, seed)
    if found.above is None:
        return {"verdict": UNKNOWN, "search": found}
    return {"verdict": NEITHER if found.below is not None else NOT_CONVEX, "search": found}
