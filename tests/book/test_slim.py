"""Lighter pages: the figures stay the same pictures, and no icon that is used goes missing."""

import re
import sys

from booktools import BOOK

sys.path.insert(0, str(BOOK / "_ext"))
from slim import shorten_figure, without_unused_icons

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


def test_an_icon_stays_if_one_of_its_names_is_used():
    css = (
        '.fa-solid{font-weight:900}.fa-x:before,.fa-xmark:before{content:"\\f00d"}'
        '.fa-yen:before{content:"\\f157"}'
    )
    kept = without_unused_icons(css, {"fa-solid", "fa-xmark"})
    assert kept == css.partition(".fa-yen")[0]


def test_the_built_figures_hold_no_long_coordinate(site):
    figures = list((site.folder / "_images").glob("*.svg"))
    assert figures
    for path in figures:
        for data in re.findall(r'\sd="([^"]+)"', path.read_text(encoding="utf-8")):
            assert not re.search(r"\.\d{3}|\s[A-Za-z]", data), path.name


def test_every_icon_of_a_page_is_in_the_style_sheet(site):
    (sheet,) = site.folder.glob("_static/vendor/fontawesome/*/css/all.min.css")
    css = sheet.read_text(encoding="utf-8")
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
