"""What a numeric check is about: the user's tree, its declarations, and points at which it can be trusted."""

from __future__ import annotations

import torch

from ..bounds import MAX_CHECKED_ENTRIES as MAX_ENTRIES
from ..bounds import MAX_TORCH_WORK as MAX_WORK
from ..errors import LimitError, MatcalcError
from ..evaluation.evaluate import evaluate
from ..evaluation.fitting import integer_names, shape_function, whole_number, work
from ..evaluation.kinks import TIES
from ..evaluation.places import free_sizes, least_size, placed
from ..evaluation.points import Sampler, acceptable, assignments
from ..evaluation.predicates import MARGIN, broken, holds
from ..evaluation.truth import arranged, arranged_mixed, numbered, structure_matrix, true_derivative, vec
from ..language.syntax import parse_tree
from ..rulebook.conditions import conditions
from ..rulebook.entries import size_tree

_NONZERO_TRIES = 16
_SIDE_TRIES = 5
_BROKEN_KEPT = 3


class Problem:
    """A query with all that a check needs: the user's tree, the answer's tree and the declarations.

    ``answer`` is the surface tree of what is to be compared with the truth, which ``witness`` gives. Below ``noise``
    of the largest intermediate gradient a derivative is rounding noise.
    """

    witness, library, noise = "torch autograd", "torch", 1e-5

    def __init__(self, query, answer):
        elaborated = query.elaborated
        self.query, self.answer, self.book = query, answer, query.book
        self.tree, self.variable = elaborated.tree, query.wrt
        # what was typed: sums over an index are taken term by term, whatever was made of them
        self.typed = parse_tree(elaborated.indexed) if elaborated.indexed else self.tree
        self.shapes = {name: tuple(map(str, shape)) for name, shape in elaborated.shapes.items()}
        self.sizes = {name: str(size) for name, size in elaborated.sizes.items()}
        self.indices, self.needed = elaborated.indices, elaborated.needed_in_checks
        self.facts = {name: frozenset(words) for name, words in elaborated.facts.items()}
        for name in integer_names(self.tree, self.book):
            self.facts[name] = self.facts.get(name, frozenset()) | {"integer"}
        found = [c for name in query.by for c in conditions(self.tree, self.facts, self.book, name)]
        self.conditions = list({str(condition): condition for condition in found}.values())
        own = {str(condition) for condition in conditions(self.tree, self.facts, self.book)}
        # a pseudoinverse has a derivative also where the rank is not full, but the same all around
        self.breakable = [c for c in self.conditions if str(c) not in own or c.predicate == "full_rank"]
        self.kinks = [condition for condition in self.conditions if condition.predicate == "nonzero"]
        self.ties = [condition for condition in self.breakable if condition.predicate in TIES]
        self.broken_points = []
        self.margin = MARGIN

    def sampler(self, seed, start=None):
        """Return a Sampler; with ``start`` the sizes are those from it on, one for each letter."""
        texts = [text for shape in self.shapes.values() for text in shape] + list(self.sizes.values())
        free = free_sizes(texts) - self.indices
        taken = {int(text) for text in texts if text.isdigit()}
        shapes = {name: shape_function(shape) for name, shape in self.shapes.items()}
        drawn = assignments(free, taken, least_size(2, self.needed))
        if start is not None:
            drawn = [{name: start + place for place, name in enumerate(sorted(free))}]
        named = (
            {**found, **{name: whole_number(size_tree(text), found) for name, text in self.sizes.items()}}
            for found in placed(drawn, self.indices, self.needed)
        )
        return Sampler(shapes, self.facts, named, self.admits, seed)

    def admits(self, point):
        """Whether a point will do; keeps torch's derivative there in ``found``."""
        self.found = None
        shapes = {name: tuple(array.shape) for name, array in point.arrays.items()}
        self.refuse_large(shapes, point.sizes)
        domain = [condition for condition in self.conditions if condition not in self.breakable]
        if not holds(domain, point, self.book, self.margin):
            return False
        if not holds(self.breakable, point, self.book, self.margin):
            self._remember_broken(point)
            return False
        value, found, scale = self.derivative(point)
        if not acceptable(value) or not acceptable(found):
            return False
        self.found = (self.true_value(value, found, point), scale)
        return True

    def derivative(self, point):
        """Return torch's (value, Jacobian, scale) at a point, as :func:`true_derivative` has them."""
        return true_derivative(self.typed, point, self.query.by, self.book, self.query.along)

    def _remember_broken(self, point):
        """Keep a random point at which conditions fail exactly: so they do in a whole region, if not everywhere."""
        if len(self.broken_points) < _BROKEN_KEPT:
            failing = broken(self.breakable, point, self.book, MARGIN)
            if broken(failing, point, self.book) == failing:
                self.broken_points.append((point, failing))

    def refuse_large(self, shapes, sizes):
        """Raise LimitError where autograd or the answer would take too long or too much memory."""
        effort, shape = work(self.tree, shapes, sizes, self.book)
        rows, columns = shape[0] * shape[1], shapes[self.query.free[-1]][0] * shapes[self.query.free[-1]][1]
        for name in self.query.free[:-1]:
            rows *= shapes[name][0] * shapes[name][1]
        try:
            answer_effort, _ = work(self.answer, shapes, sizes, self.book)
        except LimitError:
            raise
        except MatcalcError:
            answer_effort = 0  # the comparison will say that the answer has no value
        if max(min(rows, columns) * effort, answer_effort) > MAX_WORK or rows * columns > MAX_ENTRIES:
            raise LimitError("too large to check", hint="declare smaller sizes")

    def sides(self, point):
        """Return the sides of the kinks that a point shows, as pairs (kink, sign)."""
        found = set()
        for number, kink in enumerate(self.kinks):
            value = evaluate(kink.tree, point.arrays, point.sizes, self.book)
            found |= {(number, sign) for sign, extreme in ((1, value.max()), (-1, -value.min())) if extreme > 0}
        return found

    def true_value(self, value, found, point):
        """Return torch's derivative in the layout and the convention of the answer."""
        query, shape = self.query, tuple(point.arrays[self.variable].shape)
        if not query.is_usual:
            return self._mixed_value(value, found, point)
        facts = self.facts.get(self.variable, frozenset())
        matrix = structure_matrix(point.arrays[self.variable], facts, query.structure)
        if matrix is not None:
            matrix = matrix.to(found.dtype)
            found = matrix.mT @ found @ matrix if query.order == 2 else found @ matrix
        if query.placing is not None:
            placer = placing_matrix(query.placing, point.sizes, self.book).to(found.dtype)
            found = placer.mT @ found @ placer if query.order == 2 else found @ placer
            shape = (placer.shape[1], 1)
        elif query.part is not None:
            places = evaluate(query.part.tree, {query.wrt: numbered(shape)}, point.sizes, self.book)
            chosen = vec(places).long()
            found = found[chosen][:, chosen] if query.order == 2 else found[:, chosen]
            shape = tuple(places.shape)
        return arranged(found, value.shape, shape, query.layout, query.order)

    def _mixed_value(self, value, found, point):
        query = self.query
        shapes = [tuple(point.arrays[name].shape) for name in query.free]
        found = found.reshape(value.numel(), *[rows * cols for rows, cols in shapes])
        for axis, name in enumerate(query.free, 1):
            matrix = structure_matrix(point.arrays[name], self.facts.get(name, frozenset()), query.structure)
            if matrix is not None:
                found = torch.tensordot(found, matrix.to(found.dtype), ([axis], [0])).movedim(-1, axis)
        return arranged_mixed(found, value.shape, shapes, query.layout, len(query.along))


def placing_matrix(placing, sizes, book):
    """Return the matrix whose columns are how a matrix moves with each of its free parameters."""
    ((name, (count, _)),) = placing.shapes.items()
    found = whole_number(size_tree(str(count)), sizes)
    units = torch.eye(found, dtype=torch.float64)
    columns = [vec(evaluate(placing.tree, {name: units[:, [place]]}, sizes, book)) for place in range(found)]
    return torch.stack(columns, 1)


def informative_point(problem, sampler, seen):
    """Return a point, if possible one that shows something new.

    A zero derivative could hide a missing factor, and one side of a kink says nothing of the other; ``seen``
    is the set of (kink, sign) met so far.
    """
    for attempt in range(_NONZERO_TRIES):
        point = sampler.draw()
        if point is None:
            return None
        new = problem.sides(point) - seen
        all_seen = len(seen) == 2 * len(problem.kinks)
        if problem.found[0].abs().max() > 0 and (new or all_seen or attempt >= _SIDE_TRIES):
            break
    seen |= new
    return point
