"""The built book as a zip that opens from the file system, with search, mathematics and themes.

A page from a file may not load modules, preload fonts or fetch other pages. So the copy goes
without these: cells that run in the page, figures that move, and the lines of each page found that
the online search shows.

    python publish/offline.py [--site _build/html] FILE
"""

import argparse
import re
import zipfile
from pathlib import Path

SITE = Path(__file__).parents[1] / "_build" / "html"
FOLDER = "backpropagation"  # what the zip unpacks to
LEFT_OUT = ("live/", ".buildinfo", "objects.inv")  # Python for the live cells; files for Sphinx
UNLOADABLE = re.compile(
    r'<script[^>]*\btype="module"[^>]*>.*?</script>|<link[^>]*\bas="font"[^>]*>', re.DOTALL
)
SEARCH_FETCHES = "SHOW_SEARCH_SUMMARY: true"
README = """\
Backpropagation: every claim is run. The offline copy.

Open index.html in a browser. Text, figures, formulas, search and the dark theme work without a
network. Two things need the online book, because a browser does not load them from a file: cells
that run in the page, and figures that you can move. Their results and pictures are here.

To run the notebooks on your machine, download one by the button with the arrow at the top of its
page; how to install what it needs stands on the first page.

Code under the MIT license, text and figures under CC BY 4.0.
"""


def add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a file with a fixed date: the same book gives the same zip."""
    entry = zipfile.ZipInfo(f"{FOLDER}/{name}", date_time=(2026, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED, compresslevel=9)


def make(site: Path, target: Path) -> int:
    """Write the zip and return the number of its pages."""
    pages = switches = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        add(archive, "README.txt", README.encode())
        for path in sorted(site.rglob("*")):
            name = path.relative_to(site).as_posix()
            if path.is_dir() or name.startswith(LEFT_OUT):
                continue
            data = path.read_bytes()
            if path.suffix == ".html":
                data = UNLOADABLE.sub("", data.decode()).encode()
                pages += 1
            elif path.suffix == ".js":
                script = data.decode()
                switches += script.count(SEARCH_FETCHES)
                data = script.replace(SEARCH_FETCHES, "SHOW_SEARCH_SUMMARY: false").encode()
            add(archive, name, data)
    if not switches:
        raise SystemExit(f"expected {SEARCH_FETCHES!r} in a script of {site}")
    return pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path, help="the zip")
    parser.add_argument("--site", type=Path, default=SITE, help="the built book")
    arguments = parser.parse_args()
    if not (arguments.site / "index.html").exists():
        raise SystemExit(f"no built book in {arguments.site}; type make book")
    pages = make(arguments.site, arguments.file)
    size = arguments.file.stat().st_size / 1e6
    print(f"{arguments.file}: {pages} pages, {size:.1f} MB")


if __name__ == "__main__":
    main()
