"""The editor of the code cells: typing, running and leaving by the keyboard, on a small page."""

import json
import re

import pytest
from booktools import ROOT, opened
from pygments.formatters import HtmlFormatter

SOURCE = """import numpy as np


@wrapped
def mean(x):
    \"\"\"The mean.\"\"\"
    # a comment
    return sum(x) / len(x) if x is not None else 0.5


class Thing:
    pass
"""

# As the theme writes Pygments's two style sheets.
STYLE = "\n".join(
    HtmlFormatter(style=f"a11y-high-contrast-{theme}").get_style_defs(
        f'html[data-theme="{theme}"] .highlight'
    )
    for theme in ("light", "dark")
)

HTML = f"""<!doctype html><html lang="en" data-theme="light"><title>x</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>{STYLE}</style>
<button id="before">before</button><div id="host">static</div><button id="after">after</button>
<script type="module">
import {{open}} from "./editor.mjs";
window.log = [];
window.start = async () => {{
  window.editor = await open(document.getElementById("host"), {json.dumps(SOURCE)}, {{
    label: "Code of cell 3",
    onRun: () => log.push("run"),
    onLeave: () => log.push("leave"),
  }});
}};
</script></html>"""

CONTRASTS = """() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = light(getComputedStyle(document.getElementById('host')).backgroundColor);
  return Object.fromEntries([...document.querySelectorAll('.cm-line, .cm-line span')].map((e) => {
    const ink = light(getComputedStyle(e).color);
    const [low, high] = [ink, ground].sort((a, b) => a - b);
    return [e.className, (high + 0.05) / (low + 0.05)];
  }));
}"""


@pytest.fixture(scope="module")
def address(serve, tmp_path_factory):
    folder = tmp_path_factory.mktemp("editor")
    for name in ("editor.mjs", "codemirror.mjs"):
        (folder / name).symlink_to(ROOT / "book" / "_static" / "live" / name)
    (folder / "index.html").write_text(HTML, encoding="utf-8")
    return f"{serve(folder)}/index.html"


@pytest.fixture
def page(browser, address):
    """The page with its editor open and focused, and the cursor at the end."""
    page, wrong = opened(browser, address)
    page.evaluate("start()")
    page.evaluate("editor.focus()")
    page.keyboard.press("Control+End")
    yield page
    page.context.close()
    assert wrong == []


def value(page) -> str:
    return page.evaluate("editor.value()")


def focused(page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.className")


def test_the_library_loads_with_the_first_editor(browser, address):
    page, wrong = opened(browser, address)
    loaded = "performance.getEntriesByType('resource').map(e => e.name.split('/').pop())"
    assert page.evaluate(loaded) == ["editor.mjs"]
    assert page.text_content("#host") == "static"
    page.evaluate("start()")
    assert page.evaluate(loaded) == ["editor.mjs", "codemirror.mjs"]
    assert value(page) == SOURCE
    assert wrong == []
    page.context.close()


def test_tab_indents_by_four_and_a_block_goes_on(page):
    page.keyboard.type("if x:\ny = 1")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert value(page) == SOURCE + "if x:\n        y = 1"  # four of its own, four more by Tab
    page.keyboard.press("Shift+Tab")
    assert value(page) == SOURCE + "if x:\n    y = 1"
    page.keyboard.press("Control+z")
    page.evaluate("editor.set('new')")
    assert value(page) == "new"


def test_shift_enter_runs_and_writes_nothing(page):
    page.keyboard.press("Shift+Enter")
    assert page.evaluate("log") == ["run"]
    assert value(page) == SOURCE
    page.keyboard.press("Enter")
    assert value(page) == SOURCE + "\n"
    assert page.evaluate("log") == ["run"]


def test_escape_then_tab_leaves_whenever_tab_comes(page):
    page.keyboard.press("Escape")
    page.wait_for_timeout(2200)  # CodeMirror's own rule forgets Escape after two seconds
    page.keyboard.press("Tab")
    assert focused(page) == "after"
    assert (value(page), page.evaluate("log")) == (SOURCE, ["leave"])
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")  # back in the editor: Tab indents again
    assert "cm-content" in focused(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "before"


def test_a_change_takes_escape_back(page):
    page.keyboard.press("Escape")
    page.keyboard.type("x")
    page.keyboard.press("Tab")
    assert "cm-content" in focused(page)


def test_a_screen_reader_is_told_the_name_and_the_way_out(page):
    box = page.get_by_role("textbox", name="Code of cell 3")
    assert box.get_attribute("aria-multiline") == "true"
    for word in ("Shift and Enter runs", "Escape, then Tab leaves"):
        assert word in box.get_attribute("aria-description")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tokens_have_pygments_classes_and_enough_contrast(page, theme):
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    contrasts = page.evaluate(CONTRASTS)
    assert {"k", "kn", "ow", "c1", "s2", "mi", "nf", "nc", "nd", "o", "p", "n"} <= set(contrasts)
    assert {name: c for name, c in contrasts.items() if c < 4.5} == {}


def test_close_leaves_an_empty_host_and_open_works_again(page):
    page.evaluate("editor.close()")
    assert page.evaluate("document.getElementById('host').outerHTML") == (
        '<div id="host" class=""></div>'
    )
    page.evaluate("start()")
    assert value(page) == SOURCE


def test_a_phone_scrolls_the_line_and_not_the_page(browser, address):
    page, _ = opened(browser, address, has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": 390, "height": 800})
    page.evaluate("start()")
    page.evaluate("editor.set('x' + ' + x'.repeat(40))")
    page.tap(".cm-content")
    page.keyboard.type("y")
    assert "y" in value(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    size = page.evaluate("getComputedStyle(document.querySelector('.cm-content')).fontSize")
    assert size == "16px"
    page.context.close()


def test_the_bundle_names_the_versions_of_the_lock_and_their_license():
    bundle = (ROOT / "book" / "_static" / "live" / "codemirror.mjs").read_text(encoding="utf-8")
    header = bundle[: bundle.index("*/")]
    named = dict(re.findall(r"^(@?[a-z][\w/-]*)@(\S+)$", header, re.MULTILINE))
    lock = json.loads((ROOT / "tools" / "editor" / "package-lock.json").read_text(encoding="utf-8"))
    locked = {
        path.removeprefix("node_modules/"): package["version"]
        for path, package in lock["packages"].items()
        if path and "esbuild" not in path
    }
    assert named == locked
    assert header.count("Permission is hereby granted") == len(
        re.findall(r"Copyright \(C\) \d{4}", header)
    )
