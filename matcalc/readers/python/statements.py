"""The statements of a text in Python: imports, functions, assignments, and the expression that is the result."""

from __future__ import annotations

from typing import Any, NoReturn

from ...errors import ExpressionSyntaxError, Span
from ...language.syntax import Binary, Name, String
from ...language.tokens import Token
from .blocks import Blocks
from .nodes import Append, Apply, Assign, Attribute, Function, Import, Index, Result, Sequence
from .parser import Constant, ExpressionParser
from .tokens import python_tokens

_AUGMENTED = {"+=": "+", "-=": "-", "*=": "*", "/=": "/", "@=": "@", "**=": "**"}
_LEFT_OUT = frozenset({"pass", "assert", "global", "nonlocal"})
_ROUNDS = "how many rounds a loop has must be known before"
_HINTS = {
    "while": "write for k in range(3): … with the number of rounds",
    "break": "let the range end there, or leave terms out by a condition",
}
_BRANCHES = {
    "if": "conditions are not read",
    "elif": "conditions are not read",
    "else": "conditions are not read",
    "while": f"'while' is not read: {_ROUNDS}",
    "break": f"'break' is not read: {_ROUNDS}",
    "with": "'with' is not read",
    "try": "'try' is not read",
    "class": "classes are not read",
    "raise": "'raise' is not read",
    "del": "'del' is not read",
    "async": "'async' is not read",
    "yield": "'yield' is not read",
}
# methods that say something of gradients or devices, and change no value
_WITHOUT_EFFECT = frozenset("zero_grad zero_ requires_grad_ block_until_ready seed manual_seed step".split())
# arrays that depend on no value
_CONSTANT = frozenset("ones ones_like tensor full full_like".split())
# what makes random numbers: a name for it is no value
_GENERATORS = frozenset("default_rng RandomState PRNGKey Generator".split())


def read_statements(text: str) -> list:
    """Return the statements of a text. Raises ExpressionSyntaxError, UnknownNameError or LimitError."""
    tokens = python_tokens(text)
    if not any(token.kind != "newline" for token in tokens):
        raise ExpressionSyntaxError(
            "the formula is empty", source=text, span=Span(0, max(1, len(text))), hint="write one, such as (x**2).sum()"
        )
    return _StatementReader(text, tokens).read()


