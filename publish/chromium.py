"""The browser that prints the book and that the tests of its pages open."""

import os
import shutil

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = "no Chromium; on Debian or Ubuntu type: sudo apt-get install chromium"


def find_chromium() -> str | None:
    """Path of a Chromium; the variable CHROMIUM names one that is not on the path."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)
