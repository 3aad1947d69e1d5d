"""The book builds clean, and all of it is there.

Jupyter Book 2 ignores _config.yml and can end green having built nothing, so the pages are counted.
"""

import re
from collections import Counter

import pytest
from booktools import BOOK, ROOT, notebook_paths, source_of, toc_files
from bs4 import BeautifulSoup


def test_the_build_has_no_warning(build):
    done, _ = build
    log = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    report = re.findall(r".*(?:WARNING|ERROR).*", log)
    assert done.returncode == 0, "\n".join(report) or done.stderr[-3000:]


def test_the_table_of_contents_names_files_that_exist():
    names = toc_files()
    assert names, "_toc.yml names no file"
    assert len(names) == len(set(names)), "_toc.yml names a file twice"
    assert [name for name in names if source_of(name) is None] == []


def test_the_build_has_exactly_the_pages_of_the_table_of_contents(site):
    assert set(site.content) == set(toc_files())
    assert len(site.content) > 0


def test_every_notebook_and_page_is_in_the_table_of_contents():
    written = {p.relative_to(ROOT).with_suffix("").as_posix() for p in notebook_paths()}
    written |= {
        p.relative_to(ROOT).with_suffix("").as_posix()
        for p in BOOK.rglob("*.md")
        if not p.relative_to(BOOK).parts[0].startswith(("_", "."))
    }
    assert written - set(toc_files()) == set()


def test_every_page_has_one_title_a_description_and_a_language(site):
    problems = []
    for name, page in site.content.items():
        titles = page.soup.select("article h1")
        description = page.soup.find("meta", attrs={"name": "description"})
        if len(titles) != 1:
            problems.append(f"{name}: {len(titles)} titles")
        if description is None or len(description["content"]) < 20:
            problems.append(f"{name}: no description")
        if page.soup.html.get("lang") != "en":
            problems.append(f"{name}: no language")
    assert problems == []


def test_every_notebook_page_offers_its_notebook(site):
    for path in notebook_paths():
        name = path.relative_to(ROOT).with_suffix("").as_posix()
        page = site.pages[name]
        links = [a["href"] for a in page.soup.select("a.btn-download-source-button[href]")]
        found = [(page.path.parent / link).resolve() for link in links if link.endswith(".ipynb")]
        assert len(found) == 1, f"{name}: {links}"
        assert found[0].read_bytes() == path.read_bytes(), name


def number_problems(name: str, labels: list[str]) -> list[str]:
    """Labels of a page, "Fig. 3.1" or "(3.1)", that are not 1, 2, 3 of their kind in page order.

    On a chapter's page the chapter's number stands before the point; elsewhere there is no point.
    """
    chapter = re.fullmatch(r"book/0*(\d+)-[^/]+", name)
    before = f"{chapter.group(1)}." if chapter else ""
    count: Counter = Counter()
    problems = []
    for label in labels:
        kind, number = re.match(r"(\D*)([\d.]*\d)", label).groups()
        count[kind] += 1
        if number != f"{before}{count[kind]}":
            problems.append(f"{name}: {label!r}, expected {before}{count[kind]}")
    return problems


def test_figures_equations_and_exercises_are_numbered_by_page(site):
    numbered = 0
    for name, page in site.content.items():
        labels = [c.get_text() for c in page.soup.select(".caption-number, .eqno")]
        assert number_problems(name, labels) == []
        numbered += len(labels)
    assert numbered > 0


def test_a_wrong_number_is_found():
    assert number_problems("book/03-x", ["Fig. 3.1", "Fig. 3.2", "(3.1)", "Exercise 3.1 (★)"]) == []
    assert number_problems("book/06-x/side", ["Fig. 1", "(1)", "Exercise 1 (★)", "(2)"]) == []
    assert len(number_problems("book/03-x", ["(3.1)", "(3.3)", "(4.3)", "(4)"])) == 3
    assert len(number_problems("book/06-x/side", ["Fig. 6.1"])) == 1
    assert len(number_problems("book/museum", ["Exercise 4 (★)"])) == 1


def heading_problems(table) -> list[str]:
    """Cells of a stacked table, after the first of a row, that do not begin with their heading."""
    headings = [th.get_text() for th in table.select("thead th")]
    problems = []
    for row in table.select("tbody tr"):
        for heading, cell in list(zip(headings, row.find_all("td"), strict=True))[1:]:
            found = cell.select_one("p.heading")
            if found is None or found.get_text() != heading:
                problems.append(f"{heading!r}: {cell.get_text()[:60]!r}")
    return problems


def test_each_cell_of_a_stacked_table_has_its_heading(site):
    tables = [(name, t) for name, p in site.content.items() for t in p.soup.select("table.stack")]
    assert len(tables) > 0
    assert [(name, found) for name, table in tables if (found := heading_problems(table))] == []


def test_a_figure_wider_than_500_points_is_marked_for_the_phone(site):
    seen = set()
    for name, page in site.content.items():
        for image in page.soup.select("article img[src$='.svg']"):
            svg = (page.path.parent / image["src"]).resolve().read_text(encoding="utf-8")
            width = re.search(r'<svg[^>]*? width="([\d.]+)pt"', svg)
            if width:
                wide = float(width[1]) > 500
                assert ("wide" in image.get("class", [])) == wide, f"{name}: {image['alt'][:60]}"
                seen.add(wide)
    assert len(seen) > 0


def test_a_cell_without_its_heading_is_found():
    head = "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>"
    cells = {'<p class="heading">b</p>2': 0, '<p class="heading">a</p>2': 1, "2": 1}
    for cell, expected in cells.items():
        soup = BeautifulSoup(f"{head}{cell}</td></tr></tbody></table>", "html.parser")
        assert len(heading_problems(soup.table)) == expected


@pytest.mark.parametrize("module", sorted((ROOT / "src" / "backprop").glob("[a-z]*")))
def test_the_reference_shows_every_module(site, module):
    if module.suffix == ".py" or (module / "__init__.py").exists():
        assert f"module-backprop.{module.stem}" in site.pages["book/api"].ids
