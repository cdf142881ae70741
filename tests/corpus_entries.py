"""The corpus of verified identities: reading it, and asking matcalc its questions."""

from __future__ import annotations

import json
from pathlib import Path

import matcalc

FOLDER = Path(__file__).parent / "corpus"

# no closed form in the language: refused, with the reason
WITHOUT_CLOSED_FORM = {
    "mc-091b": "a general matrix power with a symbolic exponent, outside a trace",
    "wiki-df-04-num": "the Jacobian of the matrix exponential",
    "wiki-df-04-denom": "the Jacobian of the matrix exponential",
    "mn-069": "the Jacobian of the matrix exponential",
    "rw-se-47": "the gradient of tr(A@expm(X)) for A that does not commute with X",
    "rw-se-51": "the derivative of expm along a direction that does not commute",
}


def entries(*files):
    """Return the entries of the corpus files, as dictionaries."""
    return [json.loads(line) for name in files for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


QUESTIONS = [entry for entry in entries("textbook", "realworld") if "error" not in entry]
TRAPS = [entry for entry in entries("realworld") if "error" in entry]
ANSWERED = [entry for entry in QUESTIONS if entry["id"] not in WITHOUT_CLOSED_FORM]


def answer(entry):
    """Return matcalc's Derivative for an entry."""
    return matcalc.diff(
        entry["expr"], wrt=entry["wrt"], layout=entry["layout"], order=entry["order"], shapes=entry["shapes"],
        assume=entry.get("assume"), structure="parametrized" if entry.get("structured") else "free",
    )
