"""Runs inside the sandbox, together with the student's code. Nothing here is trusted: it takes the
definitions out of the student's cells, calls functions and turns results into plain data.
"""

import ast
import base64
import json
import re
import traceback

import numpy as np

_space: dict = {}
_places: set = set()  # the names of the student's cells


# --- taking definitions out of cells --------------------------------------------------------------


def _cells(cells):
    """Join a cell that begins in the middle of a function with the one before."""
    joined = []
    for number, text in cells:
        first = next((line for line in text.split("\n") if line.strip()), "")
        if joined and first[:1] in (" ", "\t"):
            joined[-1][1] += "\n" + text
        else:
            joined.append([number, text])
    return joined


def _parts(text):
    """A cell's statements; where the cell has a syntax error, those of its pieces that have none.

    A piece begins at a line that is not indented.
    """
    try:
        return ast.parse(text).body, None
    except SyntaxError as error:
        broken = error
    lines = re.sub(r"^[ \t]*[%!].*$", "", text, flags=re.M).split("\n")
    starts = [n for n, line in enumerate(lines) if re.match(r"(def|class|@|import|from)\b|@", line)]
    starts = [n for n in starts if n == 0 or not lines[n - 1].startswith("@")]
    body, failed = [], None
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        try:
            piece = ast.parse("\n".join(lines[start:end]))
        except SyntaxError:
            failed = broken
        else:
            body += ast.increment_lineno(piece, start).body
    return body, failed


def _is_stub(node):
    """Whether a function only raises NotImplementedError, after its docstring at most."""
    if not isinstance(node, ast.FunctionDef):
        return False
    last = node.body[-1]
    short = len(node.body) <= 2 and isinstance(last, ast.Raise)
    return short and "NotImplementedError" in ast.dump(last)


NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
TAKEN = (ast.Import, ast.ImportFrom, *NAMED)
VALUES = (ast.Assign, ast.AnnAssign, ast.AugAssign)
BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try)
AT_HOME = ("'public_tests'", "'checking'")  # the modules that a student's notebook imports


def _calls(node):
    return any(isinstance(each, (ast.Call, ast.ListComp)) for each in ast.walk(node))


def _load(cells, values):
    """Run the imports, definitions and assignments of all cells, one at a time, in order.

    Of the assignments those that `values` names: "all", those without a call ("constant"), "no".
    """
    _space.clear()
    _space["__name__"] = "answers"
    _places.clear()
    _places.update(name for name, _ in cells)
    broken, notes, statements, skipped = [], [], [], []
    for number, text in _cells(cells):
        try:
            body, failed = _parts(text)
        except (ValueError, MemoryError, RecursionError) as error:
            broken.append(f"{number}: cannot be read ({type(error).__name__})")
            continue
        if failed is not None:
            broken.append(f"{number}, line {failed.lineno}: {type(failed).__name__}: {failed.msg}")
        statements += [(number, node) for node in body]
    answered = {n.name for _, n in statements if isinstance(n, NAMED) and not _is_stub(n)}
    for number, node in statements:
        where = f"{number}, line {node.lineno}"
        if _is_stub(node) and node.name in answered:
            continue
        unwanted = values == "no" or (values == "constant" and _calls(node))
        if isinstance(node, BLOCKS) or (isinstance(node, VALUES) and unwanted):
            skipped.append(where)
        elif isinstance(node, (*TAKEN, *VALUES)):
            try:
                exec(compile(ast.Module([node], []), str(number), "exec"), _space)
            except BaseException as error:
                if not str(error).endswith(AT_HOME):
                    notes.append(f"{where}: {type(error).__name__}: {error}"[:300])
    if skipped:
        broken.append("not run, as it is no definition: " + "; ".join(skipped[:3]))
    return [broken[:9], notes[:9]]


# --- values ---------------------------------------------------------------------------------------


def _encode(value, depth=0):
    if depth > 20:
        raise TypeError("nested too deeply")
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.ascontiguousarray(np.asarray(value))
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            raise TypeError(f"array of dtype {array.dtype}")
        array = array.astype(array.dtype.newbyteorder("<"))
        data = base64.b64encode(array.tobytes()).decode()
        return {"nd": [array.dtype.str, list(np.shape(value)), data]}
    if kind is list or kind is tuple:
        return {kind.__name__: [_encode(each, depth + 1) for each in value]}
    if kind is dict:
        pairs = [[_encode(key, depth + 1), _encode(each, depth + 1)] for key, each in value.items()]
        return {"dict": pairs}
    raise TypeError(f"cannot return a {kind.__name__}")


def _decode(value):
    if not isinstance(value, dict):
        return value
    ((kind, body),) = value.items()
    if kind == "nd":
        array = np.frombuffer(base64.b64decode(body[2]), body[0]).reshape(body[1]).copy()
        # Here NumPy's whole numbers have 32 bits, and np.bincount, say, refuses longer ones.
        small = array.dtype == np.int64 and not (np.abs(array) > 2**31 - 1).any()
        return array.astype(np.intp) if small else array
    if kind == "dict":
        return {_decode(key): _decode(each) for key, each in body}
    return (list if kind == "list" else tuple)(_decode(each) for each in body)


def handle(text):
    """Answer one request: {"load": cells, "values": which} or {"call": name, "args": [...]}."""
    try:
        request = json.loads(text)
        if "load" in request:
            notes = _load(request["load"], request["values"])
            return json.dumps({"value": _encode(notes)})
        name = request["call"]
        if not callable(_space.get(name)):
            return json.dumps({"error": ["missing", "", ""]})
        arguments = [_decode(each) for each in request["args"]]
        reply = json.dumps({"value": _encode(_space[name](*arguments))})
        # Said here already: copies of a huge text on its way out can fill the isolates' memory.
        too_large = len(reply) > request["max_answer"]
        return json.dumps({"stopped": "the answer is too large"}) if too_large else reply
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        frames = [frame for frame in frames if frame.filename in _places]
        where = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
        return json.dumps({"error": [type(error).__name__, str(error)[:300], where]})
