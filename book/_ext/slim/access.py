"""What the theme's pages lack for a keyboard and a screen reader."""

import html
import itertools
import re

# What stands in a page, and by what it is replaced.
REPAIRS = [
    # A label must not hide the words that are seen: who says "click Search" means those.
    (r'(<button class="[^"]*search-button-field[^>]*?) aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # An arrow alone has no name: it unfolds the pages below the one that is linked before it.
    (r">([^<>]*)(</a><details[^>]*><summary)>", r'>\1\2 aria-label="Pages of \1">'),
    # Each part of a page belongs to a landmark.
    (
        r'<div class="bd-sidebar-primary ',
        '<div role="complementary" aria-label="The book" class="bd-sidebar-primary ',
    ),
    # An identifier names one element, and every exercise and proof has one of these.
    (r'<section id="(exercise|solution|proof)-content">', r'<section class="\1-content">'),
    # An empty cell is the heading of nothing.
    (r"<th((?: [^>]*)?)>(?:<p></p>)?</th>", r"<td\1></td>"),
    # An entry of a bibliography is an item of its list; the role that says more is withdrawn.
    ('role="doc-biblioentry"', 'role="listitem"'),
    # What may be wider than a phone scrolls inside itself, so the keyboard must reach it. page.js
    # takes the stop away again where nothing scrolls.
    (r'<(table class="[^"]*\btable")', r'<\1 tabindex="0"'),
    (r'<(figure\b[^>]*)(?=>\s*<img [^>]*class="wide")', r'<\1 tabindex="0"'),
]
REPAIRS = [(re.compile(pattern), new) for pattern, new in REPAIRS]
WIDE = {
    "Formula": re.compile(r'<div(?= class="[^"]*\bmath notranslate")'),
    "Figure": re.compile(r'<div(?= class="cell_output[^>]*>\s*<img [^>]*class="wide")'),
}
HEADING = re.compile(r"<th\b[^>]*>.*?</th>", re.DOTALL)
FORMULA = re.compile(
    r'<span class="math[^"]*"(?=>.*?<annotation[^>]*>(.*?)</annotation>.*?</math>)'
)
PRE = re.compile(r"<pre((?![^>]*tabindex)[^>]*)>(.*?)(?=</pre>)", re.DOTALL)
NARROW = 40  # characters: no line up to this length is wider than a phone


def repaired(text: str) -> str:
    for pattern, new in REPAIRS:
        text = pattern.sub(new, text)
    for kind, pattern in WIDE.items():
        text = with_regions(text, kind, pattern)
    text = HEADING.sub(with_named_formulas, text)
    return PRE.sub(with_tab_stop, with_one_search_input(text))


def with_named_formulas(heading: re.Match) -> str:
    """A heading that is a formula alone needs a name that is text: its TeX."""
    return FORMULA.sub(r'\g<0> role="math" aria-label="\1"', heading[0])


def with_regions(text: str, kind: str, pattern: re.Pattern) -> str:
    """A plain element that is a stop for the keyboard needs a role and a name of its own."""
    number = itertools.count(1)
    stop = '<div tabindex="0" role="region" aria-label="{} {}"'
    return pattern.sub(lambda _: stop.format(kind, next(number)), text)


def with_tab_stop(block: re.Match) -> str:
    """A block of code or text is a stop for the keyboard if it may be wider than a phone."""
    lines = html.unescape(re.sub("<[^>]*>", "", block[2])).splitlines()
    wide = max(map(len, lines), default=0) > NARROW
    return f'<pre tabindex="0"{block[1]}>{block[2]}' if wide else block[0]


def with_one_search_input(text: str) -> str:
    """The search page has its own form beside the one that the theme hides in every page."""
    name = 'id="search-input"'
    return text.replace(name, "", text.count(name) - 1)
