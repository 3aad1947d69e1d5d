"""What a sandbox is made of: Deno from npm, Pyodide and NumPy's wheel from live/, a home folder.

Deno's version is pinned by package-lock.json; the wheel must have the hash in Pyodide's lock file.
Without these there is no grading: a student's code is never run outside the sandbox.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = ROOT / "node_modules"
LIVE = ROOT / "live" / "pyodide"
WHEEL = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
PYODIDE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
PYODIDE += ("pyodide-lock.json",)

# Each closes a way out that was seen: modules from the network, a cache on the disk, workers that
# ask for permissions. Pages of 64 KiB: 512 MiB for WebAssembly, and 256 MiB for JavaScript.
# With V8's quick compiler alone a sandbox starts in half the time.
FLAGS = ["run", "--no-prompt", "--no-remote", "--no-npm", "--cached-only", "--deny-import"]
FLAGS += ["--no-config", "--no-lock", "--no-check", "--no-code-cache"]
V8 = "--v8-flags=--max-old-space-size=256,--wasm-max-mem-pages=8192,--liftoff-only"
DENY = [f"--deny-{what}" for what in ("net", "env", "run", "write", "ffi", "sys")]

INSTALL = "type `npm ci` in the folder of the course (it needs Node.js: https://nodejs.org)"


class CannotGrade(Exception):
    """The sandbox cannot run here; the message says what to install."""


@cache
def deno() -> Path:
    """The Deno that npm installed, after seeing that it starts."""
    name = "deno.exe" if sys.platform == "win32" else "deno"
    found = [*MODULES.glob(f"@deno/*/{name}"), MODULES / "deno" / name]
    path = next((each for each in found if each.is_file()), None)
    if path is None:
        raise CannotGrade(f"Deno is not there, and nothing is graded without it: {INSTALL}")
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotGrade(
            f"Deno does not start ({error}), and nothing is graded without it"
        ) from None
    if done.returncode or not done.stdout.startswith("deno "):
        raise CannotGrade(f"Deno does not start: {done.stderr.strip()[:300]}")
    return path


@cache
def home() -> Path:
    """The only folder that a sandbox can read, made once for each set of its parts."""
    parts = {f"pyodide/{name}": LIVE / name for name in PYODIDE}
    parts |= {path.name: path for path in (HERE / "box").iterdir() if path.is_file()}
    parts["pyodide/numpy.whl"] = LIVE / WHEEL
    missing = [str(path) for path in parts.values() if not path.is_file()]
    if missing:
        raise CannotGrade(f"{missing[0]} is not there, and nothing is graded without it")
    _check_wheel(parts["pyodide/numpy.whl"], parts["pyodide/pyodide-lock.json"])
    stamp = hashlib.sha256(str(deno().stat().st_size).encode())
    for name in sorted(parts):
        stamp.update(name.encode() + hashlib.sha256(parts[name].read_bytes()).digest())
    folder = ROOT / "_build" / f"sandbox-{stamp.hexdigest()[:12]}"
    if not folder.exists():
        _prepare(parts, folder)
    return folder


def _check_wheel(wheel: Path, lock: Path) -> None:
    expected = json.loads(lock.read_text())["packages"]["numpy"]["sha256"]
    given = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if given != expected:
        raise CannotGrade(
            f"{wheel.name}: expected the hash {expected} of Pyodide's lock, got {given}"
        )


def _prepare(parts: dict[str, Path], folder: Path) -> None:
    """Copy the parts, make snapshot.bin and site.bin, and move it all into place at once."""
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        new = Path(place) / "home"
        for name, path in parts.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, new / name)
        command = [deno(), *FLAGS, V8, *DENY[:-3], f"--allow-read={new}", f"--allow-write={new}"]
        command += [str(new / "prepare.mjs")]
        done = subprocess.run(
            command, env=environment(new), capture_output=True, text=True, timeout=300
        )
        if done.returncode:
            raise CannotGrade(f"Pyodide does not start in Deno: {done.stderr.strip()[-500:]}")
        for stale in folder.parent.glob("sandbox-*"):
            shutil.rmtree(stale, ignore_errors=True)
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():  # another process was faster
                raise


def environment(folder: Path) -> dict[str, str]:
    """The environment variables of a sandbox: none of ours."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    # A folder below a file cannot be made, so no cache is kept and the Cache API fills no disk.
    return kept | {
        "DENO_DIR": str(folder / "main.mjs" / "none"),
        "NO_COLOR": "1",
        "DENO_NO_UPDATE_CHECK": "1",
    }


@cache
def bubblewrap() -> tuple[str, ...]:
    """The command that puts bubblewrap around Deno, or nothing where it is missing or may not run.

    Inside there are Deno, its home and the system's libraries, all read-only, and no network.
    """
    program = shutil.which("bwrap")
    if program is None:
        return ()
    command = [program, "--unshare-all", "--die-with-parent", "--new-session"]
    for folder in ("/lib", "/lib64", "/usr/lib", "/usr/lib64"):
        if Path(folder).is_symlink():
            command += ["--symlink", os.readlink(folder), folder]
        elif Path(folder).is_dir():
            command += ["--ro-bind", folder, folder]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp"]
    for path in (home(), deno()):
        command += ["--ro-bind", str(path), str(path)]
    try:
        done = subprocess.run([*command, str(deno()), "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return () if done.returncode else tuple(command)


def command() -> list[str]:
    """The command line of one sandbox."""
    place = str(home())
    main = str(home() / "main.mjs")
    return [*bubblewrap(), str(deno()), *FLAGS, V8, *DENY, f"--allow-read={place}", main]
