"""Code cells: no element for what has the color of plain code."""

import re

BLOCK = re.compile(r'(<div class="highlight"><pre[^>]*>)(.*?)(</pre>)', re.DOTALL)
SPAN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
RULE = re.compile(r'html\[data-theme="(\w+)"\] \.highlight (?:\.(\w+) )?\{ ([^}]*?);? *\}')


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
