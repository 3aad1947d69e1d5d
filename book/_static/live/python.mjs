/** Python in a worker, as the page sees it. */

/** What `run` throws when Python was stopped meanwhile. */
export class Stopped extends Error {}

export class Python {
  #worker;
  #running = null;
  #started = Promise.withResolvers();

  /**
   * @param {{parts: string[], folder: string}} what - the parts of live/ to load, and the folder
   *   below the course's in which the cells run
   * @param {(progress: {step?: string, loaded?: number, of?: number}) => void} onProgress
   */
  constructor(what, onProgress) {
    this.#started.promise.catch(() => {}); // whoever waits for it hears of it
    this.#worker = new Worker(new URL("../../live/worker.mjs", import.meta.url), { type: "module" });
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
    this.#worker.terminate();
    this.#fail(new Stopped());
  }

  #fail(error) {
    this.#started.reject(error);
    this.#running?.reject(error);
  }
}
