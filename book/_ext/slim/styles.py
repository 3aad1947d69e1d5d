"""Style sheets: one for all pages, without the rules and the characters that no page uses."""

import base64
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from . import fonts
from .scripts import digest

LINK = re.compile(r'\s*<link (?=[^>]*rel="stylesheet")[^>]*href="([^"?]+)[^>]*>')
LINKED = re.compile(r"_static/book\.\w+\.css")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
IMPORT = re.compile(r"@import\s+(?:url\()?[\"']?([^\"')]+)[\"']?\)?\s*;")
ADDRESS = re.compile(r"url\((\"[^\"]*\"|'[^']*'|[^)\"']*)\)")
WORD = re.compile(r"[A-Za-z_][\w-]*")
# Bootstrap's script puts these names together from parts.
COMPOSED = {"bs-tooltip-auto", "bs-tooltip-top", "bs-tooltip-end", "bs-tooltip-start"}
COMPOSED |= {"bs-tooltip-bottom"}
# Folders of scripts that no page loads, and the scripts made of those that are read anyway.
UNLOADED = {"vendor", "katex", "locales", "book."}
FACE = re.compile(r"@font-face\{[^}]*\}")
ICON = re.compile(r'"\\([0-9a-f]{4,5})"')
IN_SHEET = "fa-solid-900.woff2"  # every page shows icons: their font comes inside the style sheet


def is_linked(text: str) -> bool:
    """Whether the page has been through this package: it has the style sheet of all pages."""
    return bool(LINKED.search(text))


def without_links(text: str, folder: Path) -> tuple[str, tuple[Path, ...]]:
    """Take the style sheets out of a page: (the rest, their files)."""
    sheets = tuple((folder / address).resolve() for address in LINK.findall(text))
    text = re.sub(r'\s*<link rel="preload" as="font"[^>]*>', "", text)
    return LINK.sub("", text), sheets


def write_sheets(lists: set[tuple], static: Path, pages: Iterable[str]) -> dict[tuple, str]:
    """Write each list of style sheets as one: {list: its name, with a version}."""
    pages = list(pages)
    sources = [p for p in static.rglob("*.*js") if not UNLOADED & {*p.parts, p.stem[:5]}]
    scripts = [path.read_text("utf-8") for path in sources]
    words = COMPOSED.union(*map(WORD.findall, [*pages, *scripts]))
    characters = set().union(*pages)
    names = {}
    for sheets in lists:
        css = without_unused_rules("\n".join(read(path, static) for path in sheets), words)
        css = with_cut_fonts(css, static, characters)
        name = f"book.{digest(' '.join(path.name for path in sheets))}.css"
        (static / name).write_text(css, "utf-8")
        names[sheets] = f"{name}?v={digest(css)}"
    return names


def read(path: Path, static: Path) -> str:
    """A style sheet with what it imports; its addresses count from the folder of static files."""

    def move(found: re.Match) -> str:
        address = found[1].strip("\"'")
        if address.startswith(("data:", "#")):
            return found[0]
        target = path.parent / address.partition("?")[0].partition("#")[0]
        return f"url({posixpath.relpath(target.resolve().as_posix(), static.as_posix())})"

    parts = IMPORT.split(COMMENT.sub("", path.read_text("utf-8")))
    parts[::2] = [ADDRESS.sub(move, part) for part in parts[::2]]
    parts[1::2] = [read(path.parent / part, static) for part in parts[1::2]]
    return "".join(parts)


TOKEN = re.compile(
    r"""url\(\s*(?:"[^"]*"|'[^']*'|[^)]*)\s*\)|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]"""
)


def rules(css: str):
    """Pairs of what stands before braces and inside them; None for a statement without braces."""
    start = depth = 0
    for token in TOKEN.finditer(css):
        if token[0] == "{":
            if depth == 0:
                prelude, body = css[start : token.start()].strip(), token.end()
            depth += 1
        elif token[0] == "}":
            depth -= 1
            if depth == 0:
                yield prelude, css[body : token.start()]
                start = token.end()
        elif token[0] == ";" and depth == 0:
            yield css[start : token.start()].strip(), None
            start = token.end()


def selectors(prelude: str) -> list[str]:
    """The selectors of a list, cut at each comma outside parentheses."""
    parts, depth = [""], 0
    for character in re.sub(r"\s+", " ", prelude):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def is_used(selector: str, words: set[str]) -> bool:
    """Whether all classes that the selector asks for are words of a page or of a script."""
    while (shorter := re.sub(r"\([^()]*\)", "", selector)) != selector:
        selector = shorter
    return "\\" in selector or words.issuperset(re.findall(r"\.([A-Za-z_][\w-]*)", selector))


def without_unused_rules(css: str, words: set[str]) -> str:
    """Leave out each selector with a class that is nowhere, each empty rule, and white space."""
    kept = []
    for prelude, body in rules(css):
        if body is None:
            if not prelude.startswith("@charset"):
                kept.append(f"{prelude};")
        elif prelude.startswith(("@media", "@supports")):
            if inner := without_unused_rules(body, words):
                kept.append(f"{prelude}{{{inner}}}")
        else:
            if not prelude.startswith("@"):
                prelude = ",".join(one for one in selectors(prelude) if is_used(one, words))
            body = re.sub(r"\s+", " ", body).strip(" ;")
            if prelude and body:
                kept.append(f"{prelude}{{{body}}}")
    return "".join(kept)


def with_cut_fonts(css: str, static: Path, characters: set[str]) -> str:
    """Cut each font to the characters in use; leave out a family that no rule names."""
    icons = {chr(int(code, 16)) for code in ICON.findall(css)}
    characters = characters.union(icons, css)
    named = FACE.sub("", css)
    (static / "fonts").mkdir(exist_ok=True)

    def replace(face: re.Match) -> str:
        family = re.search(r"font-family:\s*[\"']?([^\"';}]+)", face[0])[1]
        source = re.search(r"url\(([^)]+\.woff2)\)", face[0])[1]
        if family not in named:
            return ""
        font = fonts.cut(static / source, characters)
        if Path(source).name == IN_SHEET:
            address = f"data:font/woff2;base64,{base64.b64encode(font).decode()}"
        else:
            address = f"fonts/{Path(source).name}"
            (static / address).write_bytes(font)
        return re.sub(r"src:[^;}]*", f'src:url({address}) format("woff2")', face[0])

    return FACE.sub(replace, css)
