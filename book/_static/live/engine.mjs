/**
 * Runs the cells of a page, in the order of the page, and says what happens.
 *
 * As in a notebook the cells share their names. A cell that is run before those above it runs them
 * first. One cell runs at a time; the others wait.
 */
import { button } from "./live.mjs";
import { Outputs } from "./outputs.mjs";
import { Python, Stopped } from "./python.mjs";
import { Status } from "./status.mjs";

/** A cell of the page: its source, stored or edited, and its outputs. */
class Cell {
  ran = false; // with the source it has now, in the Python of now
  #editor = null;

  constructor(element, index) {
    this.element = element;
    this.number = index + 1;
    this.tools = element.querySelector(".live-tools");
    this.code = element.querySelector(".cell_input > div[class*=highlight-]");
    this.stored = this.code.querySelector("pre").textContent.trimEnd();
    this.outputs = new Outputs(element);
    this.note = document.createElement("span");
    this.note.className = "live-note";
    this.tools.append(this.note);
  }

  get source() {
    return this.#editor?.value() ?? this.stored;
  }

  get edited() {
    return this.source.trimEnd() !== this.stored;
  }

  tool(action) {
    return this.tools.querySelector(`[data-action=${action}]`);
  }

  /** Add a button, once. */
  offer(action, text) {
    if (!this.tool(action)) this.note.before(button(action, text, `${text} cell ${this.number}`));
  }

  async edit(onRun) {
    if (!this.#editor) {
      const { open } = await import("./editor.mjs");
      const host = document.createElement("div");
      this.code.after(host);
      this.code.hidden = true;
      this.#editor = await open(host, this.stored, { label: `Code of cell ${this.number}`, onRun });
      this.host = host;
      this.offer("reset", "Reset");
    }
    this.#editor.focus();
  }

  reset() {
    this.#editor?.close();
    this.host?.remove();
    this.#editor = null;
    this.code.hidden = false;
    this.outputs.reset();
    this.note.textContent = "";
    this.tool("reset")?.remove();
    this.tool("run").focus();
  }
}

/** "1 to 4 and 7": numbers in a row as a person says them. */
function inWords(numbers) {
  const spans = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else spans.push([number, number]);
  }
  const words = spans.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words[0];
}

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);

export class Engine {
  #what;
  #cells;
  #python = null;
  #queue = [];
  #busy = false;
  #status;

  constructor(bar, cells) {
    this.#what = { parts: bar.dataset.parts.split(" "), folder: bar.dataset.folder };
    this.#cells = cells.map((cell, index) => new Cell(cell, index));
    this.#status = new Status(() => this.stop());
  }

  runAll() {
    this.#enqueue(this.#cells);
  }

  run(index) {
    const cell = this.#cells[index];
    const before = this.#cells.slice(0, index).filter((other) => !other.ran);
    const first = before.map(({ number }) => number);
    if (first.length && !this.#busy) {
      const cells = first.length > 1 ? "Cells" : "Cell";
      this.#status.say(`${cells} ${inWords(first)} first: cell ${cell.number} may need them.`);
    }
    this.#enqueue([...before, cell]);
  }

  edit(index) {
    this.#cells[index].edit(() => this.run(index));
  }

  reset(index) {
    const cell = this.#cells[index];
    if (cell.edited && cell.ran) {
      cell.ran = false;
      this.#status.say(`Cell ${cell.number} is as it was. Python still has what your version made.`);
    }
    cell.reset();
  }

  stop() {
    this.#python?.stop();
  }

  #enqueue(cells) {
    this.#queue.push(...cells.filter((cell) => !this.#queue.includes(cell)));
    for (const cell of this.#queue) cell.note.textContent = "waits";
    if (!this.#busy) this.#drain();
  }

  async #drain() {
    this.#busy = true;
    const began = performance.now();
    const count = { done: 0, all: 0 };
    try {
      await this.#start();
      while (this.#queue.length) {
        count.all = count.done + this.#queue.length;
        const cell = this.#queue.shift();
        this.#status.running(cell, count);
        if (!(await this.#runOne(cell))) {
          const after = this.#queue.length ? " The cells after it did not run." : "";
          this.#status.done(`Cell ${cell.number} ended with an error.${after}`);
          return;
        }
        count.done += 1;
      }
      const cells = count.done > 1 ? `${count.done} cells` : "The cell";
      this.#status.done(`${cells} ran in ${seconds(began)} s.${this.#outdated()}`);
    } catch (error) {
      this.#lost(error);
    } finally {
      for (const cell of this.#queue.splice(0)) cell.note.textContent = "";
      this.#busy = false;
    }
  }

  async #start() {
    if (!this.#python) {
      this.#status.starting();
      this.#python = new Python(this.#what, (progress) => this.#status.progress(progress));
    }
    await this.#python.ready;
  }

  async #runOne(cell) {
    const began = performance.now();
    const later = this.#cells.slice(cell.number).filter((other) => other.ran);
    const { source } = cell;
    cell.element.classList.add("live-running");
    cell.note.textContent = "runs";
    cell.offer("stop", "Stop");
    cell.offer("reset", "Reset");
    cell.outputs.begin();
    try {
      const ok = await this.#python.run({ number: cell.number, source }, (output) =>
        cell.outputs.add(output),
      );
      cell.ran = ok && source === cell.source;
      cell.note.textContent = ok ? `ran in ${seconds(began)} s` : "error";
      if (source.trimEnd() !== cell.stored) this.#older = later;
      return ok;
    } catch (error) {
      cell.note.textContent = "stopped";
      throw error;
    } finally {
      cell.outputs.end();
      cell.tool("stop")?.remove();
      cell.element.classList.remove("live-running");
    }
  }

  #older = [];
  /** A sentence about cells that ran before one above them was changed. */
  #outdated() {
    const older = this.#older.filter((cell) => cell.ran).map(({ number }) => number);
    this.#older = [];
    if (!older.length) return "";
    return ` Below it, ${inWords(older)} ran before the change.`;
  }

  /** Python is gone: stopped by the reader, or it failed. */
  #lost(error) {
    for (const cell of this.#cells) cell.ran = false;
    this.#python = null;
    this.#status.done(
      error instanceof Stopped
        ? "Stopped. What the cells had computed is lost; the next run starts from the first cell."
        : `Python stopped by itself: ${error.message}. The next run starts it again.`,
    );
  }
}
