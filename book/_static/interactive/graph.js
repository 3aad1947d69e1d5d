// Chapter 3: one neuron as a graph, computed forward and filled backward, one node at a time.

import { announcer, button, control, html, number, show, svg, table } from "./shared.js";

// ---- The mathematics -------------------------------------------------------------------------

// Both forms are 1/(1 + e^(−a)); each keeps the exponential at most 1, so none overflows.
const sigmoid = (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a)));

/** The rules: the value y of an operation, and its local derivatives, one for each parent. */
export const RULES = {
  "×": { value: (a, b) => a * b, derivatives: (y, a, b) => [b, a] },
  "+": { value: (a, b) => a + b, derivatives: () => [1, 1] },
  σ: { value: sigmoid, derivatives: (y) => [y * (1 - y)] },
  "½( )²": { value: (a, b) => 0.5 * (a - b) ** 2, derivatives: (y, a, b) => [a - b, b - a] },
};

/** The graph: each node with its operation and its parents, parents first. */
export const NEURON = [
  { name: "p1", operation: "×", parents: ["w1", "x1"] },
  { name: "p2", operation: "×", parents: ["w2", "x2"] },
  { name: "s", operation: "+", parents: ["p1", "p2"] },
  { name: "z", operation: "+", parents: ["s", "b"] },
  { name: "h", operation: "σ", parents: ["z"] },
];
export const WITH_LOSS = [...NEURON, { name: "L", operation: "½( )²", parents: ["h", "y"] }];

/** Compute every value of the graph from those of its leaves. */
export function forward(graph, leaves) {
  const values = { ...leaves };
  for (const { name, operation, parents } of graph) {
    values[name] = RULES[operation].value(...parents.map((parent) => values[parent]));
  }
  return values;
}

/**
 * From the last node back: at each node, gradient that arrives × local derivative = gradient sent.
 * Returns the gradients by name, and the messages of each node.
 */
export function backward(graph, values) {
  const gradients = Object.fromEntries(Object.keys(values).map((name) => [name, 0]));
  const messages = {};
  gradients[graph.at(-1).name] = 1;
  for (const { name, operation, parents } of [...graph].reverse()) {
    const numbers = parents.map((parent) => values[parent]);
    const local = RULES[operation].derivatives(values[name], ...numbers);
    messages[name] = parents.map((to, k) => {
      const sent = gradients[name] * local[k];
      gradients[to] += sent; // += : a value that is used twice gets two messages
      return { to, arrives: gradients[name], local: local[k], sent };
    });
  }
  return { gradients, messages };
}

// ---- The picture -----------------------------------------------------------------------------

const LABELS = {
  w1: "w₁",
  x1: "x₁",
  w2: "w₂",
  x2: "x₂",
  b: "b",
  y: "y",
  p1: "w₁x₁",
  p2: "w₂x₂",
  s: "w₁x₁ + w₂x₂",
  z: "z",
  h: "h₁",
  L: "L",
};
const SLIDERS = ["w1", "x1", "w2", "x2", "b"];

const WORDS = {
  "×": "exchanges: each factor is sent the gradient times the other factor",
  "+": "copies: each summand is sent the gradient as it is",
  σ: "damps: it sends the gradient times s (1 − s), which is at most ¼",
  "½( )²": "measures: it sends the error, h₁ − y",
};

/** How a node's value is written: with its letters, then with its numbers. */
const FORMULA = {
  "×": (a, b) => `${a} · ${b}`,
  "+": (a, b) => `${a} + ${b}`,
  σ: (a) => `σ(${a})`,
  "½( )²": (a, b) => `½ (${a} − ${b})²`,
};

/** How a local derivative is written: in letters. */
const LOCAL = {
  "×": ([a, b]) => [b, a],
  "+": () => ["1", "1"],
  σ: () => ["s (1 − s)"],
  "½( )²": ([h, y]) => [`${h} − ${y}`, `${y} − ${h}`],
};

const RADIUS = 17;

// Where things stand, from left to right on a wide page, from top to bottom on a phone.
const WIDE = {
  size: [650, 264],
  sizeWithLoss: [768, 264],
  leaves: { w1: [18, 46], x1: [18, 112], w2: [18, 178], x2: [18, 244], b: [274, 62], y: [522, 62] },
  nodes: {
    p1: [162, 79],
    p2: [162, 211],
    s: [286, 145],
    z: [410, 145],
    h: [534, 145],
    L: [658, 145],
  },
};
const TALL = {
  size: [350, 520],
  sizeWithLoss: [350, 630],
  leaves: {
    w1: [36, 18],
    x1: [112, 18],
    w2: [192, 18],
    x2: [268, 18],
    b: [288, 208],
    y: [288, 424],
  },
  nodes: {
    p1: [74, 112],
    p2: [230, 112],
    s: [152, 216],
    z: [152, 324],
    h: [152, 432],
    L: [152, 540],
  },
};

