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
  const { action, cell } = pressed.closest("[data-cell]")
    ? { action: pressed.dataset.action, cell: Number(pressed.closest("[data-cell]").dataset.cell) }
    : pressed.dataset;
  (await attach())[action](cell);
});

cells.forEach((cell, index) => {
  const tools = document.createElement("div");
  tools.className = "live-tools";
  tools.dataset.cell = index;
  tools.append(
    button("run", "Run", `Run cell ${index + 1}`),
    button("edit", "Edit", `Edit cell ${index + 1}`),
  );
  cell.querySelector(".cell_input").append(tools);
});

const note = document.createElement("span");
note.textContent = `Python runs in this page. The first run loads ${bar.dataset.megabytes} MB.`;
bar.append(button("runAll", "Run this page"), note);
