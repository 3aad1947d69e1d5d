"""Scripts: one for all pages, which waits until the page is there."""

import hashlib
import re
from pathlib import Path

from sphinx.errors import ExtensionError

SCRIPT = re.compile(r"[ \t]*<script((?:\s[^>]*)?)>(.*?)</script>\n?", re.DOTALL)
SOURCE = re.compile(r'\ssrc="([^"?]+)[^"]*"')
WRITTEN = re.compile(r"<script>\s*document\.write\(`(.*?)`\);\s*</script>", re.DOTALL)

# What is changed in a script: {its name: (what, by what)}.
CHANGES = {
    # The theme measures every code block when a page has loaded, and after each change of it, which
    # lays out the whole page each time; book/_static/page.js watches what comes near instead.
    "pydata-sphinx-theme.js": (
        re.compile(
            r'(?<=function T\(\)\{)const e=\(\)=>\{document\.querySelectorAll\("pre,.*?,e\(\)(?=\})'
        ),
        "",
    ),
    # A deferred script finds the page read, but the constants further down in it are not yet there.
    "doctools.js": (
        re.compile(r'document\.readyState !== "loading"'),
        'document.readyState === "complete"',
    ),
}


def without_document_write(text: str) -> str:
    """Write into the page what its scripts would write there; custom.css hides it from the rest."""
    return WRITTEN.sub(lambda script: script[1], text)


def resolved_theme(text: str) -> str:
    """Let the first script name the theme that the reader gets, before anything is painted."""
    return text.replace(
        'dataset.theme = localStorage.getItem("theme") || "auto"',
        'dataset.theme = document.documentElement.dataset.mode !== "auto" '
        "? document.documentElement.dataset.mode "
        ': matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"',
    )


def without_scripts(text: str, folder: Path) -> tuple[str, tuple[Path | str, ...]]:
    """Take the scripts out of a page that can be one: (the rest, settings and then files).

    The settings are the lines that stand in the page's head; among the scripts from files some read
    them at once. Modules stay, and so does a script with attributes of its own; what lies outside
    the folder of static files, such as the search index, is only told to wait.
    """
    settings, files = [], []
    end_of_head = text.index("</head>")

    def take(script: re.Match) -> str:
        attributes, line = script[1], script[2].strip()
        source = SOURCE.search(attributes)
        if "type=" in attributes:
            return script[0]
        if source and "_static/" in source[1]:
            files.append((folder / source[1]).resolve())
        elif source:
            return script[0].replace("<script", "<script defer", 1)
        elif not attributes and script.start() < end_of_head:
            # The page's name is for a switch between versions, which this book does not have.
            if line not in settings and not line.startswith("DOCUMENTATION_OPTIONS.pagename"):
                settings.append(line)
        else:
            return script[0]
        return ""

    text = re.sub(r'\s*<link rel="preload" as="script"[^>]*>', "", text)
    text = resolved_theme(text).replace('<body data-bs-spy="scroll"', "<body", 1)
    text = SCRIPT.sub(take, text)
    return text, (
        *files[:1],
        *settings,
        *files[1:],
    )  # some settings are of the first file's options


def write_bundles(bundles: set[tuple], static: Path) -> dict[tuple, str]:
    """Write each list of settings and files as one script: {list: its name, with a version}."""
    names = {}
    for bundle in bundles:
        parts = [part if isinstance(part, str) else read(part) for part in bundle]
        script = "\n;".join(parts)
        listed = [part if isinstance(part, str) else part.name for part in bundle]
        name = f"book.{digest(' '.join(listed))}.js"
        (static / name).write_text(script, "utf-8")
        names[bundle] = f"{name}?v={digest(script)}"
    return names


def read(path: Path) -> str:
    """A script, with its change if it has one."""
    script = re.sub(r"//# sourceMappingURL.*", "", path.read_text("utf-8"))
    if path.name in CHANGES:
        old, new = CHANGES[path.name]
        script, count = old.subn(new, script)
        if count != 1:
            raise ExtensionError(f"expected {old.pattern!r} once in {path}, got it {count} times")
    return script


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
