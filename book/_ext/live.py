"""The cells of a notebook run in its page: what the site needs for that, and which pages can.

`live/` holds Python for a browser (Pyodide, wheels); it is copied into the site beside the pages,
with the course's own package and files packed at build time. A page whose cells import nothing but
what lies there gets a bar below its title, from which `live.mjs` makes the buttons; any other page
gets a sentence that says what is missing. Nothing of `live/` is loaded before a reader asks for it.
"""

import ast
import hashlib
import html
import json
import shutil
import sys
import zipfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIVE = ROOT / "live"
SOURCE = ROOT / "src"

# The packages that live/ holds, by the part of the download that brings them.
PART_OF = {"numpy": "numpy", "tqdm": "numpy", "backprop": "numpy", "IPython": "numpy"}
PART_OF |= {"matplotlib": "matplotlib", "sympy": "sympy", "mpmath": "sympy"}
# No processes in a browser; figures.style imports matplotlib_inline inside Jupyter alone.
STANDARD = sys.stdlib_module_names - {"multiprocessing", "signal", "socket", "subprocess"}
STANDARD |= {"matplotlib_inline"}

NAMES = {"jax": "JAX", "keras": "Keras", "sklearn": "scikit-learn", "tensorflow": "TensorFlow"}
NAMES |= {"torch": "PyTorch", "distributed": "Dask", "dask": "Dask", "subprocess": "other programs"}
NAMES |= {"witnesses": "the tests of the course", "bugs": "the tests of the course"}

# Pages whose subject is the computer they run on: in a browser their numbers would be of another.
ABOUT_THE_COMPUTER = {"book/cost"}


# --- which pages can run, and what they need ------------------------------------------------------


@cache
def files_of(module: str) -> tuple[Path, ...]:
    """The files of src/ that `import module` may run: of a package, all beside its __init__."""
    path = SOURCE.joinpath(*module.split("."))
    if path.is_dir() and module != "backprop":
        return tuple(sorted(path.glob("*.py")))
    return tuple(each for each in (path / "__init__.py", path.with_suffix(".py")) if each.is_file())


def imported(source: str, package: str = "") -> set[str]:
    """The modules that a program names in its imports, with their dots."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


@cache
def imported_by(path: Path) -> frozenset[str]:
    """The modules that a file of src/ names in its imports; most pages lead to the same files."""
    package = ".".join(path.relative_to(SOURCE).parent.parts)
    return frozenset(imported(path.read_text(encoding="utf-8"), package))


@cache
def packages(source: str) -> frozenset[str]:
    """The top-level packages that a program imports, itself or through the course's package."""
    found, seen, todo = set(), set(), imported(source)
    while todo:
        module = todo.pop()
        if module in seen:
            continue
        seen.add(module)
        found.add(module.split(".")[0])
        for path in files_of(module):
            todo |= imported_by(path)
    return frozenset(found)


def code_of(notebook: Path) -> str:
    """All code of a notebook as one program."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def missing(code: str) -> list[str]:
    """What a page imports that is not in `live/`, in words."""
    return sorted({NAMES.get(name, name) for name in packages(code) - STANDARD - PART_OF.keys()})


def parts(code: str) -> list[str]:
    """The parts of the download that a page's cells need, besides Python itself."""
    found = {"numpy"} | {PART_OF[name] for name in packages(code) - STANDARD}
    # A path to a file of the course is a string; it is read by this method everywhere in the book.
    return sorted(found | ({"files"} if ".read_text(" in code else set()))


# --- the site's live/ -----------------------------------------------------------------------------


