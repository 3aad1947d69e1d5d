/* Lighthouse on the built book, as a phone on a slow network sees it: a table of what each page got.

     make audit                                    every page, three runs, the median of each number
     make audit AUDITED='book/cost book/index' RUNS=1

   A report, not a test: the scores vary with what else the machine does. */

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { gzipSync } from "node:zlib";

import * as chromeLauncher from "chrome-launcher";
import lighthouse from "lighthouse";

const ROOT = path.resolve(import.meta.dirname, "..");
const SITE = path.join(ROOT, "_build", "html");
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const TEXT = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json" };

/** The book as a plain static server sends it: text compressed, kept for ten minutes. */
function serve() {
  const server = http.createServer(async (request, response) => {
    const file = path.join(SITE, decodeURIComponent(new URL(request.url, "http://x").pathname));
    try {
      const body = await readFile(file);
      const type = TEXT[path.extname(file)];
      response.writeHead(200, {
        "Cache-Control": "max-age=600",
        ...(type && { "Content-Type": `${type}; charset=utf-8`, "Content-Encoding": "gzip" }),
      });
      response.end(type ? gzipSync(body) : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** The numbers of one run. */
function numbersOf({ categories, audits }) {
  return [
    ...CATEGORIES.map((name) => 100 * categories[name].score),
    audits["total-byte-weight"].numericValue / 1000,
    audits["network-requests"].details.items.length,
    audits["largest-contentful-paint"].numericValue / 1000,
    audits["total-blocking-time"].numericValue,
  ];
}

/** What is below 100 in the categories that do not depend on speed. */
function failuresOf({ categories, audits }) {
  return CATEGORIES.slice(1).flatMap((name) =>
    categories[name].auditRefs
      .map(({ id, weight }) => ({ ...audits[id], weight }))
      .filter(({ weight, score }) => weight > 0 && score !== null && score < 1)
      .map(({ id, details }) => [id, ...(details?.items ?? []).slice(0, 2).map(
        (item) => item.node?.selector ?? item.description ?? "")].join(" ")),
  );
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

const toc = await readFile(path.join(ROOT, "_toc.yml"), "utf8");
const all = [...toc.matchAll(/(?:file|root): (\S+)/g)].map((match) => match[1]);
const pages = process.env.AUDITED ? process.env.AUDITED.split(/\s+/) : all;
const runs = Number(process.env.RUNS || 3);

const server = await serve();
const chrome = await chromeLauncher.launch({
  chromePath: process.env.CHROMIUM || which("chromium", "chromium-browser", "google-chrome"),
  chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});

function which(...names) {
  for (const name of names) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      continue;
    }
  }
  throw new Error(`no Chromium: expected one of ${names.join(", ")}, or its path in CHROMIUM`);
}

const width = Math.max(...pages.map((name) => name.length));
const row = (name, cells) => console.log(name.padEnd(width), ...cells.map((c) => String(c).padStart(6)));
row("page", ["perf", "access", "best", "SEO", "kB", "files", "LCP s", "TBT ms"]);
for (const page of pages) {
  const results = [];
  for (let run = 0; run < runs; run++) {
    const address = `http://127.0.0.1:${server.address().port}/${page}.html`;
    results.push((await lighthouse(address, { port: chrome.port, onlyCategories: CATEGORIES })).lhr);
  }
  const columns = results.map(numbersOf);
  const medians = columns[0].map((_, index) => median(columns.map((numbers) => numbers[index])));
  row(page, medians.map((value, index) => (index === 6 ? value.toFixed(1) : Math.round(value))));
  for (const failure of failuresOf(results[0])) console.log(`    ${failure}`);
}
await chrome.kill();
server.close();
