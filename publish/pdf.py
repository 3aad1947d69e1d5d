"""The built book as one PDF, printed by a headless Chromium.

Inside the browser, assemble.js makes one document of the built pages; it looks as the site's own
style sheets and pdf.css say, and asks nothing of the network. The PDF is written only if it is
right: each image shows, each formula is typeset, each letter has a glyph, each solution is open,
nothing is wider than the paper, each link inside the book arrives, each heading has its bookmark.

    python publish/pdf.py [--site _build/html] [--only 03-algorithm ...] [--] FILE
"""

import argparse
import mimetypes
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pymupdf
import yaml
from chromium import FLAGS, MISSING, find_chromium
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parent
SITE = ROOT / "_build" / "html"
ORIGIN = "http://book.invalid"  # no such host: the requests are answered from the folder
LEFT_OUT = {"book/api"}  # long, and of use where one can search
LARGEST = 12e6  # bytes
WIDTH = 658  # CSS pixels between the margins of A4 that pdf.css sets: 174 mm
NUMBERS = """numbers => {
  document.querySelectorAll('article').forEach(article => article.remove());
  for (const place of document.querySelectorAll('.book-contents .number'))
    place.textContent = numbers[place.dataset.page];
}"""
ONLY_NUMBERS = """
@page { @bottom-center { content: none; } }
main { visibility: hidden; }
.book-contents .number { visibility: visible; }
"""


def table_of_contents(only: list[str]) -> list[dict]:
    """The pages in order: name, depth (1 is a chapter, 2 a page beside it), part of the book."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [{"name": toc["root"], "depth": 1, "part": ""}]
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            sides = chapter.get("sections", [])
            for depth, entry in [(1, chapter), *((2, side) for side in sides)]:
                pages.append({"name": entry["file"], "depth": depth, "part": part["caption"]})
    pages = [page for page in pages if page["name"] not in LEFT_OUT]
    if only:
        chosen = {f"book/{name}" for name in only}
        if unknown := chosen - {page["name"] for page in pages}:
            raise SystemExit(f"no page {', '.join(sorted(unknown))} in the PDF")
        side_of = tuple(f"{name}/" for name in chosen)
        pages = [p for p in pages if p["name"] in chosen or p["name"].startswith(side_of)]
    return pages


def about() -> dict:
    """What the title page says, from _config.yml."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return {
        "title": config["title"],
        "author": config["author"],
        "year": config["copyright"],
        "license": config["html"]["extra_footer"].partition("<")[0].strip(),
        "address": config["repository"]["url"],
    }


def answer(route, site: Path, problems: list[str]) -> None:
    """Answer a request of the browser from the built book."""
    url = urlsplit(route.request.url)
    path = site / unquote(url.path).lstrip("/")
    if f"{url.scheme}://{url.netloc}" != ORIGIN:
        problems.append(f"outside the book: {route.request.url}")
        route.abort()
    elif url.path == "/":
        route.fulfill(body="<!doctype html><meta charset=utf-8>", content_type="text/html")
    elif path.is_file():
        route.fulfill(path=path, content_type=mimetypes.guess_type(path.name)[0])
    else:
        problems.append(f"no such file: {url.path}")
        route.abort()


def printed(page) -> pymupdf.Document:
    data = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    return pymupdf.open(stream=data, filetype="pdf")


def set_bookmarks(document: pymupdf.Document, headings: list[dict]) -> list[str]:
    """Compare the bookmarks with the headings, then put formulas into them, which Chromium drops;
    return the problems."""
    bookmarks = document.get_toc()
    if len(bookmarks) != len(headings):
        return [f"{len(bookmarks)} bookmarks for {len(headings)} headings"]
    problems = []
    for index, ((level, title, _), heading) in enumerate(zip(bookmarks, headings, strict=True)):
        if (level, re.sub(r"\s", "", title)) != (heading["level"], heading["letters"]):
            problems.append(f"bookmark {title!r} at the heading {heading['title']!r}")
        if title != heading["title"]:
            document.set_toc_item(index, title=heading["title"])
    return problems


def number_contents(page, document: pymupdf.Document, headings: list[dict]) -> None:
    """Write the pages' numbers into the contents.

    CSS in Chromium knows no page of a target. So the numbers alone are printed once more, each at
    its place, and laid over the contents.
    """
    starts = {
        heading["page"]: number
        for heading, (_, _, number) in zip(headings, document.get_toc(), strict=True)
        if heading["page"]
    }
    page.evaluate(NUMBERS, starts)
    page.add_style_tag(content=ONLY_NUMBERS)
    with printed(page) as numbers:
        for index in range(1, len(numbers)):  # after the title page
            document[index].show_pdf_page(document[index].rect, numbers, index)


def lost_links(document: pymupdf.Document) -> list[str]:
    """The places inside the book that a link of the PDF names and does not find."""
    links = (link for page in document for link in page.get_links())
    return [k["nameddest"] for k in links if k["kind"] == pymupdf.LINK_NAMED and "page" not in k]


def without_font(document: pymupdf.Document) -> set[str]:
    """Names of the fonts that are not in the PDF. A font of type 3 consists of drawings in it."""
    fonts = (font for page in document for font in page.get_fonts())
    return {name for _, file, kind, name, *_ in fonts if kind != "Type3" and file == "n/a"}


def make(site: Path, target: Path, only: list[str]) -> list[str]:
    """Print the book, or only some chapters with their side pages; return what is wrong."""
    book = about()
    request = {
        "book": book,
        "pages": table_of_contents(only),
        "style": (HERE / "pdf.css").read_text(encoding="utf-8"),
    }
    problems: list[str] = []
    if not (path := find_chromium()):
        raise SystemExit(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
        page.set_default_timeout(0)
        page.route("**/*", lambda route: answer(route, site, problems))
        page.goto(ORIGIN)
        page.emulate_media(media="print", color_scheme="light")
        assemble = (HERE / "assemble.js").read_text(encoding="utf-8")
        made = page.evaluate(assemble, request)
        problems += made["problems"]
        document = printed(page)
        if wrong := set_bookmarks(document, made["headings"]):
            return problems + wrong
        number_contents(page, document, made["headings"])
        browser.close()

    document.set_metadata(
        {"title": book["title"], "author": book["author"], "creator": "publish/pdf.py"}
    )
    catalog = document.pdf_catalog()
    document.xref_set_key(catalog, "PageMode", "/UseOutlines")
    document.xref_set_key(catalog, "ViewerPreferences", "<</DisplayDocTitle true>>")
    problems += [f"link to no page: {name}" for name in lost_links(document)]
    problems += [f"font not embedded: {name}" for name in sorted(without_font(document))]
    # Merging equal objects too (garbage=3) saves little and takes longer than printing.
    data = document.tobytes(garbage=2, deflate=True, use_objstms=1)
    if len(data) > LARGEST:
        problems.append(f"too large: {len(data) / 1e6:.1f} MB, at most {LARGEST / 1e6:.0f}")
    if not problems:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        print(f"{target}: {len(document)} pages, {len(data) / 1e6:.1f} MB")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path, help="the PDF")
    parser.add_argument("--site", type=Path, default=SITE, help="the built book")
    parser.add_argument("--only", nargs="+", default=[], metavar="PAGE", help="03-algorithm, ...")
    arguments = parser.parse_args()
    if not (arguments.site / "index.html").exists():
        raise SystemExit(f"no built book in {arguments.site}; type make book")
    problems = make(arguments.site, arguments.file, arguments.only)
    for problem in problems:
        print(problem, file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
