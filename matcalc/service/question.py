"""A question as it comes from outside: a mapping of texts, looked at word by word before anything is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..errors import ArgumentError, LimitError
from ..words import CONVENTIONS, LAYOUT_WORDS, STRUCTURES, SYNTAXES, TARGETS, known_word

# the most characters of one member; what the reader itself takes is less
LONGEST = 100_000
MOST_POINTS = 20
LAYOUT_OF_CLAIM = "any"


@dataclass(frozen=True)
class Asked:
    """A question in the words of the command line: ``shape`` is the text of --shape, ``assume`` that of --assume.

    ``claim`` is a formula to be judged, ``claim_layout`` the layout that it must have; ``target`` and ``orders`` are
    for code, ``adjoints`` is for the graph, ``points`` and ``seed`` are for checks. ``convention`` says which
    derivative by a complex name is meant.
    """

    expression: str = ""
    wrt: str = ""
    layout: str = "denom"
    order: int = 1
    shape: str = ""
    assume: str = ""
    structure: str = "free"
    syntax: str = "auto"
    claim: str = ""
    claim_layout: str = LAYOUT_OF_CLAIM
    target: str = "numpy"
    orders: str = "0,1"
    adjoints: bool = False
    points: int = 3
    seed: int = 0
    convention: str = CONVENTIONS[0]

    def __post_init__(self) -> None:
        known_word("convention", self.convention, CONVENTIONS)
        known_word("layout", self.layout, LAYOUT_WORDS)
        known_word("layout", self.claim_layout, (LAYOUT_OF_CLAIM, *LAYOUT_WORDS))
        known_word("structure", self.structure, STRUCTURES)
        known_word("syntax", self.syntax, ("auto", *SYNTAXES))
        known_word("target", self.target, TARGETS)
        if not 1 <= self.points <= MOST_POINTS:
            raise ArgumentError(f"points is {self.points}", hint=f"a number from 1 to {MOST_POINTS}")
        if not 0 <= self.seed < 2**32:
            raise ArgumentError(f"seed is {self.seed}", hint="a number from 0 to 2**32 - 1")

    @property
    def notation(self) -> str | None:
        """The syntax as ``parse`` takes it: None to find it."""
        return None if self.syntax == "auto" else self.syntax


_KINDS: dict[str, type] = {field.name: type(field.default) for field in fields(Asked)}


def read_question(members: Mapping[str, Any]) -> Asked:
    """Return the question that the members of a JSON object make.

    Raises ArgumentError for a member that there is not and for a value of another type, LimitError for a long one.
    """
    if not isinstance(members, Mapping):
        raise ArgumentError("a question is an object", hint='{"expression": "x.T@A@x"}')
    for name, value in members.items():
        kind = _KINDS[known_word("member", name, _KINDS)]
        if type(value) is not kind:
            said = f"'{name}' is {type(value).__name__}, not {kind.__name__}"
            raise ArgumentError(said, hint=f"give a {kind.__name__}")
        if isinstance(value, str) and len(value) > LONGEST:
            raise LimitError(f"'{name}' has {len(value)} characters", hint=f"at most {LONGEST}")
    return Asked(**members)
