"""Shape inference: which names are scalars, columns and matrices, and which sizes are equal.

Declarations hold; then use decides, by unification; what use leaves open goes by the rule of :mod:`reading`
(``docs/language.md``). Sizes are SymPy integers and symbols, or variables that are solved for.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from itertools import chain, count

from ..algebra.expressions import ONE, dimension
from ..budget import spend
from ..errors import ExpressionSyntaxError, ShapeError, UnknownNameError
from ..language.generators import Over
from ..language.nodes import IMAGINARY
from ..language.subscripts import is_subscript
from ..language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, children, postorder
from ..rulebook.facts import facts_with
from .messages import ShapeMessages
from .places import Places
from .products import EQUAL, PRODUCT, SizeProducts
from .reading import ROW, Reading
from .signatures import Signatures
from .sizes import Size, SizeConflict, Unification, find, is_one
from .spelling import COLUMN, MATRIX, spelling_of
from .steps import STEPS, SizeSteps
from .sums import SUM, SizeSums
from .triangles import QUOTIENT, SizeQuotients

_SIZES = (PRODUCT, SUM, EQUAL, QUOTIENT, STEPS)
LETTERS = ("n", "m", "p", "q", "k", "l", "r", "s", "t")
SQUARE_FACTS = facts_with(square=True)
# what finding the shape of a node takes, in units of work
_STEPS = 5


class Inference(Signatures, Places, SizeProducts, SizeSums, SizeQuotients, SizeSteps, Reading, ShapeMessages):
    """Finds the shapes of the names in a surface tree.

    ``declared`` maps names to (rows, columns) of SymPy sizes, ``facts`` names to sets of words, ``kinds`` names to
    "number", "column", "row" or "matrix" where that is given without sizes. After :meth:`run`, ``shapes`` maps every
    variable to its (rows, columns), and ``sizes`` the names that stand for sizes to their symbols. Raises
    ShapeError, UnknownNameError or UnknownFunctionError.
    """

    def __init__(self, tree, source, declared, facts, book, kinds=None, partial=None):
        self.tree, self.source, self.book = tree, source, book
        self.facts = facts
        self.solver = Unification()
        self.declared = {**declared, **{name: self._given(kind) for name, kind in (kinds or {}).items()}}
        self.declared |= {name: self._completed(shape) for name, shape in (partial or {}).items()}
        self.node_shapes, self.names, self.name_nodes = {}, {}, {}
        self.arrays, self.array_nodes, self.numbers = set(), set(), set()
        self.deferred, self.created, self.solved = {}, [], []
        self.odd, self.rows, self.beside, self.open_names = set(), set(), set(), []
        self.open_products, self.known_products = [], []
        self.limits, self.needed, self.even_steps, self.odd_steps = [], {}, [], []
        self.order = postorder(tree)
        self.sizes = self._size_names()

    def run(self):
        """Return {name: (rows, columns)}."""
        self._refuse_literal(self.tree)
        spend(_STEPS * len(self.order))
        for node in self.order:
            self.node_shapes[id(node)] = self._shape(node)
        for name, words in self.facts.items():
            if words & SQUARE_FACTS and name in self.names:
                self._square_fact(name, words)
            elif "orthogonal" in words and name in self.names and name not in self.declared:
                self._square_if_possible(name)
        self._settle()
        self._read_names()
        self._settle(final=True)
        found = self._result()
        self._refuse_odd_steps()
        self._check_limits()
        return found

    def _given(self, kind):
        """Return a shape of a kind, whose sizes are open."""
        shape = tuple(ONE if narrow else Size() for narrow in (kind not in (COLUMN, MATRIX), kind not in (ROW, MATRIX)))
        for size in shape:
            self.solver.set_big(size)
        return shape

    def _completed(self, shape):
        """Return a shape of which some sizes are open, given as None; they are not 1."""
        sizes = tuple(Size() if size is None else size for size in shape)
        for size, known in zip(sizes, shape):
            if known is None:
                self.solver.set_big(size)
        return sizes

    # -- names ---------------------------------------------------------------------------------

    def _size_names(self):
        sizes = {}
        for shape in self.declared.values():
            for size in shape:
                for symbol in getattr(size, "free_symbols", ()):
                    sizes[symbol.name] = symbol
        for node in self.order:
            if isinstance(node, Call):
                for rule in self.book.overloads(node.function):
                    sizes.update({size: dimension(size) for size in rule.free_sizes})
                    for parameter, arg in zip(rule.params, node.args):
                        if parameter.kind == "size":
                            for part in postorder(arg):
                                if isinstance(part, Name) and part.id not in self.declared:
                                    sizes.setdefault(part.id, dimension(part.id))
        self._take_places(sizes)
        return sizes

    def _name(self, node):
        name = node.id
        if name in ("pi", "inf", IMAGINARY):
            self.numbers.add(id(node))
            return (ONE, ONE)
        if name in self.sizes and name not in self.declared:
            return (ONE, ONE)
        if self.book.reserves(name) and name != "e" and name not in self.declared:
            raise UnknownNameError(
                f"'{name}' is a function, not a variable",
                source=self.source,
                span=node.span,
                hint=f"write {name}(…) or rename the variable",
            )
        if name not in self.names:
            self.names[name] = self.declared.get(name) or (Size(), Size())
            self.name_nodes[name] = node
            if name not in self.declared:
                for size in self.names[name]:
                    size.owners.append(name)
        return self.names[name]

    def _square_fact(self, name, words):
        rows, cols = self.names[name]
        try:
            self.solver.unify(rows, cols)
        except SizeConflict as conflict:
            word = sorted(words & SQUARE_FACTS)[0]
            raise ShapeError(
                f"'{word}' is for square matrices, but {name} is {self._text((rows, cols))}",
                source=self.source,
                span=self.name_nodes[name].span,
                hint=f'declare --shape "{name}: n×n"',
            ) from conflict

    def _square_if_possible(self, name):
        """An orthogonal matrix is square, but for one with orthonormal columns that use makes tall."""
        with suppress(SizeConflict):
            self.solver.unify(*self.names[name])

    # -- one node --------------------------------------------------------------------------------

    def _shape(self, node):
        if isinstance(node, (Binary, Negate, Transpose)):
            for child in children(node):
                self._refuse_literal(child)
        if isinstance(node, Name):
            return self._name(node)
        if isinstance(node, (Number, String)):
            self.numbers.add(id(node))
            return (ONE, ONE)
        if isinstance(node, (Negate, Over)):
            return self._as_inside(node, node.operand if isinstance(node, Negate) else node.body)
        if isinstance(node, Transpose):
            self._mark_array(node.operand)
            rows, cols = self.node_shapes[id(node.operand)]
            return (cols, rows)
        if isinstance(node, Call):
            if node.args and all(id(arg) in self.numbers for arg in node.args) and self._is_elementwise(node):
                self.numbers.add(id(node))
            return self._call(node)
        left, right = self.node_shapes[id(node.left)], self.node_shapes[id(node.right)]
        if node.op == "@":
            self._mark_array(node.left)
            self._mark_array(node.right)
            self._unify(node, left[1], right[0], lambda l, r: self._product_error(node))
            return (left[0], right[1])
        if id(node.left) in self.numbers and id(node.right) in self.numbers:
            self.numbers.add(id(node))
        return self._broadcast(node, left, right)

    def _as_inside(self, node, inner):
        """Return the shape of what is negated, or added up over an index."""
        if id(inner) in self.numbers and isinstance(node, Negate):
            self.numbers.add(id(node))
        return self.node_shapes[id(inner)]

    def _refuse_literal(self, node):
        """Raise where a quoted word or inf stands for a value."""
        word = node.id if isinstance(node, Name) and node.id not in self.declared else None
        if isinstance(node, String) or word in ("inf", "nan"):
            shown = f'"{node.value}"' if isinstance(node, String) else node.id
            raise ExpressionSyntaxError(
                f"{shown} is only an argument of a function",
                source=self.source,
                span=node.span,
                hint='as in norm(X, "fro") or norm(X, inf)',
            )

    def _mark_array(self, node):
        self.array_nodes.add(id(node))
        self._refuse_array_of_place(node)
        name = node if isinstance(node, Name) else self._name_of_entries(node)
        if name is node or name is not None and spelling_of(name.id) == COLUMN:
            self.arrays.add(name.id)

    def _name_of_entries(self, node):
        """Return the only name that the entries of a node are made of, as x of exp(-2*x**2); None for all else."""
        while not isinstance(node, Name):
            below = [child for child in children(node) if id(child) not in self.numbers]
            entrywise = isinstance(node, Negate) or isinstance(node, Binary) and (
                self._is_entrywise(node) or node.op == "**" and below == [node.left]
            )
            if len(below) != 1 or not (entrywise or isinstance(node, Call) and self._is_elementwise(node)):
                return None
            node = below[0]
        return node

    def _broadcast(self, node, left, right):
        result = []
        for one, other in zip(left, right):
            if is_one(one):
                result.append(other)
            elif is_one(other) or find(one) == find(other):
                result.append(one)
            elif is_one(one) is False and is_one(other) is False:
                sizes = find(one), find(other)
                self._unify(node, *sizes, lambda *_, sizes=sizes: self._elementwise_error(node, *sizes))
                result.append(one)
            else:
                out = Size()
                self._defer((node, one, other, out), (one, other, out))
                result.append(out)
        return tuple(result)

    # -- constraints ---------------------------------------------------------------------------------

    def _unify(self, node, left, right, error):
        try:
            self.solver.unify(left, right)
        except SizeConflict as conflict:
            raise error(conflict.left, conflict.right) from None

    def _defer(self, constraint, sizes):
        """Keep a constraint until something becomes known about one of the sizes."""
        key = len(self.created)
        self.created.append(key)
        self.deferred[key] = constraint
        self.solver.queue.append(key)
        for size in map(find, sizes):
            if isinstance(size, Size):
                size.watchers.append(key)

    def _settle(self, final=False):
        """Solve the deferred constraints that can be solved; all of them where ``final``."""
        queue = self.solver.queue
        while True:
            while queue:
                self._attempt_deferred(queue.pop(), False)
            if not final or not (self._match_products() or self._match_sums() or self._close_one()):
                return

    def _attempt_deferred(self, key, final):
        spend()
        constraint = self.deferred.get(key)
        if constraint is None or not self._attempt(constraint, final):
            return False
        self.solved.append((key, self.deferred.pop(key)))
        return True

    def _close_one(self):
        """Decide about the first constraint about which nothing else decides; return whether there was one."""
        for key, constraint in list(self.deferred.items()):
            if constraint[0] not in _SIZES and self._attempt_deferred(key, True):
                return True
        if self._guess_multiple() or self._guess_reshaped():
            return True
        self.open_products = [item for item in self.deferred.values() if item[0] in _SIZES]
        self.deferred.clear()
        return False

    def _attempt(self, item, final):
        if item[0] == PRODUCT:
            return self._attempt_size_product(*item[1:])
        if item[0] == EQUAL:
            return self._attempt_equal_products(*item[1:])
        if item[0] == SUM:
            return self._attempt_size_sum(*item[1:])
        if item[0] == QUOTIENT:
            return self._attempt_triangle(*item[1:])
        if item[0] == STEPS:
            return self._attempt_steps(item)
        if item[0] == "overload":
            return self._attempt_overload(*item[1:], final)
        return self._attempt_broadcast(*item, final)

    def _attempt_broadcast(self, node, one, other, out, final):
        known_one, known_other = is_one(one), is_one(other)
        if known_one or known_other or (known_one is False and known_other is False) or final:
            pairs = [(out, other)] if known_one else [(out, one)] if known_other else [(one, other), (out, one)]
            for left, right in pairs:
                self._unify(node, left, right, lambda l, r: self._elementwise_error(node, l, r))
            return True
        if False in (known_one, known_other):
            # one of the two has more than one entry, so the result has as many, whether or not the other is repeated
            wide = one if known_one is False else other
            self._unify(node, out, wide, lambda l, r: self._elementwise_error(node, l, r))
        elif is_one(out):
            for size in (one, other):
                self._unify(node, size, ONE, lambda l, r: self._elementwise_error(node, l, r))
            return True
        return False

    def _try(self, pairs, number=False):
        """Equate sizes where nothing speaks against it; return whether it was done. ``number``: with those of one."""
        mark = self._checkpoint()
        try:
            for one, other in pairs:
                self.solver.unify(one, other)
            self._settle()
            self._refuse_odd(mark, number)
        except (SizeConflict, ShapeError):
            self._roll_back(mark)
            return False
        return True

    def _checkpoint(self):
        """Return a mark to which what is found out from now on can be rolled back."""
        noted = (self.known_products, self.limits, self.even_steps, self.odd_steps)
        return len(self.solver.trail), len(self.solved), len(self.created), [(notes, len(notes)) for notes in noted]

    def _roll_back(self, mark):
        trail, solved, created, noted = mark
        self.solver.undo(trail)
        self.solver.queue.clear()
        for key, constraint in self.solved[solved:]:
            self.deferred[key] = constraint
        del self.solved[solved:]
        for notes, before in noted:
            del notes[before:]
        for key in self.created[created:]:
            self.deferred.pop(key, None)

    def _refuse_odd(self, mark, number=False):
        """Raise where a size that was bound to 1 since ``mark`` made the shape of a name odd.

        So it is where x[1:] became a ``number``, and x a column of two.
        """
        touched = self.solver.touched(mark[0])
        owned = [find(size) for size in touched if size.owners]
        if number and any(not isinstance(size, Size) and size.is_Integer and size > 1 for size in owned):
            raise SizeConflict(None, None)
        cut = [find(size) for size in touched if any(owner in self.cut for owner in size.owners)]
        if any(not isinstance(size, Size) and size.is_Integer and size > 1 for size in cut):
            raise SizeConflict(None, None)  # X[:, 1:] beside a column, and X with two columns
        if any(find(size) == 1 for size in touched):
            owners = {name for size in touched for name in size.owners}
            if any(self._is_odd(name) for name in owners - self.odd):
                raise SizeConflict(None, None)

    @cached_property
    def cut(self):
        """The names that are not declared of which slices are taken."""
        subscripts = [node.args[0] for node in self.order if is_subscript(node)]
        return {part.id for part in subscripts if isinstance(part, Name)} - self.declared.keys()

    def _is_odd(self, name):
        """Return whether the shape found so far contradicts the way in which a name is used or written."""
        if name in self.declared:
            return False
        rows, cols = map(is_one, self.names[name])
        if rows and cols or name[0].isupper() and cols:
            return name in self.arrays
        return bool(rows) and (cols is False or name[0].isupper() and name in self.arrays) and name not in self.rows

    # -- the answer -------------------------------------------------------------------------------------

    def _result(self):
        letters = self._free_letters()
        made = self._made_sizes()
        ordered = sorted(self.names, key=lambda n: is_one(self.names[n][1]) is not True)
        for name in ordered:
            for size in map(find, self.names[name]):
                if isinstance(size, Size) and id(size) not in made:
                    size.value = dimension(next(letters))
        self._multiply_sizes(letters)
        return {name: tuple(find(size) for size in shape) for name, shape in self.names.items()}

    def _free_letters(self):
        """Return letters for sizes that occur nowhere in the text."""
        used = {*self.sizes, *self.names}
        return (x for x in chain(LETTERS, (f"n{i}" for i in count(1))) if x not in used)

    def _made_sizes(self):
        """Return the ids of the sizes that are made of others."""
        items = (item for item in self.open_products if item[0] != EQUAL)
        made = {id(find(item[-1] if item[0] in (QUOTIENT, STEPS) else item[2])) for item in items}
        return made - {id(find(factor)) for _, _, factor in self.even_steps}

    def _multiply_sizes(self, letters):
        """Give their values to the sizes that are products, such as that of vec(X); none may be its own factor."""
        waiting = self.open_products
        while waiting:
            items, waiting = waiting, []
            for item in items:
                if not self._attempt(item, False):
                    waiting.append(item)
            if len(waiting) == len(items) and not self._name_factor(waiting, letters):
                raise ShapeError(
                    "a size would be a multiple of itself here",
                    source=self.source,
                    span=self.tree.span,
                    hint='declare the shapes with --shape "A: n×m, x: m"',
                )

    def _name_factor(self, items, letters):
        """Give a letter to a factor that no name has as a size, as the r of r*k rows; return whether there is one."""
        made = self._made_sizes()
        factors = [find(size) for item in items if item[0] == PRODUCT for size in item[1]]
        for size in factors:
            if isinstance(size, Size) and id(size) not in made:
                size.value = dimension(next(letters))
                return True
        return False
