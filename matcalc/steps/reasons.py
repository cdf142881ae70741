"""Why a line holds: the rules that a differential uses, with their sources, in a teacher's words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..language.generators import Over
from ..language.sharing import with_operands
from ..language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree, children, names, postorder
from ..language.unparse import unparse
from ..printers.sizes import fitting_rule
from ..rulebook.conditions import constant_value, squared_norms

if TYPE_CHECKING:
    from sympy import Expr

    from ..rulebook.entries import Book, Rule
    from .program import Part

_WORD = re.compile(r"(?<!\.)\b\w+|\*\*|[*@/]")
MOST_RULES = 4
MOST_CONSTANTS = 4
IDENTIFICATION = "Magnus & Neudecker (2019), chapter 9"


@dataclass(frozen=True)
class Reason:
    """A rule's name, its source and the sentence that cites it."""

    rule: str
    source: str
    text: str


def joined(reasons: list[Reason]) -> Reason:
    """Return one reason for several, without repetitions."""
    sources = dict.fromkeys(part for reason in reasons for part in reason.source.split("; ") if part)
    return Reason(
        reasons[0].rule,
        "; ".join(sources),
        "; ".join(dict.fromkeys(reason.text for reason in reasons)),
    )


def reasons_for(tree, changes, shapes, sizes, book):
    """Return the reasons for the differential of a surface tree, outermost first.

    ``changes`` are the names that vary, ``shapes`` the shapes of all nodes by ``id``, ``sizes`` the names of sizes.
    """
    order = postorder(tree)
    varying = _varying(order, changes, shapes, book)
    squares, found = squared_norms(tree), []
    for node in reversed(order):
        if id(node) in varying:
            found += _of_node(node, varying, squares, shapes, book)
    found += _detached(order, changes, book)
    distinct = list({reason.text: reason for reason in found}.values())
    if not distinct:
        return [_linear(order, changes, sizes, book)]
    return distinct[:MOST_RULES]


def _varying(order, changes, shapes, book):
    """Return the nodes that vary, those outside of functions that are constant, as detach."""
    found, constant = set(), _inside_constants(order, shapes, book)
    for node in order:
        if id(node) in constant:
            continue
        if isinstance(node, Name) and node.id in changes or any(id(child) in found for child in children(node)):
            found.add(id(node))
    return found


def _inside_constants(order, shapes, book):
    found = set()
    for node in reversed(order):
        is_constant = isinstance(node, Call) and fitting_rule(node, book, shapes).constant
        if is_constant or id(node) in found:
            found.update([id(node), *(id(child) for child in children(node))])
    return found


def _of_node(
    node: Tree, varying: set[int], squares: set[int], shapes: Mapping[int, tuple[str, str]], book: Book
) -> list[Reason]:
    if isinstance(node, Over):
        index = ", ".join(node.indices)
        return [Reason("sum", IDENTIFICATION, f"a sum over {index} is differentiated term by term")]
    if isinstance(node, Call):
        return _of_call(node, varying, squares, shapes, book)
    if not isinstance(node, Binary) or node.op in "+-":
        return []
    left, right = id(node.left) in varying, id(node.right) in varying
    if node.op == "**":
        if id(node.left) in squares:
            return [principle(book, "product rule")]
        return [principle(book, "power rule")]
    if node.op == "/" and right:
        return [principle(book, "quotient rule")]
    return [principle(book, "product rule")] if left and right else []


def _of_call(node, varying, squares, shapes, book):
    rule = fitting_rule(node, book, shapes)
    moving = [arg for arg in node.args if id(arg) in varying]
    if rule.constant or id(node) in squares:
        return []
    if rule.linear:
        return [principle(book, "product rule")] if len(moving) > 1 else []
    return [Reason(rule.name, rule.source, _sentence(rule)), *_kink(rule)]


def _sentence(rule: Rule) -> str:
    """Return the rule's own formula as the sentence, where it is short enough to be one."""
    # a formula that holds for some exponents only says nothing of the others
    numbers = any(sign in text for formula in rule.differentials for text in formula.where for sign in "<>")
    formulas = [f"`d {rule.id} = {formula.text}`" for formula in rule.differentials] if not numbers else []
    if not formulas and not numbers and rule.commuting is not None:
        formulas = [f"`d {rule.id} = {rule.commuting.text}` under the trace"]
    return formulas[0] if formulas and len(formulas[0]) <= 90 else f"the differential of `{rule.id}`"


