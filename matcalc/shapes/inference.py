"""Shape inference: which names are scalars, columns and matrices, and which sizes are equal.

Declarations hold; then use decides, by unification; what use leaves open goes by spelling
(``docs/language.md``). Sizes are SymPy integers and symbols, or variables that are solved for.
"""

from __future__ import annotations

from itertools import chain, count

from ..algebra.expressions import ONE, dimension
from ..errors import ExpressionSyntaxError, ShapeError, UnknownNameError
from ..language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, children, postorder
from .messages import ShapeMessages
from .signatures import Signatures
from .sizes import Size, SizeConflict, Unification, find, is_one
from .spelling import Spelling

LETTERS = ("n", "m", "p", "q", "k", "l", "r", "s", "t")
SQUARE_FACTS = frozenset(
    {
        "symmetric",
        "skew",
        "diagonal",
        "pd",
        "psd",
        "invertible",
        "toeplitz",
        "permutation",
        "projection",
        "positive-det",
    }
)


class Inference(Signatures, Spelling, ShapeMessages):
    """Finds the shapes of the names in a surface tree.

    ``declared`` maps names to (rows, columns) of SymPy sizes, ``facts`` names to sets of words. After
    :meth:`run`, ``shapes`` maps every variable to its (rows, columns), and ``sizes`` the names that stand for
    sizes to their symbols. Raises ShapeError, UnknownNameError or UnknownFunctionError.
    """

    def __init__(self, tree, source, declared, facts, book):
        self.tree, self.source, self.book = tree, source, book
        self.declared, self.facts = declared, facts
        self.solver = Unification()
        self.node_shapes, self.names, self.name_nodes = {}, {}, {}
        self.arrays, self.sums, self.numbers = set(), [], set()
        self.deferred, self.deferrals = {}, count()
        self.odd, self.products, self.solved = set(), [], []
        self.order = postorder(tree)
        self.sizes = self._size_names()

    def run(self):
        """Return {name: (rows, columns)}; an undeclared n is the one size there is where it is used as a number."""
        letters = self._bare_letters()
        found = self._solve()
        used = {s for n, shape in found.items() if n not in letters for d in shape for s in d.free_symbols}
        if letters and len(letters) == len(used) == 1 and not self.declared:
            (name,), (symbol,) = letters, used
            if symbol == dimension(name) or name not in {s.name for s in used}:
                again = Inference(self.tree, self.source, self.declared, self.facts, self.book)
                again.sizes[name] = dimension(name)
                self.sizes = again.sizes
                found = {
                    n: tuple(d.subs(symbol, dimension(name)) for d in shape) for n, shape in again._solve().items()
                }
        return found

    def _bare_letters(self):
        """Return {"n"} where n is undeclared and only occurs beside * / ** + -: the size, if there is one."""
        inside = set()
        for node in self.order:
            if isinstance(node, (Call, Transpose)) or isinstance(node, Binary) and node.op == "@":
                inside |= {child.id for child in children(node) if isinstance(child, Name)}
        found = {n.id for n in self.order if isinstance(n, Name)}
        return {"n"} & found - inside - {*self.declared, *self.sizes}

    def _solve(self):
        self._refuse_literal(self.tree)
        for node in self.order:
            self.node_shapes[id(node)] = self._shape(node)
        for name, words in self.facts.items():
            if words & SQUARE_FACTS and name in self.names:
                self._square_fact(name, words)
        self._settle()
        self.odd = {name for name in self.names if self._is_odd(name)}
        for node in self.sums:
            self._same_shape(node)
            self._settle()
        self._by_spelling()
        self._settle(final=True)
        return self._result()

    # -- names ---------------------------------------------------------------------------------

    def _size_names(self):
        sizes = {}
        for shape in self.declared.values():
            for size in shape:
                for symbol in size.free_symbols:
                    sizes[symbol.name] = symbol
        for node in self.order:
            if isinstance(node, Call):
                for rule in self.book.overloads(node.function):
                    for parameter, arg in zip(rule.params, node.args):
                        if parameter.kind == "size":
                            for part in postorder(arg):
                                if isinstance(part, Name) and part.id not in self.declared:
                                    sizes.setdefault(part.id, dimension(part.id))
        return sizes

    def _name(self, node):
        name = node.id
        if name == "pi" or name == "inf":
            self.numbers.add(id(node))
            return (ONE, ONE)
        if name in self.sizes and name not in self.declared:
            return (ONE, ONE)
        if self.book.overloads(name) and name != "e" and name not in self.declared:
            raise UnknownNameError(
                f"'{name}' is a function, not a variable",
                source=self.source,
                span=node.span,
                hint=f"write {name}(…) or rename the variable",
            )
        if name not in self.names:
            self.names[name] = self.declared.get(name) or (Size(), Size())
            self.name_nodes[name] = node
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
        if isinstance(node, Negate):
            if id(node.operand) in self.numbers:
                self.numbers.add(id(node))
            return self.node_shapes[id(node.operand)]
        if isinstance(node, Transpose):
            self._mark_array(node.operand)
            rows, cols = self.node_shapes[id(node.operand)]
            return (cols, rows)
        if isinstance(node, Call):
            return self._call(node)
        left, right = self.node_shapes[id(node.left)], self.node_shapes[id(node.right)]
        if node.op == "@":
            self._mark_array(node.left)
            self._mark_array(node.right)
            self._unify(node, left[1], right[0], lambda l, r: self._product_error(node))
            return (left[0], right[1])
        if id(node.left) in self.numbers and id(node.right) in self.numbers:
            self.numbers.add(id(node))
        elif node.op in "+-" and id(node.left) not in self.numbers and id(node.right) not in self.numbers:
            self.sums.append(node)
        return self._broadcast(node, left, right)

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
        if isinstance(node, Name):
            self.arrays.add(node.id)

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
        key = next(self.deferrals)
        self.deferred[key] = constraint
        self.solver.queue.append(key)
        for size in map(find, sizes):
            if isinstance(size, Size):
                size.watchers.append(key)

    def _settle(self, final=False):
        """Solve the deferred constraints that can be solved; all of them where ``final``."""
        queue = self.solver.queue
        while queue or final and self.deferred:
            key = queue.pop() if queue else next(iter(self.deferred))
            last = not queue and final
            constraint = self.deferred.get(key)
            if constraint is not None and self._attempt(constraint, last and key == next(iter(self.deferred))):
                self.solved.append((key, self.deferred.pop(key)))

    def _attempt(self, item, final):
        if item[0] == "product":
            _, factors, out = item
            known = [find(f) for f in factors]
            if any(isinstance(f, Size) for f in known):
                if final:
                    self._match_products(item)
                    self.products.append(item)
                return final
            self._unify(self.tree, out, known[0] * known[1], lambda l, r: self._sizes_error(self.tree, l, r))
            return True
        if item[0] == "overload":
            return self._attempt_overload(*item[1:], final)
        return self._attempt_broadcast(*item, final)

    def _match_products(self, item):
        """Equate the factors of two products of unknown sizes that are one size: kron(A, B) @ vec(X)."""
        _, factors, out = item
        for other in self.deferred.values():
            if other is not item and other[0] == "product" and find(other[2]) is find(out):
                for one, two in zip(factors, reversed(other[1])):
                    self._unify(self.tree, one, two, lambda l, r: self._sizes_error(self.tree, l, r))

    def _attempt_overload(self, node, rules, shape, result, final):
        column = is_one(shape[1])
        if column is None and not final:
            return False
        chosen = rules[0] if column else rules[-1]
        found = self._signature(node, chosen)
        for one, other in zip(found, result):
            self._unify(node, one, other, lambda l, r: self._sizes_error(node, l, r))
        return True

    def _attempt_broadcast(self, node, one, other, out, final):
        known_one, known_other = is_one(one), is_one(other)
        if known_one or known_other or (known_one is False and known_other is False) or final:
            pairs = [(out, other)] if known_one else [(out, one)] if known_other else [(one, other), (out, one)]
            for left, right in pairs:
                self._unify(node, left, right, lambda l, r: self._elementwise_error(node, l, r))
            return True
        if is_one(out):
            for size in (one, other):
                self._unify(node, size, ONE, lambda l, r: self._elementwise_error(node, l, r))
            return True
        return False

    def _same_shape(self, node):
        """Give both sides of a sum the same shape where nothing speaks against it."""
        mark = self._checkpoint()
        left, right = self.node_shapes[id(node.left)], self.node_shapes[id(node.right)]
        try:
            for one, other in zip(left, right):
                self.solver.unify(one, other)
            self._settle()
            self._refuse_odd(mark)
        except (SizeConflict, ShapeError):
            self._roll_back(mark)

    def _checkpoint(self):
        """Return a mark to which what is found out from now on can be rolled back."""
        return len(self.solver.trail), len(self.solved), next(self.deferrals)

    def _roll_back(self, mark):
        trail, solved, newest = mark
        self.solver.undo(trail)
        for key, constraint in self.solved[solved:]:
            self.deferred[key] = constraint
        del self.solved[solved:]
        for key in [key for key in reversed(self.deferred) if key > newest]:
            del self.deferred[key]

    def _refuse_odd(self, mark):
        """Raise where a size that was bound to 1 since ``mark`` made the shape of a name odd."""
        if any(field == "value" and find(size) == 1 for size, field, _ in self.solver.trail[mark[0] :]):
            if any(self._is_odd(name) for name in self.names if name not in self.odd):
                raise SizeConflict(None, None)

    def _is_odd(self, name):
        """Return whether the shape found so far contradicts the way in which a name is used or written."""
        if name in self.declared:
            return False
        rows, cols = self.names[name]
        if name[0].isupper() and (is_one(rows) or is_one(cols)):
            return True
        if name in self.arrays and is_one(rows) and is_one(cols):
            return True
        return bool(is_one(rows)) and is_one(cols) is False

    # -- the answer -------------------------------------------------------------------------------------

    def _result(self):
        used = {
            *self.sizes,
            *self.names,
            *[s.name for pair in self.declared.values() for d in pair for s in d.free_symbols],
        }
        letters = (x for x in chain(LETTERS, (f"n{i}" for i in count(1))) if x not in used)
        made = {id(find(out)) for _, _, out in self.products}
        ordered = sorted(self.names, key=lambda n: is_one(self.names[n][1]) is not True)
        for name in ordered:
            for size in map(find, self.names[name]):
                if isinstance(size, Size) and id(size) not in made:
                    size.value = dimension(next(letters))
        self._multiply_sizes()
        return {name: tuple(find(size) for size in shape) for name, shape in self.names.items()}

    def _multiply_sizes(self):
        """Give their values to the sizes that are products, such as that of vec(X); none may be its own factor."""
        open_products = self.products
        while open_products:
            waiting = []
            for item in open_products:
                one, other = (find(factor) for factor in item[1])
                if isinstance(one, Size) or isinstance(other, Size):
                    waiting.append(item)
                else:
                    self._unify(self.tree, item[2], one * other, lambda l, r: self._sizes_error(self.tree, l, r))
            if len(waiting) == len(open_products):
                raise ShapeError(
                    "a size would be a multiple of itself here",
                    source=self.source,
                    span=self.tree.span,
                    hint='declare the shapes with --shape "A: n×m, x: m"',
                )
            open_products = waiting
