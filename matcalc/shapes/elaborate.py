"""Surface tree and declarations to an expression whose every node has a known shape."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from sympy import Symbol

from ..algebra.build import build
from ..algebra.choices import is_condition
from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, ArraySymbol, Sum, coefficient, is_array
from ..algebra.members import STACKED
from ..bounds import MOST_READ_AGAIN
from ..complexes.names import complex_names, freed, symbol_of_complex
from ..complexes.settle import settled_twin
from ..complexes.twin import Twin, is_about_complex, names_of_conjugates
from ..errors import ArgumentError, DomainError, MatcalcError, NoRuleError, ShapeError, Span, UnknownNameError
from ..language.generators import Over
from ..language.nodes import plain_name
from ..language.stacks import as_members, as_written, indexed_alone, names_of_stacks, used_as_matrix, with_members
from ..language.subscripts import is_subscript
from ..language.syntax import Call, Name, Tree, parse_tree, postorder, with_children
from ..language.unparse import unparse
from ..rulebook.facts import facts_with, hollow, implying, is_complex
from ..words import CONSTANTS
from .declared import declared_facts, declared_shapes, declared_stacks
from .domains import refuse_numbers
from .inference import Inference
from .lifting.einsum_stacks import has_stacks, without_stacks
from .lifting.trees import has_indices, has_sums
from .reading import kind_of
from .spelling import COLUMN, MATRIX, NUMBER, spelling_of


@dataclass
class Elaborated:
    """An expression with what was found out about its names.

    ``symbols`` maps the variables to their SymPy symbols or arrays, ``shapes`` to (rows, columns), ``order``
    to their place in the text; ``sums`` holds the order of the terms of sums as written. ``sympy_symbols``
    are those of the SymPy expression that the text was read from, ``typed`` and ``syntax`` the formula and its
    notation where it is a translation, which ``translation`` holds whole. ``declared`` holds the declared
    shapes, ``guesses`` the names whose kind another reading could change, with the kind that they were read as.
    ``indices`` are the names among ``sizes`` that stand as indices, which may be 0, and ``needed`` the texts of what
    must not be below 0 for them: n - i - 1.
    ``indexed`` is the formula with its sums over indices, of which the tree is the form in matrices. ``twin`` is the
    tree in complex names and their conjugates of which the expression is made, None where all names are real;
    ``symbols`` has these conjugates, too. ``stacks`` maps the names of stacks of matrices to their three sizes, as
    trees: ``text`` has A[k], where ``tree`` has the rows of matrix k, and ``shapes`` that of all one below another;
    ``read_as_stacks`` are those that nobody declared, ``at_odds`` names whose rows are an odd reading, ``measured``
    those that are as long as the sums over them say.
    """

    text: str
    tree: Tree
    expression: object
    symbols: dict
    shapes: dict
    facts: dict
    order: dict
    sums: dict = field(default_factory=dict)
    sizes: dict = field(default_factory=dict)
    sympy_symbols: tuple = ()
    typed: str = ""
    syntax: str = "matcalc"
    translation: Any = None  # of a reader, which stands above
    declared: dict = field(default_factory=dict)
    guesses: dict = field(default_factory=dict)
    indices: frozenset = frozenset()
    needed: tuple = ()
    indexed: str = ""
    twin: Tree | None = None
    stacks: dict = field(default_factory=dict)
    read_as_stacks: tuple = ()
    at_odds: frozenset = frozenset()
    measured: tuple = ()

    @property
    def needed_in_checks(self):
        """What is ``needed``, and more where arrays of one entry would be of another kind: vecp(X) of 2×2."""
        value = getattr(self.expression, "shape", ())
        every = [size for shape in (*self.shapes.values(), value) for size in shape]
        sizes = [size for size in every if not (size.is_Symbol or size.is_Integer) and size.as_numer_denom()[1] != 1]
        return (*self.needed, *dict.fromkeys(f"{size} - 2" for size in sizes))

    @property
    def size_letters(self) -> set[str]:
        """The names of the sizes that the shapes are made of."""
        return {symbol.name for shape in self.shapes.values() for size in shape for symbol in size.free_symbols}

    def __getstate__(self):
        """A deep tree is beyond pickle's recursion: the text travels, and is parsed where it arrives."""
        return {**vars(self), "tree": None, "twin": None if self.twin is None else unparse(self.twin)}

    def __setstate__(self, state):
        twin = state["twin"]
        twin = None if twin is None else names_of_conjugates(parse_tree(twin))
        tree = with_members(parse_tree(state["text"]), state["stacks"])
        vars(self).update(state, tree=tree, twin=twin)


