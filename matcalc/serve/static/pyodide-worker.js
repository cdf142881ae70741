// A worker that runs matcalc in Pyodide; it is a part of the static export and stands idle in the server's page.

import { loadPyodide } from "./pyodide/pyodide.mjs";

const FOLDER = "/matcalc";
const PROGRAM = `
import json, sys
sys.path.insert(0, ${JSON.stringify(FOLDER)})
from matcalc.budget import limits
from matcalc.serve.lines import told
from matcalc.service.ask import DOING

limits(seconds=60)

def lines(text, begin):
    for line in told(json.loads(text), (), lambda part, budget: begin(DOING[part])):
        yield line.decode()
lines
`;

let lines = null, stopped = 0;

async function load() {
  postMessage({ loading: "loading Python" });
  const python = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
  postMessage({ loading: "loading matcalc" });
  const response = await fetch(new URL("./matcalc.zip", import.meta.url));
  if (!response.ok) throw new Error(`matcalc.zip: status ${response.status}`);
  python.unpackArchive(await response.arrayBuffer(), "zip", { extractDir: FOLDER });
  lines = python.runPython(PROGRAM);
  postMessage({ ready: true });
}

const loaded = load().catch((error) => { postMessage({ failed: `matcalc cannot be loaded: ${error.message}` }); throw error; });

onmessage = async ({ data }) => {
  if (data.stop) { stopped = Math.max(stopped, data.stop); return; }
  await loaded;
  const { id, question, parts } = data;
  const begin = (doing) => postMessage({ id, begin: doing });
  const found = lines(JSON.stringify({ question, parts }), begin);
  for (let step = found.next(); !step.done; step = found.next()) {
    postMessage({ id, line: step.value });
    await new Promise((resolve) => setTimeout(resolve));  // a stop is heard between two parts
    if (stopped >= id) break;
  }
  found.destroy();
  postMessage({ id, done: true });
};
