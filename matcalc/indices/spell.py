"""Terms as index trees: letters for indices, sums written out, what is no product kept as a named array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from sympy import Expr, Integer, Mul, Pow, S

from ..algebra.constants import is_constant
from ..algebra.expressions import ArrayFunction, ArraySymbol, Power, is_array
from ..algebra.indexed import IndexedSum, index_symbol, occurs
from ..language.indexed import Apply, Axis, Delta, Entry, IndexTree, Moved, Place, Plus, Product, Raised, Total
from ..language.relations import FUNCTIONS
from ..language.syntax import Call, Tree
from ..language.unparse import unparse
from ..presentation import Presenter
from ..presentation.forms import size_tree
from .chosen import Chosen, chosen_terms
from .contract import Contraction
from .terms import Factor, Group, Index, Letter, Splits, Term, base, linear_in
from .terms import Moved as MovedIndex

if TYPE_CHECKING:
    from ..rulebook.entries import Book

# in this order for the indices of an answer, then for those that are summed over
LETTERS = "ijklprstuvmnhoaexbcdfgqwyz"


class Names:
    """Letters for indices that no name and no size has."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.names: dict[Letter, str] = {}
        self.sizes: dict[str, Tree] = {}

    def fresh(self, used: Iterable[str], count: int = 1, start: int = 0) -> list[str]:
        """Return letters that are not among those used."""
        known = {*self.taken, *used}
        letters = [letter for letter in LETTERS[start:] + LETTERS[:start] if letter not in known]
        numbered = (f"{letter}{number}" for number in range(1, 100) for letter in "ijkl")
        letters += [name for name in numbered if name not in known] if len(letters) < count else []
        return letters[:count]

    def over(self, size: Expr, used: Iterable[str]) -> str:
        """Return a letter that is not among those used; one letter has one size everywhere."""
        known = unparse(size_tree(size))
        others = [letter for letter, tree in self.sizes.items() if unparse(tree) != known]
        return self.fresh([*used, *others])[0]

    def give(self, index: Letter, name: str) -> None:
        """Let an index have a name."""
        self.names[index], self.sizes[name] = name, size_tree(cast("Index", index).size)

    def letter(self, letter: Letter) -> str | Place | Moved:
        if isinstance(letter, MovedIndex):
            name = self.names[letter.index]
            if letter.start == 0 and letter.step == 1:
                return name
            return Moved(name, size_tree(letter.start), int(letter.step), size_tree(letter.size))
        return Place.of(int(letter), size_tree(letter.size)) if isinstance(letter, int) else self.names[letter]

    def axes(self, *groups: Group) -> tuple[Axis, ...]:
        """Return the letters of an entry's axes."""
        return tuple(tuple(self.letter(letter) for letter in group) for group in groups if group)


