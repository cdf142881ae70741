"""How a text is known to be in the words of NumPy, PyTorch, JAX or TensorFlow."""

from __future__ import annotations

import re

from ...errors import MatcalcError
from ...language.syntax import Call, postorder

_LIBRARIES = r"(?:np|numpy|jnp|jax|torch|tf|tensorflow|scipy|math|optax)"
_MARK = re.compile(
    rf"\b{_LIBRARIES}\s*\.\s*[A-Za-z_]"
    r"|\bF\.[a-z_]+\(|\bnn\.[A-Z]\w+\("
    rf"|^[ \t]*(?:>>>[ \t]*)?(?:(?:import|from)\s+{_LIBRARIES}\b|def\s+\w+\s*\(|return\b|@\w)"
    r"|(?:^|=)\s*lambda\b[\w\s,]*:"
    # a method, or an attribute that only arrays of these libraries have
    r"|[\w)\]]\s*\.\s*(?!T\b)[A-Za-z_]\w*\s*\(|[\w)\]]\.(?:mT|shape|size|data|logabsdet)\b"
    r"|\b(?:dim|keepdims?|axis|ddof|correction)\s*=(?!=)"
    r"|\[[^\]]*\b(?:None|newaxis)\b[^\]]*\]|(?:\*\*|[-+*/@])=(?!=)",
    re.MULTILINE,
)
_SLOGDET = re.compile(r"\bslogdet\s*\(")


def is_python(text: str) -> bool:
    """Return whether a text that is not in the language has the tokens of these libraries."""
    return bool(_MARK.search(text) or _SLOGDET.search(text))


def misfits(tree: object, book: object) -> bool:
    """Return whether a call of a known function has arguments that only these libraries know: sum(x, 1)."""
    for node in postorder(tree):
        if isinstance(node, Call) and book.overloads(node.function):
            try:
                book.lookup(node)
            except MatcalcError:
                return True
    return False
