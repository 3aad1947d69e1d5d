"""The interactive figures: their numbers are the package's, and nobody needs them to read on."""

import ast
import re
import sys
from fractions import Fraction

import numpy as np
import pytest
from booktools import BOOK, cells, read_notebook, text_of

from backprop import SGD, Dense, Sequential
from backprop.figures.style import number
from backprop.losses import HalfSquaredError
from backprop.scalar import Operation, Value

sys.path.insert(0, str(BOOK / "_ext"))
from interactive import FIGURES, place_for

PAGES = {"graph": "03-algorithm", "descent": "02-core-concepts", "hidden": "02-core-concepts"}
CHAPTERS = {"03-algorithm": ["graph"], "02-core-concepts": ["hidden", "descent"]}
CODE = "_static/interactive/"

READY = """name => {
  const place = document.querySelector(`.interactive[data-figure=${name}]`);
  place.scrollIntoView();
  return 'ready' in place.dataset;
}"""


def arrive(page, name):
    """Scroll to a figure, and return it when it has drawn itself."""
    page.on("pageerror", lambda error: pytest.fail(f"{name}: {error}"))
    page.wait_for_function(READY, arg=name)
    return page.locator(f".interactive[data-figure={name}]")


@pytest.fixture(scope="module")
def alone(serve, tmp_path_factory):
    """The address of a folder with a small page for each figure: it loads fast."""
    folder = tmp_path_factory.mktemp("figures")
    (folder / "_static").symlink_to(BOOK / "_static")
    for figure in FIGURES.values():
        (folder / f"{figure.module}.html").write_text(
            '<!doctype html><link rel="icon" href="data:,"><p>The static figure.</p>'
            f'{place_for(figure)}<script type="module" src="/{CODE}load.js"></script>',
            encoding="utf-8",
        )
    return serve(folder)


@pytest.fixture
def figure(browser, alone):
    """A function that opens a figure: (page, figure)."""
    contexts = []

    def start(name, **options):
        contexts.append(browser.new_context(viewport={"width": 800, "height": 1100}, **options))
        page = contexts[-1].new_page()
        page.goto(f"{alone}/{name}.html")
        return page, arrive(page, name)

    yield start
    for context in contexts:
        context.close()


def call(page, name, function, *arguments):
    """Call a function that a figure's script exports."""
    script = "async ([path, name, values]) => (await import(path))[name](...values)"
    return page.evaluate(script, [f"/{CODE}{name}.js", function, list(arguments)])


def type_in(place, numbers):
    """Write numbers into a figure's fields, as typing does."""
    place.evaluate(
        """(place, numbers) => {
          for (const [name, text] of Object.entries(numbers)) {
            const field = place.querySelector(`input[name=${name}]`);
            field.value = text;
            field.dispatchEvent(new Event('input', {bubbles: true}));
          }
        }""",
        {name: repr(float(value)) for name, value in numbers.items()},
    )


def press(place, name):
    place.get_by_role("button", name=name, exact=True).evaluate("button => button.click()")


def shown(place, css):
    """What the elements show: a list of (their text, the unrounded number)."""
    script = "all => all.map(e => [e.textContent, Number(e.dataset.value)])"
    return place.locator(css).evaluate_all(script)


def assert_shows(pairs, expected, rel=1e-12):
    """Each text is its number as the printed figures write it, and the number is the package's."""
    assert len(pairs) == len(expected)
    for (text, value), right in zip(pairs, expected, strict=True):
        assert value == pytest.approx(right, rel=rel, abs=0)
        assert text == number(value)


# ---- the numbers at the start are those of the static figures


def assigned(chapter, name, where="", **known):
    """What the chapter's first ``name = …`` assigns, in a cell in which some text occurs."""
    for cell in cells(read_notebook(BOOK / f"{chapter}.ipynb"), "code"):
        source = text_of(cell["source"])
        for statement in ast.parse(source).body:
            if where not in source or not isinstance(statement, ast.Assign):
                continue
            names = [t.id for t in ast.walk(statement.targets[0]) if isinstance(t, ast.Name)]
            if name in names:
                value = eval(compile(ast.Expression(statement.value), chapter, "eval"), known)
                return value[names.index(name)] if len(names) > 1 else value
    raise AssertionError(f"{chapter} assigns nothing to {name}")


