"""Notebooks as they are stored: run, clean, described. nbval cannot see this.

nbval passes a notebook whose outputs were all cleared, and compares no picture but SVG.
"""

import ast
import copy
import re
import sys

import pytest
from booktools import (
    ROOT,
    cells,
    chapter_number,
    markdown_of,
    notebook_paths,
    read_notebook,
    tags,
    text_of,
    text_outputs,
)

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
KNOWN_TAGS = re.compile(
    r"raises-exception|nbval-ignore-output|remove-input|hide-input|hide-output|claim-(\d-\d|q\d)"
)
# Traces of one machine. Written in parts, as this file must not contain them either.
LOCAL = [f"/{name}/" for name in ("work", "root", "tmp", "home", "opt")] + [
    "site-packages",
    "pypi" + ".org",
    "npmjs" + ".org",
    "pythonhosted" + ".org",
]
# What requirements.txt brings and a core notebook may import, besides Python itself.
CORE = {"numpy", "sympy", "matplotlib", "matplotlib_inline", "IPython", "tqdm", "backprop"}
MIN_EXERCISES = 5
LONGEST_CELL = 40
KIND = "(pencil|code|bug|lab)"
FENCE = "(?:`{3,}|:{3,})"
KINDS = rf"★{{1,3}} {KIND}((,| and) {KIND})?: \S"


def hygiene(notebook: dict) -> list[str]:
    """Everything about a stored notebook that is not as it should be."""
    problems = []
    metadata = notebook["metadata"]
    if metadata.get("kernelspec") != KERNEL:
        problems.append(f"kernelspec is {metadata.get('kernelspec')}, expected {KERNEL}")
    if set(metadata) - {"kernelspec", "language_info"}:
        problems.append(f"metadata of a tool: {sorted(set(metadata) - {'kernelspec'})}")
    if set(metadata.get("language_info", {})) - {"name"}:
        problems.append("language_info names one machine's Python")

    ids = [cell.get("id") for cell in notebook["cells"]]
    if len(set(ids)) != len(ids):
        problems.append("two cells have the same id")

    counts = [cell["execution_count"] for cell in cells(notebook, "code")]
    if counts != list(range(1, len(counts) + 1)):
        problems.append(f"not run from top to bottom in one go: counts {counts}")

    for number, cell in enumerate(cells(notebook, "code"), 1):
        problems += [f"code cell {number}: {text}" for text in cell_hygiene(cell)]
    for cell in notebook["cells"]:
        text = "\n".join([text_of(cell["source"]), *text_outputs(cell)])
        problems += [f"names a place of one machine: {word}" for word in LOCAL if word in text]
    return problems


def cell_hygiene(cell: dict) -> list[str]:
    problems = []
    source = text_of(cell["source"])
    if not source.strip():
        problems.append("empty")
    if len(source.splitlines()) > LONGEST_CELL:
        problems.append(f"longer than a screen: {len(source.splitlines())} lines")
    if "execution" in cell["metadata"]:
        problems.append("stores when it ran")
    problems += [f"unknown tag {tag!r}" for tag in tags(cell) if not KNOWN_TAGS.fullmatch(tag)]
    if "nbval-ignore-output" in tags(cell) and not re.search(r"#\s*\w.{15,}", source):
        problems.append("its output is not compared, and no comment says why")

    image = False
    for output in cell["outputs"]:
        if output["output_type"] == "error" and "raises-exception" not in tags(cell):
            problems.append(f"raised {output['ename']}: {output['evalue']}")
        if output.get("name") == "stderr":
            problems.append(f"wrote to stderr: {text_of(output['text'])[:60]!r}")
        mimes = [mime for mime in output.get("data", {}) if mime.startswith("image/")]
        problems += [f"stores {mime}, expected SVG" for mime in mimes if mime != "image/svg+xml"]
        image = image or bool(mimes)
        if not mimes and "matplotlib" in text_of(output.get("data", {}).get("text/plain", "")):
            problems.append("shows the name of a matplotlib object")
    alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
    if image and len(alt.strip()) < 20:
        problems.append("its figure has no alt text")
    if alt and not image:
        problems.append("alt text without a figure")
    return problems


