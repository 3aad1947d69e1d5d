"""Every formula of the built pages was typeset, and is the TeX that the page's author wrote."""

import re
import subprocess
import sys

import pytest
from booktools import BOOK
from bs4 import BeautifulSoup

sys.path.insert(0, str(BOOK / "_ext"))
import mathematics

MACROS = ((r"\R", r"\mathbb{R}"),)


def untypeset(html: str) -> list[str]:
    """The formulas of a page that KaTeX did not draw, or drew in the red of an error."""
    soup = BeautifulSoup(html, "html.parser")
    bad = [tag for tag in soup.select(".math") if not tag.select(".katex math")]
    return [tag.get_text()[:80] for tag in bad + soup.select(".katex-error")]


def stray_dollars(html: str) -> list[str]:
    """Text in which a dollar sign is left over: a formula that was not read as one."""
    soup = BeautifulSoup(html, "html.parser")
    article = soup.select_one("article") or soup
    for tag in article.select(".math, pre, code, script"):
        tag.extract()
    return [str(text).strip()[:80] for text in article.find_all(string=re.compile(r"\$|\\\(|\\\["))]


def test_every_formula_is_typeset(site):
    problems = {name: bad for name, page in site.content.items() if (bad := untypeset(page.html))}
    assert problems == {}
    assert sum(page.html.count('class="katex"') for page in site.content.values()) > 1000


def test_no_dollar_is_left_over(site):
    # The reference quotes the package's docstrings, where a dollar may stand in a string.
    pages = {name: page for name, page in site.content.items() if name != "book/api"}
    problems = {name: left for name, page in pages.items() if (left := stray_dollars(page.html))}
    assert problems == {}


@pytest.mark.parametrize("bad", [r"\frac{1}", r"\undefinedmacro", r"\left( x", "x^2^3", "a & b"])
def test_bad_tex_is_refused_with_its_place(bad):
    with pytest.raises(mathematics.BadTeX, match="KaTeX parse error"):
        mathematics.typeset(bad, display=True, macros=MACROS)


@pytest.mark.parametrize("tex", ["x^2", r"\R^n", r"\boldsymbol{W}", r"\text{反向传播}"])
def test_a_formula_is_drawn_read_and_kept(tex):
    soup = BeautifulSoup(mathematics.typeset(tex, display=False, macros=MACROS), "html.parser")
    assert soup.select_one(".katex-html")["aria-hidden"] == "true"
    assert soup.select_one("math annotation").get_text() == tex
    assert not soup.select(".katex-display")
    assert "katex-display" in mathematics.typeset(tex, display=True, macros=MACROS)


def test_bad_tex_is_a_warning_of_the_build(tmp_path):
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(BOOK / '_ext')!r})\n"
        "extensions = ['mathematics']; html_math_renderer = 'katex'\n"
    )
    (tmp_path / "index.rst").write_text(":math:`x^2`\n\n:math:`x^2^3`\n")
    command = [sys.executable, "-m", "sphinx", "-q", tmp_path, tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "index.rst:3: WARNING" in done.stderr
    assert "Double superscript at position 4: x^2^" in done.stderr
    assert done.stderr.count("Double superscript") == 1


def test_a_formula_that_was_not_typeset_is_found():
    drawn = mathematics.typeset("x", display=False)
    assert untypeset(f'<p><span class="math">{drawn}</span></p>') == []
    assert untypeset('<p class="math">x</p>') == ["x"]
    assert untypeset('<p><span class="katex-error">y</span></p>') == ["y"]
    assert stray_dollars(r"<article><p>\$x$ and <code>$HOME</code></p></article>") != []
    assert stray_dollars("<article><code>$HOME</code></article>") == []
