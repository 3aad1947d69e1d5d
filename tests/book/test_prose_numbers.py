"""Numbers in the prose of a notebook come from its cells.

The rule. Every decimal number (0.964, 1.5e-7) and every percentage (90 %) in a markdown cell, also
within a formula, must occur in a code cell of the same notebook: in its source, or in what it
printed or returned as text. Equal means equal as a number, sign aside: 0.50 is 0.5 and 1,000.5 is
1000.5, but 0.96 is not 0.964, so a rounded number needs a cell that rounds. 96.4 % may stand in the
cell as 96.4 or as 0.964.

Left out are code, links' targets, citations and labels; numbers that name something (Chapter 4.1,
Figure 2.3, claim 1.3, equation 3.1, § 6.1, a heading's own number); versions (Python 3.11); dates
such as 2015; and license names.
"""

import re
from decimal import Decimal

import pytest
from booktools import cells, text_of, text_outputs

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

FENCE = re.compile(r"(`{3,}|~{3,}|:{3,})(.*)")
NOT_PROSE = [
    r"\{(?:cite|eq|ref|numref|doc|prf:ref)(?::\w+)?\}`[^`]*`",  # roles that name something
    r"`[^`\n]+`",  # inline code
    r"^:[\w-]+:[^\n]*$",  # options of directives, such as labels
    r"^\([\w-]+\)=$",  # targets
    r"\]\([^)\s]*\)",  # where a link leads
    r"https?://\S+",
    r"<!--.*?-->",
    r"^#+ \d+(\.\d+)*\.? ",  # the number of a heading
]
NAMES = (
    r"chapters?|sections?|figures?|fig\.|figs\.|tables?|claims?|equations?|eqs?\.|exercises?|"
    r"theorems?|lemmas?|propositions?|examples?|algorithms?|pages?|§§?|"
    r"python|numpy|scipy|sympy|matplotlib|keras|pytorch|torch|tensorflow|jax|scikit-learn|"
    r"cc by|apache|license|version|v\.?"
)
NAMED = re.compile(
    rf"(?<!\w)(?:{NAMES})[\s~]*\d+(?:\.\d+)*(?:(?:,|–|-|\s+and|\s+to|,\s+and)\s*\d+(?:\.\d+)+)*",
    re.I,
)
MANTISSA = r"\d[\d,]*\.\d+|\.\d+|\d[\d,]*"
POWER = r"(?:[eE]([-+]?\d+)|\s*(?:\\times|\\cdot|×|·)\s*10\^?\{?([-−]?\d+)\}?)"
NUMBER = re.compile(rf"(?<![\w.])({MANTISSA}){POWER}?(\s*\\?%)?(?![\d]|\.\d)")
IN_CODE = re.compile(
    rf"(?<![\w.])({MANTISSA.replace(',', ',_')}|\d[\d,_]*\.){POWER}?(?![\d.]*\.\d)"
)


def prose(markdown: str) -> str:
    """Markdown without what is not prose."""
    text = "\n".join(lines_outside_code(markdown))
    for pattern in NOT_PROSE:
        text = re.sub(pattern, " ", text, flags=re.M | re.S)
    return text


def lines_outside_code(markdown: str):
    """The lines in no code block; a directive's own text is prose, unless it shows code."""
    fences, code = [], False
    for line in markdown.splitlines():
        match = FENCE.fullmatch(line.rstrip())
        if match is None:
            if not code:
                yield line
        elif fences and not match[2] and match[1] == fences[-1]:
            fences.pop()
            code = False
        elif not code:
            fences.append(match[1])
            code = not match[2].startswith("{") or match[2].startswith("{code")
            yield match[2].partition("}")[2]


def value(mantissa: str, *powers: str | None) -> Decimal:
    exponent = next((power for power in powers if power), "0").replace("−", "-")
    return Decimal(re.sub("[,_]", "", mantissa).rstrip(".")).scaleb(int(exponent)).normalize()


def plain(text: str) -> str:
    """10⁻⁷ becomes 10^-7, and 0{,}5 or 1\\,000 lose TeX's spacing."""
    text = re.sub(r"(?<=10)[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^" + m[0].translate(SUPERSCRIPTS), text)
    return re.sub(r"(?<=\d)(?:\\,|\{,\})(?=\d{3})", "", text)


def numbers_in_prose(markdown: str) -> list[tuple[str, set[Decimal]]]:
    """Each number that needs a cell: (as written, the values that would be that number)."""
    found = []
    for match in NUMBER.finditer(NAMED.sub(" ", plain(prose(markdown)))):
        mantissa, power, tex_power, percent = match.groups()
        number = value(mantissa, power, tex_power)
        if percent:
            found.append((match.group().strip(), {number, number.scaleb(-2).normalize()}))
        elif "." in mantissa or power:
            found.append((match.group().strip(), {number}))
    return found


