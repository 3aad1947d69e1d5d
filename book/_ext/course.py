"""What Sphinx does not do for this book: numbers by page, descriptions, plain docstrings.

The title of a chapter carries its number in the text (``# 3. The algorithm``), so the contents are
not numbered by Sphinx, which would then count the figures, equations and exercises of the whole
book in one row. Here each page counts anew: Exercise 3.2 is the second of chapter 3, and a page
beside the chapters has its own Exercise 2.
"""

import copy
import re
from pathlib import Path

from docutils import nodes


def chapter_of(docname: str) -> tuple[int, ...]:
    """(3,) for the chapter ``book/03-algorithm``, () for every other page, its side pages too."""
    match = re.fullmatch(r"book/0*(\d+)-[^/]+", docname)
    return (int(match.group(1)),) if match else ()


def by_page(numbers: dict) -> dict:
    """Sphinx's numbers, {document: {kind: {id: (n,)}}} in one row, counted anew on each page."""
    return {
        docname: {
            kind: {
                anchor: (*chapter_of(docname), count)
                for count, anchor in enumerate(sorted(anchors, key=anchors.get), 1)
            }
            for kind, anchors in kinds.items()
        }
        for docname, kinds in numbers.items()
    }


def before_numbering(app, env):
    # Sphinx compares its new numbers with those of the last build to find the pages to rewrite.
    env.toc_fignumbers = getattr(env, "fignumbers_in_one_row", {})
    return []


def after_numbering(app, env):
    env.fignumbers_in_one_row = copy.deepcopy(env.toc_fignumbers)
    env.toc_fignumbers = by_page(env.toc_fignumbers)
    return []


def name_the_repository(app, config):
    # The line that installs the package, for a page's text. _config.yml alone has the address.
    address = config.html_theme_options.get("repository_url") or "ADDRESS-OF-THE-REPOSITORY"
    config.myst_substitutions = {"pip_install": f'`pip install "git+{address}"`'}


def without_unused_extensions(app):
    # Jupyter Book always loads them. Thebe's scripts name a third party's server on every page, and
    # sphinx-design brings a style sheet for directives that no page of this book uses.
    for listeners in app.events.listeners.values():
        listeners[:] = [
            one
            for one in listeners
            if not one.handler.__module__.startswith(("sphinx_thebe", "sphinx_design"))
        ]
    app.registry.css_files[:] = [css for css in app.registry.css_files if "thebe" not in css[0]]


def describe(app, pagename, templatename, context, doctree):
    # The page's first paragraph, cut at a word, is its description for search engines.
    if doctree is None:
        return
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            if len(text) > 200:
                text = text[:200].rsplit(" ", 1)[0] + " …"
            context["page_description"] = text
            return


OPENING = re.compile(r"[(\[“‘]+$")
CLOSING = re.compile(r"^[^\s\w(\[“‘]+")


def cut(parent, index: int, pattern: re.Pattern) -> list:
    """Take what the pattern finds out of the text at this place of a paragraph."""
    text = parent[index] if 0 <= index < len(parent) else None
    found = pattern.search(text) if isinstance(text, nodes.Text) else None
    if not found:
        return []
    parent[index] = nodes.Text(text[: found.start()] + text[found.end() :])
    return [nodes.Text(found[0])]


def keep_punctuation(app, doctree):
    """A browser may end a line between a formula and its comma: put both into one span."""
    for formula in list(doctree.findall(nodes.math)):
        parent, index = formula.parent, formula.parent.index(formula)
        before, after = cut(parent, index - 1, OPENING), cut(parent, index + 1, CLOSING)
        if before or after:
            parent[index] = nodes.inline("", "", *before, formula, *after, classes=["together"])


def label_cells(app, doctree):
    """On a phone a row of a table of class ``stack`` is a block: each cell repeats its heading."""
    for table in doctree.findall(nodes.table):
        head = next(iter(table.findall(nodes.thead)), None)
        if "stack" not in table["classes"] or head is None:
            continue
        headings = [entry.children[0].children for entry in head.findall(nodes.entry)]
        for row in next(iter(table.findall(nodes.tbody))).findall(nodes.row):
            for heading, entry in list(zip(headings, row, strict=True))[1:]:
                copies = [node.deepcopy() for node in heading]
                entry.insert(0, nodes.paragraph("", "", *copies, classes=["heading"]))


WIDE = 500  # points: on a phone its letters of 10 points would be less than 7 pixels high


def mark_wide_figures(app, doctree):
    """A figure of several panels keeps a legible size on a phone, and scrolls inside itself."""
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir, image["uri"].lstrip("/"))
        if path.suffix == ".svg":
            width = re.search(r'<svg[^>]*? width="([\d.]+)pt"', path.read_text(encoding="utf-8"))
            if width and float(width[1]) > WIDE:
                image["classes"].append("wide")


LITERAL = re.compile(r"(``.+?``|`[^`]+`)")


def plain_mathematics(app, what, name, obj, options, lines):
    """In a docstring, ``|x|`` and ``*`` are mathematics, never a substitution or an emphasis."""
    block = False  # inside an indented block after "::"
    example = False  # from ">>>" to the next empty line: what it prints is literal too
    for number, line in enumerate(lines):
        if block and line.strip() and not line.startswith(" " * block):
            block = False
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not block and not example:
            parts = LITERAL.split(line)
            parts[::2] = [re.sub(r"([*|])", r"\\\1", part) for part in parts[::2]]
            lines[number] = "".join(parts)
        if line.rstrip().endswith("::"):
            block = len(line) - len(line.lstrip()) + 1


def search_chinese(app, pagename, templatename, context, doctree):
    if pagename == "search":
        app.add_js_file("search-chinese.js")


def setup(app):
    without_unused_extensions(app)
    app.connect("config-inited", name_the_repository)
    app.connect("autodoc-process-docstring", plain_mathematics, priority=100)
    app.connect("doctree-read", keep_punctuation)
    app.connect("doctree-read", label_cells)
    app.connect("doctree-read", mark_wide_figures)
    app.connect("env-get-updated", before_numbering, priority=100)
    app.connect("env-get-updated", after_numbering, priority=900)
    app.connect("html-page-context", describe, priority=900)
    app.connect("html-page-context", search_chinese)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