def test_the_graph_starts_with_the_chapters_numbers():
    leaves = FIGURES["fig-3-neuron-back"].settings()["leaves"]
    for name in ("w1", "w2", "x1", "x2", "b"):
        node = assigned(PAGES["graph"], "bias" if name == "b" else name, Value=Value)
        assert node.data == leaves[name]
    assert leaves["y"] == assigned(PAGES["graph"], "y", np=np)[0, 0]


def test_descent_starts_with_the_chapters_numbers():
    settings = FIGURES["fig-cliff"].settings()
    chapter = PAGES["descent"]
    assert settings["x"] == assigned(chapter, "x", np=np).ravel().tolist()
    assert settings["y"] == assigned(chapter, "y", np=np).ravel().tolist()
    assert settings["levels"] == assigned(chapter, "levels")
    limits = assigned(chapter, "limits", where="loss_surface")
    assert (settings["xlim"], settings["ylim"]) == (list(limits["xlim"]), list(limits["ylim"]))
    rates, cliff = assigned(chapter, "rates"), assigned(chapter, "cliff")
    assert [rate["label"] for rate in settings["rates"]] == list(rates)
    assert [rate["eta"] for rate in settings["rates"]] == pytest.approx(
        [float(Fraction(rate)) * cliff for rate in rates], rel=1e-15, abs=0
    )
    assert settings["rates"][-2]["eta"] == cliff


def test_xor_starts_with_the_chapters_solution():
    solution = FIGURES["fig-xor"].settings()["solution"]
    W, c, w, b = (assigned(PAGES["hidden"], name, np=np) for name in ("W", "c", "w", "b"))
    assert solution == {"W": W.tolist(), "c": c, "w": [row[0] for row in w], "b": b[0]}


# ---- figure 1: the graph


def neuron(leaves, loss):
    """The package's graph of the same neuron, every node by its name."""
    nodes = {name: Value(data) for name, data in leaves.items()}
    nodes["p1"], nodes["p2"] = nodes["w1"] * nodes["x1"], nodes["w2"] * nodes["x2"]
    nodes["s"] = nodes["p1"] + nodes["p2"]
    nodes["z"] = nodes["s"] + nodes["b"]
    end = nodes["h"] = nodes["z"].sigmoid()
    if loss:
        half_square = Operation(
            "½", lambda h, y: 0.5 * (h - y) ** 2, lambda L, h, y: (h - y, y - h)
        )
        end = nodes["L"] = half_square(nodes["h"], nodes["y"])
    end.backward()
    return nodes


@pytest.mark.parametrize("loss", [False, True])
def test_every_number_of_the_graph_is_the_packages(figure, loss):
    _, place = figure("graph")
    rng = np.random.default_rng(1)
    place.locator("input[name=loss]").set_checked(loss)
    for _ in range(10):
        leaves = dict(zip(["w1", "x1", "w2", "x2", "b"], rng.uniform(-2, 2, 5), strict=True))
        leaves |= {"y": rng.uniform()}
        type_in(place, leaves if loss else {k: v for k, v in leaves.items() if k != "y"})
        press(place, "All")
        nodes = neuron(leaves, loss)
        of = place.locator("text.value").evaluate_all("all => all.map(e => e.dataset.of)")
        assert set(of) == {name for name in nodes if loss or name != "y"}
        assert_shows(shown(place, "text.value"), [nodes[name].data for name in of])
        gradients = "text.gradient:not([data-of=y])"
        assert_shows(shown(place, gradients), [nodes[name].grad for name in of if name != "y"])
        target = place.locator("text.gradient[data-of=y]")  # given, not trained
        assert not any(target.all_text_contents())


