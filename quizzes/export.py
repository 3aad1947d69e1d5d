"""Each chapter's self-test as a quiz: for a learning platform (QTI) and as a printed sheet.

quizzes/NN-chapter.txt holds a quiz in text2qti's notation. For each, this writes into a folder
NN-chapter.zip (QTI 1.2, which Canvas, Moodle and others import), NN-chapter.html (a sheet to
print) and NN-chapter-answers.html (the same with the answers).

    python quizzes/export.py FOLDER
"""

import argparse
from html import escape
from pathlib import Path

from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Question, Quiz

QUIZZES = Path(__file__).parent
STYLE = """
body { font: 11pt/1.4 sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em }
li { margin-bottom: 1em; break-inside: avoid }
ol ol { list-style: lower-alpha }
ol ol li { margin-bottom: .2em }
.answer { color: #555 }
"""


def read(path: Path) -> Quiz:
    """The quiz of one file; text2qti's error names the line that it cannot read."""
    return Quiz(path.read_text(encoding="utf-8"), config=Config(), source_name=path.name)


def questions(quiz: Quiz) -> list[Question]:
    return [part for part in quiz.questions_and_delims if isinstance(part, Question)]


def item(question: Question, answers: bool) -> str:
    """One question of the sheet: its choices, or a line for the number."""
    parts = [f"<li><p>{escape(question.question_raw)}</p>"]
    if question.choices:
        parts.append("<ol>")
        for choice in question.choices:
            mark = "<b>✓</b> " if answers and choice.correct else ""
            parts.append(f"<li>{mark}{escape(choice.choice_raw)}</li>")
        parts.append("</ol>")
    else:
        parts.append(f"<p>{escape(question.numerical_raw) if answers else '_' * 20}</p>")
    if answers:
        parts.append(f'<p class="answer">{escape(question.feedback_raw.strip())}</p>')
    return "\n".join([*parts, "</li>"])


def sheet(quiz: Quiz, answers: bool = False) -> str:
    """The quiz as an HTML page for the printer."""
    title = escape(quiz.title_raw)
    items = "\n".join(item(question, answers) for question in questions(quiz))
    name = "" if answers else f"<p>Name: {'_' * 40}</p>\n"
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n<h1>{title}</h1>\n{name}<ol>\n{items}\n</ol>\n</html>\n"
    )


def export(folder: Path) -> list[Path]:
    """Write the three files of every quiz; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted(QUIZZES.glob("*.txt")):
        quiz = read(path)
        package = folder / f"{path.stem}.zip"
        with package.open("wb") as stream:
            QTI(quiz).write(stream)
        written.append(package)
        for name, answers in ((path.stem, False), (f"{path.stem}-answers", True)):
            page = folder / f"{name}.html"
            page.write_text(sheet(quiz, answers), encoding="utf-8")
            written.append(page)
    return written


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    for path in export(parser.parse_args().folder):
        print(path)
