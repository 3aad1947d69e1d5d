"""One sandbox: a Deno process in which a student's functions are called, seen from outside.

Only lines that begin with the session's token count; the main isolate alone knows it. The exit
status means nothing. Time, memory and noise are watched from here; the remedy is to kill.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import time

from . import machine, wire

MEGABYTE = 1 << 20
MAX_ANSWER = 8 * MEGABYTE
MAX_NOISE = 64 * MEGABYTE
MAX_MEMORY = 1200 * MEGABYTE
START_LIMIT = 120.0


class Stopped(Exception):
    """The sandbox is gone: time, memory, too much output, or the code ended it."""


class StudentError(Exception):
    """The student's function raised an error."""

    def __init__(self, kind: str, text: str, where: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind, self.text, self.where = kind, text, where


class Sandbox:
    """Start one; then `load` a submission's cells and `call` its functions."""

    def __init__(self, max_memory: int = MAX_MEMORY) -> None:
        self._token = secrets.token_hex(32).encode()
        self._lines: queue.Queue = queue.Queue()
        self._why = ""
        self._max_memory = max_memory
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            machine.command(),
            env=machine.environment(machine.home()),
            cwd=self._folder.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us
        )
        for work in (self._read, self._watch):
            threading.Thread(target=work, daemon=True).start()
        try:
            self._send({"token": self._token.decode(), "max_answer": MAX_ANSWER})
            self._answer(START_LIMIT)
        except Stopped as stopped:
            self.close()
            raise machine.CannotGrade(f"a sandbox does not start: {stopped}") from None

    def load(
        self, cells: list[tuple[str, str]], values: str = "all", limit: float = 10.0
    ) -> tuple[list[str], list[str]]:
        """Run the definitions in (name, text) cells, and "all", "constant" or "no" assignments.

        Returns what could not be read, and what was read and failed, in words.
        """
        reply = self._request({"load": cells, "values": values}, limit)
        lists = type(reply) is list and [type(each) for each in reply] == [list, list]
        if not lists:
            raise wire.BadAnswer("another structure")
        broken, failed = ([str(text) for text in each] for each in reply)
        return broken, failed

    def call(self, name: str, arguments: tuple, limit: float = 5.0) -> object:
        """Call a function of the student with plain data."""
        request = {"call": name, "args": [wire.encode(each) for each in arguments]}
        return self._request(request | {"max_answer": MAX_ANSWER}, limit)

    def close(self) -> None:
        self._kill("closed")
        self._process.wait()
        with contextlib.suppress(OSError):  # a request that nobody read
            self._process.stdin.close()
        self._process.stdout.close()
        self._folder.cleanup()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    # --- the talk ---------------------------------------------------------------------------------

    def _request(self, request: dict, limit: float) -> object:
        self._send(request)
        reply = self._answer(limit)
        if "stopped" in reply:
            # The worker may have chosen the words, and put a test's arguments into them.
            large = reply["stopped"] == "the answer is too large"
            self._kill("returned more than 8 MB" if large else "crashed its sandbox")
            raise Stopped(self._why)
        if "error" in reply:
            error = reply["error"]
            if type(error) is list and [type(each) for each in error] == [str] * 3:
                raise StudentError(error[0][:60], error[1][:300], error[2][:100])
            raise wire.BadAnswer("another structure")
        return wire.decode(reply.get("value"))

    def _send(self, request: dict) -> None:
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            self._process.wait()
            raise Stopped(self._why or "ended its sandbox") from None

    def _answer(self, limit: float) -> dict:
        try:
            line = self._lines.get(timeout=limit)
        except queue.Empty:
            self._kill(f"ran longer than {limit:.2g} s")
            raise Stopped(self._why) from None
        if line is None:
            self._process.wait()
            raise Stopped(self._why or "ended its sandbox")
        return wire.parse(line)

    def _read(self) -> None:
        noise = 0
        while line := self._process.stdout.readline(2 * MAX_ANSWER):
            if line.startswith(self._token):
                self._lines.put(line[len(self._token) :])
            elif (noise := noise + len(line)) > MAX_NOISE:
                self._kill("wrote too much output")
        self._lines.put(None)

    def _watch(self) -> None:
        while self._process.poll() is None:
            if memory(self._process.pid) > self._max_memory:
                self._kill(f"used more than {self._max_memory // MEGABYTE} MB of memory")
            time.sleep(0.05)

    def _kill(self, why: str) -> None:
        self._why = self._why or why
        self._process.kill()


def memory(pid: int) -> int:
    """Resident bytes of a process and what it started; 0 when it is gone."""
    try:
        if sys.platform == "linux":
            return _linux(pid)
        if sys.platform == "win32":
            return _windows(pid)
        done = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True)
        return int(done.stdout or 0) << 10
    except (OSError, ValueError):
        return 0


def _linux(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        total = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    # bubblewrap is the parent of the process that matters.
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return total + sum(_linux(int(child)) for child in file.read().split())


def _windows(pid: int) -> int:
    import ctypes

    kernel = ctypes.windll.kernel32
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle, counters = (
        ctypes.c_void_p(kernel.OpenProcess(0x1000, False, pid)),
        (ctypes.c_size_t * 10)(),
    )
    counters[0] = ctypes.sizeof(counters)
    ctypes.windll.psapi.GetProcessMemoryInfo(handle, counters, ctypes.sizeof(counters))
    kernel.CloseHandle(handle)
    return counters[2]