def numbers_in_code(notebook: dict) -> set[Decimal]:
    """Every number in the code cells and in their text outputs."""
    found = set()
    for cell in cells(notebook, "code"):
        for text in [text_of(cell["source"]), *text_outputs(cell)]:
            for match in IN_CODE.finditer(plain(text)):
                found.add(value(*match.groups()))
    return found


def unsupported(notebook: dict) -> list[str]:
    """The numbers in the prose that no code cell knows."""
    known = numbers_in_code(notebook)
    return [
        f"{written!r} in {text_of(cell['source'])[:60]!r}"
        for cell in cells(notebook, "markdown")
        for written, values in numbers_in_prose(text_of(cell["source"]))
        if not values & known
    ]


def test_numbers_in_the_prose_come_from_cells(notebook):
    assert unsupported(notebook) == []


# --- the tests of this test -----------------------------------------------------------------------


def book_of(markdown: str, code: str = "", output: str = "") -> dict:
    outputs = [{"output_type": "stream", "name": "stdout", "text": output}]
    return {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": markdown},
            {"cell_type": "code", "metadata": {}, "source": code, "outputs": outputs},
        ]
    }


@pytest.mark.parametrize(
    ("markdown", "code"),
    [
        ("The accuracy is 0.964.", "0.9641"),
        ("The accuracy is 0.964.", "10.964"),
        ("The accuracy is 0.96.", "0.964"),
        ("It is 96.4 % right.", "0.965"),
        ("It falls by 12%.", "x = 13"),
        ("It falls by $12\\%$.", "x = 13"),
        ("The loss is $L = 0.298371109$.", "0.29837111"),
        ("The error is 1.5e-7.", "1.5e-8"),
        ("The error is $1.5 \\times 10^{-7}$.", "1.5e-8"),
        ("The error is 1.5 · 10⁻⁷.", "1.5"),
        ("A rate of −0.25 is", "-0.26"),
        ("It is 1,000.5.", "1000"),
        ("**0.5**", "5"),
        ("| 0.25 | 3 |", ""),
        ("```{admonition} Note\n0.125\n```", ""),
        ("```{math}\nx = 0.125\n```", ""),
        ("```{exercise} ★ code: Title\n:label: ex-1-5\n\nTake 0.125.\n```", ""),
        ("```{exercise} ★ code: Title\n```\n\n0.125\n\n```{solution}\n```", ""),
        ("```python\nx = 0.5\n```\n0.125\n```python\nx = 0.5\n```", ""),
        ("````{admonition} A\n```{math}\nx\n```\n0.125\n````", ""),
    ],
)
def test_a_number_without_a_cell_is_found(markdown, code):
    assert len(unsupported(book_of(markdown, code))) == 1


@pytest.mark.parametrize(
    ("markdown", "code", "output"),
    [
        ("The accuracy is 0.964.", "assert round(a, 3) == 0.964", ""),
        ("The accuracy is 0.964.", "", "accuracy 0.964"),
        ("It is 96.4 % right, and 90% of", "0.964", "0.9"),
        ("The error is $1.5 \\times 10^{-7}$, 2.5e-3.", "1.5e-7", "0.0025"),
        ("The error is 1.5 · 10⁻⁷.", "1.5e-07", ""),
        ("Half is 0.50, minus −0.25", "0.5", "[-0.25]"),
        ("1,000.5 and $1\\,000.25$", "1_000.5", "1000.25"),
        ("Sum: 1.0.", "1.", ""),
    ],
)
def test_a_number_with_a_cell_passes(markdown, code, output):
    assert unsupported(book_of(markdown, code, output)) == []


@pytest.mark.parametrize(
    "markdown",
    [
        "Chapter 3, claim 4.1, Figure 2.3, § 6.1, claims 1.1, 1.2 and 1.4, equations 3.1–3.4.",
        "Algorithms 6.1 and 6.2, algorithm 6.4",
        "Python 3.11 and NumPy 2.0 or later, version 1.2.3, CC BY 4.0",
        "## 4.1 The loss",
        "{cite:p}`x2.5` {eq}`eq-1.5` `lr=0.1` [here](a-2.5.ipynb#x) https://x.org/2.5",
        "(claim-4-1)=\n```{exercise} ★ code: Title\n:label: ex-1.5\nText.\n```",
        "In 1986 there were 3 layers of 10 units",
        "```python\nx = 0.1\n```",
        "```{code-block} python\nx = 0.1\n```",
        "````{admonition} A\n```python\nx = 0.1\n```\n````",
    ],
)
def test_what_is_no_measured_number_passes(markdown):
    assert numbers_in_prose(markdown) == []
