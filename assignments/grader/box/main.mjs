// The main isolate: owns stdin, stdout and the session's token, and never runs a student's code.
// In, one JSON a line: first {"token", "max_answer"}, then requests. Out: the token and one JSON a line.
const enc = new TextEncoder(), dec = new TextDecoder();
const ready = []; // complete lines not yet taken
let wake;
(async () => { // always reading, so that we end when our parent does
  let buf = "";
  for await (const chunk of Deno.stdin.readable) {
    const parts = (buf + dec.decode(chunk, { stream: true })).split("\n");
    buf = parts.pop();
    ready.push(...parts);
    wake?.();
  }
  Deno.exit(0);
})();

async function line() {
  while (!ready.length) await new Promise((resolve) => { wake = resolve; });
  return ready.shift();
}

const { token, max_answer } = JSON.parse(await line()); // read before the worker exists

function send(text) {
  const bytes = enc.encode("\n" + token + text + "\n");
  for (let n = 0; n < bytes.length;) n += Deno.stdout.writeSync(bytes.subarray(n));
}

const worker = new Worker(new URL("./student.mjs", import.meta.url), { type: "module" });
let settle;
const answer = () => new Promise((resolve) => { settle = resolve; });
worker.onmessage = ({ data }) => { if (typeof data === "string") settle?.(data); };
worker.onerror = (event) => { event.preventDefault(); settle?.('{"stopped":"the sandbox stopped"}'); };
send(await answer()); // "ready"
for (;;) {
  const request = await line();
  const reply = answer();
  worker.postMessage(request);
  const text = await reply;
  send(text.length <= max_answer && !/[\r\n]/.test(text) ? text : '{"stopped":"the answer is too large"}');
}
