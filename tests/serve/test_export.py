"""The static export: what is written, what is left out, and which folders are refused."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from command_line import matcalc_here
from tables import every_row

from matcalc.serve import export as module
from matcalc.serve import pages
from matcalc.serve.export import RUNTIME, bundle

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pyodide(tmp_path):
    """A folder that looks like the npm package."""
    folder = tmp_path / "package"
    folder.mkdir()
    for name in RUNTIME:
        (folder / name).write_text(name)
    (folder / "pyodide-lock.json").write_text(json.dumps({"info": {"version": "1.2.3"}}))
    return folder


@pytest.fixture
def without_node(monkeypatch):
    """Neither node nor npm is there, and one small library stands for all."""
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setattr(module, "LIBRARIES", ("mpmath",))


@pytest.mark.usefixtures("without_node")
def test_the_site_has_all_that_it_loads_and_the_policy_of_a_site(pyodide, tmp_path):
    done = matcalc_here("export", str(tmp_path / "site"), "--pyodide", str(pyodide))
    assert done.exit_code == 0 and "not compiled" in done.stdout and "http.server" in done.stdout
    site = tmp_path / "site"
    page = (site / "index.html").read_text(encoding="utf-8")
    assert 'name="transport" content="pyodide"' in page and "'wasm-unsafe-eval'" in page and "'unsafe" not in page
    for name in re.findall(r'(?:src|href)="([^"#]+)"', page):
        assert (site / name).is_file()
    assert {path.name for path in (site / "pyodide").iterdir()} == set(RUNTIME)
    written = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert pages.names() - written == {"transport-server.js", "precompile.mjs"}
    assert "1.2.3" in (site / "NOTICE.txt").read_text(encoding="utf-8")
    again = matcalc_here("export", str(site), "--pyodide", str(pyodide))
    assert again.exit_code == 0, "an earlier export is replaced"


def test_the_archive_answers_by_itself(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "LIBRARIES", ("mpmath",))
    with zipfile.ZipFile(io.BytesIO(bundle())) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert "matcalc/service/ask.py" in names and "matcalc/rules/facts.toml" in names
    assert any("licen" in name.lower() and name.startswith("mpmath") for name in names)
    assert not [name for name in names if "/static/" in name or "/tests/" in name or name.endswith(".pyc")]
    program = (
        "import json, matcalc\n"
        "from matcalc.service.ask import answers\n"
        f"assert matcalc.__file__.startswith({str(tmp_path)!r})\n"
        "print(json.dumps(dict(answers({'expression': 'x.T@A@x'}, ['derivative', 'check']))))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["derivative"]["derivative"] == "(A + A.T)@x" and found["check"]["ok"]


def test_two_archives_of_the_same_files_are_the_same(monkeypatch):
    monkeypatch.setattr(module, "LIBRARIES", ())
    assert bundle() == bundle()


@every_row("name, needed", [
    ("sympy/core/expr.py", True), ("sympy/core/tests/test_expr.py", False), ("sympy/physics/units/util.py", False),
    ("sympy/parsing/latex/__init__.py", False), ("sympy/parsing/sympy_parser.py", True), ("../../bin/isympy", False),
    ("sympy-1.14.0.dist-info/licenses/LICENSE", True), ("sympy-1.14.0.dist-info/RECORD", False), ("isympy.py", False),
])
def test_what_is_needed_of_a_library(name, needed):
    assert module.is_needed(name) is needed


@pytest.mark.usefixtures("without_node")
def test_folders_that_are_not_as_they_must_be_are_refused(pyodide, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    site, given = str(tmp_path / "site"), str(pyodide)
    for arguments, words in [
        ((str(tmp_path / "full"), "--pyodide", given), "not empty"),
        ((str(tmp_path / "file"), "--pyodide", given), "no folder"),
        ((str(tmp_path / "file" / "site"), "--pyodide", given), "cannot be written"),
        ((site, "--pyodide", str(tmp_path / "empty")), "has no pyodide.mjs"),
        ((site, "--pyodide", str(tmp_path / "nowhere")), "has no pyodide.mjs"),
        ((site,), "npm"),
    ]:
        done = matcalc_here("export", *arguments)
        assert done.exit_code == 2 and words in str(done.output), (arguments, done.output)
    assert (tmp_path / "full" / "thesis.tex").is_file() and not (tmp_path / "site").exists()
