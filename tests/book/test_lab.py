"""`make lab`: copies that the reader may change, and JupyterLab that shows them as pages."""

import importlib.util
import json
import socket
import subprocess
import time
import urllib.request

import pytest
from booktools import BOOK, ROOT, notebook_paths
from chromium import FLAGS
from nbformat import v4
from playwright.sync_api import sync_playwright

spec = importlib.util.spec_from_file_location("lab", BOOK / "lab.py")
lab = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lab)

TEXT = "# Title\n\nText $x$:\n\n$$\na = \\sigma(b)\n$$ (eq-a)\n\nBy {eq}`eq-a`, $z_2$."
FIGURE = "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'><circle r='9'/></svg>"


def write(path, *cells):
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    path.write_text(json.dumps(v4.new_notebook(cells=list(cells), metadata=metadata)))


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A book of one notebook and a figure, and the folder of the copies; no file of the user's."""
    for name in ("DATA_DIR", "CONFIG_DIR", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path / name))
    book = tmp_path / "book"
    (book / "_static").mkdir(parents=True)
    (book / "_static" / "a.svg").write_text(FIGURE)
    write(book / "03-algorithm.ipynb", v4.new_markdown_cell("first"))
    return book, tmp_path / "lab"


def words(path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]


def test_copies_are_made_and_the_book_stays_as_it_is(folders):
    book, copies = folders
    before = {path: path.read_bytes() for path in book.rglob("*.*")}
    assert lab.prepare(book, copies) == []
    assert words(copies / "03-algorithm.ipynb") == ["first"]
    assert (copies / "_static" / "a.svg").exists()
    assert {path: path.read_bytes() for path in book.rglob("*.*")} == before


def test_every_notebook_and_every_picture_of_the_book_has_its_copy(folders):
    _, copies = folders
    assert lab.prepare(lab=copies) == []
    hidden = 0
    for path in notebook_paths():
        original, copy = (
            json.loads((folder / path.relative_to(BOOK)).read_text(encoding="utf-8"))["cells"]
            for folder in (BOOK, copies)
        )
        for cell in original:  # the one difference: what the page folds is folded in Lab
            if "hide-input" in cell["metadata"].get("tags", []):
                cell["metadata"].setdefault("jupyter", {})["source_hidden"] = True
                hidden += 1
        assert copy == original
    assert hidden > 100
    assert {p.name for p in BOOK.glob("_static/*.svg")} == {p.name for p in copies.rglob("*.svg")}


def test_a_new_version_replaces_a_copy_that_was_run_but_not_edited(folders):
    book, copies = folders
    lab.prepare(book, copies)
    run = json.loads((copies / "03-algorithm.ipynb").read_text())
    run["metadata"]["language_info"] = {"name": "python", "version": "3.13.1"}
    (copies / "03-algorithm.ipynb").write_text(json.dumps(run))
    write(book / "03-algorithm.ipynb", v4.new_markdown_cell("second"))
    assert lab.prepare(book, copies) == []
    assert words(copies / "03-algorithm.ipynb") == ["second"]


def test_an_edited_copy_is_kept_until_the_reader_deletes_it(folders):
    book, copies = folders
    lab.prepare(book, copies)
    write(copies / "03-algorithm.ipynb", v4.new_markdown_cell("mine"))
    assert lab.prepare(book, copies) == []  # the book has nothing newer: no word is needed
    assert words(copies / "03-algorithm.ipynb") == ["mine"]

    write(book / "03-algorithm.ipynb", v4.new_markdown_cell("second"))
    for _ in range(2):
        assert lab.prepare(book, copies) == ["03-algorithm.ipynb"]
        assert words(copies / "03-algorithm.ipynb") == ["mine"]

    (copies / "03-algorithm.ipynb").unlink()
    assert lab.prepare(book, copies) == []
    assert words(copies / "03-algorithm.ipynb") == ["second"]


def test_the_copies_and_the_build_are_no_part_of_the_repository():
    for name in ("lab", "_build"):
        assert f"{name}/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.fixture
def server(folders):
    """JupyterLab, as `make lab` starts it, on the copies of a small book: its address."""
    book, copies = folders
    output = v4.new_output("display_data", {"image/svg+xml": FIGURE, "text/plain": "a figure"})
    folded = v4.new_code_cell("hidden = 1", metadata={"jupyter": {"source_hidden": True}})
    asserting = v4.new_code_cell("assert True  # hidden", metadata={"tags": ["hide-input"]})
    drawing = v4.new_code_cell("draw()", outputs=[output], execution_count=1)
    write(book / "03-algorithm.ipynb", v4.new_markdown_cell(TEXT), drawing, folded, asserting)
    lab.prepare(book, copies)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        *("--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token="),
        "--ServerApp.port_retries=0",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",  # asks the network
        f"--LabApp.workspaces_dir={copies.parent / 'workspaces'}",
    ]
    log = (copies.parent / "log").open("w")
    process = subprocess.Popen(lab.command(options, copies), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/api").close()
            break
        except OSError:
            assert process.poll() is None, (copies.parent / "log").read_text()
            time.sleep(0.2)
    yield address
    process.kill()  # a Lab that is asked to stop may wait for a kernel; the kernel ends with it
    process.wait()
    log.close()


def test_jupyterlab_typesets_equations_and_shows_figures(server, chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.goto(server)
        page.wait_for_selector(".jp-MarkdownCell .katex-display", timeout=60_000)
        assert page.locator(".jp-MarkdownCell .katex").count() == 3
        text = page.locator(".jp-MarkdownCell").inner_text()
        assert "(1)" in text and "$" not in text and "{eq}" not in text
        page.wait_for_selector(".jp-OutputArea-output img, .jp-OutputArea-output svg")
        assert page.locator(".jp-CodeCell .cm-content", has_text="hidden").count() == 0
        browser.close()
