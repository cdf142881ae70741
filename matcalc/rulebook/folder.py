"""Where the rule files and their tables lie."""

from __future__ import annotations

from pathlib import Path

from ..errors import RuleFileError


def rules_folder():
    """Return the folder of the rule files: the installed package's, else the checkout's.

    Raises RuleFileError where neither is there.
    """
    for folder in (Path(__file__).parents[1] / "rules", Path(__file__).resolve().parents[2] / "rules"):
        if folder.is_dir():
            return folder
    from importlib import resources  # takes longer to import; a package within an archive has no folder

    archived = resources.files("matcalc") / "rules"
    if archived.is_dir():
        return archived
    raise RuleFileError("the rule book is missing", hint="install matcalc again: the package carries rules/*.rules")
