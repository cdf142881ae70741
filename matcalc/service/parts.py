"""Each part of an answer for a page: the record of ``--json`` and, under "shown", its formulas as mathematics.

Sentences are lists of pieces, {"text": words} or {"math": LaTeX}, so that a page needs to know no notation.
"""

from __future__ import annotations

import re
from typing import Any

from ..answers.derivative import Derivative
from ..answers.expression import Expression
from ..answers.index_form import IndexForm
from ..api import book_of
from ..checks.report import torch_line
from ..counts import points_text
from ..language.indexed import walk
from ..language.syntax import Name, parse_tree
from ..libraries import trouble
from ..linalg.input.literals import read_literal
from ..printers.latex import latex_text
from ..printers.quotients import latex_quotient
from ..proofs.steps import Style, UnicodeStyle
from ..rulebook.facts import facts
from ..shapes.notes import for_command, surprising
from ..shapes.reading import ROW
from ..shapes.spelling import NUMBER
from ..steps.show import shown_steps
from ..words import LAYOUT_NAMES
from .abbreviate import abbreviated
from .corrections import note
from .records import Record, claim_record, derivative_record, input_record, proof_record, records
from .session import Session
from .suggest import shorter_if_symmetric
from .words import letter_of, shape_text

# the length beyond which a formula is shown as text alone: typesetting it would take a page seconds
MAX_TYPESET = 1500
# the most rows or columns of a matrix of numbers that are shown
MAX_DRAWN = 12
_BEGIN, _END = "\x02", "\x03"
_MARKED = re.compile(f"{_BEGIN}([^{_END}]*){_END}")
_RELATIONS = {">=": "≥", "<=": "≤", "!=": "≠"}


class _Marked(Style):
    """Sentences with formulas in LaTeX between marks, which :func:`_pieces` takes apart."""

    def __init__(self, function: Expression) -> None:
        self.function = function

    def expression(self, text: str) -> str:
        return f"{_BEGIN}{_latex(parse_tree(text), self.function)}{_END}"

    def sign(self, relation: str) -> str:
        return _RELATIONS.get(relation, relation)


def _pieces(text: str) -> list[Record]:
    words = _MARKED.split(text)
    return [{"math" if index % 2 else "text": word} for index, word in enumerate(words) if word]


def _latex(tree: Any, function: Any, shapes: dict | None = None) -> str:
    """Return a surface tree in LaTeX, its names spelled as the text has them."""
    translation = function.elaborated.translation
    known = function.shapes if shapes is None else shapes
    return latex_text(tree, function.book, known, spelled=translation.spelled if translation else None)


# -- the parts ------------------------------------------------------------------------------------------------------


def reading(session: Session) -> Record:
    """Return how the text was read: the formula, its notation, shape and names, notes with their corrections."""
    if session.is_matrix:
        return _matrix_reading(session)
    function = session.function
    short = function.length <= MAX_TYPESET
    return {
        **input_record(function),
        "shape": list(function.shape),
        "shapes": {name: list(shape) for name, shape in function.shapes.items()},
        "notes": for_command(function.notes),
        "shown": {
            "latex": _latex(function.elaborated.tree, function) if short else None,
            "letter": letter_of(function, function.shapes),
            "syntax": function.syntax,
            "read_as": function.text,
            "shape": shape_text(function.shape),
            "names": _names(function),
            "notes": _notes(function),
        },
    }


def _matrix_reading(session: Session) -> Record:
    rows = read_literal(session.asked.expression.strip()).texts
    shape = [len(rows), len(rows[0])]
    latex = None
    if max(shape) <= MAX_DRAWN:
        inner = r" \\ ".join(" & ".join(row) for row in rows)
        latex = rf"\begin{{bmatrix}}{inner}\end{{bmatrix}}"
    shown = {"matrix": True, "latex": latex, "shape": f"{shape[0]}×{shape[1]}", "names": [], "notes": []}
    return {"input": session.asked.expression, "shape": shape, "shapes": {}, "notes": [], "shown": shown}


def _names(function: Expression) -> list[Record]:
    """Return what is known of every name, and what may be declared of it."""
    guesses, found = function.elaborated.guesses, []
    for name, shape in function.shapes.items():
        square = bool(shape) and shape[0] == shape[1] and shape[0] != 1
        guess = {NUMBER: "a number", ROW: "a row"}.get(guesses.get(name, ""), "guessed" if name in guesses else "")
        found.append({
            "name": name,
            "latex": _latex(Name(name), function),
            "shape": shape_text(shape),
            "guess": guess,
            "facts": sorted(function.elaborated.facts.get(name, ())),
            "possible": [fact.name for fact in facts().values() if square or not fact.square],
        })
    return found


def _notes(answer: Expression | Derivative | IndexForm) -> list[Record]:
    return [note(text) for text in for_command(surprising(answer.notes))]


def derivative(session: Session) -> Record:
    """Return the derivative, and what would make it shorter."""
    found = session.derivative
    record = derivative_record(found, None)
    if isinstance(found, IndexForm):
        return {**record, "shown": _shown_index_form(found)}
    formulas = {"text": record["derivative"], "unicode": found.unicode(), "latex": None, "typst": None, "short": None}
    if found.length <= MAX_TYPESET:
        short, where = abbreviated(found, lambda tree, _, shapes: _latex(tree, found, shapes))
        formulas |= {"latex": found.latex(), "typst": found.typst(), "short": short, "definitions": where}
    return {
        **record,
        "shown": {
            **formulas,
            "left": _left_side(session.function, found),
            "shape": shape_text(found.shape),
            "layout": _layout(session.function, found),
            "where": [[{"math": _latex(c.tree, found)}, {"text": f" {c.predicate}"}] for c in found.conditions],
            "everywhere": None if found.everywhere is found else str(found.everywhere),
            "notes": _notes(found),
            "symmetric": _if_symmetric(session),
        },
    }


