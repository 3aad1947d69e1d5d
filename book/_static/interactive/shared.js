// What the three figures share: making elements, writing numbers, controls, axes, dragging.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** An HTML element; an attribute "onclick" is a listener. */
export const html = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** An SVG element. */
export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

/**
 * Write a number with so many significant digits, as the printed figures do
 * (backprop.figures.style.number).
 */
export function number(x, digits = 4) {
  if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? "−∞" : "?";
  const rounded = Number(x.toPrecision(digits));
  if (rounded === 0) return "0";
  const [mantissa, power] = rounded.toExponential(digits - 1).split("e");
  let text = String(rounded);
  if (power < -4 || power >= digits) {
    const places = String(Math.abs(power)).padStart(2, "0");
    text = `${Number(mantissa)}e${power < 0 ? "-" : "+"}${places}`;
  }
  return text.replaceAll("-", "−");
}

/** Show a number in an element; the unrounded one is kept beside it, in data-value. */
export function show(element, x, digits = 4) {
  element.textContent = number(x, digits);
  element.dataset.value = x;
  return element;
}

/**
 * A slider and a field for one number. The slider moves in steps, the field takes any number of
 * its range; what is not one is marked, changes nothing, and goes when the field is left.
 * @param {{name: string, label: string, min: number, max: number, step: number,
 *   range?: [number, number], change: (x: number) => void}} options
 *   `range`: what the field takes, where that is more than the slider has.
 */
export function control({ name, label, min, max, step, range = [min, max], change }) {
  const slider = html("input", { type: "range", min, max, step, "aria-label": `${label}, slider` });
  const field = html("input", {
    type: "number",
    name,
    min: range[0],
    max: range[1],
    step: "any",
    "aria-label": label,
    inputmode: "decimal",
  });
  let current;
  const set = (x) => {
    current = x;
    slider.value = x;
    if (document.activeElement !== field) field.value = Number(x.toPrecision(4));
    field.removeAttribute("aria-invalid");
  };
  slider.addEventListener("input", () => change(slider.valueAsNumber));
  field.addEventListener("input", () => {
    if (field.value !== "" && field.validity.valid) change(field.valueAsNumber);
    else field.setAttribute("aria-invalid", "true");
  });
  field.addEventListener("blur", () => set(current));
  const element = html(
    "div",
    { class: "control", "data-control": name },
    html("span", { class: "name", "aria-hidden": "true" }, label),
    slider,
    field,
  );
  return { element, set };
}

export const button = (label, click, attributes = {}) =>
  html("button", { type: "button", onclick: click, ...attributes }, label);

/** A table: the texts of its head, and the cells of each row. */
export const table = (head, rows) =>
  html(
    "table",
    {},
    html("thead", {}, html("tr", {}, ...head.map((text) => html("th", { scope: "col" }, text)))),
    html("tbody", {}, ...rows.map((cells) => html("tr", {}, ...cells))),
  );

/**
 * A region that a screen reader speaks. While a slider moves it waits, so that only the last
 * sentence is spoken. The first one is not: the reader has yet to come to the figure.
 */
export function announcer(place) {
  const region = html("p", { class: "spoken", role: "status" });
  place.append(region);
  let isFirst = true;
  let waiting;
  return (text) => {
    clearTimeout(waiting);
    if (!isFirst) waiting = setTimeout(() => (region.textContent = text), 400);
    isFirst = false;
  };
}

let planes = 0; // each clip path needs a name of its own

/**
 * Axes: an SVG with ticks and names, and a group `inside` that is cut off at the frame.
 * `x` and `y` turn data into places, `data` turns a place of the screen into data.
 */
export function plane({ label, xlim, ylim, xticks, yticks, xname, yname, ytext = number, title }) {
  const [width, height] = [340, 318];
  const [left, right, top, bottom] = [44, 332, 26, 278];
  const x = (u) => left + ((u - xlim[0]) / (xlim[1] - xlim[0])) * (right - left);
  const y = (v) => bottom - ((v - ylim[0]) / (ylim[1] - ylim[0])) * (bottom - top);
  const clip = `interactive-plane-${(planes += 1)}`;
  const inside = svg("g", { "clip-path": `url(#${clip})` });
  const over = svg("g"); // drawn on top of the frame, never cut
  const ticks = svg("g", { class: "ticks" });
  for (const u of xticks) {
    ticks.append(
      svg("path", { d: `M${x(u)} ${bottom}v4` }),
      svg("text", { x: x(u), y: bottom + 17, "text-anchor": "middle" }, number(u)),
    );
  }
  for (const v of yticks) {
    ticks.append(
      svg("path", { d: `M${left} ${y(v)}h-4` }),
      svg("text", { x: left - 7, y: y(v) + 4, "text-anchor": "end" }, ytext(v)),
    );
  }
  const element = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label, class: "plane" },
    svg(
      "clipPath",
      { id: clip },
      svg("rect", { x: left, y: top, width: right - left, height: bottom - top }),
    ),
    inside,
    svg("path", { d: `M${left} ${top}V${bottom}H${right}`, class: "frame" }),
    ticks,
    svg("text", { x: left, y: 15, class: "title" }, title),
    svg("text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, xname),
    svg(
      "text",
      { transform: `translate(11 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" },
      yname,
    ),
    over,
  );
  const data = (event) => {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      element.getScreenCTM().inverse(),
    );
    const share = [(place.x - left) / (right - left), (bottom - place.y) / (bottom - top)];
    return [xlim[0] + share[0] * (xlim[1] - xlim[0]), ylim[0] + share[1] * (ylim[1] - ylim[0])];
  };
  return { element, inside, over, x, y, data };
}

/** While `handle` is dragged, by mouse, pen or finger, call `move` with the data below the pointer. */
export function draggable(handle, data, move) {
  handle.classList.add("handle");
  // A finger that drags a handle does not scroll the page; touch-action does not reach into an SVG.
  handle.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // no selection of text
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) move(data(event));
  });
}
