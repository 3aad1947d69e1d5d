"""Every formula of the built pages is TeX that MathJax can draw.

Bad TeX never fails a build: the page shows it in red.
"""

import json
import re
import subprocess

import pytest
import yaml
from booktools import ROOT, missing
from bs4 import BeautifulSoup

DELIMITED = re.compile(
    r"\\\((.*?)\\\)|\\\[(.*?)\\\]|\$\$(.*?)\$\$|(\\begin\{(\w+\*?)\}.*?\\end\{\5\})", re.S
)


def formulas(html: str) -> list[str]:
    """The TeX of every formula of a page; a formula without delimiters comes as it stands."""
    soup = BeautifulSoup(html, "html.parser")
    found = []
    for tag in soup.select(".math"):
        for number in tag.select(".eqno"):
            number.extract()
        text = tag.get_text()
        matches = [next(g for g in m.groups() if g is not None) for m in DELIMITED.finditer(text)]
        found += matches or [text]
    return found


def stray_dollars(html: str) -> list[str]:
    """Text in which a dollar sign is left over: a formula that was not read as one."""
    soup = BeautifulSoup(html, "html.parser")
    article = soup.select_one("article") or soup
    for tag in article.select(".math, pre, code, script"):
        tag.extract()
    return [str(text).strip()[:80] for text in article.find_all(string=re.compile(r"\$|\\\(|\\\["))]


def lint(node: str, found: list[str]) -> list[str]:
    if not (ROOT / "node_modules" / "mathjax").exists():
        missing("node_modules is missing; type: npm ci")
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    macros = config["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]
    done = subprocess.run(
        [node, "tests/book/tex_lint.js"],
        input=json.dumps({"macros": macros, "formulas": found}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return [f"{found[index]!r}: {message}" for index, message in json.loads(done.stdout)]


def test_every_formula_converts(site, node):
    found = [formula for page in site.content.values() for formula in formulas(page.html)]
    assert len(found) > 0
    assert lint(node, found) == []


def test_no_dollar_is_left_over(site):
    # The reference quotes the package's docstrings, where a dollar may stand in a string.
    pages = {name: page for name, page in site.content.items() if name != "book/api"}
    problems = {name: left for name, page in pages.items() if (left := stray_dollars(page.html))}
    assert problems == {}


def test_mathjax_is_the_version_that_the_pages_load():
    package = json.loads((ROOT / "package.json").read_text())["devDependencies"]["mathjax"]
    served = (ROOT / "book" / "_static" / "mathjax" / "tex-chtml.js").read_text(encoding="utf-8")
    assert f'"{package}"' in served


@pytest.mark.parametrize("bad", [r"\frac{1}", r"\undefinedmacro", r"\left( x", "x^2^3", "a & b"])
def test_bad_tex_is_found(node, bad):
    assert len(lint(node, ["x^2", bad, r"\R^n", r"\boldsymbol{W}"])) == 1


def test_a_formula_is_read_as_the_page_shows_it():
    html = r'<p class="math"><span class="eqno">(1.1)</span>\[x\]</p><b class="math">\(y\)</b>'
    assert formulas(html) == ["x", "y"]
    assert stray_dollars(r"<article><p>\$x$ and <code>$HOME</code></p></article>") != []
    assert stray_dollars("<article><code>$HOME</code></article>") == []
