"""A claim in index notation about a derivative of any order: compared with exact values and with nested autograd."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING, Any

from sympy import Expr, expand

from ..algebra.binding import size_value
from ..algebra.expressions import is_array
from ..answers.derivative import lower_order
from ..answers.index_form import IndexForm, index_form
from ..checks.exact import check_exactly
from ..checks.methods import check_by
from ..errors import ArgumentError, DomainError, MatcalcError, ShapeError
from ..language.generators import Over
from ..language.index_reading import has_indices, no_number, read_indexed
from ..language.indexed import (
    Apply,
    Delta,
    Entry,
    Indexed,
    IndexTree,
    Moved,
    Plus,
    Product,
    Raised,
    Total,
    index_text,
    walk,
)
from ..language.stacks import as_written
from ..language.syntax import Call, Name, Transpose, Tree, names, parse_tree, postorder, substituted
from ..language.unparse import unparse
from ..libraries import trouble
from ..rulebook.entries import size_tree
from ..rulebook.facts import facts_with
from ..shapes.inference import Inference
from ..shapes.sizes import find
from ..shapes.spelling import GREEK
from .indexed_terms import factors, symmetric_names, times, wrong_term
from .letters import with_letters_of
from .report import ClaimReport

if TYPE_CHECKING:
    from collections.abc import Container

    from ..shapes.query import Query

_MOST_AXES = 5
_CONSTANTS = ("pi", "inf")
_RATIO = 1e-9


def is_indexed_claim(text: object, query: Query) -> bool:
    """Return whether a claim's text is in index notation: a delta, or an entry whose index the expression has not."""
    if not isinstance(text, str):
        return False
    try:
        tree = parse_tree(text)
    except MatcalcError:
        return False
    known = _known(query) | set(GREEK)
    letters = {name: node for name, node in names(tree).items() if len(name) == 1 and name not in known}
    return has_indices(tree, letters)


def _known(query: Query) -> set[str]:
    """Return the names that are no indices of a claim: k is none where it is about the part A[k] of a stack."""
    elaborated = query.elaborated
    of_part = query.part.sizes if query.part is not None else ()
    return {*elaborated.shapes, *elaborated.sizes, *elaborated.size_letters, *of_part, *_CONSTANTS}


