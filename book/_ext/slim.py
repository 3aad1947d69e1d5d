"""What makes a page lighter: shorter figures, and only the icons that are used.

The stored figures are matplotlib's own bytes, which the tests compare. Only the copies beside the
built pages are shortened: coordinates to a hundredth of a point, no white space between them, no
comments, and no names that nothing refers to.
"""

import re
from pathlib import Path

NUMBER = re.compile(r"-?\d+\.\d+")


def _two_decimals(number: re.Match) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def shorten_path(match: re.Match) -> str:
    """Shorten the data of one SVG path."""
    data = NUMBER.sub(_two_decimals, match[0])
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", data).strip()


def shorten_figure(svg: str) -> str:
    """Return the same picture in fewer characters."""
    svg = re.sub(r'(?<=\sd=")[^"]+', shorten_path, svg)
    svg = re.sub(r'(?<=\s[xy]=")-?\d+\.\d+', shorten_path, svg)
    svg = re.sub(r"translate\([^)]*\)", lambda m: NUMBER.sub(_two_decimals, m[0]), svg)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    named = set(re.findall(r"#([\w-]+)", svg))
    svg = re.sub(r'\sid="([\w-]+)"', lambda m: m[0] if m[1] in named else "", svg)
    return re.sub(r">\s+<", "><", svg)


def without_unused_icons(css: str, used: set[str]) -> str:
    """Leave out of Font Awesome's style sheet each icon whose names occur in no page."""

    def keep(rule: re.Match) -> str:
        return rule[0] if used.intersection(re.findall(r"\.(fa-[\w-]+):before", rule[0])) else ""

    return re.sub(r"\.fa-[\w-]+:before[^{}]*\{content:[^{}]*\}", keep, css)


def slim(app, exception):
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in (out / "_images").glob("*.svg"):
        path.write_text(shorten_figure(path.read_text(encoding="utf-8")), encoding="utf-8")
    used = set()
    for path in [*out.rglob("*.html"), *out.rglob("_static/**/*.js"), *out.rglob("custom.css")]:
        used.update(re.findall(r"fa-[\w-]+", path.read_text(encoding="utf-8")))
    for path in out.glob("_static/vendor/fontawesome/*/css/all.min.css"):
        css = path.read_text(encoding="utf-8")
        path.write_text(without_unused_icons(css, used), encoding="utf-8")


def setup(app):
    app.connect("build-finished", slim)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
