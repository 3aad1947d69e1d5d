"""Lighter pages: the figures stay the same pictures, and nothing that is used goes missing."""

import base64
import io
import re
import sys

import pytest
from booktools import BOOK
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

sys.path.insert(0, str(BOOK / "_ext"))
import slim
from slim import access, code, images, scripts, styles
from slim.figures import shorten_figure

FIGURE = """<svg>
 <path d="M 51.618293 20.337805
L -0.004 20.5
z
" transform="scale(0.015625 -0.015625)" style="opacity: 0.833333"/>
</svg>"""


def test_a_path_gets_shorter_and_all_else_stays():
    assert shorten_figure(FIGURE) == (
        '<svg><path d="M51.62 20.34L-0 20.5z" transform="scale(0.015625 -0.015625)" '
        'style="opacity: 0.833333"/></svg>'
    )


def test_places_get_shorter_and_only_names_in_use_stay():
    figure = (
        '<svg><!-- a comment --><defs><path id="m1" d="M 0 0"/></defs>'
        '<g id="line2d_1" transform="translate(1.0049 20.5) scale(0.015625 -0.1)">'
        '<use xlink:href="#m1" x="1.23456" y="-7.000001" clip-path="url(#p2)"/></g>'
        '<clipPath id="p2"/></svg>'
    )
    assert shorten_figure(figure) == (
        '<svg><defs><path id="m1" d="M0 0"/></defs>'
        '<g transform="translate(1 20.5) scale(0.015625 -0.1)">'
        '<use xlink:href="#m1" x="1.23" y="-7" clip-path="url(#p2)"/></g>'
        '<clipPath id="p2"/></svg>'
    )


def test_words_inside_a_figure_stay_apart():
    assert shorten_figure("<text>one two\n three</text>") == "<text>one two\n three</text>"


def test_a_rule_stays_if_all_its_classes_are_words_of_a_page():
    css = """/* a comment */ @charset "UTF-8";
        .fa-x:before, .fa-xmark:before { content: "\\f00d"; }
        .fa-yen:before { content: "\\f157"; }
        :is(.seen, .unseen) > p:not(.unseen), .seen .unseen { color: red }
        @media print { .unseen { color: red } }
        @media screen { .seen { background: url("data:image/svg+xml;{},}") } }
        @keyframes turn { 12.5% { top: 0 } }"""
    assert styles.without_unused_rules(re.sub(r"/\*.*\*/", "", css), {"fa-xmark", "seen"}) == (
        '.fa-xmark:before{content: "\\f00d"}:is(.seen, .unseen) > p:not(.unseen){color: red}'
        '@media screen{.seen{background: url("data:image/svg+xml;{},}")}}'
        "@keyframes turn{12.5% { top: 0 }}"
    )


def test_an_imported_sheet_is_read_and_addresses_move_with_it(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "main.css").write_text("@import '../base.css'; p {b: url(../c/d.svg?x)}")
    (tmp_path / "base.css").write_text("q {b: url('data:x'); c: url(e.svg)}")
    css = styles.read(tmp_path / "a" / "main.css", tmp_path)
    assert css == "q {b: url('data:x'); c: url(e.svg)} p {b: url(c/d.svg)}"


PYGMENTS = """html[data-theme="light"] .highlight { background: #fefefe; color: #080808 }
html[data-theme="light"] .highlight .n { color: #080808 } /* Name */
html[data-theme="light"] .highlight .p { color: #080808 } /* Punctuation */
html[data-theme="light"] .highlight .k { color: #6730C5 } /* Keyword */
html[data-theme="dark"] .highlight { background: #2b2b2b; color: #F8F8F2 }
html[data-theme="dark"] .highlight .n { color: #F8F8F2 } /* Name */
html[data-theme="dark"] .highlight .p { color: #ffffff } /* Punctuation */"""


def test_a_span_of_plain_code_goes_and_a_colored_one_stays():
    styled = code.styled_classes(PYGMENTS)
    assert styled == {"k", "p"}
    cell = '<div class="highlight"><pre><span></span>{}</pre></div><span class="n">x</span>'
    spans = '<span class="k">if</span> <span class="n">a&lt;b</span><span class="p">:</span>'
    short = '<span class="k">if</span> a&lt;b<span class="p">:</span>'
    expected = cell.format(short).replace("<span></span>", "")
    assert code.without_idle_spans(cell.format(spans), styled) == expected


def test_a_wide_block_is_a_stop_for_the_keyboard():
    for line, wide in {
        "x" * 40: False,
        "x" * 41: True,
        "<b>" + "&lt;" * 40 + "</b>": False,
    }.items():
        marked = access.repaired(f"<pre>\nx\n{line}\n</pre>")
        assert marked.startswith('<pre tabindex="0">') == wide
        assert access.repaired(marked) == marked


def test_an_image_gets_its_size_in_pixels(tmp_path):
    (tmp_path / "a b.svg").write_text('<svg width="72pt" height="36.5pt" viewBox="0 0 9 9"/>')
    (tmp_path / "box.svg").write_text('<svg viewBox="0 0 30 20"/>')
    text = '<img alt="x" src="a%20b.svg" /><img src="box.svg"/><img src="c.png"/>'
    assert images.with_sizes(text, tmp_path) == (
        '<img width="96" height="49" alt="x" src="a%20b.svg" />'
        '<img width="30" height="20" loading="lazy" decoding="async" src="box.svg"/>'
        '<img src="c.png"/>'
    )


