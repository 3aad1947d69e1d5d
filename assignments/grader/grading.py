"""One submission: its functions are called in a sandbox, and the tests judge on this side.

A test that ends without an error is passed; nothing that the submission says about itself counts. A
time-out, or a sandbox that its code ended, costs the question, is named, and a new sandbox goes on.
"""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from ..checking import Wrong, generator_of
from .sandbox import Sandbox, Stopped, StudentError
from .sources import Assignment
from .submissions import Submission, cells_of
from .text import clean
from .wire import BadAnswer

LOAD_LIMIT = 10.0  # seconds
CALL_LIMIT = 5.0

NOT_ANSWERED = "not answered"
MAX_WORDS = 20_000


@dataclass
class Outcome:
    """How one test went; `shown` is what the student may read about it."""

    question: int
    points: float
    public: bool
    idea: str
    passed: bool
    shown: list[str] = field(default_factory=list)


@dataclass
class Result:
    """A row of the table."""

    student: str
    who: str = ""  # the id that the variant belongs to
    canvas_id: str = ""
    row: dict[str, str] = field(default_factory=dict)  # of the class list
    files: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    written: dict[int, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)  # what the teacher should know
    notes: list[str] = field(default_factory=list)  # what went wrong on loading

    def marks(self, question: int | None = None) -> float:
        """The points for a question, or for all."""
        chosen = [each for each in self.outcomes if question in (None, each.question)]
        return sum(each.points for each in chosen if each.passed)

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> Result:
        data = dict(data)
        data["outcomes"] = [Outcome(**each) for each in data["outcomes"]]
        data["written"] = {int(key): text for key, text in data["written"].items()}
        return cls(**data)


def grade(submission: Submission, assignment: Assignment, variant: dict) -> Result:
    """Grade one submission. Whatever is in it, this returns a result."""
    cells, files = cells_of(submission, assignment.name)
    result = Result(clean(submission.student), canvas_id=submission.canvas_id)
    result.files = [clean(name) for name in files]
    result.reasons = [clean(problem) for problem in submission.problems]
    if cells:
        with Session(cells) as session:
            _run(session, assignment, variant, result)
    else:
        result.outcomes = [
            _outcome(test, assignment, ["nothing that can be graded"]) for test in assignment.tests
        ]
    for question in assignment.written:
        result.written.setdefault(question, "")
    return result


def _run(session: Session, assignment: Assignment, variant: dict, result: Result) -> None:
    session.start()
    result.notes = session.notes
    result.reasons += session.reasons
    stopped: dict[int, str] = {}
    for test in assignment.tests:
        question = test.question
        if question in stopped:
            shown = [f"not run, because question {question} {stopped[question]}"]
        else:
            limit = assignment.limit(question) / (1 + len(stopped))  # patience ends
            shown = judge(test, Remote(session, limit), variant, test in assignment.public)
            if session.stopped:
                stopped[question] = session.stopped
                result.reasons.append(f"question {question} {session.stopped}")
                shown = [f"question {question} {session.stopped}"]
                session.stopped = ""
        result.outcomes.append(_outcome(test, assignment, shown))
    for question in assignment.written:
        name = f"written_{question}"
        words = session.words(name)
        untouched = clean(assignment.namespace[name](), MAX_WORDS, lines=True)
        result.written[question] = "" if words == untouched.strip() else words
    _say_why(result, stopped)


def _say_why(result: Result, known: dict[int, str]) -> None:
    """Add a reason for each question without marks or with a failed public test."""
    reasons: dict[str, list[str]] = {}
    for question in sorted({each.question for each in result.outcomes} - set(known)):
        failed = [o for o in result.outcomes if o.question == question and not o.passed]
        if failed and (failed[0].public or not result.marks(question)):
            reasons.setdefault(", ".join(failed[0].shown), []).append(str(question))
    for text, questions in reasons.items():
        label = "question" if len(questions) == 1 else "questions"
        result.reasons.append(f"{label} {', '.join(questions)}: {text}")


def _outcome(test: Callable, assignment: Assignment, shown: list[str] | None) -> Outcome:
    public = test in assignment.public
    return Outcome(test.question, test.points, public, test.idea, shown is None, shown or [])


def judge(test: Callable, answers: Remote, variant: dict, public: bool) -> list[str] | None:
    """Run a test; None means passed, else what the student may read.

    Of a hidden test no text is shown that the student's code could choose: it would carry the
    test's arguments out.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test(answers, variant, generator_of(test))
    except Wrong as wrong:
        if public:
            return [f"expected {clean(wrong.expected)}", f"given {clean(wrong.given)}"]
        return [clean(wrong.pattern)]
    except StudentError as error:
        return [_error(error, public)]
    except Stopped as stopped:
        return [str(stopped)]
    except BadAnswer:
        return ["the answer is not plain data"]
    except Exception:
        return ["the answer has another form than the question asks for"]
    return None


def _error(error: StudentError, public: bool) -> str:
    if error.kind == "NotImplementedError":
        return NOT_ANSWERED
    if error.kind == "missing":
        return "there is no function of this name"
    if public:
        where = f" ({clean(error.where)})" if error.where else ""
        return f"{clean(error.kind)}: {clean(error.text)}{where}"
    known = isinstance(getattr(builtins, error.kind, None), type)
    return f"your function raised {error.kind if known else 'an error'}"


class Remote:
    """The student's functions, as a test sees them."""

    def __init__(self, session: Session, limit: float) -> None:
        self._session, self._limit = session, limit

    def __getattr__(self, name: str) -> Callable:
        return lambda *arguments: self._session.call(name, arguments, self._limit)


class Session:
    """The sandboxes of one submission: a new one follows one that was stopped."""

    def __init__(self, cells: list[tuple[str, str]]) -> None:
        self._cells = cells
        self._sandbox: Sandbox | None = None
        self._values = "all"
        self.stopped = ""  # why the last call ended the sandbox
        self.notes: list[str] = []
        self.reasons: list[str] = []

    def start(self) -> None:
        """Load the code; if that stops the sandbox, with less and less of the assignments."""
        for values in ("all", "constant", "no"):
            try:
                self._values = values
                broken, failed = self._load()
                self.reasons += [clean(text) for text in broken]
                self.notes = [clean(text) for text in failed]
                return
            except (Stopped, StudentError, BadAnswer) as stopped:
                self._drop()
                self.reasons.append(f"what stands at the top level {clean(str(stopped))}")
        self._cells = []

    def _load(self) -> tuple[list[str], list[str]]:
        self._sandbox = Sandbox()
        return self._sandbox.load(self._cells, self._values, LOAD_LIMIT)

    def call(self, name: str, arguments: tuple, limit: float) -> object:
        if not self._cells:
            raise StudentError("missing", "", "")
        try:
            if self._sandbox is None:
                self._load()
            return self._sandbox.call(name, arguments, limit)
        except Stopped as stopped:
            self.stopped = clean(str(stopped))
            self._drop()
            raise

    def words(self, name: str) -> str:
        """What a written question was answered with."""
        try:
            text = self.call(name, (), CALL_LIMIT)
        except (Stopped, StudentError, BadAnswer):
            self.stopped = ""
            return ""
        return clean(text, MAX_WORDS, lines=True).strip() if type(text) is str else ""

    def _drop(self) -> None:
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_) -> None:
        self._drop()
