"""Sums in one form: a sum of a sum is one over more indices, and a bound that is an index is a condition."""

from __future__ import annotations

from dataclasses import replace

from ...language.generators import For, If, Over
from ...language.relations import FUNCTIONS
from ...language.syntax import Call, Name, Tree, children, outside_sums, postorder, rebuilt, with_children
from .indices import Bound, bound_of
from .trees import key, number

_NESTED = frozenset({"sum", "prod", "max", "min"})


def normal(tree: Tree) -> Tree:
    """Return a tree with its sums in one form."""
    merged = rebuilt(tree, lambda node: with_choices(_merged(node)) if isinstance(node, Over) else node)
    return _with_triangles(merged, {})


def is_of_indices(condition: If) -> bool:
    """Return whether a condition is between indices and whole numbers, and no condition on values such as y[i] > 0."""
    return bound_of(condition.left) is not None and bound_of(condition.right) is not None


def with_choices(over: Over) -> Over:
    """Return a sum whose conditions on values choose its term: it is 0 where y[i] > 0 is false."""
    chosen = [condition for condition in over.conditions if not is_of_indices(condition)]
    if not chosen or over.function != "sum":
        return over
    body = over.body
    for one in chosen:
        holds = Call(FUNCTIONS[one.op], (one.left, one.right), (), one.span)
        body = Call("where", (holds, body, number(0)), (), body.span)
    rest = tuple(condition for condition in over.conditions if is_of_indices(condition))
    return replace(over, body=body, conditions=rest)


def _merged(over: Over) -> Over:
    """Return a sum of a sum as one."""
    inner = over.body
    if not isinstance(inner, Over) or inner.function != over.function or over.function not in _NESTED:
        return over
    if set(inner.indices) & set(over.indices):
        return over
    return replace(
        over, body=inner.body, loops=over.loops + inner.loops, conditions=over.conditions + inner.conditions
    )


def _with_triangles(tree: Tree, around: dict[str, For]) -> Tree:
    """Return a tree whose sums have bounds that name no index: for j in range(i) becomes a condition j < i.

    ``around`` are the loops of the sums around the tree.
    """
    built: dict[int, Tree] = {}
    for node in postorder(tree, outside_sums):
        if isinstance(node, Over):
            built[id(node)] = _triangular(node, around)
            continue
        parts = [built[id(child)] for child in children(node)]
        built[id(node)] = with_children(node, parts)
    return built[id(tree)]


def _triangular(over: Over, around: dict[str, For]) -> Over:
    loops: list[For] = []
    conditions = list(over.conditions)
    known = dict(around)
    for loop in over.loops:
        start, stop = bound_of(loop.start), bound_of(loop.stop)
        if start is not None and stop is not None:
            loop, condition = _triangle(loop, start, stop, known)
            conditions += [condition] if condition is not None else []
        known[loop.name] = loop
        loops.append(loop)
    body = _with_triangles(over.body, known)
    if body is over.body and all(new is old for new, old in zip(loops, over.loops)):
        return over
    return replace(over, body=body, loops=tuple(loops), conditions=tuple(conditions))


def _triangle(loop: For, start: Bound, stop: Bound, known: dict[str, For]) -> tuple[For, If | None]:
    """Return a loop that runs over all that another one runs over, and the condition that it had."""
    own = Name(loop.name, loop.span)
    if stop.name in known and stop.offset in (0, 1):
        other = known[stop.name]
        if key(other.start) == key(loop.start):
            op = "<" if stop.offset == 0 else "<="
            return replace(loop, stop=other.stop), If(op, own, Name(stop.name), loop.span)
    if start.name in known and start.offset in (0, 1):
        other = known[start.name]
        if key(other.stop) == key(loop.stop):
            op = ">" if start.offset == 1 else ">="
            return replace(loop, start=other.start), If(op, own, Name(start.name), loop.span)
    return loop, None
