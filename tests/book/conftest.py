"""The book, built once for all tests of this folder."""

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from booktools import (
    BOOK,
    ROOT,
    Site,
    StaticServer,
    missing,
    notebook_paths,
    read_notebook,
)
from chromium import FLAGS, MISSING, find_chromium
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def build(tmp_path_factory) -> tuple[subprocess.CompletedProcess, Path]:
    """A clean build outside the source, with every warning an error: (its process, its folder)."""
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [
            Path(sys.executable).with_name("jupyter-book"),
            *("build", ROOT, "--path-output", out, "-W", "--keep-going", "-n"),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return done, out / "_build" / "html"


@pytest.fixture(scope="session")
def site(build) -> Site:
    """The pages of the built book."""
    done, folder = build
    if not (folder / "index.html").exists():
        pytest.fail(f"nothing was built:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return Site(folder)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium, the one with which the book is printed."""
    return find_chromium() or missing(MISSING)


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def serve():
    """A function that serves a folder on localhost and returns the address."""
    servers = []

    def start(folder):
        handler = functools.partial(StaticServer, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def address(site, serve):
    return serve(site.folder)


def pytest_generate_tests(metafunc):
    """A test that asks for `path` runs once for every notebook of the book."""
    if "path" in metafunc.fixturenames:
        paths = notebook_paths()
        metafunc.parametrize("path", paths, ids=[str(p.relative_to(BOOK)) for p in paths])


@pytest.fixture
def notebook(path):
    return read_notebook(path)
