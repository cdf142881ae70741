"""What the names of a formula meet: names whose shapes are found together, and what they multiply.

Two open names are of one group where their shapes meet entry by entry, as in t*g. A group meets a number where one of
its products or sums has a known 1×1 value in it (other than a literal), and an array likewise.
"""

from __future__ import annotations

from ..language.nodes import IMAGINARY
from ..language.syntax import Binary, Call, Name, Negate, Transpose
from .sizes import find, is_one
from .spelling import COLUMN, MATRIX, NUMBER, is_count, is_greek, spelling_of

_NOT_DIVIDING = frozenset({"+", "-", "*"})


class Groups:
    """The groups of the open names of an inference, found in one pass over its nodes."""

    def __init__(self, inference):
        self.inference = inference
        self.parents, self.of_node, self._last = {}, {}, {}
        self.numbers, self.arrays, self.squares = set(), set(), set()
        self.divisors, self.demanded, self.exponents = set(), set(), set()
        self.waiting, self.direct, self.scaled = set(), set(), set()
        for node in inference.order:
            self.of_node[id(node)] = self._group(node)
        self.members, self.matrices, self.columns = {}, {}, set()
        for name in sorted(self.parents):
            self._enter(name, self.root(name))
        for marks in ("numbers", "arrays", "squares", "divisors", "demanded", "exponents", "waiting", "scaled"):
            setattr(self, marks, {self.root(name) for name in getattr(self, marks)})
        self.numbers |= self.scaled - self.columns
        self.exponents = {name for root in self.exponents for name in self.members[root]}

    def _enter(self, name, root):
        self.members.setdefault(root, []).append(name)
        if spelling_of(name) == MATRIX:
            self.matrices.setdefault(root, []).append(name)
        elif spelling_of(name) == COLUMN:
            self.columns.add(root)

    def root(self, name):
        """Return the name that stands for the group of a name."""
        while self.parents[name] != name:
            self.parents[name] = self.parents[self.parents[name]]
            name = self.parents[name]
        return name

    def _unite(self, one, other):
        if one is None or other is None:
            return one or other
        first, second = self.root(one), self.root(other)
        self.parents[max(first, second)] = min(first, second)
        return min(first, second)

    def _group(self, node):
        """Return a name of the group that a node's shape belongs to, None where the shape is known."""
        inference = self.inference
        if isinstance(node, Name):
            if node.id not in inference.names or not inference._is_open(node.id):
                return None
            return self.parents.setdefault(node.id, node.id)
        if isinstance(node, Negate):
            return self.of_node[id(node.operand)]
        if isinstance(node, Call) and inference._is_elementwise(node):
            return self._meeting(node, inference._entry_arguments(node))
        if isinstance(node, Binary) and inference._is_entrywise(node):
            below = self.of_node[id(node.right)]
            if node.op not in _NOT_DIVIDING and below is not None:
                self.divisors.add(below)
            return self._meeting(node, (node.left, node.right))
        if isinstance(node, Binary) and node.op == "**":
            return self._power(node)
        if not (isinstance(node, Call) and any(rule.is_stack for rule in inference.book.overloads(node.function))):
            self._demand(node)
        return None

    def _bare(self, node):
        """Return the name that an operand is, but for its sign and literal factors; None for anything else."""
        while not isinstance(node, Name):
            if isinstance(node, Negate):
                node = node.operand
            elif isinstance(node, Binary) and id(node.left) in self.inference.numbers:
                node = node.right
            elif isinstance(node, Binary) and id(node.right) in self.inference.numbers:
                node = node.left
            else:
                return None
        return node.id

    def _is_factor(self, node, operand):
        """Return whether an operand multiplies or divides the other one."""
        return isinstance(node, Binary) and (node.op == "*" or node.op == "/" and operand is node.right)

    def _is_declared(self, node):
        """Return whether a factor is made of declared numbers alone: it says nothing of the column x in lam*x."""
        if isinstance(node, Name):
            return node.id in self.inference.declared or node.id in ("pi", IMAGINARY)
        if isinstance(node, Negate):
            return self._is_declared(node.operand)
        if isinstance(node, Binary) and self.inference._is_entrywise(node):
            return self._is_declared(node.left) and self._is_declared(node.right)
        if isinstance(node, Call) and self.inference._is_elementwise(node):
            return all(map(self._is_declared, self.inference._entry_arguments(node)))
        return id(node) in self.inference.numbers

    def _power(self, node):
        base, exponent = self.of_node[id(node.left)], self.of_node[id(node.right)]
        if exponent is None or id(node.left) in self.inference.numbers:
            return base or exponent
        if any(spelling_of(name) == MATRIX for name in (base, exponent) if name):
            return self._meeting(node, (node.left, node.right))
        self.exponents.add(exponent)
        return base

    def _meeting(self, node, operands):
        """Note what the operands of an operation entry by entry meet; return their group."""
        group = None
        for operand in operands:
            group = self._unite(group, self.of_node[id(operand)])
        if group is None:
            return None
        for operand in operands:
            if self.of_node[id(operand)] is None and id(operand) not in self.inference.numbers:
                shape = self.inference.node_shapes[id(operand)]
                known = [is_one(size) for size in shape]
                if known == [True, True] and self._is_factor(node, operand) and self._is_declared(operand):
                    self.scaled.add(group)
                elif known == [True, True]:
                    self.numbers.add(group)
                    self.direct.update(filter(None, map(self._bare, operands)))
                elif False in known:
                    self.arrays.add(group)
                else:
                    self.waiting.add(group)
                if _is_square(shape):
                    self.squares.add(group)
        return group

    def _demand(self, node):
        operands = (node.operand,) if isinstance(node, Transpose) else ()
        operands = (node.left, node.right) if isinstance(node, Binary) else operands
        operands = node.args if isinstance(node, Call) else operands
        self.demanded.update(group for group in (self.of_node.get(id(operand)) for operand in operands) if group)

    # -- what follows --------------------------------------------------------------------------------

    def meets_numbers_alone(self, name):
        """Return whether a name meets 1×1 values and no array: then it is a number, unless A multiplies as a matrix."""
        root = self.root(name) if name in self.parents else None
        if root not in self.numbers or root in self.arrays:
            return False
        if root in self.demanded and any(spelling_of(other) == COLUMN for other in self._indirect(root)):
            return False
        return root in self.divisors or root not in self.matrices

    def _indirect(self, root):
        """Return the names of a group that meet no 1×1 value themselves: x in T*log(sum(exp(x/T)))."""
        if root not in self.columns:
            return ()
        return [name for name in self.members[root] if name not in self.direct]

    def is_ready(self, name):
        """Return whether all that a name meets is known."""
        return name not in self.parents or self.root(name) not in self.waiting

    def meets_square(self, name):
        """Return whether a name multiplies a matrix that has to be square: x in inv(A + x*B) is a number."""
        if name not in self.parents:
            return False
        root = self.root(name)
        return root in self.squares or any(
            _is_square(self.inference.names[other]) for other in self.matrices.get(root, ())[:1]
        )

    def is_matrix(self, name):
        """Return whether an upper-case letter of a number is a matrix: T alone, as in exp(T)."""
        return name[0].isupper() and not is_greek(name) and self._stands_alone(name)

    def _stands_alone(self, name):
        if name not in self.parents:
            return True
        root = self.root(name)
        return root not in self.arrays and root not in self.numbers and len(self.members[root]) == 1

    def order(self, name, orders):
        """Return the order of kinds in which a name is tried that its letter makes a number."""
        if name not in self.parents:
            return orders[NUMBER]
        if self._stands_alone(name) and is_count(name):
            return orders[COLUMN]
        root = self.root(name)
        if root in self.demanded and root not in self.arrays and root not in self.numbers and self._is_last(name, root):
            return orders[COLUMN]
        return orders[NUMBER]

    def _is_last(self, name, root):
        """Return whether a name is the one of its group that has to be the array, where a function needs one."""
        return root not in self.matrices and root not in self.columns and name == self.last(root)

    def last(self, root):
        """Return the name of a group that is least of all a number."""
        if root not in self._last:
            members = self.members[root]
            self._last[root] = max(members, key=lambda name: (spelling_of(name) != NUMBER, not is_greek(name), name))
        return self._last[root]


def _is_square(shape):
    rows, cols = shape
    return is_one(rows) is False and find(rows) == find(cols)
