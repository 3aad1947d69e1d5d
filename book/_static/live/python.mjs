/** Python in a worker, as the page sees it. */

const LIVE = new URL("../../live/", import.meta.url);

/** Start what keeps the files of live/; without it they are loaded each time. */
async function keepFiles(version) {
  const address = new URL(`offline.js?version=${version}`, LIVE);
  const { installing, waiting } = await navigator.serviceWorker.register(address);
  const starting = installing ?? waiting;
  if (!starting) return;
  await new Promise((resolve) => {
    starting.onstatechange = () => ["activated", "redundant"].includes(starting.state) && resolve();
  });
}

/** What `run` throws when Python was stopped meanwhile. */
export class Stopped extends Error {}

export class Python {
  #worker = null;
  #stopped = false;
  #running = null;
  #started = Promise.withResolvers();

  /**
   * @param {{parts: string[], folder: string, version: string}} what - the parts of live/ to load,
   *   the folder below the course's in which the cells run, and the version of live/
   * @param {(progress: {step?: string, loaded?: number, of?: number}) => void} onProgress
   */
  constructor(what, onProgress) {
    this.#started.promise.catch(() => {}); // whoever waits for it hears of it
    this.#start(what, onProgress);
  }

  async #start(what, onProgress) {
    // A private window or a page without https has no service workers, and some browsers say so late.
    if (navigator.serviceWorker) await keepFiles(what.version).catch(console.info);
    if (this.#stopped) return;
    this.#worker = new Worker(new URL("worker.mjs", LIVE), { type: "module" });
    this.#worker.onerror = (event) => this.#fail(new Error(event.message ?? "the worker failed"));
    this.#worker.onmessage = ({ data }) => {
      if (data.failed) this.#fail(new Error(data.failed));
      else if (data.ready) this.#started.resolve();
      else if (data.output) this.#running?.onOutput(data.output);
      else if (data.ended) this.#running?.resolve(data.ended);
      else onProgress(data);
    };
    this.#worker.postMessage({ start: what });
  }

  /** Resolves when cells can run. */
  get ready() {
    return this.#started.promise;
  }

  /**
   * Run one cell, or an answer to an exercise; what ran before must have ended.
   *
   * @param {{source: string, number?: number, label?: string}} cell
   * @param {(output: {kind: string, name?: string, text: string}) => void} onOutput
   * @returns {Promise<string>} how it ended: what cells.py returns
   */
  run(cell, onOutput) {
    const { promise, resolve, reject } = Promise.withResolvers();
    this.#running = { onOutput, resolve, reject };
    this.#worker.postMessage(cell);
    return promise;
  }

  /** End Python, whatever it does; all that it had computed is lost. */
  stop() {
    this.#stopped = true;
    this.#worker?.terminate();
    this.#fail(new Stopped());
  }

  #fail(error) {
    this.#started.reject(error);
    this.#running?.reject(error);
  }
}
