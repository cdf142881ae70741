"""Where the rule files and their tables lie."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ..errors import RuleFileError


def rules_folder():
    """Return the folder of the rule files: the installed package's, else the checkout's.

    Raises RuleFileError where neither is there.
    """
    installed = resources.files("matcalc") / "rules"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[2] / "rules"
    if checkout.is_dir():
        return checkout
    raise RuleFileError("the rule book is missing", hint="install matcalc again: the package carries rules/*.rules")
