// Chapter 2: XOR in the plane of the inputs and in the plane of two hidden units,
// h = max(0, xW + c), o = hw + b.

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

export const POINTS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
export const XOR = [0, 1, 1, 0];

/**
 * A network is {W: [[w11, w12], [w21, w22]], c: [c1, c2], w: [w1, w2], b}: as in the package,
 * W has one row for each input and one column for each hidden unit.
 */
export function forward({ W, c, w, b }, [x1, x2]) {
  const z = [0, 1].map((j) => x1 * W[0][j] + x2 * W[1][j] + c[j]);
  const h = z.map((one) => Math.max(0, one));
  return { z, h, o: h[0] * w[0] + h[1] * w[1] + b };
}

/** The mean over the four points of ½ (o − y)². */
export function loss(net) {
  const errors = POINTS.map((x, i) => forward(net, x).o - XOR[i]);
  return errors.reduce((sum, error) => sum + error * error, 0) / 8;
}

/** Backpropagation, point after point: the gradient of the loss, in the shape of the network. */
export function gradient(net) {
  const d = {
    W: [
      [0, 0],
      [0, 0],
    ],
    c: [0, 0],
    w: [0, 0],
    b: 0,
  };
  POINTS.forEach((x, i) => {
    const { z, h, o } = forward(net, x);
    const dO = (o - XOR[i]) / 4;
    d.b += dO;
    for (const j of [0, 1]) {
      d.w[j] += dO * h[j];
      const dz = z[j] > 0 ? dO * net.w[j] : 0;
      d.c[j] += dz;
      d.W[0][j] += dz * x[0];
      d.W[1][j] += dz * x[1];
    }
  });
  return d;
}

/** One step of gradient descent. */
export function step(net, eta) {
  const d = gradient(net);
  return {
    W: net.W.map((row, i) => row.map((one, j) => one - eta * d.W[i][j])),
    c: net.c.map((one, j) => one - eta * d.c[j]),
    w: net.w.map((one, j) => one - eta * d.w[j]),
    b: net.b - eta * d.b,
  };
}

/** Cut a convex polygon: keep the side where a·u + b·v + c ≥ 0. */
export function cut(polygon, [a, b, c]) {
  const side = ([u, v]) => a * u + b * v + c;
  return polygon.flatMap((p, k) => {
    const q = polygon[(k + 1) % polygon.length];
    const [f, g] = [side(p), side(q)];
    const kept = f >= 0 ? [p] : [];
    if (f >= 0 !== g >= 0) {
      const t = f / (f - g);
      kept.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
    }
    return kept;
  });
}

/**
 * Where the network says 1 (o ≥ ½) inside a polygon of the plane of the inputs. The lines of the
 * two units cut it into pieces; on each of them o is an affine function. So the pieces are exact.
 */
export function region({ W, c, w, b }, polygon) {
  const lines = [0, 1].map((j) => [W[0][j], W[1][j], c[j]]);
  const pieces = [];
  for (const on0 of [0, 1]) {
    for (const on1 of [0, 1]) {
      const on = [on0, on1];
      let piece = polygon;
      lines.forEach(
        (line, j) =>
          (piece = cut(
            piece,
            line.map((one) => (on[j] ? one : -one)),
          )),
      );
      const output = [0, 1, 2].map((k) => on[0] * w[0] * lines[0][k] + on[1] * w[1] * lines[1][k]);
      output[2] += b - 0.5;
      piece = cut(piece, output);
      if (piece.length > 2) pieces.push(piece);
    }
  }
  return pieces;
}

// ---- The picture -----------------------------------------------------------------------------

const LIM = [-0.5, 1.5];
const square = ([low, high]) => [
  [low, low],
  [high, low],
  [high, high],
  [low, high],
];
const ARROW = 0.35; // of a unit's weights, in units of the plane
const NAMES = POINTS.map(([x1, x2]) => `(${x1}, ${x2})`);

// A point counts as right if it is nearer to its target than to ½, by more than rounding.
const isRight = (o, i) => Math.abs(o - XOR[i]) < 0.4999;

