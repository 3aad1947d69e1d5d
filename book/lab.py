"""Open copies of the notebooks in JupyterLab: what `make lab` does.

    python book/lab.py [options of jupyter lab]

The copies lie in lab/, which git ignores, so running a notebook changes no file of
the book. Called again, this brings new and changed notebooks of the book; a copy
that the reader has edited stays as it is: to get the book's version, delete it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

BOOK = Path(__file__).parent
LAB = BOOK.parent / "lab"
FIRST = "03-algorithm.ipynb"
COPIED = ("**/*.ipynb", "*.md", "_static/*.svg")
RECORD = ".copied.json"


def digest(path: Path) -> str:
    """Hash the text of a notebook's cells, for a run is no edit; else the file."""
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        cells = [
            (c["cell_type"], "".join(c["source"]))
            for c in json.loads(content)["cells"]
        ]
        content = json.dumps(cells).encode()
    return hashlib.sha256(content).hexdigest()


def folded(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Fold in JupyterLab what the page folds: cells that only draw or assert."""
    for cell in notebook.cells:
        if "hide-input" in cell.metadata.get("tags", []):
            cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
    return notebook


def prepare(book: Path = BOOK, lab: Path = LAB) -> list[str]:
    """Copy what is new in the book; return the edited copies that it left alone."""
    record = lab / RECORD
    copied = (
        json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    )
    outrun = []
    for source in sorted(path for pattern in COPIED for path in book.glob(pattern)):
        name = source.relative_to(book).as_posix()
        if ".ipynb_checkpoints" in source.parts:
            continue
        copy, new = lab / name, digest(source)
        if copy.exists() and copied.get(name) == new:
            continue
        if copy.exists() and digest(copy) not in (copied.get(name), new):
            outrun.append(name)
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".ipynb":
            notebook = folded(nbformat.read(source, as_version=4))
            nbformat.write(notebook, copy)
            # Lab shows the SVG figures of a signed notebook only.
            NotebookNotary().sign(notebook)
        else:
            shutil.copyfile(source, copy)
        copied[name] = new
    record.write_text(json.dumps(copied, indent=1), encoding="utf-8")
    return outrun


def command(options: list[str], lab: Path = LAB) -> list[str]:
    """Start JupyterLab in `lab`, with the first notebook open."""
    first = f"--LabApp.default_url=/lab/tree/{FIRST}"
    return [sys.executable, "-m", "jupyterlab", str(lab), first, *options]


def main(options: list[str]) -> int:
    for name in prepare():
        print(f"lab/{name}: yours is kept, though the book has a newer one")
    print(f"Your copies are in {LAB}", flush=True)
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    return subprocess.run(command(options), env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