class IndexedCheck:
    """One claim in index notation about one query."""

    def __init__(self, query: Query, text: str, points: int, seed: int, notes: tuple[str, ...] = ()) -> None:
        self.query, self.text, self.points, self.seed, self.notes = query, text, points, seed, notes
        self.right = index_form(query, lower_order)

    def report(self) -> ClaimReport:
        """Return the report: right, wrong with what is wrong, or not judged. Raises what reading the claim raises."""
        try:
            claimed = self._claimed(self._read(parse_tree(self.text)))
            self._refuse_unfit(claimed)
        except MatcalcError as error:
            raise error.at(self.text)
        if trouble():
            exact = check_exactly(claimed, self.points, self.seed)
            said = "its exact values are not those of the derivative"
            told = {True: "right", False: said, None: f"not judged: {exact.reason}"}[exact.ok]
            return self._report(exact.ok, {True: "right", False: "different", None: ""}[exact.ok], told, exact.points)
        found = check_by(claimed, self.points, self.seed)
        if found.ok:
            return self._report(True, "right", "right", found.points, max_error=found.max_error)
        if found.ok is None:
            return self._report(None, "", f"not judged: {found.reason}", 0)
        return self._wrong(claimed, found)

    def _read(self, tree: Tree) -> Indexed:
        axes = self.right.indexed.axes
        letters = [str(letter) for axis in axes for letter in axis]
        sizes = {letter: self.right.indexed.sizes[letter] for letter in letters}
        taken = _known(self.query) | set(GREEK)
        whole = not is_array(self.query.elaborated.expression) and self.query.order == 1
        tree, notes = with_letters_of(tree, letters, taken, self.query.wrt, whole)
        self.notes += notes
        return read_indexed(tree, axes, sizes, _known(self.query), self.query.elaborated.stacks)

    def _claimed(self, indexed: Indexed) -> IndexForm:
        """Return the index form that the claim says, as an answer to the query that can be checked."""
        return IndexForm(self.query, replace(self.right.derived, indexed=indexed), lower_order)

    def _refuse_unfit(self, claimed: IndexForm) -> None:
        """Raise ShapeError where an index does not run through the axis at which it stands."""
        elaborated, sizes = self.query.elaborated, claimed.indexed.sizes
        for node in walk(claimed.indexed.tree):
            if not isinstance(node, Entry) or node.inside and not node.axes and _is_arithmetic(node.tree):
                continue
            inference = Inference(node.tree, self.text, dict(elaborated.shapes), elaborated.facts, self.query.book)
            inference.run()
            shape = [find(size) for size in inference.node_shapes[id(node.tree)]]
            if node.inside and not node.axes:
                if any(size != 1 for size in shape):
                    raise no_number(node.tree)
                continue
            wide = [size for size in shape if size != 1]
            own = [size for size in shape if size != 1] if len(node.axes) != 2 else shape
            if len(node.axes) < len(wide) or len(node.axes) > 2 or len(own) != len(node.axes):
                shown = unparse(as_written(node.tree, elaborated.stacks))
                raise ShapeError(
                    f"{shown} has {len(wide) or 'no'} ax{'is' if len(wide) == 1 else 'es'}, "
                    f"and {len(node.axes)} indices stand at it",
                    span=node.tree.span,
                    hint="give every axis of an array one index, and a number none",
                )
            for axis, size in zip(node.axes, own):
                _refuse_outside(axis, size, node, sizes)
                runs = _length(axis, sizes)
                if runs is not None and not _goes_through(runs, size, elaborated.sizes):
                    runs = unparse(size_tree(str(runs)))
                    raise ShapeError(
                        f"an axis of {unparse(node.tree)} has {size} entries, and {axis[0]} runs to {runs}",
                        span=node.tree.span,
                        hint="exchange the indices, or take one that runs through the axis",
                    )

    # -- what is wrong ------------------------------------------------------------------------------------------------

    def _wrong(self, claimed: IndexForm, found: Any) -> ClaimReport:
        diagnosis, message, mended = self._diagnosed(claimed)
        from ..checks.tensor_counterexample import smallest_tensor

        return self._report(
            False,
            diagnosis,
            message,
            found.points,
            repaired=None if mended is None else index_text(mended.written_tree, mended.indexed.sizes),
            counterexample=smallest_tensor(claimed, self.seed),
            max_error=found.max_error,
            headline="not the derivative" + _at_a_point(found.max_error),
        )

    def _diagnosed(self, claimed: IndexForm) -> tuple[str, str, IndexForm | None]:
        """Return (diagnosis, sentence, the claim mended or None): a factor, or indices in another order."""
        ratio = self._ratio(claimed)
        if ratio is not None:
            tree = _scaled(claimed.indexed.tree, 1 / ratio)
            mended = self._claimed(replace(claimed.indexed, tree=tree))
            if check_by(mended, 2, self.seed).ok:
                return "factor", f"it is {ratio} times the derivative: multiply it by {1 / ratio}", mended
        for order, turned in self._reordered(claimed):
            if check_by(turned, 2, self.seed).ok:
                return "transpose", f"its indices stand in another order: write {order}", turned
        found = self._symmetric(claimed) or self._wrong_part(claimed)
        return found or ("different", "no small change makes it right", None)

    def _wrong_part(self, claimed: IndexForm) -> tuple[str, str, IndexForm | None] | None:
        """Return what is said of one term that is wrong, or of a factor that is missing."""
        own, right = claimed.indexed, self.right.indexed
        sizes = {**right.sizes, **own.sizes}
        if any(unparse(size) != unparse(right.sizes.get(letter, size)) for letter, size in own.sizes.items()):
            return None  # a letter that runs through another axis in the right answer

        def with_tree(tree: IndexTree) -> IndexForm:
            return self._claimed(replace(own, tree=tree, sizes=sizes))

        def holds(tree: IndexTree) -> bool:
            return check_by(with_tree(tree), 2, self.seed).ok is True

        term = wrong_term(own.tree, right.tree, sizes, holds)
        if term is not None:
            return "term", term[0], with_tree(term[1])
        for factor in factors(right.tree):
            tree: IndexTree = Product(Fraction(1), (own.tree, factor))
            ratio = 1 if holds(tree) else self._ratio(with_tree(tree))
            if ratio:
                missing = index_text(times(1 / Fraction(ratio), factor), sizes)
                return "different", f"the factor {missing} is missing", with_tree(times(1 / Fraction(ratio), tree))
        return None

    def _symmetric(self, claimed: IndexForm) -> tuple[str, str, IndexForm | None] | None:
        """Return what is said of a claim that is right if matrices are symmetric."""
        elaborated = self.query.elaborated
        for names_ in symmetric_names(elaborated.shapes, elaborated.facts, lambda f: bool(f & facts_with(tied=True))):
            facts = {**elaborated.facts, **{n: elaborated.facts.get(n, frozenset()) | {"symmetric"} for n in names_}}
            query = replace(self.query, elaborated=replace(elaborated, facts=facts))
            if check_by(IndexForm(query, claimed.derived, lower_order), 2, self.seed).ok:
                told = f"{' and '.join(names_)} {'is' if len(names_) == 1 else 'are'} symmetric"
                return "symmetric only", f"your formula is right if {told}", None
        return None

    def _ratio(self, claimed: IndexForm) -> Fraction | None:
        """Return the number that the claim is times the derivative at two points, None where there is none."""
        from ..checks.tensors import paired_values

        ratios = []
        try:
            pairs = list(paired_values(claimed, 2, self.seed))
        except DomainError:  # an index leaves its axis
            return None
        for ours, truth in pairs:
            norm = float((truth * truth).sum())
            ratio = float((ours * truth).sum()) / norm if norm else 0.0
            if not ratio or float((ours - ratio * truth).norm()) > _RATIO * float(ours.norm()):
                return None
            ratios.append(ratio)
        if len(ratios) < 2 or abs(ratios[0] - ratios[1]) > _RATIO * abs(ratios[0]):
            return None
        found = Fraction(ratios[0]).limit_denominator(1000)
        return found if abs(float(found) - ratios[0]) < _RATIO * abs(ratios[0]) and found != 1 else None

    def _reordered(self, claimed: IndexForm) -> Any:
        """Yield (what to write, the claim) with the letters of axes of one size in other orders."""
        axes = claimed.indexed.axes
        if len(axes) > _MOST_AXES or any(len(axis) != 1 for axis in axes):
            return
        letters = [str(axis[0]) for axis in axes]
        sizes = claimed.indexed.sizes
        for order in permutations(letters):
            moved = {one: other for one, other in zip(letters, order) if one != other}
            if not moved or any(unparse(sizes[one]) != unparse(sizes[other]) for one, other in moved.items()):
                continue
            tree = renamed(claimed.indexed.tree, moved)
            told = ", ".join(f"{other} for {one}" for one, other in moved.items())
            yield told, self._claimed(replace(claimed.indexed, tree=tree))

    def _report(self, ok: bool | None, diagnosis: str, message: str, points: int, **found: Any) -> ClaimReport:
        shapes = {name: tuple(map(str, shape)) for name, shape in self.query.elaborated.shapes.items()}
        checked = self.right.check(2, self.seed)
        axes = ("axes " + ",".join(self.right.axes),) if not ok and self.right.axes else ()
        return ClaimReport(
            ok,
            "any",
            diagnosis,
            message,
            right=self.right if checked.ok is not False else None,
            notes=(*self.notes, *axes),
            points=points,
            claim=self.text,
            wrt=self.query.wrt,
            shapes=shapes,
            **found,
        )


