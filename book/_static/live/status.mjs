/** What Python does just now, at the lower edge of the window, and in words for a screen reader. */

const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

export class Status {
  #box = document.createElement("div");
  #text = document.createElement("span");
  #clock = document.createElement("span");
  #meter = document.createElement("progress");
  #spoken = document.createElement("p");
  #stop = document.createElement("button");
  #close = document.createElement("button");
  #timer = null;
  #step = "";

  /** @param {() => void} onStop */
  constructor(onStop) {
    this.#box.className = "live-status";
    this.#box.setAttribute("role", "region");
    this.#box.setAttribute("aria-label", "Python in this page");
    this.#clock.className = "live-clock";
    this.#meter.setAttribute("aria-label", "Loaded");
    this.#spoken.className = "live-spoken";
    this.#spoken.setAttribute("role", "status");
    Object.assign(this.#stop, { type: "button", textContent: "Stop", onclick: onStop });
    Object.assign(this.#close, { type: "button", textContent: "Close" });
    this.#close.onclick = () => this.#box.toggleAttribute("hidden", true);
    this.#box.append(this.#text, this.#clock, this.#meter, this.#stop, this.#close);
    document.querySelector("article").append(this.#box, this.#spoken);
  }

  /** Show a sentence and have it read out. */
  say(sentence) {
    this.#box.hidden = false;
    this.#text.textContent = sentence;
    this.#spoken.textContent = sentence;
  }

  starting() {
    this.#begin();
    this.#meter.hidden = false;
    this.progress({ step: "Loading Python" });
  }

  /** @param {{step?: string, loaded?: number, of?: number}} progress - as the worker sends it */
  progress({ step, loaded, of }) {
    if (step) {
      this.#step = step;
      this.say(`${step} …`);
    } else {
      this.#meter.max = of;
      this.#meter.value = loaded;
      this.#text.textContent = `${this.#step}: ${megabytes(loaded)} of ${megabytes(of)} MB`;
    }
  }

  /** A cell begins; `done` of `all` cells are behind it. */
  running({ name }, { done, all }) {
    this.#begin();
    this.#meter.hidden = true;
    this.#text.textContent = `Running ${name}${all > 1 ? ` (${done + 1} of ${all})` : ""}`;
    if (done === 0) this.#spoken.textContent = this.#text.textContent;
  }

  done(sentence) {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#clock.textContent = "";
    this.#meter.hidden = true;
    this.#stop.hidden = true;
    this.#close.hidden = false;
    this.say(sentence);
  }

  #begin() {
    this.#box.hidden = false;
    this.#stop.hidden = false;
    this.#close.hidden = true;
    clearInterval(this.#timer);
    const began = Date.now();
    const tick = () => {
      const passed = Math.floor((Date.now() - began) / 1000);
      this.#clock.textContent = passed ? `${passed} s` : "";
    };
    tick();
    this.#timer = setInterval(tick, 1000);
  }
}