def symbol_of(name, shape, facts, stacks=()):
    """Return the symbol of a name: a SymPy symbol for a scalar, an array symbol otherwise."""
    if name in stacks:
        return ArraySymbol(name, *shape, {STACKED})
    if is_complex(facts):
        return symbol_of_complex(name, shape, facts)
    if shape == (ONE, ONE):
        known = {"real": True}
        if facts & implying("positive", "pd"):
            known["positive"] = True
        if "negative" in facts:
            known["negative"] = True
        if "integer" in facts:
            known["integer"] = True
        return Symbol(name, **known)
    return ArraySymbol(name, *shape, facts)


def elaborate(text, book, shapes=None, assume=None, tree=None):
    """Return the :class:`Elaborated` expression of ``text``; ``tree``: its surface tree where it was parsed before.

    Raises ExpressionSyntaxError, UnknownNameError, UnknownFunctionError, ShapeError, LimitError, DomainError.
    """
    try:
        tree = parse_tree(text) if tree is None else tree
        declared, facts, stacks = declared_shapes(shapes), declared_facts(assume), declared_stacks(shapes)
        if not stacks and not has_indices(tree):
            return _elaborated_alone(text, tree, book, declared, facts, stacks)
        _refuse_entries_of_constants(tree)
        _refuse_labels(tree)
        if has_stacks(tree):
            tree = without_stacks(tree, declared, stacks)
        if names_of_stacks(tree, stacks):
            return _with_stacks(text, tree, book, declared, facts, stacks)
        candidates = [name for name in indexed_alone(tree) if name not in declared and spelling_of(name) == MATRIX]
        if not candidates:
            return _elaborated(text, tree, book, declared, facts, stacks)
        return _rows_or_stacks(text, tree, book, declared, facts, stacks, candidates)
    except MatcalcError as error:
        raise error.at(text)


def _refuse_entries_of_constants(tree):
    """Raise UnknownNameError for pi[k]: the constant has no entries."""
    for node in postorder(tree):
        operand = node.args[0] if isinstance(node, Call) and is_subscript(node) else None
        if isinstance(operand, Name) and operand.id in CONSTANTS:
            hint = f"call the array {operand.id}_"
            raise UnknownNameError(f"'{operand.id}' is a constant of the language", span=operand.span, hint=hint)


def _refuse_labels(tree):
    """Raise ShapeError for s[y[i]], whose place is an entry of an array."""
    for node in postorder(tree):
        for label in node.args[1:] if is_subscript(node) else ():
            if is_subscript(label) and isinstance(label.args[0], Name):
                used = {part.id for part in postorder(tree) if isinstance(part, Name)}
                array = next(one for one in (label.args[0].id.upper(), "Y", "Z", "L", "Y_") if one not in used)
                index, stop = (next(one for one in (a, f"{a}0") if one not in used) for a in "cC")
                shown, mask = unparse(label), f"{array}[{unparse(label.args[1])}, {index}]"
                term = unparse(with_children(node, tuple(Name(index) if arg is label else arg for arg in node.args)))
                total = f"sum({mask}*{term} for {index} in {stop})"
                hint = f"write a sum over {index} of the term with {index} for {shown}, such as {total}: "
                hint += f"{mask} is 1 where {index} is {shown} and 0 elsewhere"
                message = f"{shown} is an entry of an array, and stands as an index"
                raise ShapeError(message, span=label.span, hint=hint)


