// Runs once, before any grading, without a student's code: makes what lets a sandbox start in half the time.
// site.bin: NumPy, unpacked and compiled to bytecode. snapshot.bin: the memory of a started interpreter
// that has already imported the part of the standard library which NumPy needs.
import { createRequire } from "node:module";
import { loadPyodide } from "./pyodide/pyodide.mjs";

globalThis.require = createRequire(import.meta.url);
globalThis.__dirname = import.meta.dirname;
const here = (name) => new URL(name, import.meta.url);
const options = { indexURL: import.meta.dirname + "/pyodide/", env: { HOME: "/home/pyodide" } };
const SITE = "/lib/python3.12/site-packages";

const first = await loadPyodide(options);
first.unpackArchive(Deno.readFileSync(here("./pyodide/numpy.whl")), "wheel", { extractDir: SITE });
const [modules, files] = JSON.parse(first.runPython(`
import compileall, json, os, py_compile, sys
before = set(sys.modules)
import ast, base64, builtins, cmath, collections, copy, dataclasses, functools, itertools, linecache
import math, random, re, traceback, typing, warnings
import numpy
# What is compiled to machine code cannot be in a snapshot.
modules = [
    name for name in sorted(set(sys.modules) - before)
    if not name.startswith("numpy") and not str(getattr(sys.modules[name], "__file__", "")).endswith(".so")
]
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
compileall.compile_dir("${SITE}", quiet=1, legacy=True, invalidation_mode=mode, workers=1)
files = [os.path.join(folder, name) for folder, _, names in os.walk("${SITE}") for name in names]
unused = ("/tests/", "/f2py/", "/distutils/", "/__pycache__/")
files = [
    name for name in files
    if name.endswith((".pyc", ".so")) and not any(part in name for part in unused)
]
json.dumps([modules, sorted(files)])
`));

const index = [], parts = [];
let size = 0;
for (const name of files) {
  const bytes = first.FS.readFile(name);
  index.push([name, size, bytes.length]);
  parts.push(bytes);
  size += bytes.length;
}
const head = new TextEncoder().encode(JSON.stringify(index) + "\n");
Deno.writeFileSync(here("./site.bin"), new Uint8Array(await new Blob([head, ...parts]).arrayBuffer()));

const second = await loadPyodide({ ...options, _makeSnapshot: true });
second.runPython(`
import importlib
for name in ${JSON.stringify(modules)}:
    importlib.import_module(name)
del importlib, name
`);
Deno.writeFileSync(here("./snapshot.bin"), second.makeMemorySnapshot());
