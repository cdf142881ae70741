"""Blocks added to a matrix where they belong: kron(G, I) + kron(I, M) + R is R, with the blocks written into it.

A Hessian by a matrix is often a sum of Kronecker products with identities, whose blocks are few among many zeros; no
array of zeros is made for each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .operations import Graph, Operation, split_sign
from .pieces import diagonals_text, shape_text

if TYPE_CHECKING:
    from .spell import Speller


def blocks_in_place(graph: Graph, node: Operation) -> Operation:
    """Return a sum with blocks in zeros among its terms as one operation, for targets that write into arrays."""
    if node.kind != "add" or not node.is_matrix:
        return node
    blocks, rest = [], []
    for term in node.operands:
        sign, inner = split_sign(term)
        is_block = inner.kind == "reshape" and inner.operands[0].kind == "scatter" and inner.shape == node.shape
        (blocks if is_block else rest).append((sign, inner.operands[0]) if is_block else term)
    if not blocks or len(blocks) + len(rest) < 2 or all(scatter.operands[0].host for _, scatter in blocks):
        return node
    base = graph.full(graph.add(*rest), node.shape) if rest else graph.number(0)
    data = tuple((sign, scatter.data, scatter.shape) for sign, scatter in blocks)
    operands = (base, *[scatter.operands[0] for _, scatter in blocks])
    return graph.make("blocks", operands, data, node.shape)


def block_statements(speller: Speller, node: Operation, name: str, texts: list[str]) -> list[str]:
    """Return the statements that add blocks to a matrix of a name, which is contiguous."""
    lines = []
    for (sign, subscripts, shape), text in zip(node.data, texts):
        view = f"numpy.reshape({name}, ({', '.join(map(str, shape))}))"
        lines.append(f"numpy.einsum('{subscripts}', {view})[...] {'+' if sign > 0 else '-'}= {text}")
    return lines


def new_tensor(node: Operation, name: str, base: str, texts: list[str]) -> str:
    """Return the statement that makes a tensor to be changed, of the base or of zeros, and mapped where a part is."""
    tensors = dict.fromkeys(text for text, block in zip(texts, node.operands[1:]) if not block.host)
    zero = " + ".join(f"{text}.new_zeros(())" for text in tensors)
    whole = f"({base} + ({zero})).contiguous()" if base else f"({zero}).expand{shape_text(node.shape)}.clone()"
    return f"{name} = {whole}"


def tensor_block_statements(node: Operation, name: str, texts: list[str]) -> list[str]:
    """Return the statements that add blocks, each with a name, to a new tensor.

    A tensor of its own is changed, which autograd allows, and which torch.func.vmap maps where it maps any part.
    """
    lines = []
    for (sign, subscripts, shape), text in zip(node.data, texts):
        view = diagonals_text(f"{name}.view({', '.join(map(str, shape))})", subscripts)
        lines.append(f"{view}.{'add' if sign > 0 else 'sub'}_({text})")
    return lines