def _elaborated(text, tree, book, declared, facts, stacks):
    _refuse_facts(facts, stacks)
    tree = with_members(tree, stacks)
    if has_sums(tree):
        from .lifting.read import read_sums  # not needed by most formulas

        return _without_sums(read_sums(tree, text, book, declared, stacks), book, declared, facts, stacks)
    return _elaborated_alone(text, tree, book, declared, facts, stacks)


def _elaborated_alone(text, tree, book, declared, facts, stacks):
    """Return the elaborated expression of a tree without sums over indices."""
    inference = Inference(tree, text, declared, facts, book)
    found = _shapes(inference)
    _check_facts(facts, found, declared)
    return _construct(text, tree, found, facts, inference, book, stacks)


def _refuse_facts(facts, stacks):
    """Raise for a structure of the matrices of a stack, which have no facts of their own."""
    refused = facts_with(square=True) | facts_with(tied=True) | implying("orthogonal")
    for name in stacks:
        words = sorted(word for word in facts.get(name, ()) if word in refused or is_complex(frozenset([word])))
        if words:
            message = f"{name} is a stack of matrices, of which facts about entries are taken, and not '{words[0]}'"
            raise ArgumentError(message, hint=f"write ({name}[k] + {name}[k].T)/2 for symmetric matrices")


def _with_stacks(text, tree, book, declared, facts, stacks):
    """Return the elaborated expression of a tree in which three subscripts say which names are stacks of matrices."""
    from .lifting.stacks import inferred_stacks

    inferred = inferred_stacks(tree, text, book, declared, stacks)
    declared, stacks = declared | declared_shapes(inferred), {**stacks, **declared_stacks(inferred)}
    return replace(_elaborated(text, tree, book, declared, facts, stacks), read_as_stacks=tuple(inferred))


def _rows_or_stacks(text, tree, book, declared, facts, stacks, names):
    """Return the elaborated expression in which A[k] is a row, or matrix k of a stack where that alone fits.

    A capital letter that only rows A[k] would make a column or a row is no reading that anyone has in mind, nor is a
    number A[k]@x beside a vector b[k].
    """
    from .lifting.kinds import rows_in_norms  # not needed by most formulas

    found, refused = None, None
    try:
        found = _elaborated(text, tree, book, declared, facts, stacks)
        numbers = {n for n, shape in found.shapes.items() if shape == (ONE, ONE) and spelling_of(n) != NUMBER}
        odd_rows = found.at_odds | rows_in_norms(tree, numbers - declared.keys())
        rest = [name for name in names if name in odd_rows]
        if rest and (fits := _fitting(text, as_members(tree, rest), book, declared, facts, stacks)):
            return fits
        odd = [n for n in found.shapes if n[0].isupper() and n not in declared and kind_of(found.shapes[n]) != MATRIX]
        if not odd or not used_as_matrix(tree, names, lambda function: _is_of_square(function, book)):
            return found
    except ShapeError as error:
        refused = error
    try:
        return _with_stacks(text, as_members(tree, names), book, declared, facts, stacks)
    except MatcalcError:
        if refused is not None:
            raise refused from None
        return found


def _fitting(text, tree, book, declared, facts, stacks):
    """Return the elaborated expression of a tree with stacks, None where it does not fit or is as odd as rows are.

    Raises NoRuleError where the shapes fit and the formula has no form in matrices.
    """
    try:
        found = _with_stacks(text, tree, book, declared, facts, stacks)
    except NoRuleError:
        raise
    except MatcalcError:
        return None
    return None if found.at_odds else found