class _StatementReader(Blocks):
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.lines = self._lines(tokens)
        self.place = 0
        self.has_pulled = False

    def fail(self, message: str, span: Span, hint: str) -> NoReturn:
        """Raise an error that points into the text."""
        raise ExpressionSyntaxError(message, source=self.text, span=span, hint=hint)

    def _lines(self, tokens: list[Token]) -> list[list[Token]]:
        """Return the logical lines that have something on them."""
        lines, line = [], []
        for token in tokens:
            if token.kind != "newline":
                line.append(token)
            elif line:
                lines.append(line)
                line = []
        return [*lines, line] if line else lines

    def _column(self, line: list[Token]) -> int:
        start = line[0].span.start
        return start - (self.text.rfind("\n", 0, start) + 1)

    def read(self) -> list:
        """Return the statements of the text."""
        return self.block(-1)

    def block(self, above: int) -> list:
        """Return the statements that are indented by more than ``above`` columns."""
        found: list = []
        while self.place < len(self.lines) and self._column(self.lines[self.place]) > above:
            line = self.lines[self.place]
            self.place += 1
            first = line[0].text
            if first == "@":
                continue
            if first == "def" and line[0].kind == "name":
                found.append(self.function(line))
            elif first == "for" and line[0].kind == "name":
                found.append(self.loop(line))
            elif first == "if" and line[0].kind == "name" and self.loops:
                found.append(self.choice(line))
            else:
                found += self.pieces(line)
        return found

    def pieces(self, line: list[Token]) -> list:
        """Return the statements that stand on one line."""
        return [part for piece in _split(line, ";") for part in self.simple(piece)]

    # -- functions ----------------------------------------------------------------------------------

    def function(self, line: list[Token]) -> Function:
        """Read def name(parameters): and what belongs to it."""
        if len(line) < 3 or line[1].kind != "name" or line[2].text != "(":
            self.fail("a function needs a name and parentheses", line[0].span, "write def loss(w): …")
        closing = _closing(line, 2)
        colon = next((i for i in range(closing or 0, len(line)) if line[i].text == ":"), None)
        if closing is None or colon is None:
            self.fail("':' is missing behind the parameters", line[-1].span, "write def loss(w): …")
        params = self.parameters(line[3:closing])
        column = self._column(line)
        outside, self.loops = self.loops, 0
        body = self.pieces(line[colon + 1 :]) or self.block(column)
        self.loops = outside
        if not any(isinstance(part, Result) and part.returned for part in body):
            self.fail(f"{line[1].text} returns nothing", line[1].span, "add a line: return …")
        return Function(line[1].text, params, tuple(body), line[1].span)

    def parameters(self, tokens: list[Token]) -> tuple:
        """Return pairs of names and defaults; annotations are left out."""
        found = []
        for piece in _split(tokens, ","):
            if piece[0].text in ("*", "/") and len(piece) == 1:
                continue
            if piece[0].text in ("*", "**"):
                self.fail("parameters that take any number of arguments are not read", piece[0].span, "name each one")
            if piece[0].kind != "name":
                self.fail("parameters are names", piece[0].span, "write def loss(w, X, y): …")
            equals = next((i for i, token in enumerate(piece) if token.text == "="), None)
            default = None if equals is None else self.expression(piece[equals + 1 :], piece[equals].span)
            found.append((piece[0].text, default))
        return tuple(found)

    def lambda_(self, name: Name | None, tokens: list[Token]) -> Function:
        """Read lambda w: expression."""
        colon = next((i for i, token in enumerate(tokens) if token.text == ":"), None)
        if colon is None:
            self.fail("':' is missing in the lambda", tokens[0].span, "write lambda w: …")
        value = self.expression(tokens[colon + 1 :], tokens[colon].span)
        span = tokens[0].span if name is None else name.span
        body = (Result(value, True),)
        return Function("lambda" if name is None else name.id, self.parameters(tokens[1:colon]), body, span)

    # -- simple statements --------------------------------------------------------------------------

    def simple(self, tokens: list[Token]) -> list:
        """Return what a statement on one line says; nothing for those without an effect on a value."""
        first = tokens[0]
        if first.kind == "name":
            if first.text in _LEFT_OUT:
                return []
            if first.text in _BRANCHES:
                hint = _HINTS.get(first.text, "give the lines that compute the value")
                self.fail(_BRANCHES[first.text], first.span, hint)
            if first.text == "continue":
                return [self.skip(first)]
            if first.text in ("import", "from"):
                return self.imports(tokens)
            if first.text == "return":
                return [Result(self.expression(tokens[1:], first.span), True)]
            if first.text == "lambda":
                return [self.lambda_(None, tokens)]
        return self.assignment(tokens)

    def imports(self, tokens: list[Token]) -> list:
        """Return the names that import a.b as c and from a import b as c make known."""
        words = [token.text for token in tokens if token.text not in "()"]
        if words[0] == "import":
            found = []
            for piece in _split_words(words[1:]):
                full, _, short = _as(piece)
                found.append(Import(short, full) if short else Import(full.split(".")[0], full.split(".")[0]))
            return found
        if "import" not in words:
            self.fail("'import' is missing", tokens[0].span, "write from numpy.linalg import norm")
        place = words.index("import")
        module, found = "".join(words[1:place]), []
        for piece in _split_words(words[place + 1 :]):
            full, name, short = _as(piece)
            if full != "*":
                found.append(Import(short or name, f"{module}.{full}"))
        return found

    def assignment(self, tokens: list[Token]) -> list:
        """Read targets = value, name += value, or an expression."""
        depth, places = 0, []
        for index, token in enumerate(tokens):
            if token.kind == "op":
                depth += (token.text in "([{") - (token.text in ")]}")
                if not depth and (token.text == "=" or token.text in _AUGMENTED):
                    places.append(index)
        if not places:
            return self.alone(tokens)
        last = places[-1]
        if tokens[last].text in _AUGMENTED:
            return self.augmented(tokens, last)
        if len(tokens) > last + 1 and tokens[last + 1].text == "lambda":
            target = self.target(tokens[:last], tokens[last].span)
            return [self.lambda_(target[0][0], tokens[last + 1 :])]
        value, found, start = self.expression(tokens[last + 1 :], tokens[last].span), [], 0
        if isinstance(value, Apply) and isinstance(value.function, Attribute) and value.function.name in _GENERATORS:
            return []
        for place in places:
            names, several = self.target(tokens[start:place], tokens[place].span)
            found.append(Assign(names, value, several))
            start = place + 1
        return found

    def target(self, tokens: list[Token], equals: Span) -> tuple[tuple, bool]:
        """Return the names on the left of '=', and whether they are several."""
        colon = next((i for i, token in enumerate(tokens) if token.text == ":"), None)
        tree = self.expression(tokens[:colon], equals)
        if isinstance(tree, Name):
            return (tree,), False
        if isinstance(tree, Sequence) and tree.items and all(isinstance(item, Name) for item in tree.items):
            return tree.items, True
        hint = "write r = X @ w - y; entries cannot be set"
        if isinstance(tree, Index) and isinstance(tree.value, Name):
            name = tree.value.id
            hint = f"write {name} = np.array([… for i in range(n)]), all entries at once"
        self.fail("only names are assigned to", tree.span, hint)

    def augmented(self, tokens: list[Token], place: int) -> list:
        """Read name += value as name = name + value."""
        names, several = self.target(tokens[:place], tokens[place].span)
        if several:
            self.fail("only one name can be changed so", tokens[place].span, "write one assignment a line")
        value = self.expression(tokens[place + 1 :], tokens[place].span)
        span = Span(names[0].span.start, value.span.end)
        return [Assign(names, Binary(_AUGMENTED[tokens[place].text], names[0], value, span), False)]

    def alone(self, tokens: list[Token]) -> list:
        """Read an expression; a docstring, print(…) and loss.backward() are left out."""
        tree = self.expression([t for i, t in enumerate(tokens) if not _annotates(tokens, i)], tokens[0].span)
        if isinstance(tree, (String, Constant)) or self.has_pulled and _looks_at_gradient(tree):
            return []
        if isinstance(tree, Apply):
            called = tree.function
            if isinstance(called, Name) and called.id == "print":
                return []
            if isinstance(called, Attribute) and called.name == "backward":
                return self.pulled_back(called.value, tree)
            if isinstance(called, Attribute) and called.name in _WITHOUT_EFFECT:
                return []
            if isinstance(called, Attribute) and called.name == "append" and len(tree.args) == 1:
                if isinstance(called.value, Name):
                    return [Append(called.value.id, tree.args[0], tree.span)]
        return [] if _is_annotation(tokens) else [Result(tree, False)]

    def pulled_back(self, value: Any, call: Apply) -> list:
        """Read value.backward(gradient): what is differentiated is sum(value*gradient), one number."""
        self.has_pulled = True
        given: Any = dict(call.keywords).get("gradient", next(iter(call.args), None))
        if given is not None and not isinstance(given, Constant):
            if not (isinstance(given, Apply) and getattr(given.function, "name", "") in _CONSTANT):
                given = Apply(Attribute(given, "detach", call.span), (), (), call.span)
            product = Binary("*", value, given, call.span)
            value = Apply(Attribute(product, "sum", call.span), (), (), call.span)
        return [] if isinstance(value, Name) or self.loops else [Result(value, False, True)]

    def expression(self, tokens: list[Token], before: Span) -> Any:
        """Return the tree of an expression; ``before`` is what stands before it, should it be missing."""
        if not tokens:
            self.fail("an expression is missing", before, "write one")
        return ExpressionParser(self.text, tokens).parse()


