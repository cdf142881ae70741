"""The steps of a derivative in index notation: entry by entry, one index more in every line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ..checks.report import StepsReport
from ..display import Short
from ..language.indexed import Apply, Entry, IndexTree, walk
from ..language.syntax import Call, parse_tree, postorder
from ..libraries import trouble
from ..printers.latex import latex_text
from ..printers.unicode import unicode_text
from ..steps.show import page, plain_remark, remarks_of, step_records
from ..steps.step import DERIVATIVE, GRADIENT, VALUE, Step

if TYPE_CHECKING:
    from ..rulebook.entries import Book, Rule
    from .index_form import IndexForm

_MOST_RULES = 3


class Line(NamedTuple):
    """One line: the step, and the index form that it writes, None for the function itself."""

    step: Step
    form: IndexForm | None


class IndexDerivation(Short):
    """The derivation of a derivative in index notation.

    ``steps`` are the function and its derivatives of the orders up to the last, each differentiated entry by entry,
    with the rules that lead to it.
    """

    def __init__(self, form: IndexForm) -> None:
        self.form, self.book = form, form.book
        self.lines = [Line(_first(form), None), *_lines(form)]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The lines as :class:`~matcalc.steps.step.Step` objects, the last of them the derivative."""
        return tuple(line.step for line in self.lines)

    def text_lines(self, width: int | None = None) -> list[str]:
        """Return the lines in the language; ``width``: that of the page in characters, None for no end."""
        return self._page(lambda line: (line.step.left, line.step.expression), width)

    def unicode_lines(self, width: int | None = None) -> list[str]:
        """Return the lines in Unicode mathematics."""
        return self._page(lambda line: self._written(line, "unicode"), width)

    def unicode(self, width: int | None = None) -> str:
        """Return the derivation in Unicode mathematics."""
        return "\n".join(self.unicode_lines(width))

    def latex(self) -> str:
        r"""Return the derivation as an align* of LaTeX."""
        rows = []
        for line in self.lines:
            left, right = self._written(line, "latex")
            rows.append(f"{left} &= {right}")
        return "\n".join(["\\begin{align*}", " \\\\\n".join(rows), "\\end{align*}"])

    def _written(self, line: Line, kind: str) -> tuple[str, str]:
        if line.form is None:
            printer = latex_text if kind == "latex" else unicode_text
            return line.step.left, printer(parse_tree(line.step.expression), self.book, self.form.shapes)
        return line.form.left_side(kind), getattr(line.form, kind)()

    def _page(self, written: Callable, width: int | None) -> list[str]:
        found, remarks = [], remarks_of(self.steps)
        for number, line in enumerate(self.lines):
            left, right = written(line)
            last = line is self.lines[-1]
            head = f"{'' if last else number + 1:>1}  {left} = "
            found += page(head, [right], plain_remark(remarks[number]), width)
        return found

    def __str__(self) -> str:
        return "\n".join(self.text_lines())

    def _repr_latex_(self) -> str:
        return self.latex()

    def records(self) -> list[dict[str, Any]]:
        """Return the steps as dictionaries of texts and lists, as JSON has them."""
        return step_records(self.steps)

    def shown(self) -> list[dict[str, Any]]:
        """Return the lines in LaTeX for a page, as :func:`~matcalc.steps.show.shown_steps` has them."""
        found: list[dict[str, Any]] = []
        for line, remark in zip(self.lines, remarks_of(self.steps)):
            left, right = self._written(line, "latex")
            found.append({
                "left": left, "forms": [right], "definitions": [], "remark": [{"text": plain_remark(remark)}],
                "rule": line.step.rule, "source": line.step.source, "last": line is self.lines[-1],
            })
        return found

    def check(self, points: int = 3, seed: int = 0) -> StepsReport:
        """Compare every line with nested derivatives of the user's own text; return a StepsReport."""
        lines, worst = len(self.lines), 0.0
        if trouble():
            return StepsReport(None, None, 0, lines, trouble())
        for number, line in enumerate(self.lines, 1):
            if line.form is None:
                continue
            found = line.form.check(points, seed, "torch")
            worst = max(worst, found.max_error or 0.0)
            if not found.ok:
                reason = f"line {number}, {line.step}: {found.reason}" if found.ok is False else found.reason
                return StepsReport(found.ok, worst, found.points, lines, reason)
        return StepsReport(True, worst, points, lines)


