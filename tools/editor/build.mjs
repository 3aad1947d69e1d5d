// Writes book/_static/live/codemirror.mjs, which is committed, so that the book needs no npm:
// one minified file that begins with the name, version and license of every package in it.
// In this folder: npm ci && npm run build. The same package-lock.json gives the same bytes.
import {readFile, writeFile} from "node:fs/promises";
import {build} from "esbuild";

const {metafile, outputFiles} = await build({
  entryPoints: ["codemirror.mjs"],
  bundle: true,
  format: "esm",
  legalComments: "none", // the licenses stand in the header, each once
  metafile: true,
  minify: true,
  target: "es2022",
  write: false,
});

const packages = new Set(
  Object.keys(metafile.inputs).map((path) => path.match(/^node_modules\/((@[^/]+\/)?[^/]+)/)?.[1]),
);
packages.delete(undefined); // the entry itself
const byLicense = new Map();
for (const name of [...packages].sort()) {
  const read = (file) => readFile(`node_modules/${name}/${file}`, "utf8");
  const license = (await read("LICENSE")).trim().replace(/^MIT License\s+/, "");
  const {version} = JSON.parse(await read("package.json"));
  byLicense.set(license, [...(byLicense.get(license) ?? []), `${name}@${version}`]);
}
const licenses = [...byLicense].map(([license, names]) => `${names.join("\n")}\n\n${license}`);
const title = "Made by tools/editor/build.mjs from these packages, under the MIT license:";
const header = `/*! ${[title, ...licenses].join("\n\n")}\n*/\n`;
await writeFile("../../book/_static/live/codemirror.mjs", header + outputFiles[0].text);