def _scaled(tree: IndexTree, number: Fraction) -> IndexTree:
    """Return a number times an index tree; the numbers in front of a product are multiplied."""
    if not isinstance(tree, Product):
        return Product(number, (tree,))
    factors = list(tree.factors)
    inner = factors[0] if factors else None
    while isinstance(inner, Product) and not inner.below:
        number, factors = number * inner.number, [*inner.factors, *factors[1:]]
        inner = factors[0] if factors else None
    return Product(number * tree.number, tuple(factors), tree.below)


def _at_a_point(error: float | None) -> str:
    if error is None or error == float("inf"):
        return ""
    return f": relative error {error:.2g} at a random point"


def _is_arithmetic(tree: Tree) -> bool:
    """Return whether a tree is of names and numbers, such as the i - 1 of x[i]**(i - 1)."""
    parts = postorder(tree)
    return not any(isinstance(part, (Call, Over, Transpose)) or getattr(part, "op", "") == "@" for part in parts)


def _refuse_outside(axis: tuple, size: Expr, node: Entry, sizes: dict[str, Tree]) -> None:
    """Raise ShapeError for an index such as j + 1 that is known to leave the axis at which it stands."""
    letter = axis[0]
    if len(axis) != 1 or not isinstance(letter, Moved):
        return
    start, runs = size_value(letter.start), size_value(sizes[letter.letter])
    if start is None or runs is None:
        return
    ends = (start, expand(start + letter.step * (runs - 1)))
    whole = size_value(size_tree(str(size)))
    if whole is not None and any(end.is_negative or expand(whole - 1 - end).is_negative for end in ends):
        raise ShapeError(
            f"{letter} leaves the axis of {unparse(node.tree)}, which has {size} entries",
            span=node.tree.span,
            hint=f"let {letter.letter} end earlier, or begin at another place",
        )


