"""The quizzes ask what the self-tests at the chapters' ends ask, and can be taken elsewhere."""

import re
import sys
import zipfile
from xml.etree import ElementTree

import pytest
from booktools import BOOK, ROOT, cells, chapter_number, notebook_paths, read_notebook, text_of

sys.path.insert(0, str(ROOT / "quizzes"))
import export

FILES = sorted(export.QUIZZES.glob("*.txt"))
CHAPTERS = [path for path in notebook_paths() if path.parent == BOOK and chapter_number(path)]
IN_LETTERS = {
    r"\eta": "η",
    r"\lambda": "λ",
    r"\varepsilon": "ε",
    r"\epsilon": "ε",
    r"\ln": "ln",
    r"\cdot": "·",
    r"\times": "×",
    r"\|\nabla L\|": "‖∇L‖",
    "10^{-12}": "10⁻¹²",
    "10^{-4}": "10⁻⁴",
    "^2": "²",
    " - ": " − ",
    "$": "",
    "`": "",
    "*": "",
}


def in_letters(markdown: str) -> str:
    """The text without TeX: learning platforms show formulas each in its own way, or not at all."""
    for tex, letters in IN_LETTERS.items():
        markdown = markdown.replace(tex, letters)
    return " ".join(markdown.split())


def self_test(path) -> list[str]:
    """The questions of a chapter's self-test."""
    text = "\n\n".join(text_of(cell["source"]) for cell in cells(read_notebook(path), "markdown"))
    section = re.search(r"^## Self-test\n(.*?)(?=^## |\Z)", text, re.M | re.S).group(1)
    return [
        in_letters(q) for q in re.findall(r"^\*\*\d+\.\*\* (.*?)(?=\n\n)", section, re.M | re.S)
    ]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_quiz_asks_what_the_self_test_asks(chapter):
    quiz = export.read(export.QUIZZES / f"{chapter.stem}.txt")
    asked = [" ".join(question.question_raw.split()) for question in export.questions(quiz)]
    assert asked == self_test(chapter)
    assert len(asked) >= 4


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_question_has_one_answer_and_a_reason(file):
    for question in export.questions(export.read(file)):
        assert question.feedback_raw.strip()
        if question.choices:
            assert len(question.choices) >= 3
            assert sum(choice.correct for choice in question.choices) == 1
        else:
            assert question.type == "numerical_question"
        assert "$" not in question.question_raw + question.feedback_raw


def test_what_is_exported(tmp_path):
    written = export.export(tmp_path / "out")
    assert sorted(tmp_path.joinpath("out").iterdir()) == sorted(written)
    assert len(written) == 3 * len(FILES) > 0
    for path in FILES:
        quiz = export.read(path)
        expected = export.questions(quiz)
        with zipfile.ZipFile(tmp_path / "out" / f"{path.stem}.zip") as package:
            assert package.testzip() is None
            (name,) = [
                n for n in package.namelist() if re.search(r"assessment_(?!meta)\w+\.xml$", n)
            ]
            root = ElementTree.fromstring(package.read(name))
        items = [e for e in root.iter() if e.tag.endswith("}item")]
        assert len(items) == len(expected)

        sheet = (tmp_path / "out" / f"{path.stem}.html").read_text(encoding="utf-8")
        answers = (tmp_path / "out" / f"{path.stem}-answers.html").read_text(encoding="utf-8")
        for question in expected:
            assert export.escape(question.question_raw) in sheet
            assert export.escape(question.feedback_raw.strip()) in answers
            assert export.escape(question.feedback_raw.strip()) not in sheet
        assert "✓" not in sheet
        assert answers.count("✓") == sum(bool(question.choices) for question in expected)


def test_html_in_a_question_is_shown_not_obeyed():
    text = "Quiz title: a < b\n\n1. Is <b>x</b> bold?\n... no\na) <i>yes</i>\n*b) no\n"
    page = export.sheet(export.Quiz(text, config=export.Config(), source_name="t"), answers=True)
    assert (
        "&lt;b&gt;x&lt;/b&gt;" in page and "&lt;i&gt;yes&lt;/i&gt;" in page and "a &lt; b" in page
    )
