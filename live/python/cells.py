"""What Jupyter does around a cell, for Python in a web page.

The value of a last expression is shown, what is printed is sent line by line, figures become SVG,
and an error becomes a traceback of the reader's own lines.
"""

import ast
import contextlib
import importlib
import io
import linecache
import os
import pprint
import sys
import time
import traceback
from collections.abc import Callable

__all__ = ["check", "run", "send", "show", "start"]

NAMESPACE = vars(sys.modules["__main__"])
"""What the cells share; `__main__` itself, as in Jupyter: classes and pickles find it there."""

MIME_TYPES = {
    "image/svg+xml": "_repr_svg_",
    "text/html": "_repr_html_",
    "text/latex": "_repr_latex_",
    "text/markdown": "_repr_markdown_",
}

MOST = 200_000
"""Characters of a cell's stream that are shown."""

_receive: Callable[..., None] | None = None


def send(kind: str, *parts: str) -> None:
    """Give an output to the page, such as ("data", MIME type, text) or ("error", text)."""
    sys.stdout.flush()
    sys.stderr.flush()
    _receive(kind, *parts)


class Stream(io.TextIOBase):
    """Sends what is written when a line ends or at `flush`: a long loop shows how far it is.

    A loop that prints without end would fill the page: after many lines they are sent in bundles,
    and after `MOST` characters no more.
    """

    def __init__(self, name: str):
        self.name, self.parts = name, []
        self.left, self.sent, self.last = MOST, 0, 0.0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.left > 0:
            self.left -= len(text)
            self.parts.append(
                text if self.left > 0 else "\n… more was printed than is shown here.\n"
            )
            if "\n" in text and (self.sent < 100 or time.perf_counter() - self.last > 0.05):
                self.flush()
        return len(text)

    def flush(self) -> None:
        if self.parts:
            text, self.parts = "".join(self.parts), []
            self.sent, self.last = self.sent + 1, time.perf_counter()
            _receive("stream", self.name, text)


def show(value: object) -> None:
    """Show a value by the richest of its representations, as Jupyter does."""
    for mime, method in MIME_TYPES.items():
        represent = None if isinstance(value, type) else getattr(value, method, None)
        text = represent() if callable(represent) else None
        if text:
            send("data", mime, text)
            return
    pretty = isinstance(value, list | tuple | dict | set) and type(value).__repr__ in (
        list.__repr__,
        tuple.__repr__,
        dict.__repr__,
        set.__repr__,
    )
    text = pprint.pformat(value, width=79, sort_dicts=False) if pretty else repr(value)
    send("data", "text/plain", text)


def show_figures() -> None:
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].show()


def execute(source: str, name: str, namespace: dict) -> None:
    """Run a cell's statements, and show the value of the last one if it is an expression."""
    # Tracebacks and inspect.getsource read the lines from here.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = ast.parse(source, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, name, "exec"), namespace)
    if last is not None:
        value = eval(compile(last, name, "eval"), namespace)
        if value is not None:
            namespace["_"] = value
            show(value)
    show_figures()


def own_lines(error: BaseException) -> str:
    """The traceback from the first line of a cell on: not what stands around the cells."""
    entry = error.__traceback__
    while entry and not entry.tb_frame.f_code.co_filename.startswith("<cell"):
        entry = entry.tb_next
    return "".join(traceback.format_exception(type(error), error, entry))


@contextlib.contextmanager
def outputs_to(receive: Callable[..., None]):
    """Give what is printed and shown inside to `receive`, with what is still unsent at the end."""
    global _receive
    _receive = receive
    with (
        contextlib.redirect_stdout(Stream("stdout")),
        contextlib.redirect_stderr(Stream("stderr")),
    ):
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()


def run(source: str, number: int, receive: Callable[..., None]) -> str:
    """Run a cell; what it shows goes to `receive`.

    Returns
    -------
    str
        "done", or "error" if it raised one, which was then shown.
    """
    with outputs_to(receive):
        try:
            execute(source, f"<cell {number}>", NAMESPACE)
        except BaseException as error:  # a cell's SystemExit must not end the page's Python either
            send("error", own_lines(error))
            return "error"
    return "done"


def check(source: str, label: str, receive: Callable[..., None]) -> str:
    """Run an answer to an exercise, and the exercise's check on it.

    The answer sees the names of the cells, but for those that it must define itself: a solution
    that ran above does not count. What it defines stays its own.

    Returns
    -------
    str
        "right"; "wrong"; "error" if the answer raised one; or "names" if one that it uses is not
        there, and may come from a cell that did not run.
    """
    from backprop.exercises import CHECKS, CheckFailed
    from backprop.exercises import check as check_answer

    own, _ = CHECKS[label]
    namespace = {name: value for name, value in NAMESPACE.items() if name not in own}
    with outputs_to(receive):
        try:
            execute(source, "<cell: answer>", namespace)
            send("verdict", "right", check_answer(label, namespace))
        except CheckFailed as error:
            send("verdict", "wrong", str(error))
            return "wrong"
        except BaseException as error:
            send("error", own_lines(error))
            return "names" if isinstance(error, NameError) else "error"
    return "right"


def start(folder: str) -> None:
    """Do once what Jupyter does before the first cell: its folder, and where figures go."""
    sys.path.remove("")  # nothing to import lies in the folder of the cells
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    os.environ["MPLBACKEND"] = "module://page_figures"
    # The monitor of its bars is a thread, and there are none.
    importlib.import_module("tqdm").tqdm.monitor_interval = 0
