"""Every page passes axe, the checker of accessibility: wide and light, and dark on a phone.

All of its rules are asked but the one for a contrast of 7 : 1. What is folded is open, and every
section laid out, so that nothing is passed over.
"""

import pytest
from booktools import ROOT, missing, toc_files

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}

# What is drawn of a formula, by dozens of elements in the color of the text around it that a screen
# reader does not see, becomes a box of the same size.
UNFOLD = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const folded of document.querySelectorAll(".toggle-hidden"))
    folded.classList.remove("toggle-hidden");
  const style = document.createElement("style");
  style.textContent = "section { content-visibility: visible !important }";
  document.head.append(style);
  const parts = [...document.querySelectorAll(".katex-html .base")];
  const boxes = parts.map((part) => part.getBoundingClientRect());
  parts.forEach((part, index) => {
    part.replaceChildren();
    Object.assign(part.style, {
      width: `${boxes[index].width}px`,
      height: `${boxes[index].height}px`,
      display: "inline-block",
    });
  });
}"""

CHECK = """async () => {
  const rules = { "color-contrast-enhanced": { enabled: false } };
  for (const { ruleId } of axe.getRules()) rules[ruleId] ??= { enabled: true };
  const { violations } = await axe.run({ rules, resultTypes: ["violations"] });
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
    """What axe finds in a page, each as the theme, the rule and the first element."""
    tab.set_viewport_size(WIDE)
    tab.goto(url)
    tab.evaluate(UNFOLD)
    tab.add_script_tag(path=AXE)
    found = []
    for viewport, theme in ((WIDE, "light"), (PHONE, "dark")):
        tab.set_viewport_size(viewport)
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        tab.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))")
        found += [f"{theme}: {text}" for text in tab.evaluate(CHECK)]
    return found


@pytest.mark.parametrize("name", [*toc_files(), "search", "genindex"])
def test_a_page_has_no_violation(tab, address, name):
    assert violations(tab, f"{address}/{name}.html") == []


PAGE = """<!doctype html><html lang="en"><title>x</title><meta name="viewport"
content="width=device-width"><link rel="icon" href="data:,"><main><h1>x</h1>{}</main>"""
BAD = {
    "light: image-alt": '<img src="data:,">',
    "dark: image-alt": '<img src="data:,">',
    "light: color-contrast": '<p style="color: #aaa; background: #fff">pale</p>',
    "dark: color-contrast": "<style>[data-theme=dark] p { color: #333; background: #000 }</style>"
    "<p>dim</p>",
    "dark: scrollable-region-focusable": '<pre style="overflow: auto">' + "x" * 60 + "</pre>",
    "light: button-name": "<details><summary>x</summary><button></button></details>",
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
