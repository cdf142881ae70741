"""The modules import one another in one direction only, torch stays on the side of the check, and files stay short."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "matcalc"

# lowest first: a module imports only from modules that stand before it
LAYERS = """
    errors tokens syntax expressions constants constructors kronecker products reductions traces commuting catalogue rule_files
    build
    sizes shape_messages signatures spelling shapes elaborate declarations
    linearise adjoint identify layout substitute elementwise factor
    presentation.forms presentation.functions presentation.scalars presentation.present presentation
    spectral_forms recognise simplify differentiate
    printers printers.templates printers.quotients printers.text printers.plain printers.sizes printers.notation printers.unicode printers.latex
    bridge.trees bridge.writing bridge.names bridge.summation bridge.matrices bridge.scalars bridge.reading bridge
    readers.open_forms readers.kinds readers.open_messages readers.inference readers.resolve readers.stack
    readers.names readers.matlab_tokens readers.matlab_functions readers.matlab
    readers.latex_tokens readers.latex_words readers.latex_names readers.latex_functions readers.latex_left_sides
    readers.latex_frames readers.latex_scripts readers.latex_calls readers.latex_operands readers.latex
    readers.translation readers
    conditions query
    compiler.operations compiler.signs compiler.lower compiler.stable compiler.structure compiler.products compiler.costs compiler.expand compiler.combinations compiler.contraction
    compiler.networks compiler.factorisations compiler.powers compiler.passes compiler compiler.targets compiler.array_functions
    compiler.array_matrices compiler.counterparts compiler.spell compiler.emit compiler.program compiler.function
    steps steps.step steps.letters steps.sharing steps.parts steps.program steps.literal steps.reasons steps.board
    steps.collect steps.lines steps.show steps.derivation steps.derive
    graph graph.costs graph.node graph.local graph.lines graph.show graph.sweeps graph.compare graph.drawing graph.layering
    graph.dot graph.mermaid graph.svg graph.table graph.graph graph.construct graph.accumulate
    torch_matrices torch_spectral torch_functions evaluation points truth trials verify problem numeric_check steps_check accumulation_check rule_books code_check generate shown derivatives api
    claims.trees claims.factors claims.terms claims.facts claims.samples claims.scale claims.judge claims.least_squares claims.wording
    claims.sentences claims.report claims.reading claims.case claims.multiples claims.hypotheses claims.residue claims.restrictions
    claims.closest claims.diagnose claims.counterexample claims.examine claims
    linalg linalg.entries linalg.literals linalg.files linalg.matrices linalg.showing linalg.exact
    linalg.operand linalg.norm linalg.gauges linalg.vector_norms linalg.matrix_norms linalg.conditioning linalg.norm_check
    linalg.norm_report linalg.norm_examples linalg.norm_inequalities linalg.inequality_report linalg.all_norms
    linalg.symmetry linalg.factorisations linalg.indefinite linalg.triangularisation linalg.ranks linalg.clusters linalg.eigen
    linalg.pencils linalg.eigen_report linalg.predicates linalg.structure_report
    linalg.proofs linalg.proofs_parts linalg.proofs_signs linalg.proofs_bounds linalg.proofs_scalars linalg.proofs_polynomials linalg.proofs_matrices
    linalg.proofs_sums linalg.proofs_grams linalg.proofs_table linalg.proofs_steps
    linalg.proofs_ground linalg.proofs_check linalg.proofs_question linalg.proofs_report linalg.definite_exact linalg.definite_witness
    linalg.definite_numeric linalg.definite_verify linalg.definite_report linalg.definite_counterexample linalg.definiteness
    linalg.convex_claims linalg.convex_squares linalg.convex_matrices linalg.convex_rules linalg.convex_report linalg.convex_counterexample linalg.convexity
    command command.streams command.arguments command.notation command.verdict command.abbreviate command.answer command.rules
    command.questions command.diff command.steps command.check command.graph command.code command.reports command.norms command.eig command.structure command.proofs cli_linalg cli_proofs cli __main__
""".split()

TORCH_SIDE = {"torch_matrices", "torch_spectral", "torch_functions", "evaluation", "points", "truth", "trials", "verify", "problem", "numeric_check", "steps_check", "accumulation_check",
              "claims.samples", "claims.scale", "claims.judge", "claims.least_squares", "claims.counterexample", "claims.facts",
              "linalg.proofs_ground", "linalg.proofs_check", "linalg.definite_counterexample", "linalg.convex_counterexample"}
LONGEST = 450


def module_name(path):
    """Return a file's dotted name within the package; '' for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported_modules(name, path):
    """Return the full names of all modules that a file imports, also within functions."""
    package = path.relative_to(PACKAGE).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0:
                found.add(node.module)
                continue
            base = ("matcalc", *package)[: len(package) + 2 - node.level]
            target = ".".join([*base, *([node.module] if node.module else [])])
            found |= {_submodule(target, alias.name) or target for alias in node.names}
    return found


def _submodule(target, name):
    """Return the module that `from target import name` means where it is one, else None."""
    inner = f"{target}.{name}".partition(".")[2]
    return f"matcalc.{inner}" if inner in MODULES else None


def own_imports(name):
    """Return the modules of matcalc that a module imports, without the package's name."""
    return {m.partition(".")[2] for m in imported_modules(name, MODULES[name]) if m.split(".")[0] == "matcalc"} - {""}


def test_every_module_has_its_layer():
    assert sorted(set(MODULES) - {""}) == sorted(LAYERS)


@pytest.mark.parametrize("name", [name for name in MODULES if name])
def test_imports_run_in_one_direction(name):
    below = LAYERS[: LAYERS.index(name)] if name in LAYERS else LAYERS
    upward = own_imports(name) - set(below)
    assert not upward, f"{name} imports {', '.join(sorted(upward))}, which stand above it"


@pytest.mark.parametrize("name", [name for name in MODULES if name not in TORCH_SIDE])
def test_only_the_check_imports_torch(name):
    roots = {module.split(".")[0] for module in imported_modules(name, MODULES[name])}
    assert "torch" not in roots


@pytest.mark.parametrize("name", sorted(TORCH_SIDE & set(MODULES)))
def test_the_check_shares_no_engine_with_what_it_checks(name):
    engine = set(LAYERS[LAYERS.index("linearise") : LAYERS.index("differentiate") + 1]) | {
        "constructors",
        "kronecker",
        "products",
        "reductions",
        "traces",
    }
    assert not own_imports(name) & engine


@pytest.mark.parametrize("name", list(MODULES))
def test_modules_are_short(name):
    lines = len(MODULES[name].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{MODULES[name].name} has {lines} lines"


def test_a_derivative_needs_no_torch():
    """Torch takes longer to import than any derivative takes to find: the answer comes before it."""
    program = "import sys, matcalc; str(matcalc.diff('x.T@A@x')); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=PACKAGE.parent)


def test_help_needs_neither_sympy_nor_torch():
    program = (
        "import sys\n"
        "from matcalc.cli import main\n"
        "sys.argv = ['matcalc', '--help']\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    loaded = {'sympy', 'torch', 'numpy'} & set(sys.modules)\n"
        "    assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "diff" in done.stdout
