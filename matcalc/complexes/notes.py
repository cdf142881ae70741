"""What is said with a derivative by a complex name: which one it is, and how those of the libraries differ."""

from __future__ import annotations

from collections.abc import Mapping

from ..language.nodes import plain_name
from ..language.syntax import Binary, Name, Transpose, Tree, postorder
from ..rulebook.facts import is_complex
from .names import conjugate_name


def convention_notes(wrt: str, convention: str, real: bool, holomorphic: bool | None) -> list[str]:
    """Return which derivative an answer is; ``holomorphic`` is None for a hermitian name, which has one tangent."""
    name = plain_name(wrt)
    other = conjugate_name(name) if wrt == name else name
    torch, jax = f"2*∂f/∂{conjugate_name(name)}", f"2*∂f/∂{name}"
    if convention == "torch":
        return [f"as torch's .grad of a real f, {torch}; JAX's grad is its conjugate, {jax}"]
    if convention == "jax":
        return [f"as JAX's grad of a real f, {jax}; torch's .grad is its conjugate, {torch}"]
    if holomorphic is None:
        said = f"∂f/∂{wrt} with {name} hermitian: conj({name}) is {name}.T, and both tangents are added up"
        return [said]
    if holomorphic:
        return [f"holomorphic in {name}: the derivative by {conjugate_name(name)} is 0"]
    said = f"∂f/∂{wrt} with {other} held constant (Wirtinger)"
    if real:
        return [f"{said}; f is real: torch's .grad is {torch}, JAX's grad {jax} (convention torch or jax)"]
    return [f"{said}: df = ∂f/∂{name} d{name} + ∂f/∂{conjugate_name(name)} d{conjugate_name(name)}"]


def transpose_notes(tree: Tree, facts: Mapping[str, frozenset[str]]) -> list[str]:
    """Return a note where z.T@z, which is not |z|², stands in an expression."""
    for node in postorder(tree):
        if not isinstance(node, Binary) or node.op != "@":
            continue
        first, last = node.left, node.right
        while isinstance(first, Binary) and first.op == "@":
            first = first.left
        if isinstance(first, Transpose) and isinstance(first.operand, Name) and isinstance(last, Name):
            name = last.id
            if first.operand.id == name and is_complex(facts.get(name, frozenset())):
                said = f"{name}.H@{name} is the sum of the squares of absolute values"
                return [f"{name}.T is the transpose without conjugation; {said}"]
    return []
