"""Sizes of arrays as unknowns: unification with a trail."""

from __future__ import annotations

from sympy import S, expand

from ..budget import spend


class Size:
    """An unknown size; ``value`` is what it was found to be: another unknown, or a SymPy size.

    ``watchers`` are the deferred constraints that wait for it, ``owners`` the names whose shapes it is a part of, and
    ``others`` counts the unknowns that were found to be this one.
    """

    __slots__ = ("value", "big", "watchers", "owners", "others")

    def __init__(self):
        self.value = None
        self.big = False
        self.watchers, self.owners, self.others = [], [], 0

    @property
    def weight(self):
        """What it takes to bind it to another; the lighter is bound, so that no chain of bindings grows long."""
        return len(self.watchers) + len(self.owners) + self.others


def find(size):
    """Return the representative of a size: a SymPy size, or an unknown that is not bound."""
    while isinstance(size, Size) and size.value is not None:
        size = size.value
    return size


class SizeConflict(Exception):
    """Two sizes that must be equal and are not."""

    def __init__(self, left, right):
        super().__init__(left, right)
        self.left, self.right = left, right


class Unification:
    """Unification of sizes with a trail, so that a trial can be undone.

    ``queue`` collects the deferred constraints that watch a size about which something became known.
    """

    def __init__(self):
        self.trail, self.queue = [], []

    def unify(self, left, right):
        left, right = find(left), find(right)
        if left is right or left == right:
            return
        if not isinstance(left, Size) or isinstance(right, Size) and right.weight < left.weight:
            left, right = right, left
        if not isinstance(left, Size):
            if expand(left - right) == 0:  # n*(m + n) and n*m + n**2
                return
            raise SizeConflict(left, right)
        if left.big and right == 1:
            raise SizeConflict(left, right)
        if isinstance(right, Size) and left.big:
            self.set_big(right)
        spend()
        self.trail.append((left, "value", None))
        left.value = right
        self.queue.extend(left.watchers)
        if isinstance(right, Size):
            self.trail.append((right, "others", right.others))
            right.others += left.others + 1
            for field in ("watchers", "owners"):
                self.trail.append((right, field, len(getattr(right, field))))
                getattr(right, field).extend(getattr(left, field))

    def set_big(self, size):
        size = find(size)
        if isinstance(size, Size) and not size.big:
            self.trail.append((size, "big", False))
            size.big = True
            self.queue.extend(size.watchers)

    def undo(self, mark):
        while len(self.trail) > mark:
            size, field, old = self.trail.pop()
            if field in ("watchers", "owners"):
                del getattr(size, field)[old:]
            else:
                setattr(size, field, old)

    def touched(self, mark):
        """Return the sizes that were bound, or found not to be 1, since a mark of the trail."""
        return [size for size, field, _ in self.trail[mark:] if field in ("value", "big")]


def is_one(size):
    """Return True or False where it is known whether the size is 1, else None."""
    size = find(size)
    if isinstance(size, Size):
        return False if size.big else None
    return size is S.One