def _kink(rule: Rule) -> list[Reason]:
    return [Reason(rule.name, rule.source, rule.kink)] if rule.kink else []


def _detached(order, changes, book):
    """Say it where detach holds something constant that would vary."""
    for node in order:
        if isinstance(node, Call) and book.lookup(node)[0].name == "detach":
            inside = [part.id for part in postorder(node) if isinstance(part, Name) and part.id in changes]
            if inside:
                rule = book.lookup(node)[0]
                return [Reason("detach", rule.source, f"`{unparse(node)}` counts as a constant")]
    return []


def _linear(order: list[Tree], changes: Mapping[str, str], sizes: Set[str], book: Book) -> Reason:
    """The reason for what is linear in the names that vary: the others are constant."""
    found = list(dict.fromkeys(node.id for node in order if isinstance(node, Name)))
    constants = [name for name in found if name not in changes and name not in sizes]
    (rule,) = book.named("sum rule")
    if len(found) == len(constants):
        return Reason("constant", principle(book, "constant").source, "nothing varies")
    if not constants:
        return Reason("linear", rule.source, "linear")
    if len(constants) > MOST_CONSTANTS:
        return Reason("linear", rule.source, "linear; everything else is constant")
    verb = "are" if len(constants) > 1 else "is"
    return Reason("linear", rule.source, f"linear; {listed(constants)} {verb} constant")


def listed(words: list[str]) -> str:
    """Return words as a sentence lists them: `a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    return ", ".join(quoted[:-1]) + f" and {quoted[-1]}" if len(quoted) > 1 else quoted[0]


def rule_source(book: Book, name: str) -> str:
    """Return the source of the first rule of a name."""
    return book.named(name)[0].source


def principle(book: Book, name: str) -> Reason:
    """Return the reason that is a rule of calculus: product rule, chain rule …"""
    (rule,) = book.named(name)
    return Reason(name, rule.source, name)


def rearranged(literal: Tree, collected: Tree, changes: set[str], is_array: bool) -> list[Reason]:
    """Return the reasons for collecting the terms of a differential: what is transposed or rotated for it.

    ``literal`` and ``collected`` are the surface trees before and after, ``changes`` the names of differentials.
    """
    if is_array:
        return [_COLLECT]
    found, transposed = [], _transposes(literal, changes)
    if _calls(collected, "tr"):
        found += [] if _calls(literal, "tr") else [_OWN_TRACE]
        found += [_CYCLIC] if _is_followed(literal, changes) else []
        found += [_TRANSPOSED_TRACE] if transposed else []
    elif transposed:
        found.append(_TRANSPOSED_SCALAR)
    elif _calls(literal, "sum") and not _calls(collected, "sum") and "@" in unparse(collected):
        found.append(_INNER_PRODUCT)
    return found or [_COLLECT]


_COLLECT = Reason("collect", "", "collect the terms")
_OWN_TRACE = Reason("trace", "Matrix Cookbook (17)", "a scalar is its own trace")
_CYCLIC = Reason("trace is cyclic", "Matrix Cookbook (16)", "a trace is cyclic")
_TRANSPOSED_TRACE = Reason("trace of a transpose", "Matrix Cookbook (13)", "a trace equals that of the transpose")
_TRANSPOSED_SCALAR = Reason("a scalar equals its transpose", "Matrix Cookbook (13)", "a scalar equals its transpose")
_INNER_PRODUCT = Reason("inner product", "", "a sum of products is an inner product")


def _calls(tree: Tree, function: str) -> bool:
    return any(isinstance(node, Call) and node.function == function for node in postorder(tree))


def _transposes(tree: Tree, changes: set[str]) -> bool:
    """Return whether a differential stands below a transpose."""
    return any(isinstance(node, Transpose) and changes & set(names(node)) for node in postorder(tree))


def _is_followed(tree: Tree, changes: set[str]) -> bool:
    """Return whether a differential stands before the last factor of a matrix product."""
    products = [node for node in postorder(tree) if isinstance(node, Binary) and node.op == "@"]
    return any(changes & set(names(node.left)) for node in products)


def same_terms(first: str, second: str) -> bool:
    """Return whether two texts have the same names, numbers and products, in whatever order."""
    return Counter(_WORD.findall(first)) == Counter(_WORD.findall(second))


def same_product(first: str, second: str) -> bool:
    """Return whether two texts are the same product but for the order of its factors: da*b and b*da."""
    return "(" not in first + second and same_terms(first, second)


_VEC_RULES = (
    ("kron", "`vec(A@dX@B) = kron(B.T, A)@vec(dX)`", "Magnus & Neudecker (2019), theorem 2.2"),
    ("comm", "`vec({dX}.T) = comm({n}, {m})@vec({dX})`", "Magnus & Neudecker (2019), 3.7"),
    ("diag", "`vec(A*dX) = diag(vec(A))@vec(dX)`", "Magnus & Neudecker (2019), 9.4"),
)


def vec_rules(tree: Tree, change: Expr) -> list[Reason]:
    """Return the reasons for the matrices in a Jacobian of vec by vec; ``change`` is the variable's differential."""
    nodes = postorder(tree)
    if not any(isinstance(node, Call) and node.function == "vec" for node in nodes):
        return []
    called = {node.function for node in nodes if isinstance(node, Call)}
    letters = {"dX": change.name, "n": change.rows, "m": change.cols}
    return [Reason("vec", source, text.format(**letters)) for name, text, source in _VEC_RULES if name in called]


