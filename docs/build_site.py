"""Builds the documentation site, offline and complete: python -m docs.build_site FOLDER

The pages are those of the checkout. They are gathered in a folder of their own, where README.md is an overview and the
pages of the project stand beside those of docs/, and every link between them is written anew; the API reference is made
of the public names. Sphinx does the rest, and what it warns of is an error. Needs the extra ``docs``.
"""

import os
import re
import shutil
import sys
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
# pages outside of docs/, and where the site has them
PROJECT = {
    "README.md": "overview.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
}
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_MERMAID = re.compile(r"^```mermaid\n.*?^```$", re.MULTILINE | re.DOTALL)

# the public names under the headings of the API reference
API = {
    "Differentiating": ["diff", "parse", "Derivative", "Derivatives", "Expression", "limits"],
    "Judging": ["check", "ClaimReport", "CheckReport", "StepsReport"],
    "Deriving": ["Derivation", "Step"],
    "Expansions, equations, optimality": ["taylor", "newton", "implicit", "kkt", "Answer"],
    "Random names": [
        "expectation", "variance", "covariance", "condition", "propagate", "entropy", "kl_divergence", "fisher",
        "Moment",
    ],
    "Matrices": [
        "linalg.read_matrix", "linalg.Matrix", "linalg.definite", "linalg.convex", "linalg.structure", "linalg.norms",
        "linalg.eig", "linalg.svd", "linalg.polar", "linalg.qr", "linalg.cholesky", "linalg.ldl", "linalg.schur",
        "linalg.rank", "linalg.null_space", "linalg.spectral_radius",
    ],
    "Errors": [
        "MatcalcError", "ExpressionSyntaxError", "UnknownNameError", "UnknownFunctionError", "ShapeError", "LimitError",
        "ArgumentError", "ConversionError", "DomainError", "NoRuleError", "RuleFileError", "MissingLibraryError",
        "CheckFailedError", "ConditionWarning",
    ],
}  # fmt: skip


@cache
def pages() -> dict[str, str]:
    """Return {path in the checkout: path in the site} of all pages."""
    found = dict(PROJECT)
    for path in sorted((ROOT / "docs").rglob("*.md")):
        inner = path.relative_to(ROOT / "docs")
        target = inner.with_name("index.md") if inner.name == "README.md" else inner
        found[path.relative_to(ROOT).as_posix()] = target.as_posix()
    return found


def place(path: str) -> str:
    """Return where the site has a file of the checkout."""
    known = pages()
    if path in known:
        return known[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else f"files/{path}"


def linked(source: str, target: str) -> str | None:
    """Return the file of the checkout that a link in a page leads to, None for one that leads elsewhere."""
    if re.match(r"[a-z]+:|#", target):
        return None
    path = os.path.normpath(PurePosixPath(source).parent / target.partition("#")[0])
    return f"{path}/README.md" if (ROOT / path).is_dir() else path


def rewritten(source: str, text: str) -> str:
    """Return the text of a page with its links as the site has them."""
    here = PurePosixPath(place(source)).parent

    def link(match: re.Match) -> str:
        path = linked(source, match[2])
        if path is None:
            return match[0]
        _, sign, anchor = match[2].partition("#")
        return f"{match[1]}{os.path.relpath(place(path), here)}{sign}{anchor}{match[3]}"

    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        # the blank line that doctest asks for before the end of a block is no part of what is shown
        parts += [_LINK.sub(link, text[end : fence.start()]), fence[0].replace("\n\n```", "\n```")]
        end = fence.end()
    return "".join([*parts, _LINK.sub(link, text[end:])])


def listed(page: str) -> list[str]:
    """Return the pages, by their names in the site, that the tables of contents of a page of the checkout list."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"^:::\{toctree\}\n(.*?)^:::$", text, re.MULTILINE | re.DOTALL)
    folder = PurePosixPath(place(page)).parent
    lines = [line for block in blocks for line in block.splitlines() if line and line[0] != ":"]
    return [(folder / re.sub(r".*<(.*)>", r"\1", line)).as_posix() + ".md" for line in lines]


def children(source: str) -> list[str]:
    """Return the pages beside an index page that it links to and no other table of contents has, in their order."""
    if not source.endswith("/README.md"):
        return []
    text = _FENCE.sub("", (ROOT / source).read_text("utf-8"))
    elsewhere = {source, *map(_origin, listed("docs/index.md"))}
    found = dict.fromkeys(linked(source, match[2]) for match in _LINK.finditer(text))
    folder = PurePosixPath(place(source)).parent
    inner = [path for path in found if path in pages() and path not in elsewhere]
    return [place(path) for path in inner if PurePosixPath(place(path)).parent == folder]


def unlisted() -> list[str]:
    """Return the pages that no table of contents has: new ones, which the front page lists last."""
    inner = [child for source in pages() for child in children(source)]
    return sorted(set(pages().values()).difference(listed("docs/index.md"), inner, ["index.md"]))


def _origin(target: str) -> str:
    return next((source for source, known in pages().items() if known == target), "")


def api_page() -> str:
    """Return the page of the public names, for Sphinx's autodoc."""
    lines = ["# Python interface", "", "Everything public, with the types that a type checker sees.", ""]
    for heading, names in API.items():
        lines += [f"## {heading}", ""]
        for name in names:
            last = name.rpartition(".")[2]
            kind = "function" if last[0].islower() else "exception" if last.endswith(("Error", "Warning")) else "class"
            lines += ["```{eval-rst}", f".. auto{kind}:: matcalc.{name}"]
            lines += ["   :members:", "   :inherited-members:"] if kind == "class" else []
            lines += ["```", ""]
    return "\n".join(lines)


def gather(folder: Path) -> None:
    """Write the sources of the site into a folder."""
    for source, target in pages().items():
        text = _MERMAID.sub("![The stations of the way of an expression](images/architecture.svg)",
                            (ROOT / source).read_text("utf-8"))
        for match in _LINK.finditer(_FENCE.sub("", text)):
            path = linked(source, match[2])
            if path is not None and not path.endswith(".md"):
                _copy(ROOT / path, folder / place(path))
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        front = target == "index.md"
        inner = [child.removesuffix(".md") for child in (unlisted() if front else children(source))]
        inner = inner if front else [PurePosixPath(child).name for child in inner]
        caption = [":caption: More"] if front else []
        contents = "\n".join(["", ":::{toctree}", ":hidden:", *caption, "", *inner, ":::", ""]) if inner else ""
        (folder / target).write_text(rewritten(source, text) + contents, encoding="utf-8")
    _copy(ROOT / "docs" / "images" / "architecture.svg", folder / "images" / "architecture.svg")
    (folder / "api.md").write_text(api_page(), encoding="utf-8")


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def main(folder: str) -> int:
    """Build the site into a folder; return 0 where nothing was wrong."""
    from sphinx.cmd.build import build_main

    site = Path(folder).resolve()
    sources = site.parent / f"{site.name}-sources"
    for old in (site, sources):
        shutil.rmtree(old, ignore_errors=True)
    gather(sources)
    options = ["-W", "--keep-going", "-q", "-b", "html", "-c", str(ROOT / "docs"), "-d", str(sources / ".doctrees")]
    return build_main([*options, str(sources), str(site)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
