"""What a wheel of matcalc carries, and that what is written about versions agrees."""

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import matcalc

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("matcalc", "rules", "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from a copy of the sources, so that nothing left over in the checkout gets into it."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheels")
    for name in SOURCES:
        origin = ROOT / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
               "--wheel-dir", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def metadata():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_wheel_carries_every_rule_file(wheel):
    expected = sorted(f"matcalc/rules/{path.name}" for path in (ROOT / "rules").glob("*.rules"))
    assert expected
    assert sorted(name for name in wheel.namelist() if name.endswith(".rules")) == expected


def test_the_wheel_carries_every_module(wheel):
    expected = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "matcalc").rglob("*.py"))
    assert sorted(name for name in wheel.namelist() if name.endswith(".py")) == expected
    assert "matcalc/compiler/octave_functions.m" in wheel.namelist()


def test_the_wheel_installs_nothing_else_at_the_top(wheel):
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert top == {"matcalc", f"matcalc_sym-{matcalc.__version__}.dist-info"}


def test_the_wheel_installs_the_command_and_the_licence(wheel):
    (scripts,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "matcalc = matcalc.__main__:main" in wheel.read(scripts).decode()
    assert any(name.endswith("LICENSE") for name in wheel.namelist())


def test_every_package_is_declared():
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "matcalc").rglob("__init__.py")}
    packages = {".".join(folder.parts) for folder in folders}
    assert set(lines(metadata()["options"]["packages"])) == packages | {"matcalc.rules"}


def test_the_pinned_versions_are_within_the_ranges():
    from packaging.requirements import Requirement

    pins = dict(line.split("==") for line in lines((ROOT / "constraints.txt").read_text()) if not line.startswith("#"))
    options = metadata()
    wanted = lines(options["options"]["install_requires"]) + lines(options["options.extras_require"]["test"])
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pins[requirement.name]), str(requirement)


def test_the_changelog_tells_of_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(matcalc.__version__)}\b", text, re.MULTILINE)
