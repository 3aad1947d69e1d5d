"""Each page in a real browser: it loads whole, shows its formulas, and fits a phone."""

import pytest
from booktools import opened, toc_files

INSPECT = """() => ({
  images: document.querySelectorAll('article img').length,
  broken: [...document.images].filter(i => !(i.complete && i.naturalWidth)).map(i => i.src),
  mute: [...document.images].filter(i => !i.alt.trim()).map(i => i.src),
  formulas: document.querySelectorAll('.math').length,
  untypeset: [...document.querySelectorAll('.math')]
    .filter(e => !e.querySelector('.katex math')).map(e => e.textContent.slice(0, 80)),
})"""

WIDER = """() => {
  const {clientWidth: width, scrollWidth: all} = document.documentElement;
  if (all <= width) return [];
  const over = [...document.querySelectorAll('article *')]
    .filter(e => e.getBoundingClientRect().right > width + 1);
  return [`${all} px`].concat(over.slice(0, 3).map(e => e.outerHTML.slice(0, 150)));
}"""


ALONE = """() => {
  const found = [];
  for (const formula of document.querySelectorAll('article span.math')) {
    const after = formula.nextSibling, boxes = formula.getClientRects();
    if (!boxes.length || !after || !/^[.,;:!?)]/.test(after.data ?? '')) continue;
    const range = document.createRange();
    range.setStart(after, 0);
    range.setEnd(after, 1);
    if (range.getBoundingClientRect().left < boxes[boxes.length - 1].right - 2)
      found.push(formula.textContent + after.data.slice(0, 10));
  }
  return found;
}"""


def inspect(browser, url):
    """All problems of one page, each as a sentence."""
    page, wrong = opened(browser, url)
    seen = page.evaluate(INSPECT)
    wrong += [f"broken image: {src}" for src in seen["broken"]]
    wrong += [f"no alt text: {src}" for src in seen["mute"]]
    wrong += [f"not typeset: {text}" for text in seen["untypeset"]]
    # All sections are laid out, those that nobody looks at too.
    page.add_style_tag(content="section { content-visibility: visible !important }")
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_timeout(50)
    wrong += [f"wider than a phone: {text}" for text in page.evaluate(WIDER)]
    wrong += [f"punctuation alone on a line: {text}" for text in page.evaluate(ALONE)]
    page.context.close()
    return wrong


@pytest.mark.parametrize("name", toc_files())
def test_page(browser, address, name):
    assert inspect(browser, f"{address}/{name}.html") == []


def test_the_theme_can_be_dark_and_figures_turn_with_it(browser, address, site):
    name = next(n for n, p in site.content.items() if p.soup.select(".cell_output img"))
    page, _ = opened(browser, f"{address}/{name}.html", color_scheme="light")
    lightness = """() => {
      const color = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
      return (color[0] + color[1] + color[2]) / 3; }"""
    image = "() => getComputedStyle(document.querySelector('.cell_output img')).filter"
    seen = set()
    for _ in range(3):
        dark = page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert (page.evaluate(lightness) < 60) == dark
        assert ("invert(1)" in page.evaluate(image)) == dark
        seen.add(dark)
        page.locator("button.theme-switch-button:visible").first.click()
    assert seen == {False, True}
    page.context.close()


def test_search_finds_a_word(browser, address):
    page, wrong = opened(browser, f"{address}/search.html?q=backpropagation")
    page.wait_for_selector("#search-results ul.search li a", timeout=10_000)
    assert page.locator("#search-results ul.search li").count() > 3
    assert wrong == []
    page.context.close()


def test_the_keyboard_reaches_the_text_and_opens_a_solution(browser, address, site):
    name = next(n for n, p in site.content.items() if p.soup.select("div.solution.dropdown"))
    page, _ = opened(browser, f"{address}/{name}.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) != "none"

    solution = page.locator("div.solution.toggle").first
    content = solution.locator(":scope > :not(.admonition-title)").first
    assert not content.is_visible()
    solution.locator("button.toggle-button").focus()
    page.keyboard.press("Enter")
    assert content.is_visible()
    page.context.close()


HEAD = '<!doctype html><link rel="icon" href="data:,"><body style="overflow-wrap: anywhere">'
BAD = {
    "broken image": '<img src="none.svg" alt="x">',
    "no alt text": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "not typeset": '<span class="math">x</span>',
    "wider than a phone": '<article><div style="width: 700px">x</div></article>',
    "punctuation alone on a line": '<article><p style="width: 60px"><span class="math" style="'
    'display: inline-block; width: 60px"><b class="katex"><math></math>x</b></span>.</p></article>',
    "console": "<script>console.error('x')</script>",
    "script": "<script>undefinedFunction()</script>",
    "third party": '<script src="http://localhost:9/x.js"></script>',
    "404": '<link rel="stylesheet" href="none.css">',
}


@pytest.mark.parametrize("problem", BAD)
def test_a_bad_page_is_found(browser, serve, tmp_path, problem):
    (tmp_path / "bad.html").write_text(HEAD + BAD[problem])
    assert any(text.startswith(problem) for text in inspect(browser, f"{serve(tmp_path)}/bad.html"))


def test_a_good_page_has_no_problem(browser, serve, tmp_path):
    (tmp_path / "good.html").write_text(HEAD + "<p>x</p>")
    assert inspect(browser, f"{serve(tmp_path)}/good.html") == []