def _goes_through(runs: Expr, size: Expr, bounds: Container) -> bool:
    """Whether an index that runs so far goes through an axis of a size, or through the places that a slice takes."""
    size = size_value(size_tree(str(size)))
    left = expand(size - runs)
    return bool(left.is_nonnegative or runs.is_Integer and not size.is_Integer) or any(
        str(symbol) in bounds for symbol in runs.free_symbols
    )


def _length(axis: tuple, sizes: dict[str, Tree]) -> Expr | None:
    """Return the size that the letters of an axis run through, None where a place is fixed or moved."""
    if not all(isinstance(letter, str) for letter in axis):
        return None
    total = size_value(sizes[axis[0]])
    for letter in axis[1:]:
        other = size_value(sizes[letter])
        total = None if total is None or other is None else total * other
    return None if total is None else expand(total)


def renamed(root: IndexTree, letters: dict[str, str]) -> IndexTree:
    """Return an index tree with free indices renamed."""

    def moved(letter: Any) -> Any:
        if isinstance(letter, Moved):
            return replace(letter, letter=letters.get(letter.letter, letter.letter))
        return letters.get(letter, letter)

    found: dict[int, IndexTree] = {}
    for node in walk(root):
        if isinstance(node, Entry):
            tree = substituted(node.tree, {one: Name(letters[one]) for one in node.inside if one in letters})
            axes = tuple(tuple(map(moved, axis)) for axis in node.axes)
            new: IndexTree = Entry(tree, axes, tuple(map(moved, node.inside)))
        elif isinstance(node, Delta):
            new = Delta(moved(node.left), moved(node.right))
        elif isinstance(node, Product):
            above, below = (tuple(found[id(part)] for part in side) for side in (node.factors, node.below))
            new = Product(node.number, above, below)
        elif isinstance(node, Plus):
            new = Plus(tuple(found[id(term)] for term in node.terms))
        elif isinstance(node, Raised):
            new = Raised(found[id(node.base)], found[id(node.exponent)])
        elif isinstance(node, Apply):
            new = Apply(node.function, tuple(found[id(arg)] for arg in node.args))
        else:
            new = Total(found[id(node.body)], node.letters)
        found[id(node)] = new
    return found[id(root)]


def refuse_matrix_claim(query: Query, text: str) -> ArgumentError:
    """Return the error for a claim without indices about a derivative of three or more."""
    right = index_form(query, lower_order)
    letters = ",".join(right.axes)
    return ArgumentError(
        f"the derivative has {len(right.axes)} axes, {letters}, and your formula no index",
        source=text,
        hint=f"write it at its indices {letters}, or take a direction: along u it is a matrix",
    )