class Speller:
    """Makes index trees of terms; ``presenter`` writes the parts that stay arrays."""

    def __init__(self, names: Names, splits: Splits, presenter: Presenter, book: Book) -> None:
        self.names, self.splits, self.presenter, self.book = names, splits, presenter, book
        # the letters that stand as indices in the parts that stay arrays
        self.inside: set[str] = set()

    def sum(self, terms: Sequence[Term], scope: tuple[str, ...]) -> IndexTree:
        """Return the tree of a sum of canonical terms; ``scope`` are the letters that have a meaning around it."""
        trees = [self.term(term, scope) for term in sorted(terms, key=self._rank)]
        positive_first = sorted(trees, key=lambda tree: isinstance(tree, Product) and tree.number < 0)
        return positive_first[0] if len(trees) == 1 else Plus(tuple(positive_first if _leads(trees) else trees))

    def _rank(self, term: Term) -> tuple:
        """Order terms by the first of their names in the user's text, numbers first."""
        ranks = [self.presenter.rank(factor.node) for factor in term.factors]
        return min(ranks, default=(False, -1, ""))

    def term(self, term: Term, scope: tuple[str, ...]) -> IndexTree:
        """Return the tree of one term."""
        letters: list[str] = []
        for index in term.bound:
            letters.append(self.names.over(index.size, (*scope, *letters)))
            self.names.give(index, letters[-1])
        inner = (*scope, *letters)
        number, above, below = self._scalars(term.coefficient)
        for left, right in term.deltas:
            one, other = self.names.letter(left[0]), self.names.letter(right[0])
            above.append(Delta(other, one) if isinstance(one, int) else Delta(one, other))
        factors = sorted(term.factors, key=lambda f: (not f.delta, self.presenter.rank(f.node)))
        for factors_of_sum, bound in self._components(factors, term.bound):
            self._joined(factors_of_sum, bound, inner, above, below)
        if number < 0:
            above, turned = _less_minus(above)
            number = -number if turned else number
        if not below and number == 1 and len(above) == 1:
            return above[0]
        return Product(number, tuple(above), tuple(below))

    @staticmethod
    def _components(factors: list[Factor], bound: Sequence[Index]) -> list[tuple[list[Factor], list[Index]]]:
        """Return the factors in groups that share no summed index, in the order of their first factors."""
        groups: list[tuple[list[Factor], set]] = []
        for factor in factors:
            mine = {base(letter) for letter in (*factor.rows, *factor.cols) if base(letter) in bound}
            joined, rest = ([factor], mine), []
            for group in groups:
                if group[1] & joined[1]:
                    joined = (group[0] + joined[0], group[1] | joined[1])
                else:
                    rest.append(group)
            groups = [*rest, joined]
        order = {id(factor): number for number, factor in enumerate(factors)}
        groups.sort(key=lambda group: min(order[id(factor)] for factor in group[0]))
        return [(sorted(own, key=lambda f: order[id(f)]), [i for i in bound if i in shared]) for own, shared in groups]

    def _joined(
        self, factors: list[Factor], bound: list[Index], scope: tuple[str, ...], above: list, below: list
    ) -> None:
        """Add factors to a product, or their sum over the indices that they share."""
        if not bound:
            for factor in factors:
                self._place(factor, scope, above, below)
            return
        inner_above: list[IndexTree] = []
        inner_below: list[IndexTree] = []
        for factor in factors:
            self._place(factor, scope, inner_above, inner_below)
        body = inner_above[0] if len(inner_above) == 1 and not inner_below else Product(
            Fraction(1), tuple(inner_above), tuple(inner_below)
        )
        above.append(Total(body, tuple(str(self.names.letter(index)) for index in bound)))

    def _place(self, factor: Factor, scope: tuple[str, ...], above: list, below: list) -> None:
        node = factor.node
        if factor.delta:
            above.append(Delta(self.names.letter(factor.rows[0]), self.names.letter(factor.cols[0])))
            return
        if isinstance(node, Power) and not is_array(node.args[1]) and node.args[1].is_number and node.args[1] < 0:
            base = self.array(Factor(node.args[0], factor.rows, factor.cols), scope)
            exponent = -node.args[1]
            below.append(base if exponent == 1 else Raised(base, self._scalar(exponent)))
        else:
            above.append(self.array(factor, scope))

    # -- parts ----------------------------------------------------------------------------------------------------

    def array(self, factor: Factor, scope: tuple[str, ...]) -> IndexTree:
        """Return the tree of an entry: of a name, of a function of entries, of a sum, or of a named array."""
        node, rows, cols = factor.node, factor.rows, factor.cols
        if isinstance(node, IndexedSum):
            chosen = self._chosen(node, rows, cols, scope)
            if chosen is not None:
                return chosen
        if is_constant(node, "e") and len(rows) == 1 and (unit := self._unit(node, rows[0])):
            return unit
        if isinstance(node, ArraySymbol):
            return Entry(self.presenter.tree(node), self.names.axes(rows, cols))
        if isinstance(node, Power):
            base, exponent = node.args
            raised = self.nested(exponent, rows, cols, scope) if is_array(exponent) else self._scalar(exponent)
            return Raised(self.nested(base, rows, cols, scope), raised)
        if isinstance(node, ArrayFunction) and node.rule.elementwise and not node.rule.literals:
            args = [self.nested(a, rows, cols, scope) if is_array(a) else self._scalar(a) for a in node.args]
            return Apply(node.rule.name, tuple(args))
        if type(node).__name__ in ("Sum", "Scale", "MatMul", "Hadamard", "Transpose", "Diagonal", "Constant"):
            found = self.nested(node, rows, cols, scope, True)
            if found is not None:
                return found
        return self._entry(node, rows, cols)

    def _entry(self, node: Expr, rows: Group = (), cols: Group = ()) -> Entry:
        """Return the entry of a named array, or a number, in which letters may stand as indices."""
        inside = tuple(name for name in sorted(self.inside) if occurs(index_symbol(name), node))
        return Entry(self.presenter.tree(node), self.names.axes(rows, cols), inside)

    def _chosen(self, node: IndexedSum, rows: Group, cols: Group, scope: tuple[str, ...]) -> IndexTree | None:
        """Return the entry of a sum whose terms are unit columns, or rows, None where they are not."""
        spots, letters = [], set()
        for own, size in ((rows, node.rows), (cols, node.cols)):
            place, name = self._value_of(own[0]) if len(own) == 1 else (None, set())
            spots.append(None if place is None else (place, size))
            letters |= name
        terms = chosen_terms(node, *spots)
        if terms is None:
            return None
        self.inside |= letters
        trees = [self._of_chosen(term, rows, cols, scope) for term in terms]
        return trees[0] if len(trees) == 1 else Plus(tuple(trees))

    def _value_of(self, letter: Letter) -> tuple[Expr, set[str]]:
        """Return the place that a letter stands for, and the name in it."""
        if isinstance(letter, int):
            return Integer(int(letter)), set()
        name = self.names.names[base(letter)]
        index = index_symbol(name)
        return (letter.start + letter.step * index if isinstance(letter, MovedIndex) else index), {name}

    def _unit(self, node: Expr, letter: Letter) -> Delta | None:
        """Return the entry of a unit column whose place is made of one letter, None where it is not."""
        place, size = node.dims
        for name in sorted(self.inside):
            linear = linear_in(place, index_symbol(name))
            if linear is not None:
                step, start = linear
                whole = start == 0 and step == 1
                return Delta(name if whole else Moved(name, size_tree(start), int(step), size_tree(size)),
                             self.names.letter(letter))
        return None

    def _of_chosen(self, term: Chosen, rows: Group, cols: Group, scope: tuple[str, ...]) -> IndexTree:
        left = ((), cols) if term.of_row else (rows, ())
        factors = () if term.array is None else (Factor(term.array, *left),)
        fixed = {index: name for index, name in self.names.names.items() if name in scope}
        tree = self.sum(Contraction(self.splits, self.book, fixed).canonical([Term(term.number, factors)]), scope)
        for sign, *sides in term.conditions:
            relation = Call(FUNCTIONS[sign], tuple(map(size_tree, sides)))
            symbols = {symbol for side in sides for symbol in side.free_symbols}
            letters = tuple(name for name in sorted(self.inside) if index_symbol(name) in symbols)
            tree = Apply("where", (Entry(relation, (), letters), tree, Product(Fraction(0))))
        return tree

    def nested(self, node: Expr, rows: Group, cols: Group, scope: tuple[str, ...], strict: bool = False) -> IndexTree:
        """Return the tree of an expression in which no direction occurs."""
        fixed = {index: name for index, name in self.names.names.items() if name in scope}
        terms = Contraction(self.splits, self.book, fixed).canonical([Term(factors=(Factor(node, rows, cols),))])
        single = terms[0].factors if len(terms) == 1 else ()
        if strict and len(single) == 1 and single[0].node is node:
            return self._entry(node, rows, cols)
        return self.sum(terms, scope)

    def _scalar(self, value: Expr) -> IndexTree:
        if value.is_Rational:
            return Product(Fraction(int(value.p), int(value.q)))
        return self._entry(value)

    def _scalars(self, coefficient: Expr) -> tuple[Fraction, list[IndexTree], list[IndexTree]]:
        """Return (number, factors, factors below the line) of a coefficient."""
        number, rest = coefficient.as_coeff_Mul()
        if not number.is_Rational:
            number, rest = S.One, coefficient
        above, below = [], []
        for arg in Mul.make_args(rest):
            exponent = arg.args[1] if isinstance(arg, Pow) else None
            if exponent is not None and exponent.is_number and exponent < 0:
                below.append(Pow(arg.args[0], -exponent))
            elif arg != 1:
                above.append(arg)
        ordered = [sorted(part, key=self.presenter.rank) for part in (above, below)]
        tops, bottoms = ([self._scalar(arg) for arg in part] for part in ordered)
        return Fraction(int(number.p), int(number.q)), tops, bottoms