def _is_of_square(function, book):
    """Return whether a function is of a square matrix, as tr and logdet are."""
    rules = [rule for rule in book.overloads(function) if rule.params and rule.params[0].kind == "array"]
    return bool(rules) and all(len(set(rule.params[0].sizes)) == 1 for rule in rules)


def _without_sums(sums, book, declared, facts, stacks):
    """Return the elaborated expression of a formula whose sums were lifted into matrix form."""
    inference = Inference(sums.tree, sums.text, declared, facts, book, partial=sums.shapes)
    try:
        found = _shapes(inference)
        # beside a column x a number b of the sum would be a column, too
        other = {name: kind for name, kind in sums.kinds.items() if kind_of(found.get(name, (ONE, ONE))) != kind}
        if other.keys() & found.keys() - declared.keys():
            pinned = {name: kind for name, kind in other.items() if name in found and name not in sums.shapes}
            inference = Inference(sums.tree, sums.text, declared, facts, book, pinned, sums.shapes)
            found = _shapes(inference)
        _check_facts(facts, found, declared)
        text = unparse(as_written(sums.tree, stacks)) if stacks else sums.text
        elaborated = _construct(text, sums.tree, found, facts, inference, book, stacks)
    except MatcalcError as error:
        error.source, error.span = None, Span(0, 0)
        raise
    known = {name: found[name] for name in sums.shapes if name in found}
    measured, odd = tuple(known), frozenset(sums.at_odds)
    return replace(elaborated, indexed=sums.indexed, declared={**declared, **known}, at_odds=odd, measured=measured)


def _shapes(inference):
    """Return the shapes that an inference finds; an error hints at the guess without which they fit."""
    try:
        return inference.run()
    except ShapeError as error:
        guesses = [name for name, kind in inference.guesses().items() if kind is not None]
        if len(inference.order) * len(guesses) <= MOST_READ_AGAIN:
            error.hint = next((hint for name in guesses if (hint := _without_guess(inference, name))), error.hint)
        raise


def _without_guess(inference, name):
    """Return a hint where the shapes fit once a guessed name is declared otherwise, else None."""
    kind = inference.guesses()[name]
    other = COLUMN if kind == NUMBER else NUMBER
    given = (inference.tree, inference.source, inference.declared, inference.facts, inference.book)
    again = Inference(*given, {name: other})
    try:
        rows, _ = again.run()[name]
    except MatcalcError:
        return None
    return f'{name} is read as a {kind}; declare --shape "{name}: {"scalar" if other == NUMBER else rows}"'


def _check_facts(facts, found, declared):
    for name, words in facts.items():
        if name not in found and name not in declared:
            close = get_close_matches(name, list(found), 1, 0.5)
            raise UnknownNameError(
                f"no variable '{name}' in the expression, of which {', '.join(sorted(words))} is assumed",
                hint=f"did you mean {close[0]}?" if close else "leave the assumption out",
            )
        _refuse_wide(name, words, found.get(name))


def _refuse_wide(name, words, shape):
    """Refuse an orthogonal matrix with more columns than rows: so many of so few entries are never orthonormal."""
    rows, cols = shape or (ONE, ONE)
    if words & implying("orthogonal") and (rows - cols).is_negative:
        raise ShapeError(
            f"no {rows}×{cols} matrix {name} is orthogonal: its {cols} columns, of length {rows}, are not "
            "orthonormal",
            hint=f'declare --shape "{name}: {cols}×{rows}", whose columns can be, and write {name}.T',
        )


