"""Notebooks that open anywhere: in the page, in JupyterLab with and without MyST, in VS Code.

Only `$$ … $$ (label)`, with the dollars on lines of their own, is an equation for all of them.
"""

import ast
import re

import pytest
from booktools import cells, tags, text_of
from test_notebooks import END, EXERCISE, FIGURE, START, book_of, code_cell, markdown_cell

COLUMNS = 84  # of code, beside both sidebars of a page 1,280 px wide


def draws(cell: dict) -> bool:
    return any(mime.startswith("image/") for out in cell["outputs"] for mime in out.get("data", {}))


def parsed(cell: dict) -> ast.Module:
    return ast.parse(re.sub(r"^[%!].*$", "pass", text_of(cell["source"]), flags=re.M))


def only_asserts(cell: dict) -> bool:
    return all(isinstance(statement, ast.Assert) for statement in parsed(cell).body)


def names(cell: dict, context: type) -> set[str]:
    """The names that a cell binds (`ast.Store`) or uses (`ast.Load`)."""
    nodes = list(ast.walk(parsed(cell)))
    found = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, context)}
    if context is ast.Store:
        found |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    return found


def needed_later(cell: dict, later: list[dict]) -> bool:
    """Whether a later cell uses a name of this one that it does not bind itself."""
    bound = names(cell, ast.Store)
    return any(bound & (names(other, ast.Load) - names(other, ast.Store)) for other in later)


def format_problems(notebook: dict) -> list[str]:
    """What a reader of this notebook cannot see, or need not see at once."""
    problems = []
    for cell in cells(notebook, "code"):
        for line in text_of(cell["source"]).splitlines():
            if len(line) > COLUMNS:
                problems.append(f"{len(line)} columns: {line}")

    solution = False
    later = cells(notebook, "code")
    for cell in notebook["cells"]:
        source = text_of(cell["source"])
        start = source[:60]
        if cell["cell_type"] == "markdown":
            for block in re.findall(r"^ *[`:~]{3,}\{math\}.*", source, re.M):
                problems.append(f"expected $$ … $$ (label): {block}")
            for line in re.findall(r"^.*\S.*\$\$ *\([\w-]+\)", source, re.M):
                problems.append(f"expected $$ on a line of its own: {line}")
            for kind in re.findall(r"^`{3,}\{solution-(start|end)\}", source, re.M):
                solution = kind == "start"
            continue
        later = later[1:]
        if solution:
            if not cell["metadata"].get("jupyter", {}).get("source_hidden"):
                problems.append(f"a solution that stands open in JupyterLab: {start}")
        elif "hide-input" not in tags(cell) and (
            only_asserts(cell) or (draws(cell) and not needed_later(cell, later))
        ):
            problems.append(f"code that only draws or asserts is not folded: {start}")
        for hidden in {"remove-input", "hide-output"} & set(tags(cell)):
            problems.append(f"{hidden}, expected hide-input: {start}")
    return problems


def test_format(notebook):
    assert format_problems(notebook) == []


HIDDEN = {"jupyter": {"source_hidden": True}}
SOLVED = (markdown_cell(EXERCISE), markdown_cell(START), code_cell("x = 1", **HIDDEN))
GOOD = [
    [code_cell("x" * COLUMNS)],
    [markdown_cell("Text $x$:\n\n$$\na = b\n$$ (eq-a)\n\n$$ c = d $$\n\nMore.")],
    [code_cell("x = 1\nassert x"), code_cell("assert 1", count=2, tags=["hide-input"])],
    [code_cell("plot()", outputs=[FIGURE], tags=["hide-input"])],
    [code_cell("f = 1\nplot(f)", outputs=[FIGURE]), code_cell("g(f)", count=2)],
    [*SOLVED, markdown_cell(END)],
    [*SOLVED[:2], code_cell("assert 1", **HIDDEN), markdown_cell(END)],
    [*SOLVED[:2], code_cell("plot()", outputs=[FIGURE], **HIDDEN), markdown_cell(END)],
]
BAD = [
    [code_cell("x" * (COLUMNS + 1))],
    [markdown_cell("```{math}\n:label: eq-a\na = b\n```")],
    [markdown_cell("- an item\n\n  :::{math}\n  a = b\n  :::")],
    [markdown_cell("$$ a = b $$ (eq-a)")],
    [markdown_cell("$$\na = b $$ (eq-a)")],
    [code_cell("assert 1")],
    [code_cell("plot()", outputs=[FIGURE])],
    [code_cell("f = 1\nplot(f)", outputs=[FIGURE]), code_cell("f = 2\ng(f)", count=2)],
    [code_cell("x = 1", tags=["remove-input"])],
    [*SOLVED[:2], code_cell("x = 1"), markdown_cell(END)],
    [*SOLVED[:2], code_cell("x = 1", tags=["hide-input"]), markdown_cell(END)],
    [*SOLVED, markdown_cell(END), code_cell("assert 1", count=2, **HIDDEN)],
]


@pytest.mark.parametrize("content", GOOD)
def test_a_good_notebook_has_no_problem(content):
    assert format_problems(book_of(*content)) == []


@pytest.mark.parametrize("content", BAD)
def test_each_problem_is_found(content):
    assert len(format_problems(book_of(*content))) == 1
