"""The checks of the exercises accept the book's own solutions and refuse typical mistakes."""

import ast
import dis
import re

import pytest
from booktools import BOOK, ROOT, markdown_of, notebook_paths, read_notebook, text_of
from wrong_answers import WRONG

from backprop.exercises import CHECKS, CheckFailed, check


def loads(statement: ast.stmt) -> set[str]:
    """The names that a statement reads, or that a function defined in it will."""
    found, codes = set(), [compile(ast.Module([statement], []), "cell", "exec")]
    while codes:
        code = codes.pop()
        codes += [constant for constant in code.co_consts if hasattr(constant, "co_code")]
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
                found.add(step.argval)
    return found


def stores(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement binds, and those whose object it may change.

    A method may change its object where nothing is done with its value: ``found.append(1)``.
    """
    code = compile(ast.Module([statement], []), "cell", "exec")
    bound = {step.argval for step in dis.get_instructions(code) if step.opname == "STORE_NAME"}
    changed = set()
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return bound, changed
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            changed.add(base_of(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            changed.add(base_of(getattr(node.value.func, "value", None)))
    return bound, changed


def base_of(node: ast.expr | None) -> str | None:
    """The a of a.b[c].d"""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def statements(notebook: dict, label: str) -> list[tuple[str, ast.stmt]]:
    """The page's statements, with their text, up to the end of an exercise's solution."""
    found, inside = [], False
    for cell in notebook["cells"]:
        source = text_of(cell["source"])
        if cell["cell_type"] == "markdown":
            if re.search(rf"\{{solution-start\}} {re.escape(label)}$", source, re.M):
                inside = True
            elif inside and "{solution-end}" in source:
                return found
            continue
        lines = source.splitlines()
        for node in ast.parse(source).body:
            found.append(("\n".join(lines[node.lineno - 1 : node.end_lineno]), node))
    raise AssertionError(f"no solution of {label}")


def solution(label: str) -> str:
    """What the page runs so that the names of an exercise's answer are there, and nothing else."""
    page, wanted, chosen = statements(read_notebook(PAGES[label]), label), set(CHECKS[label][0]), []
    imported = {
        name
        for _, node in page
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in stores(node)[0]
    }
    for text, node in reversed(page):
        bound, changed = stores(node)
        if isinstance(node, ast.Assert) or not wanted & (bound | (changed - imported)):
            continue
        wanted = (wanted - bound) | loads(node)
        chosen.append(text)
    return "\n".join(reversed(chosen)) + "\n"


def run(source: str) -> dict:
    namespace = {"__name__": "__main__"}
    exec(compile(source, "solution", "exec", optimize=1), namespace)  # without its assertions
    return namespace


LINE = re.compile(
    r"\[Check\]\(((?:\.\./)*)index\.md#check-your-answers\): "
    r'`check\("(.+?)", globals\(\)\)`'
)
EXERCISE = re.compile(r"^(`{3,}|:{3,})\{exercise\}.*\n:label: (\S+)\n((?:.*\n)*?)\1$", re.M)


def exercises():
    """(page, label, text) of each exercise of the book."""
    for path in notebook_paths():
        for _, label, text in EXERCISE.findall(markdown_of(read_notebook(path))):
            yield path, label, text


PAGES = {label: path for path, label, _ in exercises()}


def test_an_exercise_says_how_to_check_it_if_it_can_be():
    said = {}
    for path, label, text in exercises():
        lines = [line for line in text.splitlines() if "check(" in line and "globals" in line]
        for line in lines:
            up, named = LINE.fullmatch(line).groups()
            assert (up, named) == ("../" * (len(path.relative_to(BOOK).parts) - 1), label)
            assert line == text.rstrip().splitlines()[-1], f"{label}: expected it as the last line"
            said[label] = text
    assert set(said) == set(CHECKS)
    for label, text in said.items():
        code = " ".join(re.findall(r"`([^`]+)`", text))
        for name in CHECKS[label][0]:
            assert re.search(rf"\b{name}\b", code), f"{label} does not say the name {name}"


@pytest.mark.parametrize("label", CHECKS)
def test_the_solution_of_the_book_is_accepted(label):
    sentence = check(label, run(solution(label)))
    assert sentence.startswith(f"{label}: right")


def test_each_check_has_wrong_answers():
    assert set(WRONG) == set(CHECKS)


@pytest.mark.parametrize(
    ("label", "old", "new"),
    [(label, *change) for label, wrong in WRONG.items() for _, *change in wrong],
    ids=[f"{label}: {what}" for label, wrong in WRONG.items() for what, *_ in wrong],
)
def test_a_wrong_answer_is_refused(label, old, new):
    source = solution(label)
    assert old in source, source
    namespace = run("import numpy as np\n" + source.replace(old, new))
    with pytest.raises(CheckFailed) as error:
        check(label, namespace)
    # Refused for what it is, not because the changed code does not run.
    assert " raised " not in str(error.value) and error.value.__cause__ is None


@pytest.mark.parametrize("label", CHECKS)
def test_a_missing_name_is_said(label):
    with pytest.raises(CheckFailed, match=f"{label}: define `{CHECKS[label][0][0]}`"):
        check(label, {})


def test_the_page_marks_the_exercises_that_can_be_checked(site):
    marked = {}
    for name, page in site.content.items():
        for tag in page.soup.select("[data-check]"):
            assert tag["data-check"] == tag["id"] and "exercise" in tag["class"]
            marked[tag["id"]] = name
    assert set(marked) == set(CHECKS)
    for label, name in marked.items():
        assert ROOT / f"{name}.ipynb" == PAGES[label]
