/** What a cell shows, in the place and with the classes of its stored outputs. */

let katex;
/** KaTeX, which typeset the page when it was built, is loaded for the first formula of a cell. */
function loadKatex() {
  katex ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../katex/katex.min.js", import.meta.url);
    script.onload = () => resolve(window.katex);
    script.onerror = () => reject(new Error(`${script.src} cannot be loaded`));
    document.head.append(script);
  });
  return katex;
}

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** A block of text as the page's other outputs are; returns it and its `pre`. */
function textBlock(className) {
  const pre = document.createElement("pre");
  pre.tabIndex = 0; // it may scroll sideways
  const classes = `output ${className} highlight-myst-ansi notranslate`;
  return [element("div", classes, element("div", "highlight", pre)), pre];
}

/** A carriage return goes back to the line's begin: a progress bar is one line. */
const afterReturns = (text) => text.replace(/\r+\n/g, "\n").replace(/^.*\r(?=.)/gm, "");

export class Outputs {
  #cell;
  #stored;
  #place = null;
  #images = [];
  #urls = [];
  #stream = null;

  /** @param {HTMLElement} cell */
  constructor(cell) {
    this.#cell = cell;
    this.#stored = cell.querySelector(":scope > .cell_output");
  }

  /** Begin anew: what the cell showed before goes when the first output comes, or at the end. */
  begin() {
    this.#stream = null;
    this.#images = [...(this.#stored?.querySelectorAll("img") ?? [])];
    const old = this.#place ?? this.#stored;
    const place = element("div", "cell_output docutils container live-output");
    // The page does not jump while the cell runs.
    place.style.minHeight = old ? `${old.offsetHeight}px` : "";
    if (old) old.replaceWith(place);
    else this.#cell.append(place);
    this.#place = place;
    this.#urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  }

  /** @param {{kind: string, name?: string, text: string}} output - as the worker sends it */
  add({ kind, name, text }) {
    if (kind === "stream") return this.#addToStream(name, text);
    this.#stream = null;
    if (kind === "error") this.#addText("traceback", text);
    else if (kind === "verdict") this.#place.append(element("p", `live-verdict ${name}`, text));
    else if (name === "image/svg+xml") this.#addFigure(text);
    else if (name === "text/latex") this.#addFormula(text);
    else if (name === "text/html") {
      const block = element("div", "output text_html");
      block.innerHTML = text;
      this.#place.append(block);
    } else this.#addText("text_plain", text);
  }

  end() {
    this.#place.style.minHeight = "";
    if (!this.#place.hasChildNodes()) this.#place.hidden = true;
  }

  /** Show the stored outputs again. */
  reset() {
    if (!this.#place) return;
    if (this.#stored) this.#place.replaceWith(this.#stored);
    else this.#place.remove();
    this.#place = null;
  }

  #addText(className, text) {
    const [block, pre] = textBlock(className);
    pre.textContent = text;
    this.#place.append(block);
  }

  #addToStream(name, text) {
    if (this.#stream?.name !== name) {
      const [block, pre] = textBlock(name === "stderr" ? "stderr" : "stream");
      this.#place.append(block);
      this.#stream = { name, pre, text: "" };
    }
    const stream = this.#stream;
    stream.text += text;
    if (stream.text.includes("\r")) stream.pre.textContent = afterReturns(stream.text);
    else stream.pre.append(text);
  }

  #addFigure(svg) {
    const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    this.#urls.push(url);
    // The stored figure's frame, with its caption and its text for a screen reader.
    const stored = this.#images.shift();
    const frame = (stored?.closest("figure") ?? stored)?.cloneNode(true);
    const image = frame?.matches("img") ? frame : (frame?.querySelector("img") ?? new Image());
    for (const name of ["width", "height", "loading", "style"]) image.removeAttribute(name);
    image.alt ||= "A figure that this cell drew";
    image.src = `${url}#.svg`; // the end by which the dark theme knows a figure
    this.#place.append(frame ?? image);
  }

  async #addFormula(tex) {
    const block = element("div", "output text_latex math notranslate nohighlight", tex);
    this.#place.append(block);
    const formula = tex.replace(/^\$+|\$+$/g, "");
    (await loadKatex()).render(formula, block, { displayMode: true, throwOnError: false });
  }
}