/** The wire from a name's place to the edge of the node that uses it, and the places of numbers. */
function wire(layout, name, to) {
  const tall = layout === TALL;
  const leaf = layout.leaves[name];
  const [x, y] = leaf ?? layout.nodes[name];
  const reach = RADIUS + 6; // the arrow's tip ends at the circle
  if (tall) {
    const start = leaf ? y + 46 : y + RADIUS;
    const straight = leaf ? start + 4 : y + RADIUS + 40;
    const [endX, endY] = to ? [to[0], to[1] - reach] : [x, y + 66];
    const sideways = leaf && to && Math.abs(endX - x) > 60; // b and y come in from the side
    const d = sideways
      ? `M${x} ${start}V${to[1] - 10}Q${x} ${to[1]} ${x - 12} ${to[1]}H${to[0] + reach}`
      : `M${x} ${start}V${straight}C${x} ${(straight + endY) / 2 + 6} ` +
        `${endX} ${(straight + endY) / 2 - 6} ${endX} ${endY}`;
    return leaf
      ? { d, value: [x, y + 20], gradient: [x, y + 38], anchor: "middle" }
      : { d, value: [x + 9, y + RADIUS + 20], gradient: [x + 9, y + RADIUS + 38], anchor: "start" };
  }
  const start = leaf ? x + 14 : x + RADIUS;
  const straight = leaf ? start + 66 : x + RADIUS + 66;
  const [endX, endY] = to ? [to[0] - reach, to[1]] : [x + RADIUS + 78, y];
  const middle = (straight + endX) / 2;
  const d = `M${start} ${y}H${straight}C${middle} ${y} ${middle} ${endY} ${endX} ${endY}`;
  const center = (start + straight) / 2 + (leaf ? 0 : 2);
  return { d, value: [center, y - 7], gradient: [center, y + 19], anchor: "middle" };
}

/** Draw the graph anew; return the elements that change from step to step. */
function picture(graph, layout) {
  const tall = layout === TALL;
  const size = graph === NEURON ? layout.size : layout.sizeWithLoss;
  const parts = { wires: {}, values: {}, gradients: {}, circles: {} };
  const element = svg("svg", {
    viewBox: `0 0 ${size.join(" ")}`,
    class: tall ? "graph tall" : "graph",
  });
  element.style.maxWidth = `${tall ? 380 : size[0] * 1.12}px`;
  element.append(
    svg(
      "defs",
      {},
      ...["idle", "value", "gradient"].map((kind) =>
        svg(
          "marker",
          {
            id: `interactive-arrow-${kind}`,
            viewBox: "0 0 8 8",
            refX: 2,
            refY: 4,
            markerWidth: 8,
            markerHeight: 8,
            markerUnits: "userSpaceOnUse",
            orient: "auto",
          },
          svg("path", { d: "M0 .5L8 4L0 7.5z", class: `arrow ${kind}` }),
        ),
      ),
    ),
  );
  const addWire = (name, to) => {
    const { d, value, gradient, anchor } = wire(layout, name, to && layout.nodes[to]);
    parts.wires[name] = svg("path", { d, class: to ? "wire" : "wire end" });
    const text = (kind, [x, y]) =>
      svg("text", { x, y, "text-anchor": anchor, class: kind, "data-of": name });
    parts.values[name] = text("value", value);
    parts.gradients[name] = text("gradient", gradient);
    element.append(parts.wires[name], parts.values[name], parts.gradients[name]);
  };
  for (const { name, parents } of graph) for (const parent of parents) addWire(parent, name);
  const last = graph.at(-1).name;
  addWire(last);
  for (const [name, [x, y]] of Object.entries(layout.leaves)) {
    if (!(name in parts.wires)) continue; // y without a loss
    element.append(
      svg("text", { x, y: tall ? y : y + 5, "text-anchor": "middle", class: "name" }, LABELS[name]),
    );
  }
  for (const { name, operation } of graph) {
    const [x, y] = layout.nodes[name];
    parts.circles[name] = svg("circle", { cx: x, cy: y, r: RADIUS });
    element.append(
      parts.circles[name],
      svg(
        "text",
        {
          x,
          y: y + 5,
          "text-anchor": "middle",
          class: operation.length > 1 ? "operation small" : "operation",
        },
        operation,
      ),
    );
    if (name === "h" || name === "L") {
      const place = tall
        ? { x: x - RADIUS - 8, y: y + 5, "text-anchor": "end" }
        : { x, y: y - 26, "text-anchor": "middle" };
      element.append(svg("text", { ...place, class: "name" }, LABELS[name]));
    }
  }
  return { element, ...parts };
}