def _construct(text, tree, found, facts, inference, book, stacks):
    symbols = {name: symbol_of(name, shape, facts.get(name, frozenset()), stacks) for name, shape in found.items()}
    sums, twin = {}, None

    def observe(total, terms):
        sign, array = coefficient(total) if is_array(total) else (ONE, total)
        if sign in (1, -1):
            sums.setdefault(array, (sign, [coefficient(t)[1] if is_array(t) else t for t in _flat(terms)]))

    sizes = {name: symbol for name, symbol in inference.sizes.items() if name not in symbols}
    bound = {name for node in inference.order if isinstance(node, Over) for name in node.indices}
    if is_about_complex(tree, facts):
        symbols |= complex_names(symbols, facts)
        twin = Twin(facts, book, lambda part: build(part, {**sizes, **symbols}, book)).of(tree).plain
    expression = build(tree if twin is None else twin, {**sizes, **symbols}, book, observe)
    if twin is None:
        _check_requirements(inference.order, symbols, sizes, book)
    else:
        expression = settled_twin(expression)
    order = {}
    for node in inference.order if twin is None else postorder(twin):
        if isinstance(node, Name):
            order.setdefault(node.id, len(order))
    return Elaborated(
        text,
        tree,
        expression,
        symbols,
        found,
        facts,
        order,
        sums,
        {name: symbol for name, symbol in sizes.items() if name not in bound},
        declared=inference.declared,
        guesses=inference.guesses(),
        indices=frozenset(inference.indices) - bound,
        twin=twin,
        stacks={name: sizes for name, sizes in stacks.items() if name in symbols},
        needed=tuple(text for text, gap in inference.needed.items() if not bound & {s.name for s in gap.free_symbols}),
    )


def with_free_entries(elaborated, name, book):
    """Return the expression built again with the entries of one name varying freely, and its symbol.

    The canonical form of x.T@S@y may use that S is symmetric, and its derivative by S may not.
    """
    expression, symbols = with_all_free(elaborated, (name,), book)
    return expression, symbols[name]


def with_all_free(elaborated, names, book):
    """Return the expression with the entries of several names varying freely, and their symbols by name."""
    symbols = {}
    for name in names:
        words = elaborated.facts.get(plain_name(name), frozenset())
        if is_complex(words):
            symbols |= freed(name, elaborated.symbols, words)
        else:
            symbols[name] = _free_symbol(name, elaborated.symbols[name])
    if all(symbol is elaborated.symbols[name] for name, symbol in symbols.items()):
        return elaborated.expression, symbols
    env = {**elaborated.sizes, **elaborated.symbols, **symbols}
    if elaborated.twin is None:
        return build(elaborated.tree, env, book), symbols
    return settled_twin(build(elaborated.twin, env, book)), symbols


def _free_symbol(name, symbol):
    structure = facts_with(tied=True)
    if not is_array(symbol) or not symbol.facts & structure:
        return symbol
    if symbol.facts & hollow():
        structure = structure | {"positive", "negative", "unit-interval"}  # off the diagonal there are zeros
    return ArraySymbol(name, symbol.rows, symbol.cols, symbol.facts - structure)


def _flat(terms):
    for term in terms:
        array = coefficient(term)[1]
        if isinstance(array, Sum):
            yield from array.args
        else:
            yield term


def _is_symmetric(node):
    return not is_array(node) or transpose(node) is node


# predicate: (whether an expression is known to have it, what is wrong otherwise, what to do)
_REQUIRED = {
    "symmetric": (
        _is_symmetric,
        "is for symmetric matrices, and this one is not known to be symmetric",
        'declare --assume "A symmetric", or take (A + A.T)/2',
    ),
    "condition": (
        is_condition,
        "needs a condition, which this is not known to be",
        'write a comparison such as x > 0, or declare --assume "M binary"',
    ),
}


def _check_requirements(nodes, symbols, sizes, book):
    """Raise where a function needs a symmetric matrix, or a condition, and its argument is not known to be one."""
    for node in nodes:
        if isinstance(node, Call):
            rule = book.lookup(node)[-1]
            refuse_numbers(node, rule, book)
            for text in rule.requires:
                known, message, hint = _REQUIRED[text.partition("(")[0]]
                if not known(build(node.args[0], {**sizes, **symbols}, book)):
                    raise DomainError(f"{node.function} {message}", span=node.args[0].span, hint=hint)
