"""Shorter figures.

The stored figures are matplotlib's own bytes, which the tests compare. Only the copies beside the
built pages are shortened: coordinates to a hundredth of a point, no white space between them, no
comments, and no names that nothing refers to.
"""

import re

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
