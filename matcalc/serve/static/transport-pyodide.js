// Questions go to a worker of this browser, in which matcalc itself runs.

export const WHERE = "Answers are computed in this browser; nothing leaves it.";
const GRACE = 1500;

let worker = null, ready = null, current = null, count = 0;

function start() {
  worker = new Worker("pyodide-worker.js", { type: "module" });
  ready = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.loading) current?.tell({ progress: { doing: data.loading } });
      else if (data.ready) resolve();
      else if (data.failed) reject(new Error(data.failed));
      else if (current && data.id === current.id) {
        if (data.done) current.resolve();
        else if (data.begin) current.tell({ progress: { doing: data.begin } });
        else current.tell(JSON.parse(data.line));
      }
    };
    worker.onerror = (event) => reject(new Error(event.message || "the worker cannot be started"));
  });
  ready.catch(() => {});
}

/** Load Python and matcalc, behind what the user does first. */
export async function prepare() {
  if (!worker) start();
  await ready;
}

/** Ask, and call `tell` with every line of the answer: {part, answer} or {progress}. `signal` cancels. */
export async function ask(question, parts, tell, signal) {
  await settled();
  if (signal.aborted) return;
  if (!worker) start();
  const mine = { id: ++count, tell: (line) => { if (!signal.aborted) tell(line); } };
  const finished = new Promise((resolve) => { mine.resolve = () => { if (current === mine) current = null; resolve(); }; });
  current = mine;
  mine.finished = finished;
  signal.addEventListener("abort", () => leave(mine));
  tell({ progress: { doing: "loading Python and matcalc, some 12 MB" } });
  try {
    await ready;
  } catch (error) {
    current = worker = null;
    throw error;
  }
  if (signal.aborted) return mine.resolve();
  worker.postMessage({ id: mine.id, question, parts });
  await finished;
}

/** Stop a question between two parts; one that goes on is stopped with its worker, and another worker is loaded. */
function leave(mine) {
  if (current !== mine) return;
  worker?.postMessage({ stop: mine.id });
  ready.then(() => setTimeout(() => {
    if (current !== mine) return;
    worker.terminate();
    worker = null;
    mine.resolve();
    start();
  }, GRACE), () => mine.resolve());
}

async function settled() {
  while (current) await current.finished;
}
