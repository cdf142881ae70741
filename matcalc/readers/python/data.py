"""Lines that make data: x = torch.randn(3, requires_grad=True). The name is a variable, of so many dimensions."""

from __future__ import annotations

from ...language.syntax import Name, Negate, Number
from .nodes import Apply, Attribute, Sequence

# of the entries that are written out, and of random entries of a shape
_WRITTEN = frozenset("array asarray tensor as_tensor Tensor Variable constant Parameter".split())
_RANDOM = frozenset("rand randn random random_sample normal uniform standard_normal randint".split())
_RANGES = frozenset("linspace arange logspace".split())
_RESHAPING = frozenset({"reshape", "view"})
_SHAPES = ("size", "shape")


def data_dimensions(node: object) -> tuple[int, ...] | None:
    """Return the dimensions of an array of data that a call makes, the likeliest first; None for other nodes."""
    if not isinstance(node, Apply):
        return None
    word = _last_word(node.function)
    if word in _WRITTEN and node.args:
        return data_dimensions(node.args[0]) or _written(node.args[0])
    if word in _RANGES:
        return (1,)
    if word in _RESHAPING and isinstance(node.function, Attribute) and data_dimensions(node.function.value):
        sizes = node.args[0].items if node.args and isinstance(node.args[0], Sequence) else node.args
        # one row or one column may broadcast, which a count of dimensions does not say
        single = any(isinstance(size, Number) and size.value == 1 for size in sizes)
        return (len(sizes),) if 0 < len(sizes) <= 2 and not single else None
    if word not in _RANDOM or isinstance(node.function, Name):
        return None
    shape = next((value for key, value in node.keywords if key in _SHAPES), None)
    if shape is None and word in ("rand", "randn", "standard_normal", "random", "random_sample"):
        count = len(node.args)
        shape = node.args[0] if count == 1 and isinstance(node.args[0], Sequence) else None
        if shape is None:
            return (count,) if count <= 2 else None
    shapes = [arg for arg in node.args if isinstance(arg, Sequence)]
    if shape is None and len(shapes) == 1:
        (shape,) = shapes
    if isinstance(shape, Sequence):
        return (len(shape.items),) if len(shape.items) <= 2 else None
    return (1,) if shape is not None else (0,)


def _last_word(node: object) -> str:
    return node.name if isinstance(node, Attribute) else node.id if isinstance(node, Name) else ""


def _written(node: object) -> tuple[int, ...] | None:
    """Return the depth of lists of numbers."""
    depth = 0
    while isinstance(node, Sequence) and node.items:
        node, depth = node.items[0], depth + 1
    while isinstance(node, Negate):
        node = node.operand
    return (depth,) if isinstance(node, Number) and depth <= 2 else None
