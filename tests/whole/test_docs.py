"""The transcripts in README.md and docs/ show what matcalc prints, and the pages keep together.

The ``>>>`` examples of the same pages are run by pytest itself (``--doctest-glob``).
"""

import doctest
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from tables import every_row

import matcalc
from docs.generate_rules import TARGET, cookbook_equations, page
from matcalc.command.main import main
from matcalc.errors import RuleFileError
from matcalc.rulebook.files import read_rules, standard_rules

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page, *kinds):
    """Return the fenced blocks of these kinds, as (line number, text)."""
    text = page.read_text(encoding="utf-8")
    return [(text[:m.start()].count("\n") + 1, m["body"]) for m in BLOCK.finditer(text) if m["kind"] in kinds]


def transcripts():
    """Yield (name, block) for every block that shows a session of the command line."""
    for path in PAGES:
        for line, body in blocks(path, "console", "text"):
            if body.startswith("$ "):
                yield f"{path.relative_to(ROOT).as_posix()}:{line}", body


TRANSCRIPTS = dict(transcripts())


def commands(block):
    """Return the (command, shown output) pairs of a transcript."""
    pairs = []
    for line in block.splitlines():
        if line.startswith("$ "):
            pairs.append((line[2:], []))
        else:
            pairs[-1][1].append(line)
    return [(command, "\n".join(output).rstrip() + "\n") for command, output in pairs]


class Session:
    """The little of a shell that transcripts need: matcalc, `echo … | matcalc`, `cat` and `python FILE`, `echo $?`."""

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch
        self.status = 0

    def run(self, command):
        """Return what a command prints, to either stream."""
        source, pipe, rest = command.partition(" | ")
        words = shlex.split(rest if pipe else command)
        if words == ["echo", "$?"]:
            return f"{self.status}\n"
        if words[0] == "cat":
            return Path(words[1]).read_text(encoding="utf-8")
        if words[:2] == ["matcalc", "serve"]:
            return self.serve(words[1:])
        if words[0] == "python":
            return self.python(words[1:])
        assert words[0] == "matcalc", f"a transcript runs matcalc, not {command!r}"
        given = ""
        if pipe:
            producer, *given = shlex.split(source)
            assert producer == "echo", f"a transcript pipes from echo, not {source!r}"
        return self.matcalc(words, " ".join(given) + "\n")

    def python(self, words):
        """Run a program in a process of its own, in which nothing is imported yet."""
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        done = subprocess.run(
            [sys.executable, *words],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.status = done.returncode
        return done.stdout

    def serve(self, words):
        """Start the page, ask for it where the first line says it is, and interrupt it."""
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        with subprocess.Popen([sys.executable, "-m", "matcalc", *words], env=environment, **streams) as process:
            first = process.stdout.readline()
            with urllib.request.urlopen(first.strip(), timeout=30) as page:
                assert b"<title>matcalc" in page.read()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        self.status = process.returncode
        return first + out + err

    def matcalc(self, words, given):
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        self.monkeypatch.setattr(sys, "argv", words)
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8"))
        self.monkeypatch.setattr(sys, "stdout", output)
        self.monkeypatch.setattr(sys, "stderr", output)
        try:
            main()
            self.status = 0
        except SystemExit as ended:
            self.status = ended.code or 0
        finally:
            self.monkeypatch.undo()
        output.flush()
        return output.buffer.getvalue().decode()


@pytest.mark.parametrize("name", list(TRANSCRIPTS))
def test_transcript(name, monkeypatch, tmp_path):
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "examples")
    session = Session(monkeypatch)
    for command, shown in commands(TRANSCRIPTS[name]):
        with monkeypatch.context() as here:
            here.chdir(tmp_path / "examples")
            got = session.run(command)
        assert doctest.OutputChecker().check_output(shown, got, OPTIONS), f"$ {command}\nshown:\n{shown}\ngot:\n{got}"


def test_there_are_transcripts():
    assert len(TRANSCRIPTS) >= 10


def test_readme_has_two_commands_of_one_line():
    found = [body for _, body in blocks(ROOT / "README.md", "sh")]
    assert len(found) == 2
    for body in found:
        assert body.count("\n") == 1
        assert "-c constraints.txt" in body
    assert found[0].rstrip().endswith('matcalc diff "x.T@A@x" --layout denom')
    assert found[1].rstrip().endswith("pytest -n 2")


