"""What a name's spelling says of its shape where use leaves it open."""

from __future__ import annotations

from ..algebra.expressions import ONE
from ..errors import ShapeError
from ..language.syntax import Name
from .sizes import SizeConflict, is_one

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lam lambda_ mu nu xi rho sigma tau upsilon phi chi psi "
    "omega".split()
)


class Spelling:
    """The part of the inference that decides by spelling; all attributes are the inference's."""

    def _by_spelling(self):
        open_names = [n for n in self.names if n not in self.declared]
        for name in open_names:
            if name[0].isupper():
                self._decide(name, ("matrix", "column", "scalar"))
        lower = [n for n in open_names if not n[0].isupper()]
        for name in lower:
            if not scalar_spelling(name) or name in self.arrays:
                self._decide(name, ("column", "matrix", "scalar"))
        tied = {n.id for node in self.sums for n in (node.left, node.right) if isinstance(n, Name)}
        for name in sorted((n for n in lower if scalar_spelling(n)), key=lambda n: n in tied):
            self._decide(name, ("scalar", "column", "matrix"))

    def _decide(self, name, kinds):
        """Give a name the first of the kinds that fits what is known; ``matrix`` always does."""
        if all(is_one(size) is not None for size in self.names[name]):
            return
        for kind in kinds:
            if kind == "scalar" and name in self.arrays:
                continue
            mark = self._checkpoint()
            try:
                self._make(name, kind)
                self._settle()
                self._refuse_odd(mark)
                return
            except (SizeConflict, ShapeError):
                self._roll_back(mark)
        if not name[0].isupper():
            raise ShapeError(
                f"'{name}' cannot be a column here, as its spelling says",
                source=self.source,
                span=self.name_nodes[name].span,
                hint=f'write {name}.T for a row, or declare --shape "{name}: n×m"',
            )

    def _make(self, name, kind):
        rows, cols = self.names[name]
        if kind == "matrix" and not name[0].isupper() and is_one(rows):
            raise SizeConflict(rows, ONE)
        for size, wide in ((rows, kind != "scalar"), (cols, kind == "matrix")):
            if not wide:
                self.solver.unify(size, ONE)
            elif is_one(size) is None:
                self.solver.set_big(size)


def scalar_spelling(name):
    """Return whether a name that use leaves open is a scalar: a to g, or a Greek letter."""
    stem = name.rstrip("0123456789_")
    return (len(name) == 1 and "a" <= name <= "g") or name in GREEK or stem in GREEK