def _looks_at_gradient(tree: Any) -> bool:
    """Return whether an expression is what backward() has computed, as x.grad and x.grad == 2*x."""
    while not (isinstance(tree, Attribute) and tree.name == "grad"):
        if isinstance(tree, Apply):
            tree = tree.function
            if isinstance(tree, Attribute) and tree.name == "grad":  # jax.grad(f)
                return False
        elif isinstance(tree, Attribute):
            tree = tree.value
        elif isinstance(tree, Binary):
            tree = tree.left
        else:
            return False
    return isinstance(tree.value, Name)


def _is_annotation(tokens: list[Token]) -> bool:
    """Return whether a line only declares: w: torch.Tensor."""
    return len(tokens) > 1 and tokens[0].kind == "name" and tokens[1].text == ":"


def _annotates(tokens: list[Token], index: int) -> bool:
    return index > 0 and _is_annotation(tokens)


def _split(tokens: list[Token], sign: str) -> list[list[Token]]:
    """Return the parts between signs outside brackets, those that are empty left out."""
    parts, part, depth = [], [], 0
    for token in tokens:
        if token.kind == "op":
            depth += (token.text in "([{") - (token.text in ")]}")
        if token.text == sign and token.kind == "op" and depth <= 0:
            parts.append(part)
            part = []
        else:
            part.append(token)
    return [part for part in [*parts, part] if part]


def _closing(tokens: list[Token], opening: int) -> int | None:
    depth = 0
    for index in range(opening, len(tokens)):
        if tokens[index].kind == "op":
            depth += (tokens[index].text in "([{") - (tokens[index].text in ")]}")
            if not depth:
                return index
    return None


def _split_words(words: list[str]) -> list[list[str]]:
    parts, part = [], []
    for word in words:
        if word == ",":
            parts.append(part)
            part = []
        else:
            part.append(word)
    return [part for part in [*parts, part] if part]


def _as(words: list[str]) -> tuple[str, str, str | None]:
    """Return the full name, its first word, and the name behind 'as'."""
    if "as" in words:
        place = words.index("as")
        return "".join(words[:place]), words[0], "".join(words[place + 1 :])
    return "".join(words), words[0], None
