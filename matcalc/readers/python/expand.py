"""From the tree of a text in Python to operations on arrays: names, calls, and the functions that the text defines."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

from ...bounds import MAX_CALLS, MAX_OPERATIONS
from ...errors import ArgumentError, ExpressionSyntaxError, LimitError, MatcalcError, Span, UnknownFunctionError
from ...language.nodes import IMAGINARY
from ...language.relations import FUNCTIONS as RELATIONS
from ...language.syntax import Binary, Name, Negate, Number, String
from ...shapes.lifting.einsum import letters_of
from ..shared.names import Names
from . import functions
from .entries import Entries, places
from .functions import Entry
from .meanings import Meanings
from .nodes import Apply, Attribute, Comprehension, Index, Sequence, Slice, postorder
from .operations import CONSTANT, EINSUM, ENTRYWISE, NAME, NUMBER, SAME, TRANSPOSE, Op
from .parser import Constant
from .programs import Programs
from .rounds import Rounds
from .runs import Runs
from .table import LAYERS, REFUSED
from .terms import Terms
from .values import Closure, Layer, Library, Lost, Method, Parts, Run, Shape

_ANY = (0, 1, 2)
_CONDITIONS = {**RELATIONS, "&": "logical_and", "|": "logical_or"}


class Context(NamedTuple):
    """What is known of names from outside: modules {name: full name}, numbers, dimensions, and functions."""

    modules: dict = {}
    numbers: dict = {}
    dimensions: dict = {}
    functions: dict = {}


class Expansion(Programs, Rounds, Runs, Terms, Entries, Meanings):
    """Expands one text. ``declared``: {name: numbers of dimensions that its declaration admits}."""

    def __init__(self, text: str, book: Any, declared: dict, context: Context, torch: bool | None) -> None:
        self.text, self.book, self.declared, self.context, self.torch = text, book, declared, context, torch
        self.names = Names(text, set(declared))
        self.variables: dict[str, Op] = {}
        self.named: dict[int, tuple] = {}
        self.places: dict[str, tuple] = {}
        self.equal: list[tuple[str, str]] = []
        self.applied: set[int] = set()
        self.dotted: dict[int, str] = {}
        self.span: Span | None = None
        self.calls, self.made = 0, 0

    # -- expressions ----------------------------------------------------------------------------------------

    def evaluate(self, root: Any, scope: dict) -> Any:
        """Return the value of an expression: an operation, or what only calls and indices can use."""
        values: dict[int, Any] = {}
        order = postorder(root)
        for node in order:
            if isinstance(node, Apply):
                self.applied.add(id(node.function))
            elif isinstance(node, Attribute):
                self.dotted[id(node.value)] = node.name
        for node in order:
            values[id(node)] = self.node(node, values, scope)
        return values[id(root)]

    def node(self, node: Any, values: dict, scope: dict) -> Any:
        """Return the value of a node whose parts have theirs."""
        span = self.span or node.span
        if isinstance(node, Number):
            return self.op(NUMBER, (), (node.value,), span)
        if isinstance(node, (String, Constant)):
            return node.value
        if isinstance(node, Name):
            return self.name(node, scope)
        if isinstance(node, Slice):
            return self.slice_in(node, scope)
        if isinstance(node, Comprehension):
            return self.comprehension(node, scope)
        if isinstance(node, Sequence):
            return [values[id(item)] for item in node.items]
        if isinstance(node, Negate):
            return self.negated(values[id(node.operand)], span)
        if isinstance(node, Binary):
            return self.binary(node, values[id(node.left)], values[id(node.right)], span)
        if isinstance(node, Attribute):
            return self.attribute(values[id(node.value)], node, span)
        if isinstance(node, Index):
            return self.index(values[id(node.value)], [values[id(item)] for item in node.items], node, span)
        return self.apply(node, values, span)

    def op(self, kind: Any, args: tuple, fixed: tuple, span: Span) -> Op:
        """Make an operation; raises LimitError where there are too many."""
        self.made += 1
        if self.made > MAX_OPERATIONS:
            raise LimitError(
                "the code is too long once its functions are written out",
                source=self.text,
                span=span,
                hint="take a part of it",
            )
        return Op(kind, args, fixed, span)

    def fail(self, message: str, span: Span, hint: str | None, kind: type = ExpressionSyntaxError) -> NoReturn:
        """Raise an error that points into the text."""
        raise kind(message, source=self.text, span=self.span or span, hint=hint)

    def array(self, value: Any, span: Span) -> Op:
        """Return a value as an operation. Raises ExpressionSyntaxError for one that is no array."""
        if isinstance(value, Op):
            return value
        if isinstance(value, bool) or value is None or isinstance(value, str):
            self.fail("a number or an array is expected here", span, "write an expression")
        if isinstance(value, Parts):
            self.fail("this is a pair of values", span, "take one of them, such as slogdet(X)[1]")
        if isinstance(value, Run) and value.is_generator:
            self.fail("a generator is not an array", span, "write the terms into a list: [… for …]")
        if isinstance(value, Run):
            return self.array_of(value, span)
        if isinstance(value, list):
            self.fail("arrays by their entries are not read", span, "give the array a name")
        if isinstance(value, Shape):
            self.fail("a shape is not an array", span, "take one of its sizes, such as X.shape[0]")
        if isinstance(value, Method) and functions.method(value.name, bool(self.torch)) is None:
            self.fail(f".{value.name} is not read", span, "give its value a name of its own")
        if isinstance(value, (Library, Method, Closure, Layer)):
            self.fail("this is a function; its arguments are missing", span, "write them in parentheses")
        self.fail("this cannot stand here", span, "write an expression")

    # -- names and operators ----------------------------------------------------------------------------------

    def name(self, node: Name, scope: dict) -> Any:
        """Return what a name stands for: a value of the text, a module or function, or a variable."""
        if node.id in scope:
            value = scope[node.id]
            return self.refuse_lost(value, node.span) if isinstance(value, Lost) else value
        if node.id == IMAGINARY or self.span is not None and node.id == "pi":
            return self.op(CONSTANT, (), (node.id,), self.span or node.span)
        if node.id in self.variables or node.id in self.declared:
            return self.variable(node)
        if node.id in self.context.modules:
            return Library(functions.full_name(self.context.modules[node.id]))
        if node.id in self.context.numbers:
            return self.op(NUMBER, (), (self.context.numbers[node.id],), node.span)
        if node.id in self.context.functions:
            return self.context.functions[node.id]
        if id(node) in self.applied:
            return Library(f"?{node.id}")
        if id(node) in self.dotted and functions.is_module(node.id, self.dotted[id(node)]):
            return Library(functions.MODULES[node.id])
        return self.variable(node)

    def variable(self, node: Name, likely: tuple = ()) -> Op:
        """Return the one operation of a variable; ``likely``: its dimensions, the likeliest first, in a tuple."""
        if node.id not in self.variables:
            name = self.names.use(self.names.plain(node.id, node.span), node.id, node.span)
            known = self.context.dimensions.get(node.id)
            dims, *others = self.declared.get(name) or (_ANY if known is None else (known,), *likely)
            self.variables[node.id] = self.op(NAME, (), (name, dims, *others), node.span)
        return self.variables[node.id]

    def negated(self, value: Any, span: Span) -> Any:
        if isinstance(value, float):
            return -value
        self.refuse_list(value, span)
        value = self.array(value, span)
        if value.kind is NUMBER:
            return self.op(NUMBER, (), (-value.fixed[0],), span)
        return self.op(ENTRYWISE, (value,), ("negate",), span)

    def binary(self, node: Binary, left: Any, right: Any, span: Span) -> Any:
        if isinstance(left, list) and isinstance(right, list) and node.op == "+":
            return [*left, *right]
        for value, side in ((left, node.left), (right, node.right)):
            self.refuse_list(value, side.span)
        left, right = self.array(left, node.left.span), self.array(right, node.right.span)
        if node.op == "@":
            return self.product("@", left, right, span)
        return self.op(ENTRYWISE, (left, right), (_CONDITIONS.get(node.op, node.op),), span)

    # -- attributes and indices ---------------------------------------------------------------------------------

    def attribute(self, value: Any, node: Attribute, span: Span) -> Any:
        """Return a part of a module, an attribute of an array, or a method that waits for its arguments."""
        if isinstance(value, Library):
            return self.library_attribute(value, node, span)
        if isinstance(value, Parts):
            if node.name in value.names:
                return value.values[value.names.index(node.name)]
            self.fail(f"'{node.name}' is not one of its values", span, f"they are {', '.join(value.names)}")
        self.refuse_list(value, node.value.span)
        value = self.array(value, node.value.span)
        if node.name == "T":
            return self.op(TRANSPOSE, (value,), (False,), span)
        if node.name in ("mT", "H", "mH"):
            inner = value if node.name == "mT" else self.op(ENTRYWISE, (value,), ("conj",), span)
            return self.op(TRANSPOSE, (inner,), (node.name != "H",), span)
        if node.name == "shape":
            return Shape(value)
        if node.name == "size" and not self.torch and id(node) not in self.applied:
            return self.size_of(value, None, span)
        if node.name in ("real", "imag"):
            return self.op(ENTRYWISE, (value,), (node.name,), span)
        if node.name in ("data", "values"):
            return self.op(SAME, (value,), (_ANY,), span)
        return Method(value, node.name)

    def library_attribute(self, value: Library, node: Attribute, span: Span) -> Any:
        name = functions.full_name(f"{value.name}.{node.name}")
        last = name.rpartition(".")[2]
        if last == "pi":
            return self.op(CONSTANT, (), ("pi",), span)
        if last == "e" and value.name in ("numpy", "math"):
            return self.op(ENTRYWISE, (self.op(NUMBER, (), (Fraction(1),), span),), ("exp",), span)
        if last == "inf":
            return float("inf")
        if last == "newaxis":
            return None
        return Library(name)

    def index(self, value: Any, items: list, node: Index, span: Span) -> Any:
        """Return a value of a pair, a size of a shape, or a vector as a column or a row."""
        if isinstance(value, (Parts, list, Shape)):
            number = self.whole(items[0]) if len(items) == 1 else None
            if number is None:
                self.fail("an index here is a whole number", span, "write [0] or [1]")
            return self.part(value, number, span, None)
        value = self.array(value, node.value.span)
        shape = [_index_word(item) for item in items]
        if shape in (["all", "new"], ["new", "all"]):
            return self.turned_column(value, shape[0] == "all", span)
        if all(word in ("all", "rest") for word in shape):
            return value
        outermost = self.outermost(value, self.whole(items[0]), span) if len(items) == 1 else None
        return outermost or self.part_of(value, places(items, shape, self, span), span)

    def part(self, value: Any, index: int, span: Span, count: int | None) -> Any:
        """Return one of several values; ``count``: how many names take them."""
        if isinstance(value, Shape):
            return self.size_of(value.of, index, span, count)
        values = value.values if isinstance(value, Parts) else value if isinstance(value, list) else None
        if values is None:
            self.fail("one value cannot be taken apart", span, "assign it to one name")
        if count is not None and count != len(values) or not -len(values) <= index < len(values):
            self.fail(f"there are {len(values)} values here", span, "write as many names")
        return values[index]

    # -- calls ----------------------------------------------------------------------------------------------------

    def apply(self, node: Apply, values: dict, span: Span) -> Any:
        """Return the value of a call."""
        called = values[id(node.function)]
        args = [values[id(arg)] for arg in node.args]
        keywords = [(word, values[id(value)]) for word, value in node.keywords]
        try:
            return self.called_value(called, args, keywords, node, span)
        except ArgumentError as wrong:
            if self.span is not None:
                raise
            self.fail(f"{self.shown(node.function)} {wrong.message}", span, wrong.hint)

    def called_value(self, called: Any, args: list, keywords: list, node: Apply, span: Span) -> Any:
        if isinstance(called, Closure):
            return self.call_function(called, args, keywords, span)
        if isinstance(called, Layer):
            return self.call_entry(called.entry, args, [*called.keywords, *keywords], span)
        if isinstance(called, Method):
            return self.call_method(called, args, keywords, node, span)
        if not isinstance(called, Library):
            self.fail("this is not a function", node.function.span, "write * for a product")
        run = self.runs_called(called.name.removeprefix("?"), args, keywords, span)
        return self.call_library(called.name, args, keywords, node, span) if run is None else run

    def call_library(self, name: str, args: list, keywords: list, node: Apply, span: Span) -> Any:
        """Return the value of a call of a function by its full name."""
        if self.span is not None and name.startswith("?"):
            return self.operation(name[1:], args, span)
        if name.startswith("?"):
            return self.call_bare(name[1:], args, keywords, node, span)
        if name.startswith("torch.nn.") and name.rpartition(".")[2] in LAYERS:
            return Layer(functions.function("F." + LAYERS[name.rpartition(".")[2]]), tuple(keywords))
        if name in ("jax.jit", "numpy.float64", "numpy.float32", "torch.float64") and len(args) == 1:
            return args[0]
        if name.rpartition(".")[2] == "einsum" and args and isinstance(args[0], str):
            arrays = tuple(self.array(arg, span) for arg in args[1:])
            letters_of(args[0], len(arrays), span, 3)
            return self.op(EINSUM, arrays, (args[0],), span)
        entry = functions.function(name)
        if entry is None:
            raise self.unknown(name, node)
        if name.startswith("math."):
            args = [self.op(SAME, (self.array(arg, span),), ((0,),), span) for arg in args]
        return self.call_entry(entry, args, keywords, span)

    def call_bare(self, name: str, args: list, keywords: list, node: Apply, span: Span) -> Any:
        if name == "float" and args and isinstance(args[0], str):
            return float(args[0]) if args[0].strip("+-").lower() in ("inf", "infinity") else self.array(args[0], span)
        if name in LAYERS:
            return Layer(functions.function("F." + LAYERS[name]), tuple(keywords))
        self.refuse_unclear(name, keywords, span)
        entry = functions.bare(name, self.torch)
        if entry is not None:
            return self.call_entry(entry, args, keywords, span)
        if self.book.overloads(name) and not keywords:
            return self.language_call(name, [self.array(arg, span) for arg in args], span)
        raise self.unknown(name, node)

    def call_method(self, called: Method, args: list, keywords: list, node: Apply, span: Span) -> Any:
        if called.name == "size":
            return self.size_of(called.of, self.whole(args[0]), span) if args else Shape(called.of)
        if called.name == "item" and not args:
            return self.op(SAME, (called.of,), ((0,),), span)
        self.refuse_unclear(called.name, keywords, span)
        entry = functions.method(called.name, self.torch)
        if entry is None:
            raise self.unknown(called.name, node)
        return self.call_entry(entry, [called.of, *args], keywords, span)

    def refuse_unclear(self, name: str, keywords: list, span: Span) -> None:
        """Raise for var and std where nothing says whose they are."""
        given = {word for word, _ in keywords}
        if name in ("var", "std") and self.torch is None and not given & {"ddof", "correction", "unbiased"}:
            message = f"{name} divides by n in NumPy and by n - 1 in PyTorch"
            self.fail(message, span, f"write np.{name}(…) or torch.{name}(…), or ddof=0 or ddof=1")

    def call_entry(self, entry: Entry, args: list, keywords: list, span: Span) -> Any:
        """Return the meaning of an entry of the table for the arguments."""
        scope = functions.bound(entry, args, keywords)
        if entry.rest is not None:
            scope.setdefault(entry.rest, [])
        outer, self.span = self.span, self.span or span
        try:
            for name, default in entry.params:
                if name not in scope:
                    scope[name] = self.evaluate(default, {})
            return self.evaluate(entry.meaning, scope)
        finally:
            self.span = outer

    def call_function(self, closure: Closure, args: list, keywords: list, span: Span) -> Any:
        """Return the value of a function of the text for the arguments."""
        names = [name for name, _ in closure.params]
        if len(args) > len(names):
            some = f"{len(names)} argument{'s' if len(names) != 1 else ''}"
            raise ArgumentError(f"takes {some}", hint="write the arguments of its def")
        given = dict(zip(names, args))
        for word, value in keywords:
            if word not in names or word in given:
                raise ArgumentError(f"does not take '{word}' here", hint="write the arguments of its def")
            given[word] = value
        for name, default in closure.params:
            if name not in given:
                if default is None:
                    raise ArgumentError(f"needs {name}", hint="write the arguments of its def")
                given[name] = self.evaluate(default, dict(closure.scope))
        self.calls += 1
        if self.calls > MAX_CALLS:
            self.fail("a function calls itself, or too many call each other", span, "write out the value", LimitError)
        try:
            return self.body(closure, {**closure.scope, **given})
        finally:
            self.calls -= 1

    def shown(self, node: Any) -> str:
        """Return what is called, as it is written."""
        text = " ".join(self.text[node.span.start : node.span.end].split())
        return text if len(text) <= 40 else "…" + text[-39:]

    def unknown(self, name: str, node: Apply) -> MatcalcError:
        """Return the error for a function that the table does not have."""
        word, span = name.rpartition(".")[2], self.span or node.function.span
        if word in REFUSED:
            message, hint = REFUSED[word]
            return ExpressionSyntaxError(message, source=self.text, span=span, hint=hint)
        if isinstance(node.function, Name):
            hint = f"write {word}*(…) for a product" if len(word) < 3 else "write it with the functions that are read"
        else:
            hint = "write it with @, *, sum, mean, norm and the like; docs/other-syntaxes.md lists what is read"
        return UnknownFunctionError(f"{self.shown(node.function)} is not read", source=self.text, span=span, hint=hint)


def _index_word(item: Any) -> str:
    if item is None:
        return "new"
    if item is ...:
        return "rest"
    return "all" if isinstance(item, Slice) and item.full else "other"