def pack(target: Path, files: dict[str, Path]) -> None:
    """Write a zip whose bytes depend on the names and the contents alone."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name].read_bytes(), zipfile.ZIP_DEFLATED)


def below(folder: Path, pattern: str = "*") -> dict[str, Path]:
    """The files below a folder by their names from there."""
    found = (path for path in sorted(folder.rglob(pattern)) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path
        for path in found
        if path.suffix != ".pyc" and not any(part.endswith(".egg-info") for part in path.parts)
    }


def wheels_of(package: str) -> list[Path]:
    """The wheels that Pyodide's loader fetches for a package: its own and what it depends on."""
    lock = json.loads((LIVE / "pyodide" / "pyodide-lock.json").read_text())["packages"]
    names, todo = set(), [package]
    while todo:
        name = todo.pop()
        if name not in names:
            names.add(name)
            todo += lock[name]["depends"]
    return [LIVE / "pyodide" / lock[name]["file_name"] for name in sorted(names)]


def write_live(out: Path) -> tuple[dict[str, int], str]:
    """Write the site's live/; return the bytes of each part of the download, and the version."""
    shutil.copytree(LIVE, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("python", "*.pyc"))
    pack(out / "course.zip", below(SOURCE) | below(LIVE / "python"))
    course = below(ROOT / "benchmarks", "*.json")
    course = {f"benchmarks/{name}": path for name, path in course.items()}
    # Chapter 6 begins with a table of its pages' stored results.
    pages = below(ROOT / "book" / "06-applications", "*.ipynb")
    pack(out / "files.zip", course | {f"book/06-applications/{n}": p for n, p in pages.items()})

    wheels = {path.name.split("-")[0]: f"wheels/{path.name}" for path in (out / "wheels").iterdir()}
    files = {
        "numpy": [wheels["tqdm"], "course.zip"],
        "matplotlib": [],
        "sympy": [wheels["mpmath"], wheels["sympy"]],
        "files": ["files.zip"],
    }
    own = {part: sum((out / name).stat().st_size for name in files[part]) for part in files}
    core = ("pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
    sizes = own | {"python": sum((LIVE / "pyodide" / name).stat().st_size for name in core)}
    numpy, matplotlib = (
        sum(path.stat().st_size for path in wheels_of(name)) for name in ("numpy", "matplotlib")
    )
    sizes["numpy"] += numpy
    sizes["matplotlib"] += matplotlib - numpy  # NumPy is among those that Matplotlib needs
    (out / "parts.json").write_text(json.dumps({"files": files, "sizes": sizes}))
    content = hashlib.sha256()
    for name, path in below(out).items():
        content.update(name.encode() + path.read_bytes())
    return sizes, content.hexdigest()[:12]


# --- the pages ------------------------------------------------------------------------------------


def bar(pagename: str, code: str, sizes: dict[str, int], version: str, pathto) -> str:
    """What a page gets below its title."""
    lacks = missing(code)
    if pagename in ABOUT_THE_COMPUTER or lacks:
        why = f"they need {' and '.join(lacks)}" if lacks else "they measure the computer itself"
        install = "<code>pip install -r requirements-test.txt</code>, then " if lacks else ""
        return (
            f'<p class="live-not">The cells of this page do not run in the browser: '
            f"{html.escape(why)}. In a copy of the course type {install}<code>make lab</code>.</p>"
        )
    needed = parts(code)
    megabytes = round(sum(sizes[part] for part in ["python", *needed]) / 1e6)
    return (
        f'<div class="live" data-parts="{" ".join(needed)}" data-megabytes="{megabytes}" '
        f'data-folder="{Path(pagename).parent.as_posix()}" data-version="{version}"></div>'
        f'<script type="module" src="{pathto("_static/live/live.mjs", 1)}"></script>'
    )


def add_bar(app, pagename, templatename, context, doctree):
    if doctree is None or app.builder.name != "html":
        return
    notebook = Path(app.env.doc2path(pagename))
    if notebook.suffix != ".ipynb":
        return
    if not hasattr(app, "live"):
        app.live = write_live(Path(app.outdir) / "live")
    text = bar(pagename, code_of(notebook), *app.live, context["pathto"])
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{text}", 1)


def setup(app):
    app.connect("html-page-context", add_bar)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
