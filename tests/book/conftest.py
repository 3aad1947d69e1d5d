"""The book, built once for all tests of this folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from booktools import BOOK, ROOT, Site, missing, notebook_paths, read_notebook


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
    """Path of a Chromium; the variable CHROMIUM names one that is not on the path."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    for name in names:
        if name and shutil.which(name):
            return shutil.which(name)
    missing("no Chromium; on Debian or Ubuntu type: sudo apt-get install chromium")


def pytest_generate_tests(metafunc):
    """A test that asks for `path` runs once for every notebook of the book."""
    if "path" in metafunc.fixturenames:
        paths = notebook_paths()
        metafunc.parametrize("path", paths, ids=[str(p.relative_to(BOOK)) for p in paths])


@pytest.fixture
def notebook(path):
    return read_notebook(path)
