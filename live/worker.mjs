/**
 * Python for one page: Pyodide in a worker, so that the page stays quick and a loop can be ended.
 *
 * The page sends {start: {parts, folder}} once, then {source, number} for each cell, one after the
 * other, or {source, label} for an answer to an exercise. It gets {loaded, of} in bytes and {step}
 * while Python starts, {ready}, and for each cell {output} as often as the cell shows something and
 * {ended} when it has, with what cells.py returns.
 */
import { loadPyodide } from "./pyodide/pyodide.mjs";

let loaded = 0;
let total = 0;
const plainFetch = self.fetch;

/** Fetch, and tell the page how many bytes have come. Pyodide's own loader fetches by it too. */
self.fetch = async (...request) => {
  const response = await plainFetch(...request);
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
  const counted = new TransformStream({
    transform(chunk, out) {
      loaded += chunk.length;
      postMessage({ loaded, of: total });
      out.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counted), response);
};

const here = (name) => new URL(name, import.meta.url).href;
const bytes = async (name) => (await fetch(here(name))).arrayBuffer();

const SLOW = { numpy: "NumPy", matplotlib: "Matplotlib", sympy: "SymPy" };

let python;
let cells;

async function start({ parts, folder }) {
  const { files, sizes } = await (await plainFetch(here("parts.json"))).json();
  const needed = parts.flatMap((part) => files[part]);
  total = parts.reduce((sum, part) => sum + sizes[part], sizes.python);
  // Everything is on its way while Python itself starts.
  const archives = needed.map((name) => [name, bytes(name)]);
  postMessage({ step: "Loading Python" });
  python = await loadPyodide({ indexURL: here("pyodide/"), stdout() {}, stderr() {} });
  const inPyodide = parts.filter((part) => ["numpy", "matplotlib"].includes(part));
  postMessage({ step: `Loading ${parts.length > 1 ? "the page's packages" : "NumPy"}` });
  await python.loadPackage(inPyodide, { messageCallback() {} });
  for (const [name, archive] of archives) {
    const extractDir = name === "files.zip" ? "/course" : "/lib/python3.12/site-packages";
    python.unpackArchive(await archive, "zip", { extractDir });
  }
  cells = python.pyimport("cells");
  cells.start(`/course/${folder}`);
  // The first cell would import them and seem to hang: here the page can say what takes so long.
  for (const [part, name] of Object.entries(SLOW)) {
    if (!parts.includes(part)) continue;
    postMessage({ step: `Starting ${name}` });
    python.pyimport(part === "matplotlib" ? "matplotlib.pyplot" : part);
  }
  postMessage({ ready: true });
}

/** A cell's output as the page gets it. */
const output = (kind, ...rest) =>
  kind === "error" ? { kind, text: rest[0] } : { kind, name: rest[0], text: rest[1] };

function run({ source, number, label }) {
  const receive = (...parts) => postMessage({ output: output(...parts) });
  const ended = label ? cells.check(source, label, receive) : cells.run(source, number, receive);
  postMessage({ ended });
}

let queue = Promise.resolve();
onmessage = ({ data }) => {
  queue = queue
    .then(() => (data.start ? start(data.start) : run(data)))
    .catch((error) => postMessage({ failed: String(error.message ?? error) }));
};
