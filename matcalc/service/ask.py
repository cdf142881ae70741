"""The parts of an answer, one after another, as data: what the page asks for, in a server or in the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..budget import Budget, working
from ..errors import ArgumentError, MatcalcError
from ..words import known_word
from . import parts
from .corrections import mistake
from .question import read_question
from .records import Record
from .session import Session

# each part of an answer, and the part without which there is none of it
PARTS = {
    "reading": None,
    "derivative": "reading",
    "check": "derivative",
    "steps": "derivative",
    "code": "derivative",
    "graph": "reading",
    "convexity": "reading",
    "claim": "reading",
}
# what is done for a part, as progress and limits say it
DOING = {
    "reading": "reading the expression",
    "derivative": "differentiating",
    "check": "checking the derivative",
    "steps": "deriving it step by step",
    "code": "writing the code",
    "graph": "drawing the graph",
    "convexity": "proving convexity or definiteness",
    "claim": "judging the formula",
}
# those that a matrix of numbers has
OF_MATRICES = ("reading", "convexity")


def answers(
    members: Mapping[str, Any],
    wanted: Sequence[str] = ("reading", "derivative"),
    rules: tuple[str, ...] = (),
    begin: Callable[[str, Budget], None] = lambda part, budget: None,
) -> Iterator[tuple[str, Record]]:
    """Yield (part, record) for each of the wanted parts of a question's answer, in their order.

    ``members``: the question, the fields of :class:`~matcalc.service.question.Asked`; ``wanted``: some of ``PARTS``.
    A record has what ``--json`` says and, under "shown", the same for a page; one of an error has "error". A part
    that needs a failed one is left out. ``rules``: paths of rule files; ``begin`` is called with every part before it
    is worked on, and with the budget of work that it has. Nothing that a user can cause is raised.

    >>> from matcalc.service.ask import answers
    >>> [(part, record)] = answers({"expression": "x.T@A@x"}, ["derivative"])
    >>> part, record["derivative"]
    ('derivative', '(A + A.T)@x')
    """
    text = members.get("expression") if isinstance(members, Mapping) else None
    text = text if isinstance(text, str) else ""
    try:
        session = Session(read_question(members), rules)
        wanted = [known_word("part", part, PARTS) for part in wanted]
        if not wanted:
            raise ArgumentError("no part is asked for", hint=f"some of {', '.join(PARTS)}")
    except MatcalcError as error:
        yield "question", mistake(text, error)
        return
    failed: set[str] = set()
    for part in wanted:
        if session.is_matrix and part not in OF_MATRICES:
            continue
        if PARTS[part] in failed:
            failed.add(part)
            continue
        try:
            with working(DOING[part]) as budget:
                begin(part, budget)
                record = getattr(parts, part)(session)
        except MatcalcError as error:
            failed.add(part)
            record = mistake(text, error)
        yield part, record
