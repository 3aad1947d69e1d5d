"""The website as it is published: the built book, its PDF and its offline copy, linked everywhere.

A book that is only built links neither, since they need not be there; nor does the offline copy.

    python publish/website.py PDF ZIP FOLDER [--site _build/html]
"""

import argparse
import shutil
from pathlib import Path

SITE = Path(__file__).parents[1] / "_build" / "html"
PLACE = '<span class="downloads"></span>'  # _config.yml puts it into the footer of each page


def links(page: Path, folder: Path, pdf: Path, offline: Path) -> str:
    """The line of a page's footer that offers both files, beside the site's first page."""
    up = "../" * len(page.relative_to(folder).parent.parts)

    def link(path: Path, text: str) -> str:
        size = path.stat().st_size / 1e6
        return f'<a href="{up}{path.name}">{text}</a> ({size:.0f} MB)'

    return (
        f'<span class="downloads">The whole book: {link(pdf, "PDF")} · '
        f"{link(offline, 'offline copy')}.</span>"
    )


def make(site: Path, pdf: Path, offline: Path, folder: Path) -> int:
    """Write the website into a folder and return the number of pages with links."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(site, folder)
    for path in (pdf, offline):
        shutil.copy(path, folder)
    linked = 0
    for page in sorted(folder.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        if "<footer" not in text:  # an address that leads on, or a part of the theme
            continue
        if text.count(PLACE) != 1:
            raise SystemExit(f"expected {PLACE} once in {page}, got it {text.count(PLACE)} times")
        page.write_text(text.replace(PLACE, links(page, folder, pdf, offline)), encoding="utf-8")
        linked += 1
    return linked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pdf", type=Path)
    parser.add_argument("zip", type=Path)
    parser.add_argument("folder", type=Path, help="made anew")
    parser.add_argument("--site", type=Path, default=SITE, help="the built book")
    arguments = parser.parse_args()
    linked = make(arguments.site, arguments.pdf, arguments.zip, arguments.folder)
    print(f"{arguments.folder}: {linked} pages with links to the PDF and the offline copy")


if __name__ == "__main__":
    main()
