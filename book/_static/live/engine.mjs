/**
 * Runs the cells of a page, in the order of the page, and says what happens.
 *
 * As in a notebook the cells share their names. A cell that is run before those above it runs them
 * first. One cell runs at a time; the others wait.
 */
import { Answer, Cell } from "./cells.mjs";
import { Python, Stopped } from "./python.mjs";
import { Status } from "./status.mjs";

/** "Cells 1 to 4 and 7": numbers in a row as a person says them. */
function inWords(cells) {
  const spans = [];
  for (const { number } of cells) {
    const last = spans.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else spans.push([number, number]);
  }
  const words = spans.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  const list = words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words[0];
  return `${cells.length > 1 ? "Cells" : "Cell"} ${list}`;
}

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** How an answer was found; all else that did not end well is an error. */
const VERDICTS = { right: "is right", wrong: "is not right yet" };

export class Engine {
  #what;
  #cells;
  #answers = new Map();
  #python = null;
  #queue = [];
  #busy = false;
  #older = [];
  #status;

  /**
   * @param {HTMLElement} bar - what the build put below the title
   * @param {HTMLElement[]} cells
   */
  constructor(bar, cells) {
    const { parts, folder, version } = bar.dataset;
    this.#what = { parts: parts.split(" "), folder, version };
    this.#cells = cells.map((cell, index) => new Cell(cell, index));
    this.#status = new Status(() => this.stop());
    for (const exercise of document.querySelectorAll("article [data-check]"))
      this.#answers.set(exercise.dataset.check, new Answer(exercise));
  }

  runAll() {
    this.#enqueue(this.#cells);
  }

  run(index) {
    const cell = this.#cells[index];
    const before = this.#cells.slice(0, index).filter((other) => !other.ran);
    if (before.length && !this.#busy)
      this.#status.say(`${inWords(before)} first: ${cell.name} may need what they define.`);
    this.#enqueue([...before, cell]);
  }

  edit(index) {
    this.#cells[index].edit(() => this.run(index)).catch((error) => this.#noEditor(error));
  }

  reset(index) {
    const cell = this.#cells[index];
    if (cell.edited && cell.ran) {
      cell.ran = false;
      this.#status.say(`${capital(cell.name)} is as it was, but Python has what yours defined.`);
    }
    cell.reset();
  }

  answer(label) {
    const answer = this.#answers.get(label);
    answer.write(() => this.check(label)).catch((error) => this.#noEditor(error));
  }

  /** Check an answer; the first cell, which imports, comes before. */
  check(label) {
    this.#enqueue([...this.#cells.slice(0, 1).filter((cell) => !cell.ran), this.#answers.get(label)]);
  }

  stop() {
    this.#python?.stop();
  }

  #noEditor({ message }) {
    this.#status.say(`The editor cannot be loaded: ${message}.`);
  }

  #enqueue(cells) {
    this.#queue.push(...cells.filter((cell) => !this.#queue.includes(cell)));
    for (const cell of this.#queue) cell.note.textContent = "waits";
    if (!this.#busy) this.#drain();
  }

  async #drain() {
    this.#busy = true;
    const began = performance.now();
    let done = 0;
    try {
      await this.#start();
      while (this.#queue.length) {
        const cell = this.#queue.shift();
        this.#status.running(cell, { done, all: done + this.#queue.length + 1 });
        const end = await this.#runOne(cell);
        done += 1;
        if (end === "done" || (end === "names" && this.#addCellsBefore(cell))) continue;
        const after = this.#queue.length ? " The cells after it did not run." : "";
        const verdict = VERDICTS[end] ?? "ended with an error";
        return this.#status.done(`${capital(cell.name)} ${verdict}.${after}`);
      }
      const cells = done > 1 ? `${done} cells` : "The cell";
      this.#status.done(`${cells} ran in ${seconds(began)} s.${this.#outdated()}`);
    } catch (error) {
      this.#lost(error);
    } finally {
      for (const cell of this.#queue.splice(0)) cell.note.textContent = "";
      this.#busy = false;
    }
  }

  /** An answer uses a name that is not there: the page's cells above may define it. */
  #addCellsBefore(answer) {
    const above = this.#cells.filter(
      (cell) =>
        !cell.ran &&
        !cell.inSolution &&
        cell.element.compareDocumentPosition(answer.element) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    if (above.length) this.#queue.unshift(...above, answer);
    return above.length > 0;
  }

  async #start() {
    if (!this.#python) {
      this.#status.starting();
      this.#python = new Python(this.#what, (progress) => this.#status.progress(progress));
    }
    await this.#python.ready;
  }

  /** Run a cell or an answer; returns how it ended. */
  async #runOne(cell) {
    const began = performance.now();
    const { message } = cell;
    cell.element.classList.add("live-running");
    cell.note.textContent = "runs";
    cell.offer("stop", "Stop");
    cell.outputs.begin();
    try {
      const end = await this.#python.run(message, (output) => cell.outputs.add(output));
      cell.note.textContent = end === "done" ? `ran in ${seconds(began)} s` : "";
      if (cell instanceof Cell) {
        cell.offer("reset", "Reset");
        cell.ran = end === "done" && message.source === cell.source;
        if (cell.edited) this.#older = this.#cells.slice(cell.number).filter(({ ran }) => ran);
      }
      return end;
    } catch (error) {
      cell.note.textContent = "stopped";
      throw error;
    } finally {
      cell.outputs.end();
      cell.withdraw("stop");
      cell.element.classList.remove("live-running");
    }
  }

  /** A sentence about cells that ran before one above them was changed. */
  #outdated() {
    const older = this.#older.splice(0).filter(({ ran }) => ran);
    return older.length ? ` ${inWords(older)} ran before this change.` : "";
  }

  /** Python is gone: stopped by the reader, or it failed. */
  #lost(error) {
    for (const cell of this.#cells) cell.ran = false;
    this.#python?.stop();
    this.#python = null;
    this.#status.done(
      error instanceof Stopped
        ? "Stopped. What the cells had computed is lost; the next run starts from the first cell."
        : `Python stopped by itself: ${error.message}. The next run starts it again.`,
    );
  }
}
