"""The reading time that a page states is the one that its words and its code give.

A sitting is about forty minutes: 3,000 words of text and 250 lines of code. Exercises, folded
answers and folded code do not count.
"""

import re

import pytest
from booktools import BOOK, cells, notebook_paths, read_notebook, tags, text_of

WORDS, LINES = 150, 15  # a minute, for a reader who follows each step
STATED = re.compile(r"(?:Reading time: |Reading takes (?:about )?|\*\*Time\*\*: )(\d+) minutes")
# Neither is read word by word.
NOT_WORDS = (
    r"(?s:^(:{3,}|`{3,})\{admonition\} (?:Answer|Solution).*?^\1$)",
    r"\]\([^)]*\)",  # where a link leads
    r"^:\w+:.*$|^:{3,}.*$|^\([\w-]+\)=$",  # directives and their options
)


def without_exercises(notebook: dict) -> list[dict]:
    """The cells before the exercises, and those behind them from the next heading on."""
    kept, inside = [], False
    for cell in notebook["cells"]:
        text = text_of(cell["source"])
        if cell["cell_type"] == "markdown" and re.search(r"^## ", text, re.M):
            before, heading, behind = text.partition("## Exercises")
            if heading:
                kept.append(cell | {"source": before})
                inside, text = True, behind
            if next_section := re.search(r"^## .*", text, re.M | re.S):
                if inside:
                    kept.append(cell | {"source": next_section.group()})
                elif not heading:
                    kept.append(cell)
                inside = False
        elif not inside:
            kept.append(cell)
    return kept


def minutes(notebook: dict) -> int:
    """The reading time, rounded to five minutes."""
    words = lines = 0
    for cell in without_exercises(notebook):
        text = text_of(cell["source"])
        if cell["metadata"].get("jupyter", {}).get("source_hidden"):
            continue
        if cell["cell_type"] == "markdown":
            for pattern in NOT_WORDS:
                text = re.sub(pattern, "", text, flags=re.M)
            text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", " formula ", text, flags=re.S)
            words += len(re.findall(r"[^\W_][\w'’-]*", text))
        elif "hide-input" not in tags(cell):
            lines += sum(bool(line.strip()) for line in text.split("\n"))
    return max(5, 5 * round((words / WORDS + lines / LINES) / 5))


@pytest.mark.parametrize(
    "notebook", notebook_paths(), ids=lambda p: p.relative_to(BOOK).with_suffix("").as_posix()
)
def test_the_stated_time_is_the_computed_one(notebook):
    page = read_notebook(notebook)
    text = "\n".join(text_of(cell["source"]) for cell in cells(page, "markdown"))
    assert [int(found) for found in STATED.findall(text)] == [minutes(page)]


def test_the_index_has_the_same_times():
    index = (BOOK / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^\]]*\]\(([\w-]+\.ipynb)\).*\| (\d+) \|$", index, re.M)
    assert len(rows) == 9
    for page, stated in rows:
        assert int(stated) == minutes(read_notebook(BOOK / page)), page


def test_what_counts():
    def page(*parts):
        return {"cells": [cell | {"metadata": cell.get("metadata", {})} for cell in parts]}

    text = {"cell_type": "markdown", "source": "word " * 1500}
    code = {"cell_type": "code", "source": "x = 1\n\n" * 150}
    exercise = {"cell_type": "markdown", "source": "## Exercises\n" + "word " * 3000}
    behind = {"cell_type": "markdown", "source": "## Summary\n" + "word " * 749}
    hidden = code | {"metadata": {"tags": ["hide-input"]}}
    folded = code | {"metadata": {"jupyter": {"source_hidden": True}}}
    answer = {
        "cell_type": "markdown",
        "source": ":::{admonition} Answer\n:class: dropdown\n\n" + "word " * 1500 + "\n:::\n",
    }
    box = {
        "cell_type": "markdown",
        "source": ":::{admonition} Predict\n:class: tip\n\n"
        + "word " * 748
        + "\n:::\n"
        + "word " * 750,
    }
    formula = {"cell_type": "markdown", "source": "$$\n" + "a + b " * 900 + "\n$$"}
    assert minutes(page(text)) == 10
    assert minutes(page(text, code)) == 20
    assert minutes(page(text, hidden, folded, answer, formula)) == 10
    assert minutes(page(box)) == 10
    assert minutes(page(text, exercise, code)) == 10
    assert minutes(page(text, exercise, code, behind)) == 15
    assert minutes(page(behind | {"source": "few words"})) == 5
