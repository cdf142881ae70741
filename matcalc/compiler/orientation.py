"""One orientation for what is computed: X.T - Y.T is (X - Y).T, and Y.T@W.T is (W@Y).T.

Formulas have an array and its transpose, each written where it fits; here transposes move outwards, so that both are
one operation and the transpose a view.
"""

from __future__ import annotations

from collections.abc import Callable

from .operations import ELEMENTWISE, Graph, Operation, is_symmetric, split_sign

_LONGEST = 8
# what is said of the trace of a product that is computed anyway
AT_HAND = "at hand"


def orientation(graph: Graph, node: Operation) -> Operation:
    """Return the operation with the transposes of its operands moved outwards."""
    if node.kind in ("sum", "trace", "inverse"):
        return _reduced(graph, node)
    if len(node.shape) == 1 and node.is_elementwise:
        return _of_vecs(graph, node)
    if not node.is_matrix:
        return node
    if node.is_elementwise and node.kind in (*ELEMENTWISE, "call"):
        return _elementwise(graph, node)
    return _product(graph, node) if node.kind == "product" else node


def _reduced(graph: Graph, node: Operation) -> Operation:
    """Return a sum along an axis, a trace or an inverse of a transpose as that of the matrix."""
    sign, operand = split_sign(node.operands[0])
    if operand.kind != "transpose":
        return node
    (inner,) = operand.operands
    inner = inner if sign == 1 else graph.negative(inner)
    if node.kind == "inverse":
        return graph.transpose(graph.make("inverse", (inner,), shape=inner.shape, facts=node.facts))
    axis = None if node.data is None else 1 - node.data
    return graph.make(node.kind, (inner,), axis, node.shape)


def _of_vecs(graph: Graph, node: Operation) -> Operation:
    """Return an elementwise operation on vecs of matrices of one shape as the vec of that on the matrices."""
    arrays = [o for o in node.operands if o.shape]
    inner = [_bare(o).operands[0] for o in arrays if _bare(o).kind == "vec"]
    if len(inner) < len(arrays) or len({o.shape for o in inner}) != 1:
        return node
    made = graph.remake_shaped(node, [_without_vec(graph, o) for o in node.operands], inner[0].shape)
    return graph.make("vec", (graph.full(made, inner[0].shape),), shape=node.shape)


def _without_vec(graph: Graph, operand: Operation) -> Operation:
    if not operand.shape:
        return operand
    sign, inner = split_sign(operand)
    return inner.operands[0] if sign == 1 else graph.negative(inner.operands[0])


def _elementwise(graph: Graph, node: Operation) -> Operation:
    matrices = [o for o in node.operands if o.shape]
    turned = any(_bare(o).kind == "transpose" for o in matrices) or _has_rows_alone(matrices)
    if not turned or not all(map(_turns, matrices)):
        return node
    return graph.transpose(graph.remake_shaped(node, [_turned(graph, o) for o in node.operands], node.shape[::-1]))


def _has_rows_alone(matrices: list[Operation]) -> bool:
    """Whether symmetric matrices meet rows that are repeated and no columns: the transpose of what has columns."""
    repeated = {_bare(o).data for o in matrices if _bare(o).kind == "expand"}
    return repeated == {0} and any(is_symmetric(_bare(o)) for o in matrices)


def _bare(operand: Operation) -> Operation:
    return split_sign(operand)[1]


def _turns(operand: Operation) -> bool:
    """Whether the transpose of an operand takes no operation more than itself."""
    inner = _bare(operand)
    if inner.kind in ("transpose", "expand", "eye", "diagonal", "full") or is_symmetric(inner):
        return True
    return _is_scaled_vector(inner)


def _is_scaled_vector(node: Operation) -> bool:
    """Whether a node is made of vectors that broadcast, entry by entry."""
    return node.kind in ELEMENTWISE and 1 in node.shape and all(not o.shape or _turns(o) for o in node.operands)


def _turned(graph: Graph, operand: Operation) -> Operation:
    sign, inner = split_sign(operand)
    if _is_scaled_vector(inner):
        inner = graph.remake_shaped(inner, [_turned(graph, o) for o in inner.operands], inner.shape[::-1])
    else:
        inner = graph.transpose(inner)
    return inner if sign == 1 else graph.negative(inner)


def _product(graph: Graph, node: Operation) -> Operation:
    """Return a product most of whose factors are transposes as the transpose of the other one."""
    turned = [f.kind == "transpose" for f in node.operands]
    plain = [not t and not is_symmetric(f) for t, f in zip(turned, node.operands)]
    if is_symmetric(node) or sum(turned) < sum(plain) or not any(turned):
        return node
    other = graph.product(*[graph.transpose(f) for f in reversed(node.operands)])
    if sum(turned) == sum(plain) and other.place > node.place:
        return node
    return graph.transpose(other)


def shared_traces(graph: Graph, order: list[Operation], roots: list[Operation]) -> Callable:
    """Return a rule: a trace of a product takes what is computed of it anyway, the factors being rotated.

    tr(Y.T @ X @ W) is the inner product of Y with X @ W, where that is there, or the trace of W @ Y.T @ X.
    """
    needed = {o for node in order if node.kind not in ("trace", "product") for o in node.operands} | set(roots)
    whole = {node.operands: node for node in needed if node.kind == "product" and node.is_matrix}
    whole.update({tuple(graph.transpose(f) for f in reversed(f)): node for f, node in list(whole.items())})
    known = {node.operands for node in order if node.kind == "product" and node.is_matrix}
    known |= {tuple(graph.transpose(f) for f in reversed(factors)) for factors in known}

    def rule(old: Operation, node: Operation, resolve: Callable) -> Operation:
        (product,) = old.operands if old.kind == "trace" else (None,)
        if product is None or product.kind != "product" or len(product.operands) > _LONGEST:
            return node
        factors, count = product.operands, len(product.operands)
        for start in range(count):
            at_hand = whole.get(factors[start:] + factors[:start])
            if at_hand is not None:
                return graph.make("trace", (resolve(at_hand),), AT_HAND)
        for length in range(count - 1, 1, -1):
            for start in range(count):
                rotated = factors[start:] + factors[:start]
                if rotated[:length] in known:
                    part = graph.product(*map(resolve, rotated[:length]))
                    rest = graph.transpose(graph.product(*map(resolve, rotated[length:])))
                    return graph.make("inner", (part, rest))
        return node

    return rule
