r"""Derivations as text, Unicode, LaTeX and JSON.

In ``Step.text`` what stands between backquotes is in the language, and is written here as the notation asks for.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..language.syntax import names, parse_tree
from ..printers.latex import latex_text
from ..printers.quotients import UNICODE_MARKS, latex_quotient, quotient
from ..printers.unicode import unicode_text
from .step import DERIVATIVE, TANGENT, Step, tangent_of

if TYPE_CHECKING:
    from ..rulebook.entries import Book
    from .derivation import Derivation

REMARK_COLUMN = 53
LEAST_REMARK = 30
_CODE = re.compile(r"`([^`]*)`")
_BOLD = (r"\mathbf{", r"\boldsymbol{", r"\hat{\mathbf{", r"\tilde{\mathbf{", r"\bar{\mathbf{")
_SPECIAL = re.compile(r"([#$%&_{}])")


def text_lines(derivation, width=None):
    """Return the lines of a derivation in the language; ``width``: that of the page, None for no end."""
    return _lines(derivation, _plain, plain_remark, width)


def plain_remark(text: str) -> str:
    """Return a sentence without the marks around its code."""
    return _CODE.sub(r"\1", text)


def unicode_lines(derivation: Derivation, book: Book, width: int | None = None) -> list[str]:
    """Return the lines of a derivation in Unicode mathematics."""
    writer = Writer(derivation, book, unicode_text)

    def code(match: re.Match[str]) -> str:
        return writer.fragment(match[1])

    return _lines(derivation, writer.equation, lambda text: _CODE.sub(code, text), width)


def latex(derivation: Derivation, book: Book) -> str:
    r"""Return a derivation as an align* of LaTeX, for a page with amsmath."""
    writer = Writer.of_latex(derivation, book)
    rows, remarks = [], remarks_of(derivation.steps)
    for step, text in zip(derivation.steps, remarks):
        left, forms, definitions = writer.equation(step)
        forms = [*forms[:-1], forms[-1] + "".join(f", \\quad {name} = {text}" for name, text in definitions)]
        remark = latex_remark(text, writer)
        rows += [f"{left if not index else ''} &= {form}" for index, form in enumerate(forms)]
        rows[-1] += f" && \\text{{{remark}}}" if remark else ""
    return "\n".join(["\\begin{align*}", " \\\\\n".join(rows), "\\end{align*}"])


def records(derivation):
    """Return the steps of a derivation as dictionaries of texts and lists, for JSON."""
    return step_records(derivation.steps)


def step_records(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Return steps as dictionaries of texts and lists, for JSON."""
    return [
        {
            "left": step.left,
            "forms": list(step.forms),
            "expression": step.expression,
            "kind": step.kind,
            "rule": step.rule,
            "source": step.source,
            "text": step.text,
            "shape": list(step.shape),
            "definitions": {name: text for name, text in step.definitions},
        }
        for step in steps
    ]


def shown_steps(derivation: Derivation, book: Book) -> list[dict[str, Any]]:
    """Return the steps in LaTeX for a page: left side, forms, definitions, and the remark as pieces of text and math.

    A piece is {"text": words} or {"math": LaTeX}.
    """
    writer = Writer.of_latex(derivation, book)
    found = []
    for step in derivation.steps:
        left, forms, definitions = writer.equation(step)
        words = _CODE.split(step.text)
        remark = [
            {"math": writer.fragment(word)} if index % 2 else {"text": word} for index, word in enumerate(words) if word
        ]
        named = [{"name": name, "latex": text} for name, text in definitions]
        found.append({
            "left": left, "forms": forms, "definitions": named, "remark": remark, "rule": step.rule,
            "source": step.source, "last": step.kind == DERIVATIVE,
        })
    return found


# -- one equation a notation ------------------------------------------------------------------------------


def _plain(step):
    return step.left, list(step.forms), list(step.definitions)


