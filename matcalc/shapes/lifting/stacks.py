"""Stacks of matrices that nobody declared: how many matrices A[k, :, :] there are, and how large each is, by use."""

from __future__ import annotations

from itertools import chain, count
from typing import Any

from ...errors import ShapeError
from ...language.stacks import Stacks, names_of_stacks, with_members
from ...language.subscripts import MEMBER
from ...language.syntax import Name, Tree, names, postorder
from ...language.unparse import unparse
from ..inference import LETTERS
from .indices import STACK
from .kinds import Reading
from .normal import normal
from .read import measured, shapes_of_use

_COUNTS = ("K", "N", "M", "L", "P", "Q")
# stands for a size that is to be found
OPEN = "?"


def inferred_stacks(tree: Tree, source: str, book: Any, declared: dict, stacks: Stacks) -> dict[str, tuple[str, ...]]:
    """Return the sizes of the stacks of a tree that are not among ``stacks``, {name: (how many, rows, columns)}.

    ``declared``: {name: (rows, columns)} of SymPy sizes. Raises ShapeError where no sizes fit, and for a declared name
    that is no stack.
    """
    wanted = names_of_stacks(tree, stacks)
    for node in postorder(tree) if wanted else ():
        if isinstance(node, Name) and node.id in wanted and node.id in declared:
            shown = "×".join(map(str, declared[node.id]))
            message = f"{node.id} is {shown}, and three subscripts take an entry of a stack of matrices"
            hint = f'write {node.id}[i, j], or declare --shape "{node.id}: K×{shown}"'
            raise ShapeError(message, source=source, span=node.span, hint=hint)
    if not wanted:
        return {}
    known = {**stacks, **dict.fromkeys(wanted, (Name(OPEN),) * 3)}
    reading = Reading(normal(with_members(tree, known)), source, book, declared, known)
    extents = measured(reading, source, declared, stacks)
    shapes = reading.shapes_with(shapes_of_use(reading, extents, {**declared, **dict.fromkeys(wanted)}))
    used = {*names(tree), *declared, *(node.id for node in postorder(tree) if isinstance(node, Name))}
    letters = _Letters(used, reading)
    found = {}
    for name in wanted:
        shape = shapes.get(reading.named.get(f"{name} {MEMBER}", ""), (None, None))
        sizes = [extents.sizes.get((name, STACK)), *(extents.sizes.get((f"{name}[k]", axis)) for axis in (0, 1))]
        of_use = [None, *map(letters.text, shape)]
        texts = [of if bound is None else unparse(bound.tree()) for bound, of in zip(sizes, of_use)]
        found[name] = tuple(text or letters.fresh(place == 0) for place, text in enumerate(texts))
    return found


class _Letters:
    """Texts of sizes, with other letters for those that the text has for something else."""

    def __init__(self, used: set[str], reading: Reading) -> None:
        self.used, self.named, self.renamed = used, reading.sizes, {}

    def fresh(self, is_count: bool = False) -> str:
        """Return a letter that the text does not have."""
        letters = chain(_COUNTS if is_count else (), LETTERS, (f"n{number}" for number in count(1)))
        letter = next(letter for letter in letters if letter not in self.used)
        self.used.add(letter)
        return letter

    def text(self, size: Any) -> str | None:
        """Return the text of a size, None where it is not known."""
        if size is None:
            return None
        for symbol in size.free_symbols:
            if symbol.name in self.used and symbol.name not in self.named and symbol not in self.renamed:
                self.renamed[symbol] = type(symbol)(self.fresh(), integer=True, positive=True)
            elif symbol not in self.renamed:
                self.renamed[symbol] = symbol
                self.used.add(symbol.name)
        return str(size.xreplace(self.renamed))