def _shown_index_form(found: IndexForm) -> Record:
    """Return an array of more than two indices as a page shows it: its entry, and which index is whose."""
    latex = found.latex() if len(walk(found.indexed.tree)) <= MAX_TYPESET else None
    shown = {"text": str(found), "unicode": found.unicode(), "latex": latex, "short": latex, "definitions": []}
    where = [[{"math": _latex(c.tree, found)}, {"text": f" {c.predicate}"}] for c in found.conditions]
    shown |= {"left": found.left_side("latex"), "shape": shape_text(found.shape), "layout": found.told_axes}
    return {**shown, "where": where, "everywhere": None, "notes": _notes(found), "symmetric": None}


def _layout(function: Expression, found: Derivative) -> str:
    """Return the layout, empty where all are the same: a symmetric Hessian, a scalar by a scalar."""
    hessian = found.order == 2 and not function.shape
    return "" if hessian or not (function.shape or found.variable_shape) else LAYOUT_NAMES[found.layout]


def _left_side(function: Expression, found: Derivative) -> str:
    above, below = letter_of(function, found.shapes), _latex(parse_tree(found.target), found)
    return latex_quotient(above, below, function.shape, found.variable_shape, found.order)


def _if_symmetric(session: Session) -> Record | None:
    found = shorter_if_symmetric(session.derivative, session.shapes, session.rules)
    if found is None:
        return None
    name, shorter = found
    correction = {"option": "assume", "value": f"{name} symmetric"}
    return {"name": name, "latex": shorter.latex(), "corrections": [correction]}


def check(session: Session) -> Record:
    """Return the verdict of both checks."""
    report = session.check()
    found = session.derivative
    lines = []
    if report.exact is not None:
        lines.append({"ok": report.exact.ok, "text": str(report.exact)})
    passed = report.exact is not None and report.exact.ok
    if report.torch is not None and not (passed and trouble()):  # where there is no torch, one check suffices
        text = torch_line(report.torch) if report.torch.ok else report.torch.reason
        lines.append({"ok": report.torch.ok, "text": text})
    shown = {"ok": report.ok, "lines": lines, "detail": report.detail}
    return {**input_record(found), "wrt": found.wrt, "ok": report.ok, **records(report), "shown": shown}


def steps(session: Session) -> Record:
    """Return the derivation line by line."""
    found = session.derivative
    record = session.steps()
    if isinstance(found, IndexForm):
        lines = found.derivation.shown()
    else:
        lines = shown_steps(found.derivation.as_written, found.book) if found.length <= MAX_TYPESET else []
    checked = record["check"]
    verdict: Record
    if checked["ok"]:
        verdict = {"ok": True, "text": f"all {len(record['steps'])} lines hold at {points_text(checked['points'])}"}
    else:
        verdict = {"ok": checked["ok"], "text": checked.get("reason", "")}
    return {**record, "shown": {"steps": lines, "verdict": verdict}}


def code(session: Session) -> Record:
    """Return a function that computes value and derivative, as source text."""
    return session.code()


def graph(session: Session) -> Record:
    """Return the computational graph, drawn."""
    return session.graph()


def claim(session: Session) -> Record:
    """Return the verdict on a claim, with the right answer, the counterexample and the mended formula."""
    report = session.claim()
    book = session.function
    mended = report.repaired if report.right is None or report.repaired != str(report.right) else None
    shown = {
        "headline": report.headline or report.message,
        "message": report.message if report.headline else "",
        "right": None if report.right is None else {"text": str(report.right), "latex": report.right.latex()},
        "mended": None if mended is None else {"text": mended, "latex": _latex(parse_tree(mended), book)},
        "also": list(report.also),
        "notes": [note(text) for text in for_command(report.notes)],
    }
    return {**claim_record(session.asked.expression, report), "shown": shown}


def convexity(session: Session) -> Record:
    """Return convexity and sign of a scalar function, definiteness of a square matrix."""
    if not session.is_matrix and session.function.shape:
        rows, columns = session.function.shape
        if rows != columns:
            return {**input_record(session.function), "verdicts": []}
        reports = {"definite": session.definiteness()}
    elif session.is_matrix:
        reports = {"definite": session.definiteness()}
    else:
        reports = {"convex": session.convexity(), "sign": session.definiteness()}
    verdicts = [_verdict(session, kind, report) for kind, report in reports.items()]
    return {"input": session.asked.expression, "verdicts": verdicts}


def _verdict(session: Session, kind: str, report: Any) -> Record:
    checked = session.verified(report)
    symbolic = getattr(report, "expression", None) is not None
    style = _Marked(report.expression) if symbolic else UnicodeStyle(book_of(), {})
    proof = [] if report.proof is None else [
        {
            "claim": _pieces(step.written(style)), "reason": step.reason, "source": step.source, "number": step.number,
        }
        for step in report.proof.steps
    ]
    details = [] if proof else report.details(style)
    return {
        "kind": kind,
        "verdict": report.verdict,
        "headline": _pieces(report.headline(style)),
        "proof": proof,
        "details": [_pieces(line) for line in details],
        "notes": [note(text) for text in for_command(report.notes)],
        "check": None if checked is None else checked.ok,
        "record": proof_record(report, checked),
    }