def _less_minus(factors: list) -> tuple[list, bool]:
    """Return factors of which one difference is turned round, and whether there is one: -x*(a - b) is x*(b - a)."""
    for place, factor in enumerate(factors):
        turned = _turned_round(factor)
        if turned is not None:
            return [*factors[:place], turned, *factors[place + 1 :]], True
    return factors, False


def _turned_round(tree: IndexTree) -> IndexTree | None:
    """Return the negative of a difference, or of a sum or product of one, None for any other tree."""
    if isinstance(tree, Total):
        body = _turned_round(tree.body)
        return None if body is None else Total(body, tree.letters)
    if isinstance(tree, Product):
        factors, turned = _less_minus(list(tree.factors))
        return Product(tree.number, tuple(factors), tree.below) if turned else None
    if not isinstance(tree, Plus) or not any(isinstance(term, Product) and term.number < 0 for term in tree.terms):
        return None
    terms = [_opposite(term) for term in tree.terms]
    return Plus(tuple(sorted(terms, key=lambda term: isinstance(term, Product) and term.number < 0)))


def _opposite(term: IndexTree) -> IndexTree:
    if not isinstance(term, Product):
        return Product(Fraction(-1), (term,))
    if term.number == -1 and len(term.factors) == 1 and not term.below:
        return term.factors[0]
    return Product(-term.number, term.factors, term.below)


def _leads(trees: Sequence[IndexTree]) -> bool:
    return isinstance(trees[0], Product) and trees[0].number < 0 if trees else False


def named_sizes(names: Mapping[str, Tree], used: Iterable[str]) -> dict[str, Tree]:
    """Return the sizes of the letters that occur."""
    return {letter: names[letter] for letter in dict.fromkeys(used)}