def test_the_graph_is_walked_by_keyboard_and_ends_at_the_static_figure(figure, site):
    page, place = figure("graph")
    nodes = neuron(FIGURES["fig-3-neuron-back"].settings()["leaves"], loss=False)
    known = "text:is(.value, .gradient)"
    place.get_by_role("button", name="Next").focus()
    filled = []
    for step in range(12):
        assert f"step {step} of 11" in place.inner_text()
        texts = [text for text, _ in shown(place, known) if text]
        filled.append(len(texts))
        names = place.locator("tbody th").all_inner_texts()
        numbers = [value for _, value in shown(place, "tbody [data-value]")]
        for k, name in enumerate(names):  # a rule: arrives × local = sent
            arrives, local, sent = numbers[3 * k : 3 * k + 3]
            assert arrives * local == sent
            node = {"w₁x₁": "p1", "w₂x₂": "p2", "w₁x₁ + w₂x₂": "s"}.get(name)
            node = node or name.translate(str.maketrans("₁₂", "12"))
            assert sent == pytest.approx(nodes[node].grad, rel=1e-12, abs=0)
        page.keyboard.press("ArrowRight")
    assert filled == [5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20]

    alt = site.content[f"book/{PAGES['graph']}"].soup.select_one("#fig-3-neuron-back img")["alt"]
    for text in re.findall(r"\d+\.\d+", alt):
        assert text in texts
    page.keyboard.press("Home")
    assert "step 0 of 11" in place.inner_text()
    page.keyboard.press("ArrowLeft")
    assert "step 0 of 11" in place.inner_text()


def test_the_graphs_question(figure):
    _, place = figure("graph")
    type_in(place, {"x1": 0})
    press(place, "All")
    gradients = {
        name: shown(place, f"text.gradient[data-of={name}]")[0][1]
        for name in ("w1", "x1", "w2", "x2", "b")
    }
    assert [name for name, gradient in gradients.items() if gradient == 0] == ["w1"]


def test_what_is_not_a_number_changes_nothing(figure):
    _, place = figure("graph")
    field = place.locator("input[name=w1]")
    for text in ("", "1e9"):
        field.fill(text)
        assert field.get_attribute("aria-invalid") == "true"
        assert shown(place, "text.value[data-of=w1]") == [["0.15", 0.15]]
    field.fill("-0.5")
    assert field.get_attribute("aria-invalid") is None
    assert shown(place, "text.value[data-of=w1]") == [["−0.5", -0.5]]


# ---- figure 2: descent

LINE_X = np.array([[-1.0], [1.0], [2.0], [2.0]])
LINE_Y = np.array([[0.0], [2.0], [4.0], [2.0]])


def descend(start, eta, steps):
    """The package's path, and the loss at its end."""
    net, loss, rule = Sequential([Dense(1, input_dim=1)]), HalfSquaredError(), SGD(eta)
    net.build()
    net.parameters[:] = start
    path = [net.parameters.copy()]
    for _ in range(steps):
        loss.forward(LINE_Y, net.forward(LINE_X))
        net.backward(loss.backward())
        rule.step(net.parameters, net.gradients)
        path.append(net.parameters.copy())
    return np.array(path), loss.forward(LINE_Y, net.forward(LINE_X))


def test_the_path_is_the_packages(figure):
    page, place = figure("descent")
    settings = FIGURES["fig-cliff"].settings()
    rng = np.random.default_rng(2)
    rates = [0.99 * 2 / 3, 2 / 3, 1.01 * 2 / 3, *rng.uniform(0.02, 0.9, 9)]
    seen = set()
    for eta in rates:
        start, steps = rng.uniform(-0.7, 2.7, 2), int(rng.integers(1, 41))
        path, loss = descend(start, eta, steps)
        theirs = call(page, "descent", "descend", settings, start.tolist(), eta, steps)
        np.testing.assert_allclose(theirs, path, rtol=1e-9, atol=1e-12)

        type_in(place, {"w": start[0], "b": start[1], "eta": eta, "steps": steps})
        for name, right in (("w", path[-1][0]), ("b", path[-1][1]), ("L", loss)):
            assert_shows(shown(place, f".end [data-name={name}]"), [right], rel=1e-9)
        points = place.locator("polyline.path").get_attribute("points").split()
        assert len(points) == steps + 1 == place.locator("circle.dot").count() + 1

        # The verdict is about the limit: a long run of the package shows it.
        verdict = place.locator(".verdict").inner_text()
        error = np.linalg.norm(descend(start, eta, 400)[0] - 1, axis=1)
        growth = error[-1] / error[50]  # by then only the steep axis counts
        if eta == 2 / 3:
            assert "keep their length" in verdict
            assert growth == pytest.approx(1, abs=1e-6)
        else:
            assert ("diverges" in verdict) == (growth > 100) == (eta > 2 / 3)
            assert ("converges" in verdict) == (growth < 0.01) == (eta < 2 / 3)
        seen.add(place.locator(".verdict").get_attribute("class"))
    assert {"verdict keeps", "verdict diverges", "verdict jumps", "verdict creeps"} <= seen