/**
 * What step number k does: nothing yet, a node forward, the gradient 1 at the end, a node backward.
 */
export function stepAt(graph, k) {
  const n = graph.length;
  if (k === 0) return { kind: "start" };
  if (k <= n) return { kind: "forward", node: graph[k - 1] };
  if (k === n + 1) return { kind: "seed" };
  return { kind: "backward", node: graph[2 * n + 1 - k] };
}

export default function draw(place, settings) {
  const state = { leaves: { ...settings.leaves }, step: 0, graph: NEURON };
  let drawing, layout;

  const stage = html("div", { class: "stage" });
  const rule = html("div", { class: "rule" });
  const counter = html("span", { class: "counter" });
  const last = () => 2 * state.graph.length + 1;
  const go = (step) => {
    state.step = Math.max(0, Math.min(last(), step));
    update();
  };
  const back = button("← Back", () => go(state.step - 1));
  const next = button("Next →", () => go(state.step + 1), { class: "main" });
  const all = button("All", () => go(last()));
  const clear = button("Clear", () => go(0));

  const controls = {};
  for (const name of SLIDERS) {
    controls[name] = control({
      name,
      label: LABELS[name],
      min: -2,
      max: 2,
      step: 0.05,
      range: [-100, 100],
      change: (x) => set(name, x),
    });
  }
  controls.y = control({
    name: "y",
    label: "target y",
    min: 0,
    max: 1,
    step: 0.01,
    range: [-100, 100],
    change: (x) => set("y", x),
  });
  const set = (name, x) => {
    state.leaves[name] = x;
    update();
  };
  const loss = html("input", {
    type: "checkbox",
    name: "loss",
    onchange: () => {
      state.graph = loss.checked ? WITH_LOSS : NEURON;
      layout = undefined; // draw anew
      go(0);
    },
  });
  const reset = button("The chapter's numbers", () => {
    Object.assign(state.leaves, settings.leaves);
    update();
  });

  place.append(
    html("div", { class: "buttons" }, back, next, all, clear, counter),
    stage,
    rule,
    html("div", { class: "controls" }, ...Object.values(controls).map((one) => one.element)),
    html(
      "div",
      { class: "buttons" },
      html("label", { class: "check" }, loss, " add a loss, ½ (h₁ − y)²"),
      reset,
    ),
  );
  const say = announcer(place);

  // The arrow keys step, except where they move a slider or the cursor of a field.
  place.addEventListener("keydown", (event) => {
    const step = { ArrowRight: state.step + 1, ArrowLeft: state.step - 1, Home: 0, End: last() }[
      event.key
    ];
    if (step === undefined || event.target.matches("input") || event.altKey || event.ctrlKey)
      return;
    event.preventDefault();
    go(step);
  });

  const valueCell = (x, kind) => show(html("td", { class: kind }), x);

  function explain(step, values, { gradients, messages }) {
    const end = LABELS[state.graph.at(-1).name];
    if (step.kind === "start") {
      return [html("p", {}, "The numbers of the leaves are given. Next: the first node, forward.")];
    }
    if (step.kind === "seed") {
      return [
        html(
          "p",
          {},
          `Backward begins with the gradient 1 on the last wire: ${end} changes with itself ` +
            "one to one.",
        ),
      ];
    }
    const { name, operation, parents } = step.node;
    if (step.kind === "forward") {
      const letters = FORMULA[operation](...parents.map((parent) => LABELS[parent]));
      const numbers = FORMULA[operation](
        ...parents.map((parent) => {
          const text = number(values[parent]);
          return text.startsWith("−") && operation !== "σ" ? `(${text})` : text;
        }),
      );
      return [
        html(
          "p",
          {},
          html("strong", {}, `Forward, ${operation}: `),
          `${letters} = ${numbers} = `,
          show(html("b", { class: "value" }), values[name]),
        ),
      ];
    }
    const letters = LOCAL[operation](parents.map((parent) => LABELS[parent]));
    return [
      html("p", {}, html("strong", {}, `Backward, ${operation} `), `${WORDS[operation]}.`),
      table(
        ["to", "arrives", "× local derivative", "= sent back"],
        messages[name]
          .filter(({ to }) => to !== "y")
          .map(({ to, arrives, local, sent }, k) => [
            html("th", { scope: "row" }, LABELS[to]),
            valueCell(arrives, "gradient"),
            html(
              "td",
              { class: "value" },
              letters[k] === "1" ? "" : `${letters[k]} = `,
              show(html("span"), local),
            ),
            valueCell(sent, "gradient"),
          ]),
      ),
    ];
  }

  function spoken(step, values, { messages }) {
    if (!step.node) return rule.textContent;
    const { name, parents } = step.node;
    if (step.kind === "forward") return rule.textContent;
    return (
      `Backward, ${step.node.operation}. ` +
      parents
        .filter((to) => to !== "y")
        .map((to, k) => {
          const { arrives, local, sent } = messages[name][k];
          return `To ${LABELS[to]}: ${number(arrives)} times ${number(local)} is ${number(sent)}.`;
        })
        .join(" ")
    );
  }

  function update() {
    const wanted = stage.clientWidth < 540 ? TALL : WIDE;
    if (wanted !== layout) {
      layout = wanted;
      drawing = picture(state.graph, layout);
      stage.replaceChildren(drawing.element);
    }
    const { graph } = state;
    const values = forward(graph, state.leaves);
    const passed = backward(graph, values);
    const step = stepAt(graph, state.step);
    const n = graph.length;
    const computed = new Set(graph.slice(0, state.step).map(({ name }) => name));
    const sent = new Set(); // the wires whose gradient is known
    if (state.step > n) sent.add(graph.at(-1).name);
    for (let k = n + 2; k <= state.step; k += 1) {
      for (const parent of stepAt(graph, k).node.parents) sent.add(parent);
    }
    sent.delete("y"); // the target is given, not trained: its gradient is not needed
    const isLeaf = (name) => name in layout.leaves;
    for (const name of Object.keys(drawing.wires)) {
      if (isLeaf(name) || computed.has(name)) show(drawing.values[name], values[name]);
      else drawing.values[name].textContent = "";
      if (sent.has(name)) show(drawing.gradients[name], passed.gradients[name]);
      else drawing.gradients[name].textContent = "";
      let active = "";
      if (step.kind === "forward" && step.node.parents.includes(name)) active = "value";
      if (step.kind === "forward" && step.node.name === name) active = "value";
      if (step.kind === "backward" && step.node.parents.includes(name) && name !== "y")
        active = "gradient";
      if (step.kind === "backward" && step.node.name === name) active = "gradient";
      if (step.kind === "seed" && name === graph.at(-1).name) active = "gradient";
      drawing.wires[name].setAttribute(
        "class",
        `wire ${active || "idle"}${name === graph.at(-1).name ? " end" : ""}`,
      );
    }
    for (const [name, circle] of Object.entries(drawing.circles)) {
      circle.setAttribute(
        "class",
        step.node?.name === name ? (step.kind === "forward" ? "value" : "gradient") : "",
      );
    }
    drawing.element.setAttribute("role", "img");
    drawing.element.setAttribute("aria-label", describe(values, passed.gradients, computed, sent));
    rule.replaceChildren(...explain(step, values, passed));
    counter.textContent = `step ${state.step} of ${last()}`;
    for (const [name, one] of Object.entries(controls)) one.set(state.leaves[name]);
    controls.y.element.hidden = graph === NEURON;
    // Not disabled: a button that loses the focus when its work is done throws the keyboard out.
    back.setAttribute("aria-disabled", state.step === 0);
    next.setAttribute("aria-disabled", state.step === last());
    say(`Step ${state.step} of ${last()}. ${spoken(step, values, passed)}`);
  }

  function describe(values, gradients, computed, sent) {
    const known = [...Object.keys(state.leaves), ...computed].filter(
      (name) => name in drawing.wires,
    );
    const one = (name) =>
      `${LABELS[name]} = ${number(values[name])}` +
      (sent.has(name) ? `, gradient ${number(gradients[name])}` : "");
    return `Graph of one neuron. ${known.map(one).join("; ")}.`;
  }

  update();
  new ResizeObserver(() => {
    if ((stage.clientWidth < 540 ? TALL : WIDE) !== layout) update();
  }).observe(stage);
}
