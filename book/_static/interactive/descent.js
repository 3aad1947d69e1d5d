// Chapter 2: gradient descent on the loss of one linear neuron, o = wx + b. Its loss is a quadratic
// in (w, b), so the theorem of the cliff holds exactly, from every start.

import {
  announcer,
  button,
  control,
  draggable,
  html,
  number,
  plane,
  show,
  svg,
  table,
} from "./shared.js";

// ---- The mathematics -------------------------------------------------------------------------

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** The mean over the samples of ½ (wx + b − y)². */
export const loss = ({ x, y }, [w, b]) => mean(x.map((xi, i) => (w * xi + b - y[i]) ** 2)) / 2;

/** (∂L/∂w, ∂L/∂b) */
export function gradient({ x, y }, [w, b]) {
  const errors = x.map((xi, i) => w * xi + b - y[i]);
  return [mean(errors.map((error, i) => error * x[i])), mean(errors)];
}

/** The points that descent visits, the start first. */
export function descend(data, start, eta, steps) {
  const path = [start];
  for (let t = 0; t < steps; t += 1) {
    const [w, b] = path[t];
    const [dw, db] = gradient(data, path[t]);
    path.push([w - eta * dw, b - eta * db]);
  }
  return path;
}

/** The minimum, and the two axes of the valley: curvature λ and direction, the flat one first. */
export function valley({ x, y }) {
  const [xx, x1, xy, y1] = [
    mean(x.map((xi) => xi * xi)),
    mean(x),
    mean(x.map((xi, i) => xi * y[i])),
    mean(y),
  ];
  const determinant = xx - x1 * x1; // of the Hessian (xx x1 / x1 1)
  const minimum = [(xy - x1 * y1) / determinant, (xx * y1 - x1 * xy) / determinant];
  const spread = Math.hypot((xx - 1) / 2, x1);
  const axes = [-spread, spread].map((half) => {
    const lambda = (xx + 1) / 2 + half;
    const length = Math.hypot(x1, lambda - xx);
    return { lambda, direction: [x1 / length, (lambda - xx) / length] };
  });
  return { minimum, axes };
}

/** The part of the error along an axis. */
export const component = ([u, v], [w, b], [w0, b0]) => u * (w - w0) + v * (b - b0);

/**
 * What the theorem says of a start and a learning rate. Along an axis the error is multiplied by
 * 1 − ηλ in each step; an axis on which there is no error has no say.
 * @returns {"rests" | "creeps" | "jumps" | "keeps" | "diverges"} converging without a change of
 *   sign, converging with one, keeping its distance, diverging
 */
export function verdict({ minimum, axes }, start, eta) {
  const cliffs = axes
    .filter(({ direction }) => component(direction, start, minimum) !== 0)
    .map(({ lambda }) => 2 / lambda);
  if (cliffs.length === 0) return "rests";
  const cliff = Math.min(...cliffs);
  if (eta > cliff) return "diverges";
  if (eta === cliff) return "keeps";
  return eta > cliff / 2 ? "jumps" : "creeps";
}

// ---- The picture -----------------------------------------------------------------------------

const SAYS = {
  rests: "stays: the start is the minimum, where the gradient is 0.",
  creeps: "converges, without a jump over the valley.",
  jumps: "converges, and jumps over the valley in every step.",
  keeps: "does not converge: it jumps over the valley forever, and the jumps keep their length.",
  diverges: "diverges: each jump over the valley is longer than the one before.",
};

const LUCKY =
  "converges all the same, if nothing is rounded: this start has no error across the valley.";

const MOST = 40; // steps
const POWERS = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶"];
const power = (k) => (k === 0 ? "1" : `10${k < 0 ? "⁻" : ""}${POWERS[Math.abs(k)]}`);

function effect(factor) {
  const size = Math.abs(factor);
  const sign = factor < 0 ? ", changes its sign" : "";
  if (size === 0) return "is gone after one step";
  return (size < 1 ? "shrinks" : size === 1 ? "keeps its length" : "grows") + sign;
}

