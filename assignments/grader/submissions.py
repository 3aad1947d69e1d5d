"""What was handed in, whatever its packing: a folder, or the zip that a learning platform gives.

Nothing is unpacked to the disk. A file is read at most up to a limit, links and paths that lead out
are refused, and zips stand in zips two deep at most. What cannot be read becomes a reason.

Who a submission belongs to is read from names:
Canvas    who_LATE_4711_88_two-layer.ipynb          who, with the Canvas id 4711
Moodle    Who Ever_4711_assignsubmission_file_/...  Who Ever
GitHub    two-layer-who/answers.py                  who
others    who.ipynb, who.zip, who/answers.py        who
"""

from __future__ import annotations

import io
import json
import lzma
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

MEGABYTE = 1 << 20
MAX_FILE = 20 * MEGABYTE
MAX_CODE = MEGABYTE
MAX_ENTRIES = 100_000  # of one zip, or of one student's folder
MAX_FILES = 4  # of one student
ZIPS_DEEP = 2

CANVAS = re.compile(r"^(?P<who>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)$")
MOODLE = re.compile(r"^(?P<who>.+?)_\d+_assignsubmission_\w+$")
NOT_ANSWERS = ("public_tests.py", "checking.py")


@dataclass
class Entry:
    """A file, not yet read."""

    path: PurePosixPath
    read: Callable[[int], bytes]  # at most so many bytes
    problem: str = ""


def refused(path: PurePosixPath, problem: str) -> Entry:
    """An entry that stands for what is not read."""
    return Entry(path, lambda limit: b"", problem)


@dataclass
class Submission:
    """One student's files."""

    student: str
    canvas_id: str = ""
    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def collect(place: Path, assignment: str) -> list[Submission]:
    """Find the submissions in a folder or a zip, in the order of their names.

    Raises
    ------
    ValueError
        If `place` is neither a folder nor a zip that can be read.
    """
    if place.is_dir():
        entries = list(_folder(place))
    elif zipfile.is_zipfile(place):
        entries = list(_zip(lambda: place.open("rb"), PurePosixPath(), 1))
        if len(entries) == 1 and entries[0].problem and not entries[0].path.parts:
            raise ValueError(f"{place}: {entries[0].problem}")
    else:
        raise ValueError(f"expected a folder or a zip with submissions, got {place}")
    found: dict[str, Submission] = {}
    for entry in _without_common_folder(entries, assignment):
        if not entry.path.parts or entry.path.parts[0].startswith((".", "__MACOSX")):
            continue
        who, canvas_id, entry.path = _owner(entry.path, assignment)
        submission = found.setdefault(who, Submission(who, canvas_id))
        if entry.problem:
            submission.problems.append(f"{entry.path}: {entry.problem}")
        else:
            submission.entries.append(entry)
    return [found[who] for who in sorted(found)]


def _owner(path: PurePosixPath, assignment: str) -> tuple[str, str, PurePosixPath]:
    """Who handed it in, the id at Canvas, and the path inside the submission."""
    top, rest = path.parts[0], PurePosixPath(*path.parts[1:])
    inside = rest if rest.parts else PurePosixPath(top)
    if match := MOODLE.match(top):
        return match["who"], "", inside
    if match := CANVAS.match(top):
        return match["who"], match["id"], rest if rest.parts else PurePosixPath(match["file"])
    who = top if rest.parts else PurePosixPath(top).stem
    return who.removesuffix(".zip").removeprefix(f"{assignment}-"), "", inside


def _without_common_folder(entries: list[Entry], assignment: str) -> list[Entry]:
    """Drop a folder that holds the whole class, as a zip of a folder has it.

    A folder that is named like a submission, or holds one student's file, is no such folder.
    """
    tops = {entry.path.parts[0] for entry in entries if entry.path.parts}
    below = {entry.path.parts[1] for entry in entries if len(entry.path.parts) > 1}
    alone = (
        len(tops) == 1 and len(below) > 1 and all(len(entry.path.parts) > 1 for entry in entries)
    )
    named = any(MOODLE.match(top) or top.startswith(f"{assignment}-") for top in tops)
    if alone and not named and not below & {"answers.py", f"{assignment}.ipynb"}:
        for entry in entries:
            entry.path = PurePosixPath(*entry.path.parts[1:])
    return entries


# --- packings -------------------------------------------------------------------------------------


def _folder(place: Path) -> Iterator[Entry]:
    """The files below a folder; a zip among them stands for its content."""
    todo, counts = [place], Counter()
    while todo:
        for path in sorted(todo.pop().iterdir()):
            name = PurePosixPath(path.relative_to(place).as_posix())
            counts[name.parts[0]] += 1
            if counts[name.parts[0]] > MAX_ENTRIES:
                yield refused(name, f"more than {MAX_ENTRIES} files")
                break
            if path.is_symlink():
                yield refused(name, "a link, which is not followed")
            elif path.is_dir():
                if not path.name.startswith("."):
                    todo.append(path)
            elif not path.is_file():
                yield refused(name, "not a file")
            elif path.suffix.lower() == ".zip":
                yield from _zip(lambda path=path: path.open("rb"), name, 1)
            else:
                yield Entry(name, _reader(lambda path=path: path.open("rb")))


