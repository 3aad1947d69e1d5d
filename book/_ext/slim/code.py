"""Code cells: no element for what has the color of plain code, and a tab stop where one scrolls."""

import html
import re

BLOCK = re.compile(r'(<div class="highlight"><pre[^>]*>)(.*?)(</pre>)', re.DOTALL)
SPAN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
RULE = re.compile(r'html\[data-theme="(\w+)"\] \.highlight (?:\.(\w+) )?\{ ([^}]*?);? *\}')
NARROW = 40  # characters: no line up to this one is wider than a phone


def styled_classes(css: str) -> set[str]:
    """The classes of Pygments that look different from plain code in one of the themes."""
    rules = [(theme, name, style) for theme, name, style in RULE.findall(css)]
    plain = {theme: style.rpartition("; ")[2] for theme, name, style in rules if not name}
    return {name for theme, name, style in rules if name and style != plain[theme]}


def without_idle_spans(text: str, styled: set[str]) -> str:
    """Leave out of the code of a page each span that no style sheet colors."""

    def unwrap(span: re.Match) -> str:
        return span[0] if span[1] in styled else span[2]

    def shorten(block: re.Match) -> str:
        return block[1] + SPAN.sub(unwrap, block[2].replace("<span></span>", "")) + block[3]

    return BLOCK.sub(shorten, text)


def with_tab_stops(text: str) -> str:
    """Let the keyboard reach, and so scroll, each block that may be wider than a phone."""

    def mark(block: re.Match) -> str:
        lines = html.unescape(re.sub("<[^>]*>", "", block[2])).splitlines()
        wide = max(map(len, lines), default=0) > NARROW
        return f'<pre tabindex="0"{block[1]}>{block[2]}' if wide else block[0]

    return re.sub(r"<pre((?![^>]*tabindex)[^>]*)>(.*?)(?=</pre>)", mark, text, flags=re.DOTALL)