class Writer:
    """Writes the equations of a derivation with one of the printers."""

    def __init__(self, derivation: Derivation, book: Book, printer: Callable, is_latex: bool = False) -> None:
        self.derivation, self.book, self.printer, self.is_latex = derivation, book, printer, is_latex
        self.changes = {change: name for name, change in derivation.changes.items()}

    @classmethod
    def of_latex(cls, derivation: Derivation, book: Book) -> Writer:
        """Return the writer in LaTeX, which spells names as they were typed."""
        return cls(derivation, book, partial(latex_text, spelled=_spelled(derivation)), True)

    def tree(self, text: str) -> str:
        """Return one side of a line as the notation writes it."""
        return self.printer(parse_tree(text), self.book, self.derivation.shapes, self.changes)

    def equation(self, step: Step) -> tuple[str, list[str], list[tuple[str, str]]]:
        """Return (left side, forms, definitions) of a step as the notation writes them."""
        definitions = [(self.tree(name), self.tree(text)) for name, text in step.definitions]
        return self._left(step), [self.tree(form) for form in step.forms], definitions

    def _left(self, step: Step) -> str:
        if step.kind not in (DERIVATIVE, TANGENT):
            return self.tree(step.left)
        function, variable, order = self.derivation.function, self.derivation.variable, self.derivation.order
        if step.kind == DERIVATIVE and self.derivation.convention != "wirtinger":
            return rf"\text{{{step.left}}}" if self.is_latex else step.left
        if step.kind == TANGENT:
            variable = tangent_of(self.derivation)
        shapes = self.derivation.shapes[function], self.derivation.shapes[variable]
        if self.is_latex:
            return latex_quotient(self.tree(function), self.tree(variable), *shapes, order)
        return quotient(self.tree(function), self.tree(variable), *shapes, order, UNICODE_MARKS)

    def fragment(self, text: str) -> str:
        """Return code from a sentence as the notation writes it: d logdet(X) = tr(inv(X) @ dX)."""
        return " = ".join(self._side(part) for part in text.split(" = "))

    def _side(self, text: str) -> str:
        d, text = (text[:2], text[2:]) if text.startswith("d ") else ("", text)
        d = r"\mathrm{d}\," if d and self.is_latex else d
        if text in self.book.function_names():
            return rf"\mathrm{{{_escaped(text)}}}" if self.is_latex else text
        tree = parse_tree(text)
        shapes = {name: ("n", "m") if name[-1].isupper() else ("n", 1) for name in names(tree)}
        changes = {name: name[1:] for name in shapes if name[0] == "d" and len(name) == 2}
        return d + self.printer(tree, self.book, {**shapes, **self.derivation.shapes}, {**changes, **self.changes})


# -- the page ------------------------------------------------------------------------------------------------


def _lines(derivation: Derivation, equation: Callable, remark: Callable, width: int | None) -> list[str]:
    rows = [equation(step) for step in derivation.steps]
    lefts = [left for (left, _, _), step in zip(rows, derivation.steps) if step.kind != DERIVATIVE]
    column = max((len(left) for left in lefts if len(left) <= 8), default=0)
    digits = len(str(len(rows)))
    found, remarks = [], remarks_of(derivation.steps)
    for number, ((left, forms, definitions), step) in enumerate(zip(rows, derivation.steps), 1):
        last = step.kind == DERIVATIVE
        head = f"{'' if last else number:>{digits}}  {left if last else left.ljust(column)} = "
        with_parts = ", ".join(f"{name} = {text}" for name, text in definitions)
        forms = [*forms[:-1], forms[-1] + (f",  with {with_parts}" if with_parts else "")]
        found += page(head, forms, remark(remarks[number - 1]), width)
    return found


def remarks_of(steps: Sequence[Step]) -> list[str]:
    """Return the remark of every step: its sentence, and its sources where they are named for the first time."""
    seen, found = set(), []
    for step in steps:
        sources = [s for s in step.source.split("; ") if s and s not in seen] if step.kind != DERIVATIVE else []
        seen.update(sources)
        found.append(step.text + (f" ({'; '.join(sources)})" if sources else ""))
    return found


def page(head: str, forms: list[str], remark: str, width: int | None) -> list[str]:
    """Return the lines of one step: its forms in one line where they fit, the remark beside or below."""
    indent, line = " " * (len(head) - 2), head + " = ".join(forms)
    lines = [line]
    if width is not None and len(line) > width and len(forms) > 1:
        lines = [head + forms[0], *[f"{indent}= {form}" for form in forms[1:]]]
    if not remark:
        return lines
    if width is None:
        return [*lines[:-1], f"{lines[-1]:<{REMARK_COLUMN - 1}}  {remark}"]
    column = min(REMARK_COLUMN, width - LEAST_REMARK)
    wrapped = textwrap.wrap(remark, width - column, break_long_words=False, break_on_hyphens=False)
    if len(lines[-1]) + 2 <= column:
        lines[-1] = f"{lines[-1]:<{column}}{wrapped.pop(0)}"
    return lines + [" " * column + part for part in wrapped]


# -- LaTeX ----------------------------------------------------------------------------------------------------


def _spelled(derivation: Derivation) -> dict[str, str]:
    """Return how names are written: as typed, and named parts in bold where all arrays are."""
    found, shapes = dict(derivation.spelled), derivation.shapes
    made = [derivation.values, *(kind.values() for kind in (derivation.changes, derivation.sensitivities))]
    own = set(shapes).difference(*made, derivation.jacobians.values())
    if own and all(found.get(name, "").startswith(_BOLD) for name in own if shapes[name]):
        parts = [name for name in derivation.values if len(name) == 1 and shapes.get(name)]
        found.update({name: rf"\mathbf{{{name}}}" for name in parts if name not in found})
    return found


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def latex_remark(text: str, writer: Writer) -> str:
    words = _CODE.split(text)
    return "".join(f"${writer.fragment(word)}$" if index % 2 else _escaped(word) for index, word in enumerate(words))
