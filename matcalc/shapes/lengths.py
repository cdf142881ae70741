"""Arrays that are as long as the sums over them say: x, n - 1 long, of which a sum may leave out the last entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def shortened(elaborated: Any) -> Iterator[tuple[str, str, list]]:
    """Yield what is said of names that are n - 1 long, what is otherwise, and the declarations that say so."""
    translation = elaborated.translation
    of_code = translation.shapes if translation and elaborated.indexed else ()
    for name in dict.fromkeys((*elaborated.measured, *of_code)):
        shape = elaborated.shapes.get(name, ())
        longer = tuple(size - min(size.as_coeff_Add()[0], 0) for size in shape)
        if name in elaborated.stacks or longer == tuple(shape):
            continue
        words = ("entries" if shape[1] == 1 else "rows", "columns")
        parts = [f"{size} {word}" for size, more, word in zip(shape, longer, words) if size != more]
        yield f"{name} is read with {' and '.join(parts)}, as many as are summed", "with more", [(name, longer)]
