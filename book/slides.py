"""The figures of the book as files for slides.

For each page with figures, a folder with one SVG a figure, in the page's order, and
the figures' alt texts in descriptions.txt.

    python book/slides.py FOLDER [03-algorithm ...]
"""

import argparse
import json
from pathlib import Path

BOOK = Path(__file__).parent


def figures(notebook: Path) -> list[tuple[str, str]]:
    """The (SVG, alt text) of each figure of a notebook, in its order."""
    found = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
        for output in cell.get("outputs", []):
            svg = output.get("data", {}).get("image/svg+xml")
            if svg:
                found.append(("".join(svg), alt))
    return found


def export(folder: Path, pages: list[str]) -> list[Path]:
    """Write the figures of the pages, of all without a name; return the folders."""
    known = {
        path.relative_to(BOOK).with_suffix("").as_posix(): path
        for path in sorted(BOOK.rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    }
    unknown = [page for page in pages if page not in known]
    if unknown:
        raise SystemExit(
            f"no page {', '.join(unknown)}; the pages are {', '.join(known)}"
        )
    written = []
    for page in pages or known:
        drawn = figures(known[page])
        if not drawn:
            continue
        target = folder / page
        target.mkdir(parents=True, exist_ok=True)
        lines = []
        for number, (svg, alt) in enumerate(drawn, start=1):
            name = f"figure-{number:02d}.svg"
            (target / name).write_text(svg, encoding="utf-8")
            lines.append(f"{name}: {alt}\n")
        (target / "descriptions.txt").write_text("".join(lines), encoding="utf-8")
        written.append(target)
    return written


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "pages", nargs="*", help="03-algorithm, 06-applications/text, ..."
    )
    arguments = parser.parse_args()
    for target in export(arguments.folder, arguments.pages):
        print(target)