def exercise_problems(notebook: dict) -> list[str]:
    """What is wrong with the exercises: each has a label, a kind, and a solution that runs."""
    problems = []
    text = markdown_of(notebook)
    exercises = re.findall(rf"^{FENCE}\{{exercise\}} *(.*)\n((?::\w.*\n)*)", text, re.M)
    labels = []
    for title, options in exercises:
        if not re.match(KINDS, title):
            problems.append(f"{title!r}: expected stars, a kind and a title")
        label = re.search(r"^:label: *(\S+)", options, re.M)
        labels.append(label.group(1) if label else None)
    if len(set(labels)) != len(labels):
        problems.append(f"labels are missing or repeated: {labels}")

    inside, solved = None, {}
    for cell in notebook["cells"]:
        source = text_of(cell["source"])
        if cell["cell_type"] == "code":
            if inside is not None:
                solved[inside].append(source)
            continue
        for line, options in re.findall(
            rf"^{FENCE}\{{((?:solution-start|solution-end|solution)\}}.*)\n((?::\w.*\n)*)",
            source,
            re.M,
        ):
            kind, label = (part.strip() for part in line.split("}", 1))
            if kind == "solution-end":
                inside = None
                continue
            solved[label] = []
            inside = label if kind == "solution-start" else None
            if "dropdown" not in options:
                problems.append(f"the solution of {label} is not folded")
    if inside is not None:
        problems.append(f"the solution of {inside} does not end")
    if set(solved) != set(labels):
        problems.append(f"exercises {labels} and solutions {list(solved)} do not match")
    for (title, _), label in zip(exercises, labels, strict=True):
        runs = any("assert" in code for code in solved.get(label, []))
        if not runs and " pencil:" not in title:
            problems.append(f"{label}: no cell of its solution asserts anything")
    return problems


def imports(notebook: dict) -> set[str]:
    """The top-level packages, besides Python's own, that the code cells import."""
    found = set()
    for cell in cells(notebook, "code"):
        code = re.sub(r"^[%!].*$", "", text_of(cell["source"]), flags=re.M)
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names)


def test_notebooks_are_there():
    assert len(notebook_paths()) > 0


def test_hygiene(notebook):
    assert hygiene(notebook) == []


def test_one_title(path, notebook):
    titles = re.findall(r"^# .+", re.sub(r"```.*?```", "", markdown_of(notebook), flags=re.S), re.M)
    assert len(titles) == 1
    number = chapter_number(path)
    if number is not None and len(path.relative_to(ROOT).parts) == 2:
        assert re.fullmatch(rf"# {number}\. \w.+ \(.*[一-鿿].*\)", titles[0]), titles[0]


def test_exercises(path, notebook):
    assert exercise_problems(notebook) == []
    if chapter_number(path) is not None and len(path.relative_to(ROOT).parts) == 2:
        assert markdown_of(notebook).count("{exercise}") >= MIN_EXERCISES


def test_core_notebooks_need_no_framework(notebook):
    """One that needs more says so at its top, with the command, and fails with a sentence."""
    if not imports(notebook) - CORE:
        return
    top = "\n".join(text_of(cell["source"]) for cell in notebook["cells"][:4])
    assert "requirements-test.txt" in top
    first = next(text_of(cell["source"]) for cell in cells(notebook, "code"))
    assert re.search(r"except (ImportError|ModuleNotFoundError)", first)


def test_no_file_of_the_repository_names_one_machine():
    """The same for the pages and the code."""
    problems = []
    for folder in ("book", "src", "tests", "benchmarks", ".github", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".md", ".yml", ".bib", ".json", ".ipynb", ".css"}:
                text = path.read_text(encoding="utf-8")
                problems += [f"{path}: {word}" for word in LOCAL[:3] if word in text]
    assert problems == []


