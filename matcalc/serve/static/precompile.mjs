// Compiles the Python files of an export with the Python that will run them: node precompile.mjs PYODIDE SOURCES TARGET

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, sources, target] = process.argv.slice(2).map((name) => path.resolve(name));
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: folder + path.sep, env: { PYTHONNODEBUGRANGES: "1" } });  // no columns: smaller
python.unpackArchive(new Uint8Array(fs.readFileSync(sources)), "zip", { extractDir: "/sources" });
python.runPython(`
import ast, pathlib, warnings, zipfile
from importlib import _bootstrap_external

warnings.simplefilter("ignore")
root = pathlib.Path("/sources")
for path in root.rglob("*.py"):
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):  # docstrings, half of the size, are emptied: code that reads them finds a text
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node, False):
            node.body[0].value.value = ""
    code = compile(tree, str(path.relative_to(root)), "exec", dont_inherit=True)
    path.with_suffix(".pyc").write_bytes(_bootstrap_external._code_to_timestamp_pyc(code))
with zipfile.ZipFile("/target.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".py":
            archive.write(path, path.relative_to(root))
`);
fs.writeFileSync(target, python.FS.readFile("/target.zip"));
