"""One question and its answers as records: what it is about is read once, and derived once."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from ..answers.derivative import Derivative
from ..answers.expression import Expression
from ..api import diff, parse
from ..errors import ArgumentError
from ..shapes.declarations import read_assumptions, read_shapes
from .question import Asked
from .records import Record, claim_record, derivative_record, input_record, proof_record, step_records

_MATRIX = re.compile(r"\[[\s\d.,;/eij+\-\[\]]*\]")


def _given(text: str) -> tuple[str, ...]:
    return (text,) if text.strip() else ()


class Session:
    """The answers to one question, each in the schema of ``--json``; every method raises a MatcalcError.

    ``rules`` are paths of rule files: they are chosen by whoever starts a server, never by a question.
    """

    def __init__(self, asked: Asked, rules: tuple[str, ...] = ()) -> None:
        self.asked, self.rules = asked, rules

    @cached_property
    def shapes(self) -> dict[str, tuple]:
        """The declared shapes."""
        return read_shapes(_given(self.asked.shape))

    @cached_property
    def assume(self) -> dict[str, list[str]]:
        """The declared facts."""
        return read_assumptions(_given(self.asked.assume))

    @cached_property
    def is_matrix(self) -> bool:
        """Whether the question is about a matrix of numbers, which is written [[2, 1], [1, 3]]."""
        return _MATRIX.fullmatch(self.asked.expression.strip()) is not None

    @cached_property
    def function(self) -> Expression:
        """The expression."""
        if not self.asked.expression.strip():
            raise ArgumentError("an expression is missing", hint="write one, such as x.T@A@x")
        return parse(self.asked.expression, self.shapes, self.assume, self.rules, self.asked.notation)

    @cached_property
    def derivative(self) -> Derivative:
        """The derivative."""
        asked = self.asked
        return diff(
            self.function, asked.wrt.strip() or None, asked.layout, asked.order, self.shapes,
            structure=asked.structure, rules=self.rules, convention=asked.convention,
        )

    def differentiate(self) -> Record:
        """Return the record of the derivative with both of its checks."""
        return derivative_record(self.derivative, self.check())

    def check(self) -> Any:
        """Return the report of both checks of the derivative."""
        return self.derivative.check(self.asked.points, self.asked.seed)

    def steps(self) -> Record:
        """Return the record of the derivative with its derivation and the check of every line."""
        derivation = self.derivative.derivation  # raises where there is none, before it is checked
        report = self.derivative.check_steps(self.asked.points, self.asked.seed)
        return {**derivative_record(self.derivative, report), "steps": step_records(derivation, report)}

    def check_claim(self) -> Record:
        """Return the record of the claim."""
        return claim_record(self.asked.expression, self.claim())

    def claim(self) -> Any:
        """Return the report on the claim."""
        from ..claims import check

        asked = self.asked
        if not asked.claim.strip():
            raise ArgumentError("the formula is missing", hint="write what you think the derivative is")
        return check(
            asked.expression, asked.claim, asked.wrt.strip() or None, asked.claim_layout, asked.order, self.shapes,
            self.assume, asked.structure, self.rules, asked.notation, max(asked.points, 4), asked.seed,
            asked.convention,
        )

    def code(self) -> Record:
        """Return the record of the code: ``target`` and ``code``, a text."""
        asked = self.asked
        words = [word.strip() for word in asked.orders.split(",")]
        if not all(word in ("0", "1", "2") for word in words) or len(set(words)) < len(words):
            raise ArgumentError(f"'{asked.orders}' are no orders", hint="some of 0, 1 and 2, such as 0,1,2")
        orders = tuple(map(int, words))
        derivative = self.derivative.of_order(2 if 2 in orders and 1 not in orders else 1)
        return {
            **input_record(derivative), "wrt": derivative.wrt, "target": asked.target, "orders": list(orders),
            "code": derivative.code(asked.target, orders=orders),
        }

    def graph(self) -> Record:
        """Return the record of the computational graph: ``text``, its lines, and ``svg``, a drawing."""
        name = self.asked.wrt.partition("[")[0].strip()  # of A[1, 2] the graph is that of A
        graph = self.function.graph(name or None)
        drawn = {"text": str(graph), "svg": graph.svg(self.asked.adjoints)}
        return {**input_record(self.function), "wrt": graph.variable, **drawn}

    def definite(self) -> Record:
        """Return the record of definiteness, or of the sign of a scalar."""
        report = self.definiteness()
        return proof_record(report, self.verified(report))

    def convex(self) -> Record:
        """Return the record of convexity."""
        report = self.convexity()
        return proof_record(report, self.verified(report))

    def definiteness(self) -> Any:
        """Return the report of definiteness. No file is read: a text that names one is not looked for."""
        from ..linalg.definiteness.definite import definite

        source = self.asked.expression if self.is_matrix else self.function
        return definite(source, seed=self.asked.seed)

    def convexity(self) -> Any:
        """Return the report of convexity."""
        from ..linalg.convexity.convex import convex

        return convex(self.function, self.asked.wrt.strip() or None, rules=self.rules, seed=self.asked.seed)

    def verified(self, report: Any) -> Any:
        """Return the check of a report's certificate, None where it has none."""
        if getattr(report, "expression", None) is None:
            return report.verify()
        return None if report.proof is None else report.verify(self.asked.points, self.asked.seed)