def norms_squared(tree, shapes, book):
    """Return (tree with x.T@x for norm(x)**2 and tr(X.T@X) for norm(X)**2, the reason), or None where there is none."""
    squares = squared_norms(tree)
    if not squares:
        return None
    built = {}
    for node in postorder(tree):
        built[id(node)] = with_operands(node, [built[id(child)] for child in children(node)])
        if isinstance(node, Binary) and id(node.left) in squares and constant_value(node.right) == 2:
            built[id(node)] = _square(node.left.args[0], shapes)
    return built[id(tree)], Reason("norm", rule_source(book, "norm"), "norm squared")


def _square(arg, shapes):
    if shapes[id(arg)] == ("1", "1"):
        return Binary("**", arg, Number(Fraction(2)))
    if shapes[id(arg)][0] == "1":
        return Binary("@", arg, Transpose(arg))
    product = Binary("@", Transpose(arg), arg)
    return product if shapes[id(arg)][1] == "1" else Call("tr", (product,))


def recognised(before, after, book):
    """Return the reason for writing a tree with functions that the user's own did not call."""
    called = {node.function for node in postorder(before) if isinstance(node, Call)}
    new = [node for node in postorder(after) if isinstance(node, Call) and node.function not in called]
    if not new:
        return Reason("definition", "", "the same function, written shorter")
    sources = dict.fromkeys(book.lookup(node)[0].source for node in new)
    return Reason("definition", "; ".join(sources), f"by the definition of `{new[-1].function}`")


def roles(parts: tuple[Part, ...]) -> dict[str, Reason]:
    """Return {part: the reason why it has a name} for the parts of a program, the function included."""
    found = {parts[-1].name: Reason("definition", "", "the function, of its parts")}
    for part in parts:
        for node in postorder(part.tree):
            for child in children(node) if isinstance(node, (Binary, Call)) else ():
                name = _named_below(child)
                if name is not None:
                    found.setdefault(name, Reason("definition", "", f"`{name}` is {_role(node)}"))
    return {**{part.name: Reason("definition", "", f"`{part.name}` is a part") for part in parts}, **found}


def _named_below(node: Tree) -> str | None:
    while isinstance(node, (Negate, Transpose)):
        node = node.operand
    return node.id if isinstance(node, Name) else None


def _role(node: Tree) -> str:
    if isinstance(node, Call):
        return f"the argument of `{node.function}`"
    if isinstance(node, Binary):
        words = {"**": "the base of a power", "/": "a part of a quotient"}
        return words.get(node.op, "a factor" if node.op in "*@" else "a term")
    return "a part"
