"""How a text is known to be in the words of NumPy, PyTorch, JAX or TensorFlow."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from ...errors import MatcalcError, ShapeError
from ...language.generators import Over
from ...language.stacks import with_members
from ...language.syntax import Binary, Call, Name, names, postorder
from ...shapes.declared import declared_shapes, declared_stacks
from ...shapes.inference import Inference
from ...shapes.lifting.elements import over_array
from ...shapes.sizes import is_one

_LIBRARIES = r"(?:np|numpy|jnp|jax|torch|tf|tensorflow|scipy|math|optax)"
_MARK = re.compile(
    rf"\b{_LIBRARIES}\s*\.\s*[A-Za-z_]"
    r"|\bF\.[a-z_]+\(|\bnn\.[A-Z]\w+\("
    rf"|^[ \t]*(?:>>>[ \t]*)?(?:(?:import|from)\s+{_LIBRARIES}\b|def\s+\w+\s*\(|return\b|@\w)"
    r"|(?:^|=)\s*lambda\b[\w\s,]*:"
    # a method, or an attribute that only arrays of these libraries have
    r"|[\w)\]]\s*\.\s*(?!T\b)[A-Za-z_]\w*\s*\(|[\w)\]]\.(?:mT|shape|size|data|logabsdet)\b"
    r"|\b(?:dim|keepdims?|axis|ddof|correction)\s*=(?!=)"
    r"|\bfor\s+\w+\s*,|\bin\s*\[|\b(?:zip|enumerate|len)\s*\(|^[ \t]*for\b.*:[ \t]*(?:$|\S)|(?<![\w)\]])\[[^\n]*\bfor\b"
    r"|\[[^\]]*\b(?:None|newaxis)\b[^\]]*\]|(?:\*\*|[-+*/@])=(?!=)",
    re.MULTILINE,
)
# a lower-case name, or a bracket, that is a left factor as it stands
_LEFT_FACTOR = re.compile(r"(?<![.\w])[a-z]\w*\s*@|\)\s*@")
_SLOGDET = re.compile(r"\bslogdet\s*\(")


def is_python(text: str) -> bool:
    """Return whether a text that is not in the language has the tokens of these libraries."""
    return bool(_MARK.search(text) or _SLOGDET.search(text))


def misfits(tree: Any, book: Any, arrays: Container[str] = ()) -> bool:
    """Return whether a text has what only code has: sum(x, 1), a known function with other arguments, for v in x.

    ``arrays``: names that are declared as arrays.
    """
    order = postorder(tree)
    indices = {name for node in order if isinstance(node, Over) for name in node.indices}
    for node in order:
        if isinstance(node, Over) and over_array(node, arrays, indices) is not None:
            return True
        if isinstance(node, Call) and book.overloads(node.function):
            try:
                book.lookup(node)
            except MatcalcError:
                return True
    return False


def is_of_vectors(tree: Any, text: str, shapes: dict | None, book: Any) -> bool:
    """Return whether a text of the language makes sense only with vectors of one dimension: x @ A @ x.

    In the language x would have to be a matrix there, against its spelling, or nothing would fit.
    """
    if not _LEFT_FACTOR.search(text):
        return False
    try:
        declared = declared_shapes(shapes)
        tree = with_members(tree, declared_stacks(shapes))
        free = [name for name in names(tree) if name not in declared and not name[0].isupper()]
        found = Inference(tree, text, declared, {}, book).run() if free else {}
    except ShapeError:
        return True
    except MatcalcError:
        return False
    factors = {
        side.id
        for node in postorder(tree)
        if isinstance(node, Binary) and node.op == "@"
        for side in (node.left, node.right)
        if isinstance(side, Name)
    }
    wide = [name for name in free if name in found and not is_one(found[name][1])]
    # a row beside a matrix is a bias; one that is a factor is no vector of the language
    return any(name in factors or not is_one(found[name][0]) for name in wide)
