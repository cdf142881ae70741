"""Surface tree and declarations to an expression whose every node has a known shape."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from sympy import Basic, Symbol, expand

from ..algebra.build import build
from ..algebra.choices import is_condition
from ..algebra.constructors import transpose
from ..algebra.expressions import ONE, ArraySymbol, Sum, coefficient, dimension, is_array
from ..bounds import MAX_SIZE, MAX_SIZE_CHARACTERS, MOST_READ_AGAIN
from ..complexes.names import complex_names, freed, symbol_of_complex
from ..complexes.settle import settled_twin
from ..complexes.twin import Twin, is_about_complex, names_of_conjugates
from ..errors import ArgumentError, DomainError, MatcalcError, ShapeError, Span, UnknownNameError
from ..language.generators import Over
from ..language.nodes import plain_name
from ..language.syntax import Call, Name, Tree, parse_tree, postorder
from ..language.unparse import unparse
from ..rulebook.conditions import constant_value
from ..rulebook.facts import facts, facts_with, hollow, implying, is_complex, synonyms
from ..words import CONSTANTS
from .inference import Inference
from .lifting.trees import has_sums
from .reading import kind_of
from .spelling import COLUMN, NUMBER
from .triangles import size_of

FACTS = tuple(facts())


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
    ``symbols`` has these conjugates, too.
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

    @property
    def needed_in_checks(self):
        """What is ``needed``, and more where arrays of one entry would be of another kind: vecp(X) of 2×2."""
        value = getattr(self.expression, "shape", ())
        sizes = [size for shape in (*self.shapes.values(), value) for size in shape if size.as_numer_denom()[1] != 1]
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
        vars(self).update(state, tree=parse_tree(state["text"]), twin=twin)


def declared_shapes(shapes):
    """Return declared shapes as {name: (rows, columns)} of SymPy sizes.

    Accepts ``()`` for a scalar, ``("n",)`` or ``("n", 1)`` for a column, ``("n", "m")`` for a matrix; sizes are
    names or positive integers. Raises ShapeError or UnknownNameError.
    """
    result = {}
    for name, shape in _mapping(shapes, 'shapes={"A": ("n", "m")}').items():
        if not str(name).isidentifier():
            raise UnknownNameError(f"'{name}' cannot be a name", hint='declare shapes as {"A": ("n", "m")}')
        if name in CONSTANTS:
            raise UnknownNameError(f"'{name}' is a constant of the language", hint="give the variable another name")
        if isinstance(shape, (str, int, Basic)):
            shape = (shape,)
        if not isinstance(shape, (tuple, list)):
            raise ShapeError(f"the shape of {name} is not a tuple of sizes", hint='declare it as {"A": ("n", "m")}')
        if len(shape) > 2:
            raise ShapeError(
                f"{name} has {len(shape)} dimensions; scalars, columns and matrices have at most 2",
                hint=_stack_hint(name, shape),
            )
        sizes = [_declared_size(name, size) for size in shape]
        result[name] = (*sizes, *[ONE] * (2 - len(sizes)))
    return result


def _stack_hint(name: str, shape: tuple | list) -> str:
    """Return what to write for matrices A_k: the rows of all of them, one below the other."""
    if len(shape) != 3:
        return "flatten it, or take one slice"
    count, rows, columns = shape
    declared = f'shapes={{"{name}": ("{count}*{rows}", "{columns}")}}'
    return f"put its matrices below one another, {declared}; matrix k is {name}[k*{rows}:k*{rows} + {rows}, :]"


def _mapping(value, usage):
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ArgumentError(f"a dictionary was expected, not {type(value).__name__}", hint=f"write {usage}")
    return value


def _declared_size(name, size):
    if isinstance(size, Symbol):
        return dimension(size.name)
    if isinstance(size, int) and abs(size) >= MAX_SIZE:
        raise ShapeError(f"a size of {name} is too large", hint="declare a letter, or a size below 10**18")
    text = str(size).strip()
    if not isinstance(size, (str, int, Basic)) or isinstance(size, bool):
        raise ShapeError(
            f"'{size}' is not a size, in the shape of {name}", hint="a size is a name or a positive integer"
        )
    if text.isdigit() and len(text) <= 18 and int(text) > 0:
        return dimension(int(text))
    if text.isidentifier():
        return dimension(text)
    if any(sign in text for sign in "(/") or "**" in text:
        found = size_of(text) if len(text) < MAX_SIZE_CHARACTERS else None
        if found is not None:
            return found
    terms = [term for term in re.split(r"(?=[+-])", text.replace(" ", "")) if term]
    if len(terms) > 1 and all(len(term) > 1 or index == 0 for index, term in enumerate(terms)):
        signs = [-1 if term[0] == "-" else 1 for term in terms]
        total = expand(sum(sign * _declared_size(name, term.lstrip("+-")) for sign, term in zip(signs, terms)))
        if not total.is_Integer or total > 0:
            return total
    parts = text.split("*")
    if len(parts) > 1 and all(part.strip() for part in parts):
        product = ONE
        for part in parts:
            product = product * _declared_size(name, part.strip())
        return product
    raise ShapeError(f"'{size}' is not a size, in the shape of {name}", hint="a size is a name or a positive integer")


def declared_facts(assume):
    """Return declared facts as {name: frozenset of words}; raises ArgumentError for an unknown word."""
    result = {}
    for name, words in _mapping(assume, 'assume={"A": ["symmetric"]}').items():
        words = [words] if isinstance(words, str) else words
        if not isinstance(words, (list, tuple, set, frozenset)):
            raise ArgumentError(f"the facts about {name} are a list of words", hint='write assume={"A": ["symmetric"]}')
        result[name] = frozenset(_fact(name, word) for word in words)
        for one in (word for word in FACTS if word in result[name]):
            for other in facts()[one].excludes:
                if other in result[name]:
                    raise ArgumentError(f"{name} cannot be both {one} and {other}", hint="leave one of them out")
    return result


def _fact(name, word):
    word = synonyms().get(str(word).strip().lower(), str(word).strip().lower())
    if word not in FACTS:
        close = get_close_matches(word, FACTS, 1, 0.5)
        hint = f"did you mean '{close[0]}'?" if close else f"one of {', '.join(FACTS)}"
        raise ArgumentError(f"unknown assumption '{word}' about {name}", hint=hint)
    return word


def symbol_of(name, shape, facts):
    """Return the symbol of a name: a SymPy symbol for a scalar, an array symbol otherwise."""
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
        declared, facts = declared_shapes(shapes), declared_facts(assume)
        if has_sums(tree):
            from .lifting.read import read_sums  # not needed by most formulas

            return _without_sums(read_sums(tree, text, book, declared), book, declared, facts)
        inference = Inference(tree, text, declared, facts, book)
        found = _shapes(inference)
        _check_facts(facts, found, declared)
        return _construct(text, tree, found, facts, inference, book)
    except MatcalcError as error:
        raise error.at(text)


def _without_sums(sums, book, declared, facts):
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
        elaborated = _construct(sums.text, sums.tree, found, facts, inference, book)
    except MatcalcError as error:
        error.source, error.span = None, Span(0, 0)
        raise
    known = {name: found[name] for name in sums.shapes if name in found}
    return replace(elaborated, indexed=sums.indexed, declared={**declared, **known})


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


def _construct(text, tree, found, facts, inference, book):
    symbols = {name: symbol_of(name, shape, facts.get(name, frozenset())) for name, shape in found.items()}
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


_OF_NUMBER = re.compile(r"(positive|integer)\((?:(\d+) - )?(\w+)\)")
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


def _refuse_numbers(node, rule):
    """Raise for a number that is not in the domain: the order -1 of a norm, the quantile 3/2, the normal quantile of 2.

    A number on the bounds of an interval has a value where the function is continuous, as quantile(x, 1).
    """
    bounded = {match[3] for text in rule.where if (match := _OF_NUMBER.fullmatch(text)) and match[2]}
    for text in rule.where:
        match = _OF_NUMBER.fullmatch(text)
        for parameter, arg in zip(rule.params, node.args):
            value = constant_value(arg) if match and parameter.name == match[3] else None
            if value is None or parameter.kind != "scalar" and not match[2]:
                continue
            if match[2]:
                right, what = value <= int(match[2]), f"at most {match[2]}"
            elif match[1] == "positive":
                right, what = value > 0 or value == 0 and match[3] in bounded, "positive"
            else:
                right, what = value.denominator == 1, "a whole number"
            if not right:
                message = f"{node.function} needs {match[3]} to be {what}"
                raise DomainError(message, span=arg.span, hint=f"see {rule.id}")


def _check_requirements(nodes, symbols, sizes, book):
    """Raise where a function needs a symmetric matrix, or a condition, and its argument is not known to be one."""
    for node in nodes:
        if isinstance(node, Call):
            rule = book.lookup(node)[-1]
            _refuse_numbers(node, rule)
            for text in rule.requires:
                known, message, hint = _REQUIRED[text.partition("(")[0]]
                if not known(build(node.args[0], {**sizes, **symbols}, book)):
                    raise DomainError(f"{node.function} {message}", span=node.args[0].span, hint=hint)
