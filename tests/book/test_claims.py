"""The claims register: each claim of a chapter leads to a live place and to a cell that was run.

The course is built on an article whose sections make numbered claims, 1.1 to 8.3, and whose
appendix answers three questions, Q1 to Q3: 33 in all. A chapter carries its section's claims.
"""

import copy
import re

from booktools import BOOK, cells, notebook_paths, read_notebook, tags
from bs4 import BeautifulSoup

# How many claims each section of the article makes: 1.1 to 1.4, and so on.
SECTIONS = {1: 4, 2: 4, 3: 5, 4: 5, 5: 1, 6: 4, 7: 4, 8: 3}
CLAIMS = [f"{n}.{k + 1}" for n in SECTIONS for k in range(SECTIONS[n])] + ["Q1", "Q2", "Q3"]


def anchor(claim: str) -> str:
    """claim-3-2 for 3.2 and claim-q1 for Q1: the place's label, and the tag of its cell."""
    return f"claim-{claim.replace('.', '-').lower()}"


def chapter(claim: str) -> str:
    """How the name of the page starts that treats the claim."""
    return "appendix-faq" if claim.startswith("Q") else f"0{claim[0]}-"


def register(html: str) -> dict[str, list[str]]:
    """The register's rows: claim -> links of its row that lead to a claim."""
    rows: dict[str, list[str]] = {}
    for row in BeautifulSoup(html, "html.parser").select("article table tr"):
        columns = row.find_all("td")
        if columns and re.fullmatch(r"\d\.\d|Q\d", columns[0].get_text().strip()):
            links = [a["href"] for a in row.find_all("a", href=True) if "#claim-" in a["href"]]
            rows.setdefault(columns[0].get_text().strip(), []).extend(links)
    return rows


def claim_problems(claims: list[str], rows: dict, anchors: dict, tagged: dict) -> list[str]:
    """What is wrong with the register.

    `anchors` maps a page, "03-algorithm.html", to the ids on it; `tagged` maps a claim's tag to the
    notebooks, "03-algorithm", that have a cell of it which was run.
    """
    problems = [f"{claim}: not in the article" for claim in rows if claim not in claims]
    for claim in claims:
        name = anchor(claim)
        links = rows.get(claim, [])
        if len(links) != 1:
            problems.append(f"{claim}: {len(links)} links in the register, expected 1")
            continue
        page, _, target = links[0].partition("#")
        if target != name or target not in anchors.get(page, ()):
            problems.append(f"{claim}: {links[0]} leads nowhere")
        if not page.startswith(chapter(claim)):
            problems.append(f"{claim}: {page} is not its chapter")
        if page.removesuffix(".html") not in tagged.get(name, ()):
            problems.append(f"{claim}: no cell of {page} that was run has the tag {name}")
    return problems


def tagged_cells(notebooks: dict[str, dict]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, notebook in notebooks.items():
        for cell in cells(notebook, "code"):
            for tag in tags(cell):
                if tag.startswith("claim-") and cell["execution_count"]:
                    found.setdefault(tag, set()).add(name)
    return found


def facts(site):
    notebooks = {
        p.relative_to(BOOK).with_suffix("").as_posix(): read_notebook(p) for p in notebook_paths()
    }
    anchors = {f"{name}.html": site.pages[f"book/{name}"].ids for name in notebooks}
    return register(site.pages["book/claims"].html), anchors, notebooks


def test_every_claim_has_a_live_place_and_a_cell(site):
    rows, anchors, notebooks = facts(site)
    assert len(CLAIMS) == 33
    assert claim_problems(CLAIMS, rows, anchors, tagged_cells(notebooks)) == []


def test_a_claim_has_one_place_only(site):
    places = [
        i for p in site.content.values() for i in p.ids if re.fullmatch(r"claim-(\d-\d|q\d)", i)
    ]
    assert len(places) == len(set(places))
    assert {anchor(claim) for claim in CLAIMS} == set(places)


def test_each_thing_removed_is_missed(site):
    """Row of the register, place in the chapter, tag of the cell: without one, the test fails."""
    rows, anchors, notebooks = facts(site)
    tagged = tagged_cells(notebooks)
    for claim in CLAIMS:
        name = anchor(claim)

        fewer_rows = {key: links for key, links in rows.items() if key != claim}
        assert claim_problems(CLAIMS, fewer_rows, anchors, tagged) != [], claim

        fewer_anchors = {page: ids - {name} for page, ids in anchors.items()}
        assert claim_problems(CLAIMS, rows, fewer_anchors, tagged) != [], claim

        untagged = copy.deepcopy(notebooks)
        for notebook in untagged.values():
            for cell in notebook["cells"]:
                if name in tags(cell):
                    cell["metadata"]["tags"].remove(name)
        assert claim_problems(CLAIMS, rows, anchors, tagged_cells(untagged)) != [], claim

        unrun = copy.deepcopy(notebooks)
        for notebook in unrun.values():
            for cell in cells(notebook, "code"):
                if name in tags(cell):
                    cell["execution_count"] = None
        assert claim_problems(CLAIMS, rows, anchors, tagged_cells(unrun)) != [], claim
