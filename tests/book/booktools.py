"""What the tests of the book share: where things are, and how to read them."""

import gzip
import http.server
import json
import os
import re
import sys
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"

sys.path.insert(0, str(ROOT / "publish"))  # its chromium.py serves the tests too

# Pages that Sphinx writes besides those of the table of contents.
GENERATED = {"index", "genindex", "search", "py-modindex", "prf-prf"}


def missing(message: str):
    """Fail in CI, where every tool must be there; elsewhere skip with the reason."""
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def toc_files() -> list[str]:
    """The files that _toc.yml names, in reading order, without a suffix."""

    def walk(node):
        if isinstance(node, list):
            return [name for item in node for name in walk(item)]
        if isinstance(node, dict):
            own = [node[key] for key in ("root", "file") if key in node]
            return own + [name for value in node.values() for name in walk(value)]
        return []

    return walk(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))


def source_of(name: str) -> Path | None:
    """The source of a page of the table of contents, or None."""
    found = [ROOT / f"{name}{suffix}" for suffix in (".ipynb", ".md")]
    return next((path for path in found if path.exists()), None)


def notebook_paths() -> list[Path]:
    return sorted(p for p in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def read_notebook(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def text_of(value) -> str:
    """nbformat stores a text as one string or as a list of lines."""
    return "".join(value) if isinstance(value, list) else str(value)


def cells(notebook: dict, kind: str) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def markdown_of(notebook: dict) -> str:
    return "\n\n".join(text_of(cell["source"]) for cell in cells(notebook, "markdown"))


def text_outputs(cell: dict) -> list[str]:
    """What a cell printed, returned or raised, as text."""
    found = []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            found.append(text_of(output["text"]))
        elif output["output_type"] == "error":
            found += [output["ename"], output["evalue"], *output["traceback"]]
        else:
            for mime, value in output.get("data", {}).items():
                if mime.startswith("text/"):
                    found.append(text_of(value))
    return found


def chapter_number(path: Path) -> int | None:
    """3 for book/03-algorithm.ipynb and for the notebooks in book/03-algorithm/."""
    match = re.match(r"(\d\d)-", path.relative_to(BOOK).parts[0])
    return int(match.group(1)) if match else None


class Page:
    """One HTML file of the built book."""

    def __init__(self, path: Path, name: str):
        self.path, self.name = path, name
        self.html = path.read_text(encoding="utf-8")

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @cached_property
    def ids(self) -> set[str]:
        return {tag[key] for key in ("id", "name") for tag in self.soup.find_all(attrs={key: True})}


class Site:
    """The built book: its pages by name, such as "book/03-algorithm"."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.pages = {}
        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if not name.startswith(("_static/", "_sources/", "_downloads/")):
                self.pages[name] = Page(path, name)

    @property
    def content(self) -> dict[str, Page]:
        """The pages that somebody wrote."""
        return {name: page for name, page in self.pages.items() if name not in GENERATED}

    def broken_links(self, page: Page) -> list[str]:
        """Each internal reference of a page whose file or anchor does not exist."""
        problems = []
        for tag in page.soup.find_all(["a", "img", "link", "script", "source", "object", "iframe"]):
            for key in ("href", "src", "data"):
                url = tag.get(key)
                if url and not self.resolves(page, url):
                    problems.append(f"<{tag.name} {key}={url!r}>")
        return problems

    def resolves(self, page: Page, url: str) -> bool:
        parts = urlsplit(url)
        if parts.scheme or parts.netloc:
            return True
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if target.is_dir():
            target /= "index.html"
        if not target.is_file() or not target.is_relative_to(self.folder.resolve()):
            return False
        if not parts.fragment or target.suffix != ".html":
            return True
        name = target.relative_to(self.folder.resolve()).with_suffix("").as_posix()
        return name in self.pages and unquote(parts.fragment) in self.pages[name].ids


class StaticServer(http.server.SimpleHTTPRequestHandler):
    """Serves files as static servers do: what is text goes out compressed."""

    TEXT = (".html", ".css", ".js", ".mjs", ".json", ".svg")

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in self.TEXT or not path.is_file():
            return super().do_GET()
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def opened(browser, url, **options):
    """A page, loaded and typeset, and the list of what went wrong on the way."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, **options).new_page()
    home = url.split("/", 3)[2]
    wrong = []
    page.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("response", lambda r: wrong.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on(
        "request",
        lambda r: (
            wrong.append(f"third party: {r.url}")
            if r.url.startswith("http") and r.url.split("/", 3)[2] != home
            else None
        ),
    )
    page.goto(url, wait_until="load")
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    page.evaluate("async () => { await document.fonts.ready; }")
    page.wait_for_load_state("networkidle")
    return page, wrong
