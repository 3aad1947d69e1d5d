"""A stranger's text, made harmless for a terminal, a page in Markdown and a spreadsheet."""

from __future__ import annotations


def clean(text: str, limit: int = 300, lines: bool = False) -> str:
    """Printable characters only, cut: no terminal escape, no change of writing direction.

    Line ends become spaces, except where `lines` keeps them.
    """
    kept = "".join(
        c if c.isprintable() or (lines and c == "\n") else " " if c in "\n\t" else "?"
        for c in text[: limit + 1]
    )
    return kept if len(kept) <= limit else kept[:limit] + " …"


def cell(value: object) -> str:
    """A cell of a table; what a spreadsheet would take for a formula gets a quote before it."""
    if not isinstance(value, str):
        return f"{value:g}"
    text = clean(value)
    return "'" + text if text.lstrip()[:1] in ("=", "+", "-", "@") else text


def block(text: str) -> str:
    """An indented block of Markdown, in which nothing is interpreted."""
    return "\n".join("    " + line for line in text.split("\n"))
