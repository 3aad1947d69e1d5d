"""Formulas typeset when the book is built: a page needs no script for its mathematics.

KaTeX, in ``book/_static/katex``, runs in V8, which the package mini-racer brings. Beside what the
eye sees it writes MathML, which is what a screen reader reads. TeX that KaTeX cannot read is a
warning of the build, and the build makes each warning an error.
"""

import functools
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.locale import _
from sphinx.util.logging import getLogger
from sphinx.util.math import get_node_equation_number

KATEX = Path(__file__).parents[1] / "_static" / "katex"


class BadTeX(ValueError):
    """A formula that KaTeX cannot read."""


@functools.cache
def katex() -> MiniRacer:
    racer = MiniRacer()
    racer.eval((KATEX / "katex.min.js").read_text(encoding="utf-8"))
    return racer


@functools.cache
def typeset(tex: str, display: bool, macros: tuple[tuple[str, str], ...] = ()) -> str:
    """Return the HTML of a formula.

    Raises
    ------
    BadTeX
        With KaTeX's words, which name the place.
    """
    # "ignore": a Chinese letter or an accent in a formula's text is no fault.
    options = {"displayMode": display, "macros": dict(macros), "strict": "ignore"}
    try:
        html = katex().call("katex.renderToString", tex, options)
    except JSEvalException as error:
        lines = str(error).splitlines()
        raise BadTeX(next((line for line in lines if "ParseError" in line), lines[0])) from None
    # HTML needs no namespace, and each formula would carry this one.
    return html.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")


def rendered(translator, node, tex: str, *, display: bool) -> str:
    macros = tuple(sorted(translator.builder.config.katex_macros.items()))
    try:
        return typeset(tex, display, macros)
    except BadTeX as error:
        getLogger(__name__).warning("%s in the formula %r", error, tex, location=node)
        return translator.encode(tex)


def visit_math(translator, node):
    translator.body.append(translator.starttag(node, "span", "", CLASS="math notranslate"))
    translator.body.append(rendered(translator, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_math_block(translator, node):
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    tex = node.astext()
    if r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{split}}{tex}\end{{split}}"
    translator.body.append(rendered(translator, node, tex, display=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_config_value("katex_macros", {}, "html")
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.add_css_file("katex/katex.min.css")
    # A process that forks after V8 has started may wait for its threads forever.
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
