"""The passes that make generated code fast: each has a name, and can be left out."""

from __future__ import annotations

from .factorisations import factorisations
from .networks import networks
from .operations import postorder, rewrite
from .powers import powers
from .products import Options, build_product
from .stable import stable_forms
from .structure import structure

# stable forms; structure that is not written out; Kronecker products that are not built; one factorisation for all
# systems; products that equal their transposes; the order of products; small powers; memory used again
PASSES = ("stable", "structure", "networks", "factorisation", "symmetric", "order", "powers", "reuse")


def optimise(graph, roots, target, book, chosen, sizes):
    """Return the roots after the passes whose names are in ``chosen``; ``sizes``: known sizes by name."""
    if "stable" in chosen:
        roots = rewrite(graph, roots, lambda g, node: stable_forms(g, node, book))
    if "networks" in chosen:
        roots = networks(graph, roots, target)
    if "structure" in chosen:
        roots = rewrite(graph, roots, structure)
    roots = _products(graph, roots, Options(chosen, target, sizes, _explicit_inverses(roots)))
    if "factorisation" in chosen and target.factorises:
        roots = _factorised(graph, roots)
    if "powers" in chosen:
        roots = rewrite(graph, roots, powers)
    return roots


def _explicit_inverses(roots):
    """Return the inverses whose entries are needed, so that systems with them are products."""
    order = postorder(*roots)
    found = {o for node in order if node.kind not in ("product", "transpose") for o in node.operands}
    turned = {o for node in found if node.kind == "transpose" for o in node.operands}
    return {node for node in (found | turned | set(roots)) if node.kind == "inverse"}


def _products(graph, roots, options):
    """Plan the products, the short ones first, so that the long ones can use them."""
    order = postorder(*roots)
    for node in order:
        if node.kind == "product" and len(node.operands) == 2:
            options.remember(node.operands)
    made = {}
    for node in order:
        new = graph.remake(node, [made[o] for o in node.operands]) if node.kind != "product" else node
        if node.kind == "product":
            inner = [made[o] for o in node.operands]
            options.explicit |= {made[o] for o in options.explicit if o in made}
            fresh = graph.make("product", inner, shape=node.shape)
            if len(inner) == 2:
                options.remember(inner)
            new = build_product(graph, fresh, options)
        made[node] = new
    return [made[root] for root in roots]


def _factorised(graph, roots):
    order = postorder(*roots)
    rule = factorisations(graph, roots, order)
    made = {}
    for node in order:
        made[node] = rule(graph, node, graph.remake(node, [made[o] for o in node.operands]))
    return [made[root] for root in roots]