const signed = (x) => (x < 0 ? ` − ${number(-x, 3)}` : ` + ${number(x, 3)}`);

/** The point of unit j's line that is nearest to another point; nothing if there is no line. */
function nearest({ W, c }, j, [u, v]) {
  const [a, b] = [W[0][j], W[1][j]];
  const size = a * a + b * b;
  if (size === 0) return undefined;
  const t = (a * u + b * v + c[j]) / size;
  return [u - t * a, v - t * b];
}

const isInside = ([u, v]) => u >= LIM[0] && u <= LIM[1] && v >= LIM[0] && v <= LIM[1];

/** Ticks for axes from −½ to `high`: not more than six. */
function ticks(high) {
  const size = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((one) => high / one <= 6) ?? 5000;
  return Array.from({ length: Math.floor(high / size) + 1 }, (_, k) => k * size);
}

/** The four points; those that lie together share one line of names. */
function points(axes, places) {
  const group = svg("g", { class: "points" });
  const notes = [];
  places.forEach(([u, v], i) => {
    const [x, y] = [axes.x(u), axes.y(v)];
    group.append(svg("circle", { cx: x, cy: y, r: 6.5, class: XOR[i] ? "one" : "zero" }));
    const note = notes.find((one) => Math.abs(one.x - x) < 44 && Math.abs(one.y - y) < 14);
    if (note) note.text += ` ${NAMES[i]}`;
    else notes.push({ x, y, text: NAMES[i] });
  });
  for (const { x, y, text } of notes) {
    const half = 3.2 * text.length;
    const inFrame = Math.max(46 + half, Math.min(338 - half, x));
    group.append(
      svg("text", { x: inFrame, y: y - 12, "text-anchor": "middle", class: "note" }, text),
    );
  }
  return group;
}

/** Straight lines of the plane of the inputs, and what a map makes of them. */
function grid(axes, map) {
  const d = [];
  const write = (point) =>
    map(point)
      .map((one, k) => (k ? axes.y(one) : axes.x(one)).toFixed(1))
      .join(" ");
  for (let k = 0; k <= 8; k += 1) {
    const fixed = LIM[0] + k / 4;
    for (const across of [false, true]) {
      const along = Array.from({ length: 81 }, (_, t) => LIM[0] + t / 40);
      d.push(`M${along.map((t) => write(across ? [t, fixed] : [fixed, t])).join("L")}`);
    }
  }
  return svg("path", { d: d.join(""), class: "grid" });
}

const polygons = (axes, pieces) =>
  pieces.map((piece) =>
    svg("polygon", {
      points: piece.map(([u, v]) => `${axes.x(u)},${axes.y(v)}`).join(" "),
      class: "says",
    }),
  );

/** Both ends of the line a·u + b·v + c = 0 in the frame of some axes, as the data of a path. */
function lineIn(axes, [low, high], [a, b, c]) {
  const size = Math.hypot(a, b);
  if (size === 0) return "";
  const middle = (low + high) / 2;
  const t = (a * middle + b * middle + c) / (size * size);
  const reach = 2 * (high - low);
  const [u, v] = [middle - t * a, middle - t * b];
  const ends = [-reach, reach].map((r) => [u - (r * b) / size, v + (r * a) / size]);
  return `M${ends.map(([p, q]) => `${axes.x(p)} ${axes.y(q)}`).join("L")}`;
}