export default function draw(place, settings) {
  const state = { start: settings.start, eta: settings.eta, steps: settings.steps };
  const shape = valley(settings);
  const { minimum, axes } = shape;
  const lowest = loss(settings, minimum);
  const cliff = 2 / axes[1].lambda;

  const map = plane({
    label: "The loss over w and b",
    xlim: settings.xlim,
    ylim: settings.ylim,
    title: "the valley",
    xticks: [0, 1, 2, 3],
    yticks: [-1, 0, 1, 2],
    xname: "w",
    yname: "b",
  });
  const curve = plane({
    label: "The loss at each step",
    xlim: [0, MOST],
    ylim: [-6, 3],
    title: "the loss above its minimum",
    xticks: [0, 10, 20, 30, 40],
    yticks: [-6, -3, 0, 3],
    ytext: power,
    xname: "step t",
    yname: `L − ${number(lowest)}`,
  });

  const at = ([w, b]) => `${map.x(w).toFixed(2)},${map.y(b).toFixed(2)}`;
  const [m, n] = minimum;
  const [flat, steep] = axes.map(({ direction }) => direction);
  for (const level of [...settings.levels].reverse()) {
    const [a, c] = axes.map(({ lambda }) => Math.sqrt((2 * (level - lowest)) / lambda));
    const points = Array.from({ length: 120 }, (_, k) => {
      const [u, v] = [a * Math.cos((k * Math.PI) / 60), c * Math.sin((k * Math.PI) / 60)];
      return at([m + u * flat[0] + v * steep[0], n + u * flat[1] + v * steep[1]]);
    });
    map.inside.append(svg("polygon", { points: points.join(" "), class: "level" }));
  }
  for (const [u, v] of [flat, steep]) {
    const ends = [-6, 6].map((t) => at([m + t * u, n + t * v]));
    map.inside.append(svg("path", { d: `M${ends[0]}L${ends[1]}`, class: "axis" }));
  }
  const [crossX, crossY] = [map.x(m), map.y(n)];
  const path = svg("polyline", { class: "path" });
  const dots = svg("g");
  map.inside.append(
    svg("path", { d: `M${crossX - 5} ${crossY - 5}l10 10m0 -10l-10 10`, class: "cross" }),
    path,
    dots,
  );
  const handle = svg(
    "g",
    { class: "start", tabindex: 0, role: "slider", "aria-label": "start of the descent, w and b" },
    svg("circle", { r: 22, class: "area" }),
    svg("circle", { r: 8, class: "seen" }),
  );
  map.over.append(handle);
  const line = svg("polyline", { class: "curve" });
  const beads = svg("g");
  curve.inside.append(line, beads);

  const clamp = (x, [low, high]) => Math.max(low, Math.min(high, Math.round(x * 100) / 100));
  const moveTo = ([w, b]) => {
    state.start = [clamp(w, settings.xlim), clamp(b, settings.ylim)];
    update();
  };
  draggable(handle, map.data, moveTo);
  handle.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    const size = event.shiftKey ? 0.01 : 0.1;
    moveTo([state.start[0] + size * way[0], state.start[1] + size * way[1]]);
  });

  const change = (key) => (x) => {
    state[key] = x;
    update();
  };
  const coordinate = (index) => (x) => {
    state.start = state.start.with(index, x);
    update();
  };
  const eta = control({
    name: "eta",
    label: "η",
    min: 0.01,
    max: 0.8,
    step: 0.01,
    range: [0.001, 1],
    change: change("eta"),
  });
  const steps = control({
    name: "steps",
    label: "steps",
    min: 1,
    max: MOST,
    step: 1,
    change: (x) => change("steps")(Math.round(x)),
  });
  const [low, high] = [settings.xlim, settings.ylim];
  const w = control({
    name: "w",
    label: "w₀",
    min: low[0],
    max: low[1],
    step: 0.05,
    range: [-10, 10],
    change: coordinate(0),
  });
  const b = control({
    name: "b",
    label: "b₀",
    min: high[0],
    max: high[1],
    step: 0.05,
    range: [-10, 10],
    change: coordinate(1),
  });
  const edge = html("span", { class: "edge" }, `2/λ = ${number(cliff)}`);
  edge.style.setProperty("--at", (cliff - 0.01) / (0.8 - 0.01));

  const sentence = html("p", { class: "verdict" });
  const factors = axes.map(() => html("td", { class: "factor" }));
  const effects = axes.map(() => html("td"));
  const rows = ["along the valley", "across it"].map((name, j) => [
    html("th", { scope: "row" }, name),
    show(html("td"), axes[j].lambda),
    factors[j],
    effects[j],
  ]);
  const end = html("p", { class: "end" });

  place.append(
    html("div", { class: "planes" }, map.element, curve.element),
    html(
      "div",
      { class: "wide" },
      eta.element,
      html("div", { class: "cliff", "aria-hidden": "true" }, html("span"), html("div", {}, edge)),
    ),
    html(
      "div",
      { class: "buttons", role: "group", "aria-label": "learning rate in units of 2/λ" },
      html("span", {}, "η ÷ (2/λ):"),
      ...settings.rates.map(({ label, eta: rate }) =>
        button(label, () => change("eta")(rate), { "aria-label": `${label} times 2/λ` }),
      ),
    ),
    html(
      "div",
      { class: "rule" },
      sentence,
      table(["axis", "curvature λ", "factor 1 − ηλ", "the error"], rows),
      end,
    ),
    html("div", { class: "controls" }, w.element, b.element, steps.element),
  );
  const say = announcer(place);

  function update() {
    const { start, steps: count } = state;
    const points = descend(settings, start, state.eta, count);
    const near = (u) => Math.max(-1e3, Math.min(1e3, u)); // far outside, where nothing is drawn
    const seen = points.map((point) => point.map(near));
    path.setAttribute("points", seen.map(at).join(" "));
    dots.replaceChildren(
      ...seen
        .slice(1)
        .map(([u, v]) => svg("circle", { cx: map.x(u), cy: map.y(v), r: 3.2, class: "dot" })),
    );
    handle.setAttribute("transform", `translate(${map.x(start[0])} ${map.y(start[1])})`);
    handle.setAttribute("aria-valuetext", `w = ${number(start[0])}, b = ${number(start[1])}`);
    handle.setAttribute("aria-valuemin", settings.xlim[0]);
    handle.setAttribute("aria-valuemax", settings.xlim[1]);
    handle.setAttribute("aria-valuenow", start[0]);

    const excess = points.map((point) => Math.max(loss(settings, point) - lowest, 0));
    const heights = excess.map((one, t) => [
      curve.x(t),
      curve.y(Math.max(-9, Math.min(9, Math.log10(one)))),
    ]);
    line.setAttribute("points", heights.map((point) => point.join()).join(" "));
    beads.replaceChildren(
      ...heights.map(([cx, cy]) => svg("circle", { cx, cy, r: 2.6, class: "bead" })),
    );

    const kind = verdict(shape, start, state.eta);
    const share = state.eta / cliff;
    const side = share < 1 ? "below" : share > 1 ? "above" : "on";
    const lucky = share >= 1 && (kind === "jumps" || kind === "creeps");
    const text =
      `η = ${number(state.eta)} is ${number(share)} · 2/\u2060λ, ${side} the cliff: ` +
      `descent ${lucky ? LUCKY : SAYS[kind]}`;
    sentence.replaceChildren(html("strong", {}, text));
    sentence.className = `verdict ${kind}`;
    axes.forEach(({ lambda }, j) => {
      const factor = 1 - state.eta * lambda;
      show(factors[j], factor);
      effects[j].textContent = effect(factor);
    });
    end.replaceChildren(
      `After ${count} ${count === 1 ? "step" : "steps"}: L = `,
      show(html("b", { class: "value", "data-name": "L" }), loss(settings, points[count])),
      ", w = ",
      show(html("b", { class: "value", "data-name": "w" }), points[count][0]),
      ", b = ",
      show(html("b", { class: "value", "data-name": "b" }), points[count][1]),
    );
    eta.set(state.eta);
    steps.set(count);
    w.set(start[0]);
    b.set(start[1]);
    say(`${text} ${end.textContent}`);
  }

  update();
}