def test_the_run_of_the_project_takes_its_commands_from_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (program,) = re.findall(r"awk '(.*)' README\.md", script)
    found = subprocess.run(["awk", program, ROOT / "README.md"], capture_output=True, text=True, check=True).stdout
    assert found == "".join(body for _, body in blocks(ROOT / "README.md", "sh"))
    for place in (0, 1):
        assert f'bash -euo pipefail -c "${{commands[{place}]}}"' in script


@every_row("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_examples_in_python_are_run(path):
    """A block of Python without a prompt would be shown and never run."""
    for line, body in blocks(path, "python", "pycon", "py"):
        assert body.startswith(">>> "), f"{path.name}, line {line}"
        assert body.endswith("\n\n"), f"{path.name}, line {line}: no blank line before the closing fence"


@every_row("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", text)):
        if not target.startswith(("https://", "#")):
            assert (path.parent / target.partition("#")[0]).exists(), f"{path.name}: {target}"


def test_every_page_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        for target in re.findall(r"\]\(([^)#\s]+\.md)", path.read_text(encoding="utf-8")):
            if not target.startswith("https://"):
                waiting.append((path.parent / target).resolve())
    assert set(PAGES) <= reached


@every_row("path", sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")), ids=lambda path: path.name)
def test_decisions_are_short_and_complete(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert re.match(rf"# {path.name[:4]} ", lines[0])
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Choice", "## Cost"]
    assert len(lines) < 40


def table_rows(path, columns):
    """Return the cells of the rows of a page's tables that have this many columns, without headings."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split(" | ") for line in lines if line.startswith("| ")]
    return [[cell.strip(" `") for cell in row] for row in rows if len(row) == columns]


LAYOUT_ROWS = [row for row in table_rows(ROOT / "docs" / "conventions.md", 5) if row[1] != "of" and "---" not in row[1]]


@every_row("row", LAYOUT_ROWS, ids=lambda row: row[0])
def test_the_table_of_layouts_is_true(row):
    kind, expression, variable, numerator, denominator = row
    order = 2 if kind.startswith("second") else 1
    assert str(matcalc.diff(expression, variable, "num", order)) == numerator
    assert str(matcalc.diff(expression, variable, "denom", order)) == denominator


def test_the_table_of_layouts_has_every_pair():
    assert len({row[0] for row in LAYOUT_ROWS}) == len(LAYOUT_ROWS) == 11


def test_every_condition_of_the_rules_is_explained():
    explained = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    for rule in standard_rules():
        for text in [*rule.where, *[text for formula in rule.differentials for text in formula.where]]:
            word = text.partition("(")[0]
            assert word in ("k > 1", "k < 0") or f"`{word}(" in explained, text


def test_every_function_is_in_the_page_of_the_language():
    text = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", text))
    assert {rule.name for rule in standard_rules() if not rule.operator and not rule.name.startswith("[")} <= words
    assert "`X[1:, :-1]`" in text and "`[[a, b], [c, d]]`" in text  # the entries whose names are NumPy's signs


def test_every_word_of_a_rule_file_is_explained():
    text = (ROOT / "docs" / "rule-files.md").read_text(encoding="utf-8")
    (entry,) = read_rules("f(X: n,m) -> n,m\n    torch X\n    source Calculus\n    states none\n", "words.rules")
    with pytest.raises(RuleFileError) as caught:
        read_rules(f"{entry.text()}\n    nonsense\n", "words.rules")
    words = caught.value.hint.removeprefix("one of ").split(", ")
    assert len(words) > 20
    for word in words:
        assert re.search(rf"^\| `{word}\b", text, re.MULTILINE), word


def test_the_rule_reference_is_up_to_date():
    assert TARGET.read_text(encoding="utf-8") == page(standard_rules()), "run python -m docs.generate_rules"


def test_the_rule_reference_has_every_entry_and_source():
    text = TARGET.read_text(encoding="utf-8")
    for rule in standard_rules():
        assert f"`{' '.join(rule.header.split(' where ')[0].split())}`" in text
        assert rule.source in text


def test_cookbook_equations_are_counted_once():
    sources = ["Matrix Cookbook (40), (43)", "Giles (2008), 2.2.3; Matrix Cookbook (40)", "Calculus (1)"]
    assert cookbook_equations(sources) == [40, 43]
