// The worker isolate: Pyodide with NumPy. It gives up its read permission before a student's code is there.
import { createRequire } from "node:module";
import { loadPyodide } from "./pyodide/pyodide.mjs";

globalThis.require = createRequire(import.meta.url); // Pyodide takes Deno for Node
globalThis.__dirname = import.meta.dirname;
const file = (name) => Deno.readFileSync(new URL(name, import.meta.url));
const text = (bytes) => new TextDecoder().decode(bytes);
const quiet = { write: (bytes) => bytes.length };

const py = await loadPyodide({
  indexURL: import.meta.dirname + "/pyodide/",
  env: { HOME: "/home/pyodide" },
  _loadSnapshot: file("./snapshot.bin"), // the interpreter's memory after its start: see prepare.mjs
});
py.setStdout(quiet);
py.setStderr(quiet);
py.setStdin({ stdin: () => null });

const site = file("./site.bin"), end = site.indexOf(10);
for (const [name, start, length] of JSON.parse(text(site.subarray(0, end)))) {
  py.FS.mkdirTree(name.slice(0, name.lastIndexOf("/")));
  py.FS.writeFile(name, site.subarray(end + 1 + start, end + 1 + start + length));
}
py.runPython("import importlib; importlib.invalidate_caches()"); // the snapshot saw the folder empty
const handle = py.runPython(text(file("./glue.py")) + "\nhandle");
await Deno.permissions.revoke({ name: "read" });

const post = self.postMessage.bind(self);
self.onmessage = ({ data }) => {
  let reply;
  try { reply = handle(data); } catch (error) {
    reply = JSON.stringify({ stopped: "crash: " + String(error).slice(-300) });
  }
  post(reply);
};
post('{"ready":true}');