def page(icon: str, extra: str = "") -> str:
    return f"""<html><head><title>x</title>
      <script data-cfasync="false">document.documentElement.dataset.mode = "auto";</script>
      <!-- Loaded before other Sphinx assets -->
      <link rel="stylesheet" type="text/css" href="../_static/pygments.css?v=1" />
      <link href="../_static/icons.css?digest=2" rel="stylesheet" />
      <link rel="preload" as="script" href="../_static/last.js" />
      <script src="../_static/options.js?v=3"></script>
      <script>let hint = OPTIONS.hint;</script>
      <script>let hint = OPTIONS.hint;</script>
      <script>DOCUMENTATION_OPTIONS.pagename = 'x';</script>
      <script type="module" src="../_static/own.mjs"></script>{extra}</head>
      <body data-bs-spy="scroll" class="b"><i class="{icon}"></i>
      <script>document.write(`<button>&</button>`);</script>
      <script src="../_static/last.js"></script></body></html>"""


def test_a_page_goes_through_once_and_the_shared_files_serve_old_and_new_pages(tmp_path):
    static, folder = tmp_path / "_static", tmp_path / "book"
    static.mkdir()
    folder.mkdir()
    (static / "pygments.css").write_text(PYGMENTS)
    (static / "icons.css").write_text(".one {top: 1px} .two {top: 2px} .none {top: 3px}")
    (static / "options.js").write_text("const OPTIONS = {hint: 1}\n//# sourceMappingURL=x.map")
    (static / "last.js").write_text("hint++")
    (static / "own.mjs").write_text("document.body.classList.add('b')")
    (folder / "a.html").write_text(page("one"))
    (tmp_path / "index.html").write_text(
        '<meta http-equiv="Refresh" content="0; url=book/a.html"/>'
    )
    slim.slim_pages(tmp_path)
    first = (folder / "a.html").read_text()
    (sheet,) = static.glob("book.*.css")
    (script,) = static.glob("book.*.js")
    assert re.findall(r'href="([^"?]+)', first) == [f"../_static/{sheet.name}"]
    assert re.findall(r'src="([^"?]+)', first) == [
        f"../_static/{script.name}",
        "../_static/own.mjs",
    ]
    assert script.read_text() == "const OPTIONS = {hint: 1}\n\n;let hint = OPTIONS.hint;\n;hint++"
    assert "<button>&</button>" in first and "document.write" not in first
    assert "data-bs-spy" not in first
    assert ".one{" in sheet.read_text() and ".two" not in sheet.read_text()

    (folder / "b.html").write_text(page("two"))
    slim.slim_pages(tmp_path)
    assert (folder / "a.html").read_text() == first
    assert f"../_static/{sheet.name}" in (folder / "b.html").read_text()
    assert ".one{" in sheet.read_text() and ".two{" in sheet.read_text()
    assert ".none" not in sheet.read_text()

    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    slim.slim_pages(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_a_theme_that_has_changed_is_noticed(tmp_path):
    (tmp_path / "doctools.js").write_text("other()")
    with pytest.raises(ExtensionError, match="once in "):
        scripts.read(tmp_path / "doctools.js")
    with pytest.raises(ExtensionError, match="once in each page's head"):
        slim.with_links("<head></head>", "a.css", "a.js")


def test_the_built_figures_hold_no_long_coordinate(site):
    figures = list((site.folder / "_images").glob("*.svg"))
    assert figures
    for path in figures:
        for data in re.findall(r'\sd="([^"]+)"', path.read_text(encoding="utf-8")):
            assert not re.search(r"\.\d{3}|\s[A-Za-z]", data), path.name


def style_sheet(site) -> str:
    (sheet,) = site.folder.glob("_static/book.*.css")
    return sheet.read_text(encoding="utf-8")


def glyphs(font: bytes) -> set[int]:
    return set(TTFont(io.BytesIO(font)).getBestCmap())


def test_every_icon_of_a_page_is_in_the_style_sheet(site):
    css = style_sheet(site)
    classes = {
        name
        for page in site.pages.values()
        for icon in page.soup.select("[class*='fa-']")
        for name in icon["class"]
        if name.startswith("fa-")
    }
    assert classes >= {"fa-download", "fa-solid"}
    assert [name for name in classes if f".{name}" not in css] == []
    assert ".fa-yen-sign" not in css
    font = base64.b64decode(re.search(r"data:font/woff2;base64,([^)]+)", css)[1])
    assert glyphs(font) >= {int(code, 16) for code in re.findall(r'"\\(f[0-9a-f]{3})"', css)}
    assert len(glyphs(font)) < 200


def test_the_fonts_of_formulas_have_every_character_and_no_more(site):
    css = style_sheet(site)
    fonts = {f.stem: glyphs(f.read_bytes()) for f in site.folder.glob("_static/fonts/KaTeX*.woff2")}
    used = set()
    for page in site.pages.values():
        for formula in re.findall(
            r'<span class="katex-html".*?(?=<span class="katex">|</p>)', page.html
        ):
            used |= set(re.sub("<[^>]*>", "", formula))
    assert used >= set("xy=σ∂Σ")
    original = BOOK / "_static" / "katex" / "fonts"
    for name, found in fonts.items():
        assert f"fonts/{name}.woff2" in css
        whole = glyphs((original / f"{name}.woff2").read_bytes())
        assert found >= whole & set(map(ord, used))
    assert len(fonts["KaTeX_Main-Regular"]) < 200
    assert "KaTeX_Fraktur-Regular" not in fonts and "KaTeX_Fraktur" not in css
