/**
 * The buttons of a page whose cells run in it. What does the work, and Python, is loaded when a
 * button is first pressed.
 */
const bar = document.querySelector("div.live");
const cells = [...document.querySelectorAll("article div.cell")].filter((cell) =>
  cell.querySelector(".cell_input pre"),
);

/**
 * @param {string} action - a method of the engine
 * @param {string} text
 * @param {string} [label] - the name for a screen reader; begins with the text
 */
export function button(action, text, label = text) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "live-button", textContent: text });
  made.dataset.action = action;
  made.setAttribute("aria-label", label);
  return made;
}

let engine;
const attach = () =>
  (engine ??= import("./engine.mjs").then(({ Engine }) => new Engine(bar, cells)));

document.querySelector("article").addEventListener("click", async (event) => {
  const pressed = event.target.closest(".live-button");
  if (!pressed) return;
  const { cell, label } = pressed.closest(".live-tools")?.dataset ?? {};
  (await attach())[pressed.dataset.action](label ?? Number(cell));
});

/** @param {HTMLElement} place - gets a row of buttons as its last child */
function addTools(place, data, ...buttons) {
  const tools = document.createElement("div");
  tools.className = "live-tools";
  Object.assign(tools.dataset, data);
  tools.append(...buttons);
  place.append(tools);
}

cells.forEach((cell, index) => {
  const run = button("run", "Run", `Run cell ${index + 1}`);
  const edit = button("edit", "Edit", `Edit cell ${index + 1}`);
  addTools(cell.querySelector(".cell_input"), { cell: index }, run, edit);
});

for (const exercise of document.querySelectorAll("article [data-check]")) {
  const answer = button("answer", "Write an answer and have it checked");
  addTools(exercise, { label: exercise.dataset.check }, answer);
}

const note = document.createElement("span");
note.textContent = `Python runs in this page. The first run loads ${bar.dataset.megabytes} MB.`;
bar.append(button("runAll", "Run this page"), note);
