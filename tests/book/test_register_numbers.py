"""Numbers in the claims register come from the cells of the claim's chapter.

The rule and the reading of numbers are those of `test_prose_numbers`; here the prose is a row of
book/claims.md, and the cells are those of the chapter that the row is about.
"""

import re

import pytest
from booktools import BOOK, notebook_paths, read_notebook
from test_prose_numbers import numbers_in_code, numbers_in_prose

ROW = re.compile(r"^\* - (\d\.\d|Q\d)\n(.*?)(?=^\* - |^```)", re.M | re.S)


def unsupported(register: str, known: dict[str, set]) -> list[str]:
    """The numbers of the register that no cell knows; `known` maps a claim's first letter to the
    numbers of its chapter ("3" to chapter 3's, "Q" to the appendix's)."""
    problems = []
    for row in ROW.finditer(register):
        claim, text = row.groups()
        for written, values in numbers_in_prose(text):
            if not values & known.get(claim[0], set()):
                problems.append(f"{claim}: {written}")
    return problems


@pytest.fixture(scope="module")
def known():
    found: dict[str, set] = {}
    for path in notebook_paths():
        chapter = "Q" if path.name == "appendix-faq.ipynb" else path.name[1:2]
        found.setdefault(chapter, set()).update(numbers_in_code(read_notebook(path)))
    return found


def test_every_number_of_the_register_is_in_its_chapter(known):
    register = (BOOK / "claims.md").read_text(encoding="utf-8")
    assert len(ROW.findall(register)) == 33
    assert unsupported(register, known) == []


def test_a_changed_number_is_noticed(known):
    row = "* - 3.2\n  - the loss\n  - shown\n  - The loss is {}.\n  - [cell](#claim-3-2)\n```"
    assert unsupported(row.format("0.298371109"), known) == []
    assert unsupported(row.format("0.298371108"), known) == ["3.2: 0.298371108"]
    assert unsupported(row.format("0.298371109").replace("3.2", "4.2"), known) != []