def test_the_valley_is_numpys(figure):
    page, _ = figure("descent")
    rows = np.column_stack([LINE_X, np.ones(4)])
    hessian = rows.T @ rows / 4
    valley = call(page, "descent", "valley", FIGURES["fig-cliff"].settings())
    lambdas, axes = np.linalg.eigh(hessian)
    assert [axis["lambda"] for axis in valley["axes"]] == [0.5, 3.0]
    np.testing.assert_allclose(lambdas, [0.5, 3.0], rtol=1e-14)
    for axis, right in zip(valley["axes"], axes.T, strict=True):
        assert abs(np.dot(axis["direction"], right)) == pytest.approx(1, abs=1e-14)
    assert valley["minimum"] == [1, 1]


@pytest.mark.parametrize(
    "start, eta, says",
    [
        ((0, 0), 1 / 3, "creeps"),
        ((0, 0), 0.34, "jumps"),
        ((0, 0), 2 / 3, "keeps"),
        ((0, 0), 0.6666666666666667, "diverges"),
        ((0.5, 2), 0.7, "creeps"),  # the question: a start on the flat axis
        ((2, 3), 0.34, "jumps"),
        ((1, 1), 0.9, "rests"),
    ],
)
def test_the_verdict_is_exact(figure, start, eta, says):
    page, place = figure("descent")
    valley = call(page, "descent", "valley", FIGURES["fig-cliff"].settings())
    assert call(page, "descent", "verdict", valley, list(start), eta) == says
    type_in(place, {"w": start[0], "b": start[1], "eta": eta})
    assert place.locator(".verdict").get_attribute("class") == f"verdict {says}"


