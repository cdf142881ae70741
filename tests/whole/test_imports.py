"""The packages import one another in one direction only, and what checks an answer reaches nothing that derived it."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

from own_source import statements
from tables import every_row

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "matcalc"

# lowest first: a package imports only from itself and from packages that stand before it
ORDER = """
    display errors bounds budget libraries words counts language rulebook algebra evaluation complexes shapes
    presentation calculus printers indices bridge steps readers graph checks compiler proofs answers api claims linalg
    probability optimization service serve agents notebook command __main__
""".split()

def test_the_page_of_the_architecture_has_the_order():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split()
    shown = ORDER[: ORDER.index("__main__")]
    assert any(page[place : place + len(shown)] == shown for place in range(len(page)))


# what computes with torch, and so judges answers: beside all of `evaluation` and `checks`
JUDGES = ("evaluation", "checks", "proofs.ground", "proofs.check", "claims.samples", "claims.scale", "claims.judge",
          "claims.least_squares", "linalg.definiteness.counterexample", "linalg.convexity.counterexample")
# what derives answers: no judge may reach it through any chain of imports
ENGINE = ("algebra", "calculus", "presentation", "bridge", "shapes.elaborate", "shapes.known", "steps.derive",
          "compiler", "answers", "api")
LONGEST = 450


def module_name(path):
    """Return a file's dotted name within the package; '' for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def belongs(name, places):
    """Return whether a module is one of some places or lies within one."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


@cache
def imported_modules(path, types=False):
    """Return the full names of all modules that a file imports, also within functions; for ``types`` too if asked."""
    package = ("matcalc", *path.relative_to(PACKAGE).parent.parts)
    found = set()
    for node, for_types in statements(path):
        if for_types and not types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            target = ".".join([*base, *([node.module] if node.module else [])])
            inner = target.partition(".")[2]
            names = {".".join(filter(None, [inner, alias.name])) for alias in node.names}
            ours = target.split(".")[0] == "matcalc"
            within = {f"matcalc.{name}" for name in names & set(MODULES)} if ours else set()
            found |= within | ({target} if len(within) < len(names) else set())
    return found


def own_imports(name, types=False):
    """Return the modules of matcalc that a module imports, without the package's name."""
    return {m.partition(".")[2] for m in imported_modules(MODULES[name], types) if m.split(".")[0] == "matcalc"} - {""}


def chain_to_the_engine(start):
    """Return the shortest chain of imports from a module to what derives answers, [] where there is none."""
    came_from, waiting = {start: None}, [start]
    while waiting:
        name = waiting.pop(0)
        if belongs(name, ENGINE):
            chain = [name]
            while came_from[chain[-1]] is not None:
                chain.append(came_from[chain[-1]])
            return chain[::-1]
        for other in sorted(own_imports(name) - set(came_from)):
            came_from[other] = name
            waiting.append(other)
    return []


def test_every_package_has_its_place():
    assert {name.split(".")[0] for name in MODULES if name} == set(ORDER)


@every_row("package", ORDER)
def test_imports_run_in_one_direction(package):
    allowed = set(ORDER[: ORDER.index(package) + 1])
    upward = {(name, other) for name in MODULES if belongs(name, [package]) for other in own_imports(name, types=True)
              if other.split(".")[0] not in allowed}
    assert not upward


def test_no_module_imports_itself_in_a_circle():
    ready, waiting = set(), set(MODULES)
    while waiting:
        free = {name for name in waiting if own_imports(name) - {name} <= ready}
        assert free, f"a circle among {', '.join(sorted(waiting)[:10])}"
        ready, waiting = ready | free, waiting - free


def test_only_judges_import_torch():
    users = [name for name, path in MODULES.items()
             if "torch" in {module.split(".")[0] for module in imported_modules(path)}]
    assert users and not [name for name in users if not belongs(name, JUDGES)]


@every_row("name", [name for name in MODULES if belongs(name, JUDGES)])
def test_what_checks_an_answer_reaches_nothing_that_derived_it(name):
    assert chain_to_the_engine(name) == []


def test_the_chain_is_walked():
    assert chain_to_the_engine("claims.examine")[0] == "claims.examine"


def test_modules_are_short():
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_a_derivative_needs_neither_torch_nor_the_readers_of_other_notations():
    """They take longer to import than any derivative takes to find: the answer comes before them."""
    program = (
        "import sys, matcalc.command.diff, matcalc\n"
        "str(matcalc.diff('x.T@A@x'))\n"
        "late = ('torch', 'matcalc.readers.latex', 'matcalc.readers.matlab', 'matcalc.readers.python.reader',\n"
        "        'matcalc.readers.open_products', 'matcalc.steps', 'matcalc.indices', 'matcalc.shapes.lifting.read')\n"
        "assert not set(late) & set(sys.modules), set(late) & set(sys.modules)\n"
    )
    output_of(program)


def output_of(program):
    """Return what a program prints in a process of its own, which has to end well."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_help_needs_neither_sympy_nor_torch():
    program = (
        "import sys\n"
        "from matcalc.command.main import main\n"
        "sys.argv = ['matcalc', '--help']\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    loaded = {'sympy', 'torch', 'numpy'} & set(sys.modules)\n"
        "    assert not loaded, loaded\n"
    )
    assert "diff" in output_of(program)
