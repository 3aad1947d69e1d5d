"""What a reader waits for: a page with all that it needs, in as few bytes and requests as it takes.

Sphinx writes the pages as the theme wants them. When it has finished, each page that it wrote goes
once through the steps of this package, which are functions from a text to a shorter text; then the
files are made that the pages share: one style sheet, one script, and fonts cut to the characters in
use. Their names depend on nothing but the lists of files that they are made of, and they are always
made from the originals, so a page that the next build leaves alone goes on working.
"""

from pathlib import Path

from sphinx.errors import ExtensionError

from . import access, code, figures, images, scripts, sections, styles

THEME_LINKS = "<!-- Loaded before other Sphinx assets -->"


def slim(app, exception):
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in (out / "_images").glob("*.svg"):
        path.write_text(figures.shorten_figure(path.read_text("utf-8")), "utf-8")
    if app.builder.name == "html":
        slim_pages(out)


def slim_pages(out: Path) -> None:
    """Shorten each page that was written in this build, and make the files that all pages share."""
    pages = {path: path.read_text("utf-8") for path in sorted(out.rglob("*.html"))}
    pages = {path: text for path, text in pages.items() if "</head>" in text}
    written = [path for path, text in pages.items() if not styles.is_linked(text)]
    if not written:
        return
    styled = code.styled_classes((out / "_static" / "pygments.css").read_text("utf-8"))
    sheets, bundles = {}, {}
    for path in written:
        text = images.with_sizes(pages[path], path.parent)
        text = code.without_idle_spans(text, styled)
        text = access.repaired(text)
        text = scripts.without_document_write(text)
        text, sheets[path] = styles.without_links(text, path.parent)
        text, bundles[path] = scripts.without_scripts(text, path.parent)
        pages[path] = text
    static = out / "_static"
    script_link = scripts.write_bundles(set(bundles.values()), static)
    style_link = styles.write_sheets(set(sheets.values()), static, pages.values())
    for path in written:
        folder = "../" * len(path.parent.relative_to(out).parts) + "_static/"
        style, script = style_link[sheets[path]], script_link[bundles[path]]
        path.write_text(with_links(pages[path], folder + style, folder + script), "utf-8")


def with_links(text: str, style: str, script: str) -> str:
    """Link the two files where the theme links its own: after the script that sets the theme, which
    would wait for a style sheet before it."""
    if text.count(THEME_LINKS) != 1:
        raise ExtensionError(f"expected {THEME_LINKS!r} once in each page's head")
    links = f'<link rel="stylesheet" href="{style}" />\n  <script defer src="{script}"></script>'
    return text.replace(THEME_LINKS, links)


def setup(app):
    app.connect("html-page-context", sections.add_heights, priority=900)
    # Last: only now the theme has written the colors of both of its themes into pygments.css.
    app.connect("build-finished", slim, priority=900)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
