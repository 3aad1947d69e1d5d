/** What can be run on a page: its cells, and answers to its exercises. */
import { button } from "./live.mjs";
import { Outputs } from "./outputs.mjs";

/** Source in an editor, buttons, and outputs. */
class Runnable {
  editor = null;

  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} tools - its row of buttons
   * @param {string} name - "cell 3", in sentences and in the buttons' names for a screen reader
   */
  constructor(element, tools, name) {
    Object.assign(this, { element, tools, name, outputs: new Outputs(element) });
    this.note = document.createElement("span");
    this.note.className = "live-note";
    this.tools.append(this.note);
  }

  tool(action) {
    return this.tools.querySelector(`[data-action=${action}]`);
  }

  /** Add a button, once. */
  offer(action, text) {
    if (!this.tool(action)) this.note.before(button(action, text, `${text} ${this.name}`));
  }

  withdraw(action) {
    this.tool(action)?.remove();
  }

  async openEditor(host, source, onRun) {
    const { open } = await import("./editor.mjs");
    this.editor = await open(host, source, { label: `Code of ${this.name}`, onRun });
  }
}

/** A cell of the page: its stored source, or what the reader makes of it. */
export class Cell extends Runnable {
  ran = false; // with the source it has now, in the Python of now
  #host = null;

  constructor(element, index) {
    super(element, element.querySelector(".live-tools"), `cell ${index + 1}`);
    this.number = index + 1;
    this.code = element.querySelector(".cell_input > div[class*=highlight-]");
    this.stored = this.code.querySelector("pre").textContent.trimEnd();
    this.inSolution = element.closest(".solution") !== null;
  }

  get source() {
    return this.editor?.value() ?? this.stored;
  }

  get edited() {
    return this.source.trimEnd() !== this.stored;
  }

  get message() {
    return { source: this.source, number: this.number };
  }

  async edit(onRun) {
    if (!this.#host) {
      this.#host = document.createElement("div");
      this.#host.className = "live-editor";
      this.code.after(this.#host);
      try {
        await this.openEditor(this.#host, this.stored, onRun);
      } catch (error) {
        this.#host.remove();
        this.#host = null;
        throw error;
      }
      this.code.hidden = true;
      this.offer("reset", "Reset");
    }
    this.editor?.focus();
  }

  reset() {
    this.editor?.close();
    this.editor = null;
    this.#host?.remove();
    this.#host = null;
    this.code.hidden = false;
    this.outputs.reset();
    this.note.textContent = "";
    this.tool("run").focus();
    this.withdraw("reset");
  }
}

/** An answer to an exercise that has a check. */
export class Answer extends Runnable {
  constructor(element) {
    super(element, element.querySelector(".live-tools"), "your answer");
    this.label = element.dataset.check;
  }

  get message() {
    return { source: this.editor.value(), label: this.label };
  }

  async write(onRun) {
    const host = document.createElement("div");
    host.className = "live-editor live-answer";
    this.tools.before(host);
    try {
      await this.openEditor(host, "", onRun);
    } catch (error) {
      host.remove();
      throw error;
    }
    this.withdraw("answer");
    this.offer("check", "Check");
    this.editor.focus();
  }
}
