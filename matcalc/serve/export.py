"""``matcalc export``: the page as a static site that runs matcalc in the browser, by Pyodide."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from .. import __version__
from ..errors import ArgumentError
from . import pages

PYODIDE = "314.0.7"
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
# what runs matcalc in a browser beside itself, and what of it nothing here reaches
LIBRARIES = ("sympy", "mpmath")
_LEFT_OUT = frozenset("tests benchmarks __pycache__".split())
_UNUSED = tuple(
    f"sympy/{name}/"
    for name in "physics stats vector diffgeom liealgebras categories crypto holonomic sandbox testing parsing/latex "
    "parsing/autolev parsing/c parsing/fortran".split()
)
_ONLY_THERE = ("transport-server.js", "precompile.mjs")
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; font-src 'self'; "
    "connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'"
)
_SERVER = '<meta name="transport" content="server">'
_BROWSER = f'<meta name="transport" content="pyodide">\n<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
_NOTICE = f"""This site runs matcalc {__version__} in the browser. It contains, each under its own licence:
Pyodide {{pyodide}} (Mozilla Public License 2.0) with CPython (Python Software Foundation License), in pyodide/
SymPy and mpmath (BSD), without what is not needed, and matcalc (MIT), in matcalc.zip, with their licences
KaTeX (MIT), in katex/
"""


def export(target: Path, pyodide: Path | None) -> list[str]:
    """Write the site into a folder, which is new, empty or an earlier export; return what is to be said of it.

    ``pyodide``: the folder of the npm package or of a release; without it npm fetches the package. Raises
    ArgumentError where one of both folders is not as it must be.
    """
    said = []
    _check_target(target)
    with tempfile.TemporaryDirectory() as temporary:
        source = _fetched(Path(temporary)) if pyodide is None else pyodide
        missing = [name for name in RUNTIME if not (source / name).is_file()]
        if missing:
            raise ArgumentError(f"{source} has no {missing[0]}", hint="name the folder of the npm package pyodide")
        sources = Path(temporary) / "sources.zip"
        sources.write_bytes(bundle())
        compiled = Path(temporary) / "compiled.zip"
        if _precompiled(source, sources, compiled):
            said.append("the Python files are compiled for Pyodide")
        else:
            said.append("the Python files are not compiled, for node is not here: the first answer takes longer")
            compiled = sources
        try:
            _write(target, source, compiled)
        except OSError as error:
            raise ArgumentError(f"{target} cannot be written: {error.strerror}", hint="name another folder") from error
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    said.append(f"{size / 1e6:.1f} MB; any server of files serves it: python -m http.server --directory {target}")
    return said


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise ArgumentError(f"{target} is no folder", hint="name a new one")
    if target.is_dir() and any(target.iterdir()) and not (target / "matcalc.zip").is_file():
        raise ArgumentError(f"{target} is not empty and no earlier export", hint="name a new folder")


def _fetched(folder: Path) -> Path:
    """Return the folder of the npm package, fetched by npm, which compares its integrity."""
    npm = shutil.which("npm")
    hint = "give its folder: --pyodide DIR"
    if npm is None:
        raise ArgumentError("Pyodide is not here, and npm, which fetches it, neither", hint=hint)
    done = subprocess.run([npm, "pack", "--silent", f"pyodide@{PYODIDE}"], cwd=folder, capture_output=True, text=True)
    archives = list(folder.glob("pyodide-*.tgz"))
    if done.returncode or not archives:
        reason = (done.stderr.strip().splitlines() or ["it says nothing"])[0]
        raise ArgumentError(f"npm cannot fetch pyodide@{PYODIDE}: {reason}", hint=hint)
    shutil.unpack_archive(archives[0], folder, filter="data")
    return folder / "package"


# -- what is written --------------------------------------------------------------------------------------------------


def bundle() -> bytes:
    """Return a zip archive of all Python files that answers need: matcalc, SymPy, mpmath, and their licences."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _files():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of every file, in an order that is always the same."""
    root = files(__package__.partition(".")[0])
    for name, entry in sorted(_tree(root, "matcalc/"), key=lambda pair: pair[0]):
        if not name.startswith("matcalc/serve/static/"):
            yield name, entry.read_bytes()
    if not root.joinpath("rules").is_dir():  # a checkout has the rules beside the package
        from ..rulebook.folder import rules_folder

        for path in sorted(rules_folder().iterdir()):
            if path.is_file():
                yield f"matcalc/rules/{path.name}", path.read_bytes()
    for library in LIBRARIES:
        try:
            listed = distribution(library).files or []
        except PackageNotFoundError:
            raise ArgumentError(f"the files of {library} are not listed", hint=f"pip install {library}") from None
        for path in sorted(listed, key=str):
            name = path.as_posix()
            if is_needed(name):
                yield name, path.read_binary()


def _tree(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in _LEFT_OUT:
                yield from _tree(entry, f"{prefix}{entry.name}/")
        elif not entry.name.endswith(".pyc"):
            yield prefix + entry.name, entry


def is_needed(name: str) -> bool:
    """Return whether a file of a library goes into the archive: its modules, no tests, and its licence."""
    parts = name.split("/")
    licence = ".dist-info" in parts[0] and "licen" in name.lower()
    return licence or parts[0] in LIBRARIES and not _LEFT_OUT & set(parts) and not name.startswith(_UNUSED)


def _precompiled(pyodide: Path, sources: Path, target: Path) -> bool:
    """Compile the archive's files with Pyodide's own Python, in node; return whether that went well."""
    node = shutil.which("node")
    if node is None:
        return False
    with as_file(files(__package__).joinpath("static", "precompile.mjs")) as program:
        done = subprocess.run([node, str(program), str(pyodide), str(sources), str(target)], capture_output=True)
    return done.returncode == 0 and target.is_file()


def _write(target: Path, pyodide: Path, archive: Path) -> None:
    for name in sorted(pages.names()):
        if name in _ONLY_THERE:
            continue
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = pages.content(name)
        if name == pages.START:
            content = content.decode().replace(_SERVER, _BROWSER).encode()
        path.write_bytes(content)
    (target / "pyodide").mkdir(exist_ok=True)
    for name in RUNTIME:
        shutil.copyfile(pyodide / name, target / "pyodide" / name)
    shutil.copyfile(archive, target / "matcalc.zip")
    (target / "NOTICE.txt").write_text(_NOTICE.format(pyodide=_version(pyodide)), encoding="utf-8")


def _version(pyodide: Path) -> str:
    """Return the version of a folder of Pyodide, as its list of packages has it."""
    import json

    try:
        return str(json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return PYODIDE
