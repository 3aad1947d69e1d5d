"""Run notebooks again and store their outputs: what `make execute` does.

    python tests/execute.py [book/01-background.ipynb ...]     without arguments: every notebook

The notebook that is written depends on its cells and their outputs alone: no times, no name of the
machine's kernel, and a cell's id is made of its source.
"""

import hashlib
import sys
from collections import Counter
from pathlib import Path

import nbformat
from nbclient import NotebookClient

BOOK = Path(__file__).parents[1] / "book"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def normalize(notebook):
    """Metadata and cell ids that are the same on every machine."""
    notebook.metadata = nbformat.from_dict(METADATA)
    seen = Counter()
    for cell in notebook.cells:
        digest = hashlib.sha1(cell.source.encode()).hexdigest()[:8]
        seen[digest] += 1
        cell["id"] = f"{digest}-{seen[digest]}"
        cell.metadata.pop("execution", None)
    return notebook


def execute(path: Path) -> None:
    """Run a notebook in its own folder and write it back, unless one of its cells raises."""
    notebook = normalize(nbformat.read(path, as_version=4))
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,  # a line of output is one line, however the kernel sends it
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    nbformat.write(normalize(notebook), path)


def main(arguments: list[str]) -> None:
    paths = [Path(name) for name in arguments] or sorted(BOOK.rglob("*.ipynb"))
    for path in paths:
        if ".ipynb_checkpoints" not in path.parts:
            print(path, flush=True)
            execute(path)


if __name__ == "__main__":
    main(sys.argv[1:])