def middle_of(locator):
    """The place of an element on the screen."""
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def after_a_frame(page):
    """Moves of a pointer are handed to a page once a frame."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def start_of(place):
    return [float(place.locator(f"input[name={name}]").input_value()) for name in ("w", "b")]


def test_the_start_is_moved_by_keyboard_mouse_and_touch(figure):
    page, place = figure("descent", has_touch=True)
    handle = place.get_by_role("slider", name="start of the descent, w and b")
    handle.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    assert start_of(place) == [0.1, 0.09]
    assert handle.get_attribute("aria-valuetext") == "w = 0.1, b = 0.09"

    def middle():
        return middle_of(handle.locator(".seen"))

    x, y = middle()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 30, steps=3)
    page.mouse.up()
    page.mouse.move(x, y)  # the button is up: nothing moves
    dragged = start_of(place)
    assert dragged[0] > 0.4 and dragged[1] > 0.3
    assert middle() == pytest.approx((x + 40, y - 30), abs=2)

    x, y = middle()
    touch = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x - 20, "y": y - 20}]),
        ("touchMove", [{"x": x - 50, "y": y - 50}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    after_a_frame(page)
    assert middle() == pytest.approx((x - 50, y - 50), abs=2)


# ---- figure 3: the hidden plane

XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([[0.0], [1.0], [1.0], [0.0]])
FIELDS = ("W11", "W12", "W21", "W22", "c1", "c2", "w1", "w2", "b")


def xor_net(parameters):
    net = Sequential([Dense(2, activation="relu", input_dim=2), Dense(1)])
    net.build()
    net.parameters[:] = parameters  # in the order of FIELDS
    return net


def as_settings(parameters):
    p = [float(one) for one in parameters]
    return {"W": [p[:2], p[2:4]], "c": p[4:6], "w": p[6:8], "b": p[8]}


def as_parameters(settings):
    return [*settings["W"][0], *settings["W"][1], *settings["c"], *settings["w"], settings["b"]]


def test_hidden_values_outputs_and_gradients_are_the_packages(figure):
    page, place = figure("hidden")
    rng, loss = np.random.default_rng(3), HalfSquaredError()
    for _ in range(10):
        parameters = rng.uniform(-2, 2, 9)
        net = xor_net(parameters)
        outputs = net.forward(XOR_X)
        value = loss.forward(XOR_Y, outputs)
        net.backward(loss.backward())
        theirs = call(page, "hidden", "gradient", as_settings(parameters))
        np.testing.assert_allclose(as_parameters(theirs), net.gradients, rtol=1e-12, atol=1e-14)

        type_in(place, dict(zip(FIELDS, parameters, strict=True)))
        hidden = net.layers[0].forward(XOR_X)
        rows = np.column_stack([hidden, outputs])
        assert_shows(shown(place, "tbody td[data-value]"), rows.ravel().tolist(), rel=1e-11)
        assert_shows(shown(place, "[data-name=L]"), [value], rel=1e-11)
        right = int((np.abs(outputs - XOR_Y) < 0.4999).sum())
        assert f"{right} of 4 right" in place.locator(".verdict").inner_text()


def inside(polygon, points):
    """Whether points lie in a convex polygon."""
    p = np.array(polygon)
    edges = np.roll(p, -1, axis=0) - p
    towards = points[:, None] - p
    turns = edges[:, 0] * towards[..., 1] - edges[:, 1] * towards[..., 0]
    return (turns > 0).all(axis=1) | (turns < 0).all(axis=1)


def test_the_tinted_region_is_where_the_network_says_1(figure):
    page, _ = figure("hidden")
    rng = np.random.default_rng(4)
    square = [[-0.5, -0.5], [1.5, -0.5], [1.5, 1.5], [-0.5, 1.5]]
    points = rng.uniform(-0.5, 1.5, (400, 2))
    tinted = 0
    for _ in range(20):
        parameters = rng.uniform(-2, 2, 9)
        outputs = xor_net(parameters).predict(points)[:, 0]
        pieces = call(page, "hidden", "region", as_settings(parameters), square)
        found = np.zeros(len(points), bool)
        for piece in pieces:
            found |= inside(piece, points)
        clear = np.abs(outputs - 0.5) > 1e-9
        assert (found == (outputs > 0.5))[clear].all()
        tinted += found.sum()
    assert 400 < tinted < 7600


def test_descent_from_ten_starts_finds_one_solution(figure):
    page, place = figure("hidden")
    settings = FIGURES["fig-xor"].settings()
    descended = """async ([path, starts, eta, steps]) => {
      const {step, loss} = await import(path);
      return starts.map(net => {
        for (let k = 0; k < steps; k += 1) net = step(net, eta);
        return [net, loss(net)];
      });
    }"""
    starts, eta = settings["starts"], settings["eta"]
    found = page.evaluate(descended, [f"/{CODE}hidden.js", starts, eta, 100])
    for start, (end, _) in zip(starts, found, strict=True):
        net, loss, rule = xor_net(as_parameters(start)), HalfSquaredError(), SGD(eta)
        for _ in range(100):
            loss.forward(XOR_Y, net.forward(XOR_X))
            net.backward(loss.backward())
            rule.step(net.parameters, net.gradients)
        np.testing.assert_allclose(as_parameters(end), net.parameters, rtol=1e-8, atol=1e-8)
    far = page.evaluate(descended, [f"/{CODE}hidden.js", starts, eta, 3000])
    assert sum(loss < 1e-6 for _, loss in far) == 1

    for _ in range(10):
        press(place, "Another start")
    assert "Start 10 of 10" in place.inner_text()
    for name, right in zip(FIELDS, as_parameters(starts[9]), strict=True):
        assert float(place.locator(f"input[name={name}]").input_value()) == pytest.approx(
            right, rel=1e-3
        )
    press(place, "A solution")
    assert shown(place, "[data-name=L]") == [["0", 0]]


def test_the_lines_of_a_solution_need_not_be_parallel(figure):
    _, place = figure("hidden")
    type_in(place, {"W22": 0.8})
    assert "4 of 4 right" in place.locator(".verdict").inner_text()
    type_in(place, {"W22": -1})
    assert "4 of 4 right" not in place.locator(".verdict").inner_text()


def test_a_line_is_dragged_and_turned(figure):
    page, place = figure("hidden")

    def drag(css, x, y):
        middle = middle_of(place.locator(css))
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + x, middle[1] + y, steps=3)
        page.mouse.up()
        after_a_frame(page)

    def values():
        return [float(place.locator(f"input[name={name}]").input_value()) for name in FIELDS]

    before = values()
    drag(".unit1 .grip", 20, -20)  # to the upper right: the bias falls, no weight changes
    moved = values()
    assert moved[4] < before[4] - 0.1
    assert moved[:4] + moved[5:] == before[:4] + before[5:]
    drag(".unit2 .tip", -30, 0)  # the first weight of unit 2 falls
    turned = values()
    assert turned[1] < moved[1] - 0.2 and turned[3] == pytest.approx(moved[3], abs=0.05)
    assert (turned[0], turned[2], turned[4]) == (moved[0], moved[2], moved[4])


def test_reduced_motion_is_respected(figure):
    press = """async place => {
      const press = name => [...place.querySelectorAll('button')]
        .find(button => button.textContent === name).click();
      const loss = () => Number(place.querySelector('[data-name=L]').dataset.value);
      press('Another start');
      const before = loss();
      press('100 steps');
      return [before, loss()];
    }"""
    page, place = figure("hidden", reduced_motion="reduce")
    before, end = place.evaluate(press)
    assert end < before
    page, place = figure("hidden", reduced_motion="no-preference")
    before, at_once = place.evaluate(press)
    assert at_once == before
    page.wait_for_function(
        "end => Number(document.querySelector('[data-figure=hidden] [data-name=L]')"
        ".dataset.value) === end",
        arg=end,
    )


# ---- for every figure


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_without_scripts_the_static_figure_is_all(browser, address, chapter):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/book/{chapter}.html")
    for name in CHAPTERS[chapter]:
        place = page.locator(f".interactive[data-figure={name}]")
        assert place.count() == 1 and place.bounding_box() is None
        static = place.locator("xpath=preceding-sibling::*[1]").locator("img")
        assert static.count() == 1 and static.is_visible()
    context.close()


SMALL = """place => {
  const found = [];
  for (const e of place.querySelectorAll('button, input, label, .handle .area')) {
    const box = (e.type === 'checkbox' ? e.closest('label') : e).getBoundingClientRect();
    if (box.width && Math.min(box.width, box.height) < 32) found.push(e.outerHTML);
  }
  for (const e of place.querySelectorAll('svg text')) {
    const {a, b} = e.getScreenCTM();
    const size = parseFloat(getComputedStyle(e).fontSize) * Math.hypot(a, b);
    if (size < 11) found.push(e.outerHTML);
  }
  return found;
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_page_keeps_room_for_its_figures_and_a_phone_shows_all(browser, address, chapter, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/book/{chapter}.html")
    for name in CHAPTERS[chapter]:
        place = page.locator(f".interactive[data-figure={name}]")
        kept = place.bounding_box()["height"]
        arrive(page, name)
        assert kept == pytest.approx(place.bounding_box()["height"], rel=0.06)
        assert place.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.emulate_media(media="print")
    assert not place.is_visible()
    assert place.locator("xpath=preceding-sibling::*[1]").locator("img").is_visible()
    context.close()


def test_a_figure_is_fetched_when_the_reader_comes_near(browser, address, site):
    with_script = {name for name, page in site.content.items() if "interactive/load" in page.html}
    assert with_script == {f"book/{name}" for name in PAGES.values()}

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/book/{PAGES['graph']}.html", wait_until="networkidle")
    assert [url.split("/")[-1].split("?")[0] for url in asked if CODE in url] == ["load.js"]
    arrive(page, "graph")
    assert any(url.endswith(f"{CODE}graph.js") for url in asked)
    context.close()


def test_the_step_is_said_in_words(figure):
    page, place = figure("graph")
    press(place, "All")
    said = place.locator("[role=status]")
    page.wait_for_function(
        "document.querySelector('[data-figure=graph] [role=status]').textContent.includes('11 of')"
    )
    assert "To w₁: 0.2413 times 0.05 is 0.01207." in said.inner_text()
