"""The physics written out in chapter 6's pages against gymnasium's, step by step."""

import ast
import json
from pathlib import Path

import gymnasium
import numpy as np

PAGES = Path(__file__).parents[2] / "book" / "06-applications"


def defined(page: str, *names: str) -> dict:
    """Functions and constants of a page, by name: what the page runs, not a copy of it."""
    notebook = json.loads((PAGES / page).read_text(encoding="utf-8"))
    found = {"np": np}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        for node in ast.parse("".join(cell["source"])).body:
            targets = getattr(node, "targets", [])
            bound = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            if getattr(node, "name", None) in names or bound & set(names):
                exec(compile(ast.Module([node], []), page, "exec"), found)
    return found


def test_the_cart_moves_as_gymnasiums():
    cart_step = defined("game.ipynb", "cart_step")["cart_step"]
    env = gymnasium.make("CartPole-v1").unwrapped
    rng = np.random.default_rng(0)
    ended = 0
    for seed in range(10):
        env.reset(seed=seed)
        state = np.array(env.state)
        for _ in range(200):
            push = int(rng.integers(2))
            _, _, terminated, _, _ = env.step(push)
            state = cart_step(state[:, None], np.array([push]))[:, 0]
            assert np.allclose(state, env.state, rtol=0, atol=1e-12)
            fallen = not (abs(state[0]) <= 2.4 and abs(state[2]) <= np.radians(12))
            assert fallen == terminated
            if terminated:
                ended += 1
                break
    assert ended == 10


def test_the_pendulum_moves_as_gymnasiums():
    page = defined("robot.ipynb", "DT", "MAX_SPEED", "physics", "wrap", "cost")
    env = gymnasium.make("Pendulum-v1").unwrapped
    rng = np.random.default_rng(0)
    fastest = 0.0
    for seed in range(5):
        env.reset(seed=seed)
        state = np.array(env.state)
        for _ in range(200):
            # Mostly with the motion: the speed limit is reached, too.
            torque = 2.0 * np.sign(state[1]) if seed % 2 else rng.uniform(-2, 2)
            expected = -page["cost"](*state, torque)
            _, reward, *_ = env.step(np.array([torque]))
            state = np.array(page["physics"](*state, torque))
            assert np.isclose(reward, expected, rtol=0, atol=1e-9)
            assert np.allclose(state, env.state, rtol=0, atol=1e-9)
            fastest = max(fastest, abs(state[1]))
    assert fastest == 8.0