def _zip(open_it: Callable, name: PurePosixPath, depth: int) -> Iterator[Entry]:
    """The files in a zip; what is wrong with it, or with one of them, is told by an entry."""
    try:
        with open_it() as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        yield refused(name, f"a zip that cannot be read ({type(error).__name__})")
        return
    if len(members) > MAX_ENTRIES:
        yield refused(name, f"a zip of more than {MAX_ENTRIES} files")
        return
    for member in members:
        path = name / member.filename.replace("\\", "/").lstrip("/")
        if member.is_dir():
            continue
        if ".." in path.parts or member.filename.startswith("/"):
            safe = name / "".join(part for part in path.parts[-1:] if part != "..")
            yield refused(safe, "a path that leads out of the zip")
        elif stat.S_ISLNK(member.external_attr >> 16):
            yield refused(path, "a link, which is not followed")
        elif path.suffix.lower() == ".zip":
            yield from _inner_zip(open_it, member, path, depth)
        else:
            yield Entry(path, _member_reader(open_it, member))


def _inner_zip(
    open_it: Callable, member: zipfile.ZipInfo, path: PurePosixPath, depth: int
) -> Iterator[Entry]:
    """The files of a zip in a zip. It is read again for each: memory holds one at a time."""
    read = _member_reader(open_it, member)
    if depth >= ZIPS_DEEP:
        yield refused(path, f"a zip in a zip, more than {ZIPS_DEEP} deep")
        return
    try:
        size = len(read(MAX_FILE + 1))
    except UNREADABLE as error:
        yield refused(path, f"cannot be read ({type(error).__name__})")
        return
    if size > MAX_FILE:
        yield refused(path, f"larger than {MAX_FILE // MEGABYTE} MB")
    else:
        yield from _zip(lambda: io.BytesIO(read(MAX_FILE)), path, depth + 1)


def _reader(open_it: Callable) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        with open_it() as file:
            return file.read(limit)

    return read


def _member_reader(open_it: Callable, member: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        with open_it() as file, zipfile.ZipFile(file) as archive, archive.open(member) as data:
            return data.read(limit)  # whatever size the zip claims

    return read


# --- code -----------------------------------------------------------------------------------------

# What the zipfile module raises, for passwords and unknown methods too.
UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile)
UNREADABLE += (zlib.error, lzma.LZMAError)


def cells_of(submission: Submission, assignment: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The code of a submission as (name, text), and the files that it came from.

    Where there are several files, a function of a later one counts: the notebook that has the
    assignment's name comes last.
    """
    names = {entry.path.name for entry in submission.entries}
    chosen = [
        entry
        for entry in submission.entries
        if entry.path.suffix.lower() in (".ipynb", ".py")
        and entry.path.name not in NOT_ANSWERS
        and not any(part.startswith(".") for part in entry.path.parts)
    ]
    if not chosen:
        listed = ", ".join(sorted(names)[:3]) or "nothing"
        submission.problems.append(f"no notebook and no answers.py; found {listed}")
    expected = ("answers.py", f"{assignment}.ipynb")
    chosen.sort(key=lambda entry: (entry.path.suffix == ".ipynb", entry.path.name in expected))
    cells: list[tuple[str, str]] = []
    for entry in chosen[-MAX_FILES:]:
        try:
            cells += _cells(entry, len(chosen) > 1)
        except Unreadable as problem:
            submission.problems.append(f"{entry.path}: {problem}")
    if sum(len(text) for _, text in cells) > MAX_CODE:
        submission.problems.append(f"more than {MAX_CODE // MEGABYTE} MB of code")
        cells = []
    return cells, [str(entry.path) for entry in chosen[-MAX_FILES:]]


class Unreadable(Exception):
    """A file that is not a notebook and not Python, with the reason."""


def read(entry: Entry) -> bytes:
    """The bytes of a file that is not too large."""
    try:
        data = entry.read(MAX_FILE + 1)
    except UNREADABLE as error:
        raise Unreadable(f"cannot be read ({type(error).__name__})") from None
    if len(data) > MAX_FILE:
        raise Unreadable(f"larger than {MAX_FILE // MEGABYTE} MB")
    return data


def _cells(entry: Entry, named: bool) -> list[tuple[str, str]]:
    data = read(entry)
    if not data.strip():
        raise Unreadable("an empty file")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("not a text file") from None
    if "\0" in text:
        raise Unreadable("not a text file")
    text = text.replace("\r\n", "\n")
    if entry.path.suffix.lower() == ".py":
        return [(entry.path.name, text)]
    prefix = f"{entry.path.name}, " if named else ""
    return [(f"{prefix}cell {number}", code) for number, code in _notebook(text)]


def _notebook(text: str) -> Iterator[tuple[int, str]]:
    """The code cells of a notebook, counted among all cells, with whatever metadata is left."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("not a notebook: its JSON is broken") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise Unreadable("not a notebook: it has no cells")
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type", "code") != "code":
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if isinstance(source, str) and source.strip():
            yield number, source.replace("\r\n", "\n")