# --- the tests of these tests ---------------------------------------------------------------------


def code_cell(source="1 + 1", count=1, outputs=(), **metadata) -> dict:
    return {
        "cell_type": "code",
        "id": f"c{count}",
        "metadata": metadata,
        "execution_count": count,
        "outputs": list(outputs),
        "source": source,
    }


def markdown_cell(source: str) -> dict:
    return {"cell_type": "markdown", "id": source, "metadata": {}, "source": source}


def book_of(*contents) -> dict:
    metadata = {"kernelspec": dict(KERNEL), "language_info": {"name": "python"}}
    return {"metadata": metadata, "cells": [copy.deepcopy(cell) for cell in contents]}


FIGURE = {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>"}, "metadata": {}}
PHOTO = {"output_type": "display_data", "data": {"image/png": "x"}, "metadata": {}}
ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": []}
ALT = {"mystnb": {"image": {"alt": "A line that rises from 0 to 1."}}}


def test_a_clean_notebook_has_no_problem():
    assert hygiene(book_of(code_cell(), code_cell(count=2, outputs=[FIGURE], **ALT))) == []


@pytest.mark.parametrize(
    "cell",
    [
        code_cell(count=None),
        code_cell(count=2),
        code_cell(source=""),
        code_cell(source="x = 1\n" * (LONGEST_CELL + 1)),
        code_cell(outputs=[FIGURE]),
        code_cell(outputs=[PHOTO], **ALT),
        code_cell(outputs=[ERROR]),
        code_cell(outputs=[{"output_type": "stream", "name": "stderr", "text": "warning"}]),
        code_cell(source=f"open('{LOCAL[0]}x')"),
        code_cell(outputs=[{"output_type": "stream", "name": "stdout", "text": LOCAL[2]}]),
        code_cell(tags=["nbval-ignore-output"]),
        code_cell(tags=["nbval-skip"]),
        code_cell(execution={"iopub.status.busy": "now"}),
        code_cell(**ALT),
    ],
)
def test_a_bad_cell_is_found(cell):
    assert len(hygiene(book_of(cell))) == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "my-env"}},
        {"language_info": {"name": "python", "version": "3.11.7"}},
        {"jupytext": {}},
    ],
)
def test_bad_metadata_is_found(metadata):
    notebook = book_of(code_cell())
    notebook["metadata"].update(metadata)
    assert len(hygiene(notebook)) == 1


EXERCISE = "```{exercise} ★ code: Title\n:label: ex-1-1\nText.\n```"
START = "```{solution-start} ex-1-1\n:class: dropdown\n```"
END = "```{solution-end}\n```"
SOLVED = (markdown_cell(EXERCISE), markdown_cell(START), code_cell("assert 1"), markdown_cell(END))


def test_a_solved_exercise_has_no_problem():
    assert exercise_problems(book_of(*SOLVED)) == []
    colons = (markdown_cell(cell["source"].replace("```", ":::")) for cell in SOLVED[:2])
    assert exercise_problems(book_of(*colons, *SOLVED[2:])) == []


@pytest.mark.parametrize(
    "broken",
    [
        SOLVED[:1],
        (*SOLVED[:2], SOLVED[3]),
        SOLVED[:3],
        (markdown_cell(EXERCISE.replace("★ code: ", "")), *SOLVED[1:]),
        (SOLVED[0], markdown_cell(START.replace("dropdown", "x")), *SOLVED[2:]),
        (*SOLVED[:2], code_cell("print(1)"), SOLVED[3]),
    ],
)
def test_a_bad_exercise_is_found(broken):
    assert exercise_problems(book_of(*broken)) != []


def test_imports_are_found_wherever_they_stand():
    notebook = book_of(code_cell("def f():\n    import torch.nn as nn"), code_cell("import os"))
    assert imports(notebook) == {"torch"}


def test_every_notebook_can_be_read():
    for path in notebook_paths():
        assert read_notebook(path)["nbformat"] == 4
