"""What a student's code may do with all of Deno in its hands: nothing outside its own memory.

Each probe says why it failed: a refusal, and not a typing error of ours.
"""

import http.server
import threading
import time

import pytest

from assignments.grader import machine
from assignments.grader.sandbox import Sandbox

REFUSED = ("NotCapable", "PermissionDenied")

# Name: an expression, and whether it is a promise.
PROBES = {
    "read a file": "Deno.readTextFileSync('/etc/hostname')",
    "read the home": "Deno.readTextFileSync('HOME/glue.py')",
    "list the home": "[...Deno.readDirSync('HOME')]",
    "read the working folder": "[...Deno.readDirSync('.')]",
    "node reads": "process.getBuiltinModule('node:fs').readFileSync('HOME/glue.py')",
    "write": "Deno.writeTextFileSync('/grading-probe', 'x')",
    "write into the home": "Deno.writeTextFileSync('HOME/probe', 'x')",
    "remove": "Deno.removeSync('HOME/glue.py')",
    "temporary folder": "Deno.makeTempDirSync()",
    "environment": "Deno.env.get('PATH')",
    "run": "new Deno.Command('DENO').outputSync()",
    "node runs": "process.getBuiltinModule('node:child_process').execSync('true')",
    "kill": "Deno.kill(1, 'SIGTERM')",
    "system": "Deno.hostname()",
    "foreign functions": "Deno.dlopen('libc.so.6', {})",
    "listen": "Deno.listen({ port: 0, hostname: '127.0.0.1' })",
    "connect": "Deno.connect({ port: PORT, hostname: '127.0.0.1' })",
    "fetch": "fetch('http://127.0.0.1:PORT/fetch')",
    "web socket": "new WebSocketStream('ws://127.0.0.1:PORT/socket').opened",
    "import": "import('http://127.0.0.1:PORT/import.mjs')",
    "import a file": "import('file:///etc/hostname')",
    "import from npm": "import('npm:left-pad@1.3.0')",
    "cache": "caches.open('probe').then((c) => c.put('http://x/', new Response('x')))",
    "database": "Deno.openKv()",
}

CODE = """
import json
from js import globalThis
from pyodide.code import run_js

def start(name, expression):
    run_js('globalThis.results ??= {}')
    keep = run_js('(name, text) => { globalThis.results[name] = text; }')
    js = '''(async () => { try { await (%s); keep('allowed'); }
            catch (e) { keep(`${e?.name}: ${e?.message}`.slice(0, 300)); } })()''' % expression
    run_js('(keep) => ' + js)(lambda text: keep(name, text))

def results():
    return json.loads(run_js('JSON.stringify(globalThis.results ?? {})'))
"""


@pytest.fixture(scope="module", params=["deno alone", "as it runs"])
def probed(request):
    """What became of each probe, and which requests a server on this machine got.

    Deno must refuse by itself: bubblewrap is not everywhere.
    """
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "deno alone":
            patch.setattr(machine, "bubblewrap", lambda: ())
        yield run_probes(asked), asked


def run_probes(asked: list[str]) -> dict[str, str]:

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home, port = str(machine.home()), str(server.server_port)
    with Sandbox() as box:
        box.load([("cell 1", CODE)])
        for name, probe in PROBES.items():
            probe = probe.replace("DENO", str(machine.deno()))
            box.call("start", (name, probe.replace("HOME", home).replace("PORT", port)))
        for _ in range(100):  # promises go on between the calls
            found = box.call("results", ())
            if len(found) == len(PROBES):
                break
            time.sleep(0.1)
    server.shutdown()
    return found


@pytest.mark.parametrize("name", PROBES)
def test_is_refused(probed, name):
    answer = probed[0].get(name, "no answer")
    known = {
        "import": "import|remote|TypeError",
        "import a file": "TypeError",
        "import from npm": "TypeError|npm",
        "cache": "Error|not",
        "database": "TypeError",
        "web socket": "NotCapable|ReferenceError|TypeError",
    }
    words = known.get(name, "|".join(REFUSED)).split("|")
    assert answer != "allowed" and any(word in answer for word in words), answer


def test_nothing_reached_the_network(probed):
    assert probed[1] == []


def test_the_probes_are_judged_by_what_they_did(probed):
    """What is allowed is told as allowed: the probes above do not fail by themselves."""
    with Sandbox() as box:
        box.load([("cell 1", CODE)])
        box.call("start", ("sum", "1 + 1"))
        time.sleep(0.1)
        assert box.call("results", ()) == {"sum": "allowed"}
