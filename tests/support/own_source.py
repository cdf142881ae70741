"""The statements of matcalc's own modules, read once for all tests that look at them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def is_for_types(node: ast.AST) -> bool:
    """Return whether a statement is ``if TYPE_CHECKING:``, whose imports are never run."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@cache
def statements(path: Path) -> list[tuple[ast.AST, bool]]:
    """Return the statements of a module, at any depth, each with whether it is for types alone."""
    found, stack = [], [(ast.parse(path.read_text(encoding="utf-8")), False)]
    while stack:
        node, types = stack.pop()
        found.append((node, types))
        types = types or is_for_types(node)
        stack.extend((child, types) for block in BLOCKS for child in getattr(node, block, ()))
    return found
