"""The PDF, the offline copy, and the website that links both.

`make pdf` checks what it prints before it writes it; here a part of the book is printed and read
back, and a bad page shows that the checks bite. The whole book is printed where it is published.
"""

import functools
import re
import subprocess
import sys
import zipfile

import pymupdf
import pytest
from booktools import ROOT, Site, toc_files

PRINTED = ("03-algorithm", "04-mathematics", "glossary")
PLACE = '<span class="downloads"></span>'


def run(script, *arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "publish" / script, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def letters(text: str) -> str:
    """A text without the spaces and line ends that printing moves."""
    return re.sub(r"\s", "", text)


# --- the PDF --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pdf(site, chromium, tmp_path_factory) -> pymupdf.Document:
    path = tmp_path_factory.mktemp("pdf") / "part.pdf"
    done = run("pdf.py", path, "--site", site.folder, "--only", *PRINTED)
    assert done.returncode == 0, done.stdout + done.stderr
    document = pymupdf.open(path)
    document.bytes = path.stat().st_size
    yield document
    document.close()


@pytest.fixture(scope="module")
def text(pdf) -> str:
    return letters("".join(page.get_text() for page in pdf))


@pytest.fixture(scope="module")
def names(site) -> list[str]:
    """The pages of the book in the PDF, in their order."""
    chosen = tuple(f"book/{name}" for name in PRINTED)
    return [n for n in toc_files() if n in chosen or n.startswith(tuple(f"{c}/" for c in chosen))]


def title(page, heading="h1") -> str:
    """A page's title as its letters, without formulas and the sign that links to it."""
    found = page.soup.select_one(f"article {heading}")
    return letters("".join(t for t in found.strings if not t.find_parent(class_="headerlink")))


def test_the_part_has_a_sane_number_of_pages_and_bytes(pdf):
    assert 90 <= len(pdf) <= 180
    assert 300_000 < pdf.bytes < 20_000 * len(pdf)


def test_each_page_has_its_bookmark_in_order_and_begins_where_it_points(pdf, site, names):
    rows = pdf.get_toc()
    assert rows[0] == [1, "Contents", 2]
    expected = [(1 + (name.count("/") > 1), title(site.pages[name])) for name in names]
    wanted, places = iter(expected), []
    following = next(wanted)
    for level, text, number in rows:
        if (level, letters(text)) == following:
            assert following[1] in letters(pdf[number - 1].get_text())
            places.append(number)
            following = next(wanted, None)
    assert following is None, f"no bookmark {following}"
    assert places == sorted(places)
    assert len(set(places)) == len(names) > 8


def test_each_section_has_its_bookmark(pdf, site):
    rows = [letters(text) for level, text, _ in pdf.get_toc() if level == 2]
    headings = site.pages["book/03-algorithm"].soup.select("article h2")
    sections = [letters(h.get_text().removesuffix("#")) for h in headings]
    start = rows.index(sections[0])
    assert rows[start : start + len(sections)] == sections
    assert len(sections) > 10


def test_the_contents_have_the_numbers_of_the_pages(pdf, site, names):
    numbers = {letters(text): number for _, text, number in pdf.get_toc()}
    contents = letters(pdf[1].get_text())
    words = pdf[1].get_text("words")  # (x0, y0, x1, y1, word, ...)
    for name in names:
        heading = title(site.pages[name])
        assert heading in contents
        (link,) = [k for k in pdf[1].get_links() if k.get("nameddest") == name]
        middle = (link["from"].y0 + link["from"].y1) / 2
        line = [w for w in words if w[1] < middle < w[3]]
        assert max(line)[4] == str(numbers[heading]) == str(link["page"] + 1)


def test_each_page_carries_its_number(pdf):
    for number in (2, 3, len(pdf)):
        page = pdf[number - 1]
        foot = pymupdf.Rect(0, page.rect.height - 50, page.rect.width, page.rect.height)
        assert page.get_text(clip=foot).split() == [str(number)]
    assert pdf[0].get_text().split()[0] == "Backpropagation"


def test_links_inside_the_book_arrive(pdf, names):
    links = [link for page in pdf for link in page.get_links()]
    inside = [link for link in links if link["kind"] != pymupdf.LINK_URI]
    assert all(0 <= link.get("page", -1) < len(pdf) for link in inside)
    assert {link["nameddest"] for link in inside} > set(names)
    assert not [k["uri"] for k in links if k["kind"] == pymupdf.LINK_URI and "invalid" in k["uri"]]


def test_solutions_and_folded_cells_are_open(site, text, names):
    count = 0
    for name in names:
        for code in site.pages[name].soup.select(".solution pre, details.hide pre"):
            assert letters(code.get_text()) in text, f"{name}: {code.get_text()[:200]}"
            count += 1
    assert count > 50
    assert "Hidecodecellsource" not in text


def test_chinese_terms_and_formulas_are_letters_in_embedded_fonts(pdf, text):
    assert "反向传播" in text and "链式法则" in text
    fonts = {font[3]: font for page in pdf for font in page.get_fonts()}
    assert any("KaTeX_Math" in name for name in fonts)
    for name, (_, file, kind, *_) in fonts.items():
        assert kind == "Type3" or file != "n/a", f"{name} is not embedded"


def test_the_file_names_its_title_and_language(pdf):
    assert pdf.metadata["title"] == "Backpropagation: every claim is run"
    assert pdf.xref_get_key(pdf.pdf_catalog(), "Lang") == ("string", "en")
    assert pdf.xref_get_key(pdf.pdf_catalog(), "MarkInfo/Marked")[1] == "true"


GOOD = "<h1>Glossary 词汇</h1><h2>A</h2><p>one</p>"
BAD = {
    "broken image: http://book.invalid/book/none.svg": '<img src="none.svg">',
    "no such file: /book/none.svg": "",
    "outside the book: http://localhost:9/x.svg": '<img src="http://localhost:9/x.svg">',
    "not typeset: book/glossary: x^2": '<span class="math">x^2</span>',
    "TeX error: book/glossary: x^": '<span class="katex-error">x^</span>',
    "dead link: #book/glossary:none": '<a href="#none">x</a>',
    "still folded: book/glossary: shut": '<p class="toggle"><b style="display:none">shut</b></p>',
    "wider than the paper: book/glossary: wide": '<pre style="width:900px">wide</pre>',
    "no glyph: \ue000": "<p>\ue000</p>",
}


@pytest.fixture
def small_site(tmp_path):
    """A function that writes a book of one page and returns its folder."""

    def write(body: str):
        (tmp_path / "book").mkdir()
        (tmp_path / "_static").mkdir()
        logo = (ROOT / "book/_static/logo.svg").read_bytes()
        (tmp_path / "_static" / "logo.svg").write_bytes(logo)
        page = f"<!doctype html><head></head><body><article>{body}</article>"
        for name in ("index.html", "book/glossary.html"):
            (tmp_path / name).write_text(page, encoding="utf-8")
        return tmp_path

    return write


def test_a_bad_page_is_not_printed(small_site, chromium):
    folder = small_site(GOOD + "".join(BAD.values()))
    done = run("pdf.py", folder / "bad.pdf", "--site", folder, "--only", "glossary")
    assert done.returncode == 1
    assert set(done.stderr.splitlines()) == {*BAD, "broken image: http://localhost:9/x.svg"}
    assert not (folder / "bad.pdf").exists()


@pytest.mark.parametrize(
    "heading, problem",
    [
        ("<h2></h2>", "3 bookmarks for 4 headings"),
        ('<h2>B<i style="display:none">C</i></h2>', "bookmark 'B' at the heading 'BC'"),
    ],
)
def test_a_wrong_bookmark_is_found(small_site, chromium, heading, problem):
    folder = small_site(GOOD + heading)
    done = run("pdf.py", folder / "bad.pdf", "--site", folder, "--only", "glossary")
    assert (done.returncode, done.stderr) == (1, problem + "\n")
    assert not (folder / "bad.pdf").exists()


def test_a_good_page_is_printed_and_an_unknown_one_refused(small_site, chromium):
    folder = small_site(GOOD)
    done = run("pdf.py", folder / "good.pdf", "--site", folder, "--only", "glossary")
    assert (done.returncode, done.stderr) == (0, "")
    with pymupdf.open(folder / "good.pdf") as document:
        assert document.get_toc() == [
            [1, "Contents", 2],
            [1, "Glossary 词汇", 3],
            [2, "A", 3],
        ]
    done = run("pdf.py", folder / "none.pdf", "--site", folder, "--only", "none")
    assert (done.returncode, done.stderr) == (1, "no page book/none in the PDF\n")


# --- the offline copy -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def offline(site, tmp_path_factory):
    """The offline copy: (the zip, the folder that it unpacks to)."""
    folder = tmp_path_factory.mktemp("offline")
    done = run("offline.py", folder / "book.zip", "--site", site.folder)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(folder / "book.zip") as archive:
        archive.extractall(folder)
    return folder / "book.zip", folder / "backpropagation"


@pytest.fixture(scope="module")
def visit(offline, browser):
    """A function that opens a page of the copy from the file system and checks its requests."""
    home = offline[1].as_uri() + "/"

    def note(wrong, request):
        if not request.url.startswith((home, "data:", "blob:")):
            wrong.append(f"outside: {request.url}")

    def visit(address):
        page, wrong = browser.new_page(), []
        page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
        page.on("request", functools.partial(note, wrong))
        page.goto(home + address)
        page.wait_for_load_state("networkidle")
        return page, wrong

    return visit


def test_the_offline_copy_has_every_page_and_explains_itself(site, offline):
    copy = Site(offline[1])
    assert set(copy.pages) == set(site.pages)
    assert "Open index.html" in (offline[1] / "README.txt").read_text()
    assert not (offline[1] / "live").exists()
    assert offline[0].stat().st_size < 20e6


def test_a_page_opens_from_the_file_system(visit):
    page, wrong = visit("index.html")
    assert page.url.endswith("/book/index.html")
    page.goto(page.url.replace("index.html", "03-algorithm.html"))
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    page.wait_for_load_state("networkidle")
    seen = page.evaluate(
        """async () => {
          await Promise.all([...document.images].map(i => i.decode().catch(() => {})));
          await document.fonts.ready;
          return {
            formulas: document.querySelectorAll('article .math .katex').length,
            fonts: [...document.fonts].filter(f => f.family.startsWith('KaTeX'))
              .map(f => f.status).filter(s => s != 'unloaded'),
            broken: [...document.images].filter(i => !i.naturalWidth).map(i => i.src),
          }; }"""
    )
    assert seen["formulas"] > 100 and seen["broken"] == []
    assert set(seen["fonts"]) == {"loaded"}

    themes = set()
    for _ in range(3):
        themes.add(page.evaluate("document.documentElement.dataset.theme"))
        page.locator("button.theme-switch-button:visible").first.click()
    assert themes == {"light", "dark"}
    assert wrong == []
    page.close()


@pytest.mark.parametrize(
    "query, pages",
    [
        ("topological", "book/03-algorithm.html"),
        ("反向传播", "book/index.html"),
        ("反向传播算法的梯度", "book/03-algorithm.html"),  # no such word in the index
        ("链式法则 jacobian", "book/glossary.html"),
    ],
)
def test_search_from_the_file_system_finds_english_and_chinese_words(visit, query, pages):
    page, wrong = visit(f"search.html?q={query}")
    page.wait_for_selector("#search-results ul.search li a", timeout=10_000)
    page.wait_for_timeout(500)
    links = page.locator("#search-results ul.search li a").evaluate_all("a => a.map(a => a.href)")
    assert any(pages in link for link in links), links
    assert wrong == []
    page.close()


def test_a_chinese_word_that_is_nowhere_is_not_found(visit):
    page, wrong = visit("search.html?q=鬼")
    page.wait_for_timeout(1500)
    assert page.locator("#search-results ul.search li").count() == 0
    assert wrong == []
    page.close()


def test_what_needs_a_server_stays_out_of_the_offline_copy(small_site):
    online = (
        '<link rel="preload" as="font" crossorigin href="x.woff2">'
        '<script defer type="module" src="live.mjs"></script><script>let kept;</script>'
    )
    folder = small_site(online)
    (folder / "live").mkdir()
    (folder / "live" / "python.wasm").write_text("x")
    done = run("offline.py", folder / "book.zip", "--site", folder)
    assert done.returncode == 1 and "SHOW_SEARCH_SUMMARY" in done.stderr

    (folder / "_static" / "options.js").write_text("SHOW_SEARCH_SUMMARY: true,")
    done = run("offline.py", folder.parent / "book.zip", "--site", folder)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(folder.parent / "book.zip") as archive:
        page = archive.read("backpropagation/book/glossary.html").decode()
        assert "live.mjs" not in page and "x.woff2" not in page and "let kept;" in page
        options = archive.read("backpropagation/_static/options.js")
        assert options == b"SHOW_SEARCH_SUMMARY: false,"
        assert not [name for name in archive.namelist() if "/live/" in name]


# --- the links to both ----------------------------------------------------------------------------


LINK = re.compile(r'<a href="([^"]*)">(PDF|offline copy)</a> \((\d+) MB\)')


def test_a_built_book_links_neither_file(site):
    for name, page in site.content.items():
        text = page.path.read_text(encoding="utf-8")
        assert text.count(PLACE) == 1, name
        assert not re.search(r'href="[^":]*\.(pdf|zip)"', text), name


def test_the_website_links_both_files_on_each_page(site, tmp_path):
    for name in ("book.pdf", "book.zip"):
        (tmp_path / name).write_bytes(b"x" * 3_400_000)
    files = (tmp_path / "book.pdf", tmp_path / "book.zip")
    done = run("website.py", *files, tmp_path / "site", "--site", site.folder)
    assert done.returncode == 0, done.stderr
    for name in site.content:
        path = tmp_path / "site" / f"{name}.html"
        links = LINK.findall(path.read_text(encoding="utf-8"))
        assert [link[1:] for link in links] == [("PDF", "3"), ("offline copy", "3")], name
        for (href, *_), file in zip(links, files, strict=True):
            assert (path.parent / href).resolve() == tmp_path / "site" / file.name
            assert (path.parent / href).is_file()


def test_a_page_without_a_place_for_the_links_is_found(small_site):
    folder = small_site("<footer></footer>")
    (folder / "x.pdf").touch()
    done = run("website.py", *[folder / "x.pdf"] * 2, folder.parent / "out", "--site", folder)
    assert done.returncode == 1
    assert f"expected {PLACE} once" in done.stderr
