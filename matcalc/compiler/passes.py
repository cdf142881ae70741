"""The passes that make generated code fast: each has a name, and can be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .at_hand import products_at_hand
from .bands import bands
from .blocks import blocks_in_place
from .combinations import combinations
from .eigenvalues import by_eigenvalues, by_roots
from .factorisations import determinants_of_products, factorisations
from .halves import traces_by_halves
from .low_rank import KIND as THIN
from .low_rank import columns_in_products, thin_sums
from .low_rank_traces import traces_of_thin_sums
from .networks import networks
from .norms import norms
from .operations import Graph, Operation, postorder, rewrite, rewrite_sharing
from .orientation import orientation, shared_traces
from .placed import placed
from .powers import common_factors, powers, shared_factors, shared_terms
from .products import Options, build_product
from .rational import joined_quotients
from .segments import shared_segments
from .stable import complements, shared_exponentials, stable_forms
from .structure import shared_sums, structure, sums_with_transposes
from .systems import systems
from .thin import inner_products, scaled_factors
from .windows import windows

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .targets import Target

# sums multiplied out where that is cheaper; stable forms; outer products added at once; structure that is not written
# out; Kronecker products that are not built; one factorisation for all systems; products that equal their transposes;
# the order of products; small powers, and products and sums made from those that are there; memory used again; the form
# of a derivative that costs least
PASSES = (
    "expand",
    "stable",
    "combinations",
    "structure",
    "networks",
    "factorisation",
    "symmetric",
    "order",
    "powers",
    "reuse",
    "forms",
)


def optimise(
    graph: Graph, roots: list[Operation], target: Target, book: Book, chosen: frozenset[str], sizes: dict
) -> list[Operation]:
    """Return the roots after the passes whose names are in ``chosen``; ``sizes``: known sizes by name."""
    roots = _rewritten(graph, roots, target, book, chosen, sizes)
    roots = _structured(graph, roots, target, chosen)
    roots = _products(graph, roots, Options(graph, chosen, target, sizes, _explicit_inverses(roots)))
    return _finished(graph, roots, target, chosen)


def _rewritten(
    graph: Graph, roots: list[Operation], target: Target, book: Book, chosen: frozenset[str], sizes: dict
) -> list[Operation]:
    """Return the roots in stable forms, with transposes outside, networks contracted and combinations flattened."""
    if "stable" in chosen:
        roots = rewrite(graph, roots, lambda g, node: stable_forms(g, node, book, target.name))
        roots = rewrite(graph, roots, shared_exponentials(postorder(*roots), book))
    if "structure" in chosen:
        roots = rewrite(graph, roots, orientation)
        if "stable" in chosen:  # 1 - sigmoid(Z).T was none of the forms
            roots = rewrite(graph, roots, lambda g, node: complements(g, node, book, target.name))
    if "stable" in chosen:
        roots = rewrite(graph, roots, joined_quotients)
    if "structure" in chosen:
        roots = rewrite_sharing(graph, roots, shared_traces(graph, postorder(*roots), roots))
    if "networks" in chosen:
        roots = networks(graph, roots, target, sizes)
        roots = rewrite(graph, roots, blocks_in_place) if target.scatters else roots
    if "structure" in chosen and target.scatters:
        roots = bands(graph, roots)
    if "combinations" in chosen and target.rank_updates:
        order = postorder(*roots)
        roots = rewrite_sharing(graph, roots, combinations(graph, order, roots))
    return roots


def _structured(graph: Graph, roots: list[Operation], target: Target, chosen: frozenset[str]) -> list[Operation]:
    """Return the roots without arrays that need not be there, and with the systems that are solved by parts."""
    if "structure" in chosen:
        roots = rewrite(graph, roots, structure)
        if any(node.kind == "stack" for node in postorder(*roots)):
            roots = rewrite(graph, roots, structure)  # the parts that vectors met have structure of their own
        roots = inner_products(graph, roots)
        roots = rewrite_sharing(graph, roots, shared_sums(graph, postorder(*roots)))
        roots = rewrite_sharing(graph, roots, products_at_hand(graph, postorder(*roots), roots))
        roots = systems(graph, roots, _explicit_inverses) if "factorisation" in chosen else roots
        if "factorisation" in chosen and target.low_rank:
            roots = traces_of_thin_sums(graph, thin_sums(graph, roots, target))
            roots = rewrite(graph, roots, columns_in_products(postorder(*roots)))
        if {"factorisation", "symmetric"} <= chosen and target.symmetric_products:
            roots = rewrite(graph, roots, traces_by_halves(graph, postorder(*roots), _explicit_inverses(roots)))
    if "stable" in chosen:
        roots = rewrite(graph, roots, norms)
    if "factorisation" in chosen:
        roots = rewrite_sharing(graph, roots, determinants_of_products(graph, postorder(*roots)))
    if "factorisation" in chosen and target.spectral:
        roots = rewrite(graph, roots, by_eigenvalues)
    if "factorisation" in chosen and target.native_sylvester is False:
        roots = rewrite(graph, roots, by_roots)
    return roots


def _finished(graph: Graph, roots: list[Operation], target: Target, chosen: frozenset[str]) -> list[Operation]:
    """Return the roots whose products are planned with factorisations shared, and with what is written in place."""
    if "symmetric" in chosen and target.scatters:
        roots = rewrite(graph, roots, sums_with_transposes)
    if "factorisation" in chosen and target.factorises:
        rule = factorisations(graph, postorder(*roots), target)
        roots = rewrite_sharing(graph, roots, rule)
    if "powers" in chosen:
        roots = rewrite_sharing(graph, roots, common_factors(graph, postorder(*roots), roots))
        roots = rewrite(graph, roots, powers)
        roots = rewrite_sharing(graph, roots, shared_factors(graph, postorder(*roots)))
    if "order" in chosen:
        roots = scaled_factors(graph, roots)
    if "powers" in chosen:
        roots = rewrite_sharing(graph, roots, shared_terms(graph, postorder(*roots)))
    if "reuse" in chosen and target.in_place:
        roots = windows(graph, placed(graph, roots))
    return roots


def _explicit_inverses(roots: list[Operation]) -> set:
    """Return the inverses whose entries are needed, so that systems with them are products; not of thin sums."""
    order = postorder(*roots)
    found = {o for node in order if node.kind not in ("product", "transpose") for o in node.operands}
    turned = {o for node in found if node.kind == "transpose" for o in node.operands}
    return {node for node in (found | turned | set(roots)) if node.kind == "inverse" and node.operands[0].kind != THIN}


def _products(graph: Graph, roots: list[Operation], options: Options) -> list[Operation]:
    """Plan all products; the long ones use the short ones that are computed anyway, and what they have in common."""
    if "order" in options.chosen:
        roots = shared_segments(graph, roots, options)
        options.explicit = _explicit_inverses(roots)
    for node in postorder(*roots):
        if node.kind == "product":
            options.remember(node)
        elif node.kind == "half_solve":
            options.halves.add(node)

    def rule(old, node, resolve):
        options.resolve = resolve
        if old.kind == "inverse" and old in options.explicit:
            options.explicit.add(node)
        return build_product(graph, node, old.operands, options) if old.kind == "product" else node

    return rewrite_sharing(graph, roots, rule)