export default function draw(place, settings) {
  const state = { net: settings.solution, start: -1, anchors: [], running: 0 };

  const left = plane({
    label: "The plane of the inputs",
    xlim: LIM,
    ylim: LIM,
    title: "the plane of the inputs",
    xticks: [0, 1],
    yticks: [0, 1],
    xname: "x₁",
    yname: "x₂",
  });
  const planes = html("div", { class: "planes" }, left.element, html("div"));
  const moving = svg("g");
  left.inside.append(moving);
  const handles = [0, 1].map((j) => {
    const line = svg("path", { class: "stem" });
    const tip = svg(
      "g",
      {},
      svg("circle", { r: 22, class: "area" }),
      svg("path", { d: "M-7 -7L9 0L-7 7z", class: "tip" }),
    );
    const grip = svg(
      "g",
      {},
      svg("circle", { r: 22, class: "area" }),
      svg("circle", { r: 7, class: "grip" }),
    );
    const group = svg("g", { class: `unit unit${j + 1}`, "aria-hidden": "true" }, line, tip, grip);
    left.over.append(group);
    draggable(grip, left.data, (to) => {
      const { W, c } = state.net;
      state.anchors[j] = to;
      change({ c: c.with(j, round(-(W[0][j] * to[0] + W[1][j] * to[1]))) });
    });
    draggable(tip, left.data, (to) => {
      const from = state.anchors[j];
      const weights = [0, 1].map((i) => round((to[i] - from[i]) / ARROW));
      const W = state.net.W.map((row, i) => row.with(j, weights[i]));
      change({ W, c: state.net.c.with(j, round(-(weights[0] * from[0] + weights[1] * from[1]))) });
    });
    return { group, line, tip, grip };
  });
  const round = (x) => Math.round(x * 100) / 100;

  const change = (part) => {
    state.running = 0;
    state.start = -1;
    state.net = { ...state.net, ...part };
    update();
  };

  const options = { min: -3, max: 3, step: 0.05, range: [-100, 100] };
  const controls = [];
  const add = (name, label, get, set) => {
    const one = control({ ...options, name, label, change: (x) => change(set(x)) });
    controls.push({ one, get });
    return one.element;
  };
  const unit = (j) =>
    html(
      "fieldset",
      { class: `unit${j + 1}` },
      html("legend", {}, `hidden unit h${"₁₂"[j]}`),
      ...[0, 1].map((i) =>
        add(
          `W${i + 1}${j + 1}`,
          `W${"₁₂"[i]}${"₁₂"[j]}`,
          () => state.net.W[i][j],
          (x) => ({ W: state.net.W.map((row, k) => (k === i ? row.with(j, x) : row)) }),
        ),
      ),
      add(
        `c${j + 1}`,
        `c${"₁₂"[j]}`,
        () => state.net.c[j],
        (x) => ({ c: state.net.c.with(j, x) }),
      ),
    );
  const output = () =>
    html(
      "fieldset",
      {},
      html("legend", {}, "output o"),
      ...[0, 1].map((j) =>
        add(
          `w${j + 1}`,
          `w${"₁₂"[j]}`,
          () => state.net.w[j],
          (x) => ({ w: state.net.w.with(j, x) }),
        ),
      ),
      add(
        "b",
        "b",
        () => state.net.b,
        (x) => ({ b: x }),
      ),
    );

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** One step of descent, unless it leaves all bounds (from very large weights it can). */
  function descend() {
    const next = step(state.net, settings.eta);
    if (loss(next) < 1e6) state.net = next;
    else state.running = 0;
  }

  /** So many steps: one a frame of the screen, or all at once. */
  function run(count) {
    state.running = 0;
    if (calm.matches || count === 1) {
      for (let k = 0; k < count; k += 1) descend();
      return update();
    }
    state.running = count;
    const frame = () => {
      if (state.running === 0) return;
      state.running -= 1;
      descend();
      update();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  const sentence = html("p", { class: "verdict" });
  const cells = POINTS.map(() => ({
    h: [html("td"), html("td")],
    o: html("td", { class: "value" }),
  }));
  const rows = POINTS.map((_, i) => [
    html("th", { scope: "row" }, NAMES[i]),
    ...cells[i].h,
    cells[i].o,
    html("td", {}, XOR[i]),
  ]);

  place.append(
    planes,
    html(
      "p",
      { class: "key" },
      "Full disk: XOR is 1; empty disk: 0. Tinted: the network says 1, o > ½. Drag a round grip " +
        "to move a line, an arrow to turn it. After the section on gradient descent, come back: " +
        "from how many of the ten starts does it find a solution?",
    ),
    html(
      "div",
      { class: "buttons" },
      button("A solution", () => load(settings.solution, -1)),
      button("Another start", () => {
        const next = (state.start + 1) % settings.starts.length;
        load(settings.starts[next], next);
      }),
      button("1 step of descent", () => run(1)),
      button("100 steps", () => run(100), { class: "main" }),
    ),
    html("div", { class: "rule" }, sentence, table(["(x₁, x₂)", "h₁", "h₂", "o", "XOR"], rows)),
    html("div", { class: "controls" }, unit(0), unit(1), output()),
  );
  const say = announcer(place);

  function load(net, start) {
    state.running = 0;
    state.net = net;
    state.start = start;
    state.anchors = [];
    update();
  }

  function update() {
    const { net } = state;
    const { W, c, w, b } = net;
    const seen = POINTS.map((x) => forward(net, x));

    moving.replaceChildren(
      grid(left, (point) => point),
      ...polygons(left, region(net, square(LIM))),
      ...[0, 1].map((j) =>
        svg("path", { d: lineIn(left, LIM, [W[0][j], W[1][j], c[j]]), class: `line unit${j + 1}` }),
      ),
      points(left, POINTS),
    );
    handles.forEach(({ group, line, tip, grip }, j) => {
      const from = nearest(net, j, state.anchors[j] ?? [0.85, 0.15]);
      const anchor = from && isInside(from) ? from : nearest(net, j, [0.5, 0.5]);
      group.style.display = anchor && isInside(anchor) ? "" : "none";
      if (!anchor) return;
      state.anchors[j] = anchor;
      const [x, y] = [left.x(anchor[0]), left.y(anchor[1])];
      const [p, q] = [left.x(anchor[0] + ARROW * W[0][j]), left.y(anchor[1] + ARROW * W[1][j])];
      line.setAttribute("d", `M${x} ${y}L${p} ${q}`);
      grip.setAttribute("transform", `translate(${x} ${y})`);
      const angle = (Math.atan2(q - y, p - x) * 180) / Math.PI;
      tip.setAttribute("transform", `translate(${p} ${q}) rotate(${angle})`);
    });

    const farthest = Math.max(...seen.flatMap(({ h }) => h));
    const limits = [-0.5, Math.max(2.5, Math.ceil(farthest) + 0.5)];
    const marks = ticks(limits[1]);
    const right = plane({
      label: "The plane of the hidden neurons",
      xlim: limits,
      ylim: limits,
      title: "the plane of the hidden neurons",
      xticks: marks,
      yticks: marks,
      xname: "h₁",
      yname: "h₂",
    });
    right.inside.append(
      grid(right, (point) => forward(net, point).h),
      ...polygons(right, [cut(square(limits), [w[0], w[1], b - 0.5])]),
      svg("path", { d: lineIn(right, limits, [w[0], w[1], b - 0.5]), class: "line" }),
      points(
        right,
        seen.map(({ h }) => h),
      ),
    );
    // The left plane stays where it is: taken out and put back, it would lose the pointer.
    planes.lastChild.replaceWith(right.element);

    const count = seen.filter(({ o }, i) => isRight(o, i)).length;
    const start = state.start < 0 ? "" : `Start ${state.start + 1} of ${settings.starts.length}. `;
    sentence.replaceChildren(
      html("strong", {}, `${start}${count} of 4 right. `),
      "Loss, the mean of ½ (o − y)²: ",
      show(html("b", { class: "value", "data-name": "L" }), loss(net)),
    );
    seen.forEach(({ h, o }, i) => {
      h.forEach((one, j) => show(cells[i].h[j], one));
      show(cells[i].o, o);
    });
    for (const { one, get } of controls) one.set(get());
    const lines = [0, 1].map(
      (j) => `h${"₁₂"[j]} = max(0, ${number(W[0][j], 3)} x₁${signed(W[1][j])} x₂${signed(c[j])})`,
    );
    place.querySelectorAll("legend").forEach((legend, j) => {
      legend.textContent = lines[j] ?? `o = ${number(w[0], 3)} h₁${signed(w[1])} h₂${signed(b)}`;
    });
    say(sentence.textContent);
  }

  update();
}
