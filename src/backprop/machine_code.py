"""Programs of index formulas as C: printed by SymPy, compiled by the machine's C compiler.

`backprop.indexed` derives the backward pass. Here each formula becomes one nest of loops in C::

    for (int n = 0; n < 10; n++) for (int k = 0; k < 8; k++) for (int h = 0; h < 10; h++)
        z[10*n + h] += W1[10*k + h]*x[8*n + k];

`compiled` makes a function of it that equals the program's own, in Python. `training` puts the loop
over epochs and batches around it, so that a whole training is one call.
"""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import sympy as sp

from .checks import check_positive, check_rate
from .indexed import Program, copies

__all__ = ["c_compiler", "c_text", "compile_c", "compiled", "training", "training_text"]

ARRAY = np.ctypeslib.ndpointer(float, flags="C_CONTIGUOUS")


def c_compiler() -> str | None:
    """Return the path of the machine's C compiler, or None if there is none."""
    return next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)


def c_text(program: Program) -> str:
    """Return the program in C: a function of all its arrays, which adds to them."""
    arguments = ", ".join(f"double *restrict {name}" for name in program.shapes)
    return "\n".join([f"void gradients({arguments}) {{", *_body(program), "}", ""])


def _body(program):
    for formula in (*program.formulas, *program.backward):
        loops = (f"for (int {i} = 0; {i} <= {i.upper}; {i}++)" for i in formula.indices)
        target, expression = sp.ccode(formula.target), sp.ccode(formula.expression, strict=True)
        yield "  " + " ".join(loops)
        yield f"    {target} += {' '.join(expression.split())};"


def compiled(program: Program, flags: Sequence[str] = ("-O3",)) -> Callable:
    """Compile a program: the function returned takes and returns what ``program`` does.

    Raises
    ------
    FileNotFoundError, RuntimeError
        As `compile_c`.
    """
    function = compile_c(c_text(program), "gradients", flags)
    function.argtypes = [ARRAY] * len(program.shapes)
    return partial(program.run, function)


def training_text(program: Program) -> str:
    """Return C for gradient descent by the arrays of ``program.by``.

    All other inputs are data, one batch after the other in one long array. What the program writes
    lies in arrays of the function's own: only then does the compiler know that no two of them
    overlap, and the loops become faster.
    """
    size = {name: math.prod(shape) for name, shape in program.shapes.items()}
    weights, data = _weights_and_data(program)
    own = [name for name in size if name not in (*weights, *data)]
    loss = program.output
    arguments = [
        *(f"double *restrict {name}" for name in weights),
        *(f"const double *restrict all_{name}" for name in data),
        "double *restrict losses, int epochs, int batches, double eta",
    ]
    step = [
        *(
            f"  const double *restrict {name} = all_{name} + step % batches * {size[name]};"
            for name in data
        ),
        *(f"  memset({name}, 0, sizeof {name});" for name in own),
        f"  d_{loss}[0] = 1;",
        *_body(program),
        *(
            f"  for (int at = 0; at < {size[name]}; at++) {name}[at] -= eta * d_{name}[at];"
            for name in weights
        ),
        f"  losses[step] = {loss}[0];",
    ]
    return "\n".join(
        [
            f"void train({', '.join(arguments)}) {{",
            *(f"  static double {name}[{size[name]}];" for name in own),
            "  for (int step = 0; step < epochs * batches; step++) {",
            *("  " + line for line in step),
            "  }",
            "}",
            "",
        ]
    )


def training(program: Program, flags: Sequence[str] = ("-O3",)) -> Callable:
    """Compile gradient descent for a program whose output is a loss, of shape (1,).

    Returns
    -------
    train : callable
        ``train(weights, data, epochs, learning_rate)`` returns the trained weights, one array for
        each of ``program.by``, and the losses, (epochs, batches). ``data`` are arrays for the other
        inputs, with a first axis for the batches. What is passed in is not changed.

    Raises
    ------
    ValueError
        If the output is no loss, or, in ``train``, if a shape is another.
    FileNotFoundError, RuntimeError
        As `compile_c`.
    """
    if program.output.shape != (1,):
        raise ValueError(f"expected an output of shape (1,), got {program.output.shape}")
    names, data_names = _weights_and_data(program)
    function = compile_c(training_text(program), "train", flags)
    function.argtypes = [
        *[ARRAY] * (len(program.inputs) + 1),
        *[ctypes.c_int, ctypes.c_int, ctypes.c_double],
    ]

    def train(weights, data, epochs, learning_rate):
        batches = len(data[0]) if len(data) else 1
        given = copies({name: program.shapes[name] for name in names}, weights)
        given |= copies({name: (batches, *program.shapes[name]) for name in data_names}, data)
        losses = np.empty((check_positive(epochs, "epochs"), batches))
        rate = check_rate(learning_rate, "learning_rate")
        function(*given.values(), losses, epochs, batches, rate)
        return [given[name] for name in names], losses

    return train


def _weights_and_data(program):
    weights = [str(base) for base in program.by]
    return weights, [str(base) for base in program.inputs if base not in program.by]


def compile_c(text: str, name: str, flags: Sequence[str] = ("-O3",)) -> Callable:
    """Compile C, and return its function of this name, which returns nothing.

    The caller says what it takes, by ``argtypes`` (see `ctypes`).

    Raises
    ------
    FileNotFoundError
        If the machine has no C compiler.
    RuntimeError
        If the compiler refuses; the message is the compiler's.
    """
    compiler = c_compiler()
    if compiler is None:
        raise FileNotFoundError("expected a C compiler (cc, gcc or clang) on the path, got none")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        library = Path(folder) / "program.so"
        command = [compiler, *flags, "-shared", "-fPIC", "-o", library, "-x", "c", "-", "-lm"]
        headers = "#include <math.h>\n#include <string.h>\n"
        done = subprocess.run(command, input=headers + text, text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(f"expected C that {compiler} accepts, got: {done.stderr}")
        # PyDLL keeps Python's lock: two threads must not be in one function's own arrays.
        function = ctypes.PyDLL(str(library))[name]
    function.restype = None
    return function