def _first(form: IndexForm) -> Step:
    elaborated = form.elaborated
    shape = tuple(map(str, getattr(elaborated.expression, "shape", ())))
    letter = form.left.partition("/")[0].lstrip("d0123456789").partition("[")[0] or "f"
    return Step(elaborated.text, "given", "", "", shape, letter, VALUE, (elaborated.text,))


def _lines(form: IndexForm) -> list[Line]:
    """Return the lines of the orders from the first to that of the form."""
    found: list[Line] = []
    before: list[Rule] = _rules_of_tree(form.elaborated.tree, form.book)
    for order in range(1, form.order + 1 - len(form.along)):
        current = form if order == form.order else _of_order(form, order)
        rules = _fresh(before, found)
        sentences, sources = [_cited(rule) for rule in rules], [rule.source for rule in rules]
        kind = DERIVATIVE if current is form else GRADIENT
        text = "; ".join(sentences) or _told(form, order)
        text = "" if any(line.step.text == text for line in found) else text
        step = Step(
            str(current),
            rules[0].id if rules else "entries",
            "; ".join(dict.fromkeys(sources)),
            text,
            tuple(map(str, current.shape)),
            current.left,
            kind,
            (str(current),),
        )
        found.append(Line(step, current))
        before = _rules_of(current.indexed.tree, form.book)
    return found


def _told(form: IndexForm, order: int) -> str:
    """Return what is said of a line that needs no function's rule."""
    name = form.by[order - 1]
    shape = form.shapes[name]
    if not shape:
        return f"every term is differentiated by `{name}`"
    if len(shape) == 2 and 1 not in shape:
        rule = f"the derivative of `{name}[i,j]` by `{name}[k,l]` is delta[i,k]*delta[j,l]"
    else:
        rule = f"the derivative of `{name}[i]` by `{name}[j]` is delta[i,j]"
    return f"{rule}: 1 where both are one entry, else 0"


def _of_order(form: IndexForm, order: int) -> IndexForm:
    return form.of_order(order).index()


def _fresh(rules: list[Rule], lines: list[Line]) -> list[Rule]:
    """Return the rules that no line has cited yet, a few of them."""
    cited = {line.step.text for line in lines}
    return [rule for rule in rules if not any(_cited(rule) in text for text in cited)][:_MOST_RULES]


def _cited(rule: Rule) -> str:
    """Return the rule as a sentence: d tanh(X) = (1 - tanh(X)**2)*dX."""
    if rule.differentials:
        left = f"{rule.name}({', '.join(p.name for p in rule.params)})"
        return f"`d {left} = {rule.differentials[0].text}`"
    return f"`{rule.name}` is linear"


def _rules_of(tree: IndexTree, book: Book) -> list[Rule]:
    """Return the rules with a differential of the functions in an index tree, in their order."""
    found: dict[str, Rule] = {}
    for node in walk(tree):
        if isinstance(node, Apply):
            rules = book.overloads(node.function)
            if rules and rules[0].differentials:
                found.setdefault(rules[0].id, rules[0])
        elif isinstance(node, Entry):
            for rule in _rules_of_tree(node.tree, book):
                found.setdefault(rule.id, rule)
    return list(found.values())


def _rules_of_tree(tree: Any, book: Book) -> list[Rule]:
    """Return the rules with a differential of the functions in a surface tree."""
    found: dict[str, Rule] = {}
    for node in postorder(tree):
        if isinstance(node, Call) and book.overloads(node.function):
            for rule in book.lookup(node):
                if rule.differentials:
                    found.setdefault(rule.id, rule)
    return list(found.values())
