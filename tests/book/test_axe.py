"""Every page passes axe, the checker of accessibility: wide and on a phone, light and dark.

All of its rules are asked but the one for a contrast of 7 : 1. What is folded is open, and every
section laid out, so that nothing is passed over. Colors depend on the theme and hardly on the
width, all else on the width and not on the theme, so each is asked where it differs.
"""

import pytest
from booktools import ROOT, missing, toc_files

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}

UNFOLD = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const folded of document.querySelectorAll(".toggle-hidden"))
    folded.classList.remove("toggle-hidden");
  const style = document.createElement("style");
  style.textContent = "section { content-visibility: visible !important }";
  document.head.append(style);
}"""

# A formula is drawn by many elements of one color that a screen reader does not see.
CHECK = """async (colors) => {
  const rules = {};
  for (const { ruleId, tags } of axe.getRules())
    rules[ruleId] = {
      enabled: ruleId !== "color-contrast-enhanced" && tags.includes("cat.color") === colors,
    };
  const context = { exclude: [".katex-html *"] };
  const { violations } = await axe.run(context, { rules, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.length}, first ${nodes[0].html}`);
}"""


@pytest.fixture(scope="module")
def tab(browser):
    if not AXE.exists():
        missing("no axe; type: npm ci")
    context = browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def violations(tab, url: str) -> list[str]:
    """What axe finds in a page, each as the theme or width, the rule and the first element."""
    tab.set_viewport_size(WIDE)
    tab.goto(url)
    tab.evaluate(UNFOLD)
    tab.add_script_tag(path=AXE)
    found = []
    for name, viewport, theme, colors in [
        ("wide", WIDE, "light", False),
        ("light", WIDE, "light", True),
        ("dark", WIDE, "dark", True),
        ("phone", PHONE, "light", False),
    ]:
        tab.set_viewport_size(viewport)
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        tab.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))")
        found += [f"{name}: {text}" for text in tab.evaluate(CHECK, colors)]
    return found


@pytest.mark.parametrize("name", [*toc_files(), "search", "genindex"])
def test_a_page_has_no_violation(tab, address, name):
    assert violations(tab, f"{address}/{name}.html") == []


PAGE = """<!doctype html><html lang="en"><title>x</title><meta name="viewport"
content="width=device-width"><link rel="icon" href="data:,"><main><h1>x</h1>{}</main>"""
BAD = {
    "wide: image-alt": '<img src="data:,">',
    "phone: image-alt": '<img src="data:,">',
    "light: color-contrast": '<p style="color: #aaa; background: #fff">pale</p>',
    "dark: color-contrast": "<style>[data-theme=dark] p { color: #333; background: #000 }</style>"
    "<p>dim</p>",
    "phone: scrollable-region-focusable": '<pre style="overflow: auto">' + "x" * 60 + "</pre>",
    "wide: button-name": "<details><summary>x</summary><button></button></details>",
}


@pytest.mark.parametrize("problem", BAD)
def test_a_bad_page_is_found(tab, serve, tmp_path, problem):
    (tmp_path / "bad.html").write_text(PAGE.format(BAD[problem]))
    (tmp_path / "good.html").write_text(PAGE.format("<p>x</p>"))
    address = serve(tmp_path)
    assert violations(tab, f"{address}/good.html") == []
    assert any(text.startswith(problem) for text in violations(tab, f"{address}/bad.html"))


def test_a_theme_set_in_place_is_the_theme_of_a_page_loaded_with_it(browser, address):
    """The test above changes the theme without loading the page again."""
    colors = """() => [...document.querySelectorAll("body *")]
      .filter((e) => e.checkVisibility() && !e.closest(".theme-switch-button"))
      .map((e) => { const s = getComputedStyle(e); return [s.color, s.backgroundColor].join(); })"""
    seen = []
    for scheme in ("dark", "light"):
        with browser.new_context(color_scheme=scheme, reduced_motion="reduce") as context:
            page = context.new_page()
            page.goto(f"{address}/book/03-algorithm.html")
            assert page.evaluate("document.documentElement.dataset.theme") == scheme
            page.evaluate("document.documentElement.dataset.theme = 'dark'")
            seen.append(page.evaluate(colors))
    assert seen[0] == seen[1]
