"""Sections: a browser lays out those that are near, and takes an estimate for the others.

`content-visibility: auto` in custom.css needs the height of a section before it is laid out. A good
estimate keeps the scroll bar still; the estimate is for a phone, custom.css scales it for the rest.
"""

import re

from docutils import nodes

# Pixels on a phone 390 wide.
LINE, CHARACTERS = 26, 42  # of text
CODE_LINE, BLOCK = 17, 45  # a line of code, and the frame around it
ROW, FORMULA, HEADING, FIGURE, FOLDED = 40, 85, 65, 330, 65


def height(node: nodes.Node) -> int:
    """An estimate of the height of a part of a page on a phone, in pixels."""
    classes = node.get("classes", []) if isinstance(node, nodes.Element) else []
    if isinstance(node, nodes.Text | nodes.Invisible) or "heading" in classes:
        return 0
    if "dropdown" in classes or "toggle" in classes:
        return FOLDED
    if isinstance(node, nodes.container) and "tag_hide-input" in classes:
        return FOLDED + sum(map(height, node.children[1:]))
    if isinstance(node, nodes.literal_block):
        return CODE_LINE * (node.astext().rstrip().count("\n") + 1) + BLOCK
    if isinstance(node, nodes.math_block):
        return FORMULA
    if isinstance(node, nodes.image):
        return FIGURE
    if isinstance(node, nodes.title):
        return HEADING
    if isinstance(node, nodes.row):
        return max(ROW, max(map(height, node.children), default=0))
    if isinstance(node, nodes.TextElement):
        return LINE * -(-len(node.astext()) // CHARACTERS) + LINE // 2
    return sum(map(height, node.children))


def add_heights(app, pagename, templatename, context, doctree):
    """Write the estimate for each section of the second level into the page."""
    if doctree is None or app.builder.name != "html":
        return
    body = context["body"]
    for top in doctree.children:
        for section in top.children if isinstance(top, nodes.section) else []:
            if isinstance(section, nodes.section):
                tag = re.compile(
                    rf'(<section (?:class="[^"]*" )?id="{re.escape(section["ids"][0])}")>'
                )
                body = tag.sub(rf'\1 style="--height: {height(section)}px">', body, count=1)
    context["body"] = body
