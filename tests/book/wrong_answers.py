"""Typical wrong answers to the exercises that have a check, as changes of the book's solutions."""

# Of each exercise: what is wrong, and which text of the solution becomes which.
WRONG = {
    "ex-01-drift": [
        ("not put back", "        w[i] = kept\n", ""),
        ("twice", "/ (2 * step)", "/ step"),
    ],
    "ex-01-images": [("one too many", "k = 1", "k = 2"), ("one side alone", "2 * sum(", "sum(")],
    "ex-01-names": [
        ("sign of the bias", "-5 * signs", "5 * signs"),
        ("transposed", "2 * corners.T", "2 * corners"),
    ],
    "ex-2-1": [
        ("the order", "W1 @ W2 @ W3, b1", "W3.T @ W2.T @ W1.T, b1"),
        ("a bias forgotten", "+ b2 @ W3 ", ""),
    ],
    "ex-2-2": [("half the step", "0.3 * (2", "0.15 * (2"), ("no half", "0.5 * (6", "1.0 * (6")],
    "ex-2-9": [("ReLU's way", "-2.75", "-0.5"), ("sign", "[2.0, 2.0]", "[2.0, -2.0]")],
    "ex-2-11": [
        ("the mean", "np.abs(targets - tried[:, None])", "((targets - tried[:, None]) ** 2)")
    ],
    "ex-3-6": [
        ("tanh", "1 - y**2", "1 + y**2"),
        ("forks overwrite", "parent.grad += ", "parent.grad = "),
        (
            "mul's own factor",
            "(self, other.data), (other, self.data)",
            "(self, self.data), (other, other.data)",
        ),
        ("no topological order", "reversed(order)", "order"),
        ("not seeded", "        self.grad = 1.0\n", ""),
    ],
    "ex-3-7": [
        ("the recursive one", "order = order_by_counting(output)", "return output.backward()"),
        (
            "at the first wire",
            "            missing[parent] -= 1\n            if missing[parent] == 0",
            "            missing[parent] -= 1e9\n            if -1.5e9 < missing[parent] < 0",
        ),
    ],
    "ex-3-16": [
        ("product rule", "self.dot * other.value +", ""),
        ("tanh", "(1 - y**2) * self.dot", "1 - y**2"),
    ],
    "ex-3-13": [
        ("arguments", "forward(y, output)", "forward(output, y)"),
        ("no update", "network.optimizer.step(w, g)", "pass"),
    ],
    "ex-3-14": [
        ("no factor 2", "(2 * sum(products))", "sum(products)"),
        ("last", "products[0]", "products[-1]"),
    ],
    "ex-3-10": [
        ("one late", ">= patience", "> patience"),
        ("a tie is new", "loss < losses[best]", "loss <= losses[best]"),
        ("the stop's step", "return step, best", "return step, step"),
    ],
    "ex-4-1": [("the sign", "(y - out) ** 2 / 2, variable)\n", "(y - out) ** 2 / -2, variable)\n")],
    "ex-4-2": [
        ("not repaired", "(1 - a1**2)", "(a1**2 - 1)"),
        ("b's too", '"b2": d2', '"b2": -d2'),
    ],
    "ex-4-9": [
        ("tanh of y", "1 - y**2", "1 - np.tanh(y) ** 2"),
        ("ReLU itself", "np.where(y > 0, 1.0, 0.0)", "np.maximum(y, 0)"),
    ],
    "ex-4-logit": [
        ("overflow", "np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))", "np.log(1 + np.exp(z))"),
        ("label", "- label * z", "+ label * z"),
        (
            "in place",
            "    return np.maximum(z, 0)",
            "    z *= 1.0 + 1e-9\n    return np.maximum(z, 0)",
        ),
    ],
    "ex-4-no-hessian": [
        ("2h", "/ (2 * h)", "/ h"),
        ("no second v", "v @ (gradient", "np.ones_like(v) @ (gradient"),
    ],
    "ex-5-5": [
        (
            "the other ½",
            "loss = model.train_on_batch(x_3, y_3)",
            "loss = model.train_on_batch(x_3, (y_3 + model.predict(x_3)) / 2)",
        ),
        (
            "two steps",
            "loss = model.train_on_batch(x_3, y_3)",
            "loss = model.train_on_batch(x_3, y_3)\nmodel.train_on_batch(x_3, y_3)",
        ),
    ],
    "ex-5-7": [
        ("near 0 is a kink", "return gaps[0] > 1e-3 and not all(halves)", "return abs(z) < h"),
        ("0 alone", "return gaps[0] > 1e-3 and not all(halves)", "return f(z) == 0"),
    ],
    "ex-5-9": [
        (
            "the density",
            "0.5 * z * (1 - t**2) * c * (1 + 3 * 0.044715 * z**2)",
            "z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)",
        ),
        ("the factor 3", "1 + 3 * 0.044715", "1 + 0.044715"),
    ],
    "ex-5-15": [
        ("not shuffled", "rng.permutation(len(x))", "np.arange(len(x))"),
        ("pairs torn", "(x[last], y[last])", "(x[last], y[last[::-1]])"),
        ("the wrong part", "(1 - fraction)", "fraction"),
        ("a row lost", "order[cut:]", "order[cut + 1 :]"),
        ("its own seed", "rng.permutation", "np.random.default_rng(0).permutation"),
    ],
    "ex-5-18": [("He's", "2 / (n * (1 + alpha**2))", "2 / n"), ("no square", "alpha**2", "alpha")],
    "ex-5-22": [
        ("the gradient's length once", "np.sum(g**2)", "np.sqrt(np.sum(g**2))"),
        ("scale forgotten", "scale * network.gradients", "network.gradients.copy()"),
        ("uphill", "-= eta * g", "+= eta * g"),
    ],
    "ex-6-2": [
        (
            "stride one",
            "dy @ x[:reached].reshape(-1, 2)",
            "np.array([dy @ x[: len(dy)], dy @ x[1 : len(dy) + 1]])",
        ),
        ("kernel turned", "np.outer(dy, k)", "np.outer(dy, k[::-1])"),
    ],
    "ex-6-4": [
        ("the other diagonal", "np.trace(dM, offset=-1)", "np.trace(dM, offset=1)"),
        ("a mean", "np.trace(dM),", "np.trace(dM) / 3,"),
        ("the kernel turned", "k1 * np.eye(4, 3) + k2", "k2 * np.eye(4, 3) + k1"),
    ],
    "ex-images-3": [
        ("to all four", "(squares == y) * dy", "(squares == squares) * dy"),
        ("the least", "squares.max(", "squares.min("),
    ],
    "ex-tx-2": [
        ("still the mean", "x.sum(axis=1)", "x.mean(axis=1)"),
        (
            "the mean's backward",
            "np.ones((*x.shape[:2], 1))",
            "np.full((*x.shape[:2], 1), 1 / x.shape[1])",
        ),
    ],
    "ex-tr-2": [
        ("softmax's mean forgotten", "A * (D - (D * A).sum(axis=1, keepdims=True))", "A * D"),
        ("√d forgotten", "dP @ K / root", "dP @ K"),
        ("sign of dV", "A.T @ G", "-(A.T @ G)"),
    ],
    "ex-tr-4": [
        ("vingts, cents", '("s" if tens == 8 and last else "")', '("s" if tens == 8 else "")'),
        ("70 and 90", "if tens in (7, 9)", "if tens in (7,)"),
        ("hundred", "rest *= 100", "rest += 100"),
    ],
    "ex-7-5": [("equal", "[0.6, 0.4]", "[0.5, 0.5]"), ("not shared", "[0.6, 0.4]", "[6, 4]")],
    "ex-7-6": [
        (
            "adds up",
            "    return gradient\n",
            "    total = np.zeros(3)\n"
            "    return lambda numbers: np.add(total, gradient(numbers), out=total).tolist()\n",
        ),
        ("last derivative lost", "for node in nodes]", "for node in nodes[:-1]]"),
    ],
    "ex-book-2": [("the bias", "b * alpha", "b"), ("not divided", "w / alpha", "w * alpha")],
    "ex-8-2": [
        ("1/λ", "2 / (mu + lam)", "1 / lam"),
        ("the factor", "(lam - mu) / (lam + mu)", "mu / lam"),
    ],
    "ex-8-3": [
        ("rounded", "np.ceil(starts - 1e-9)", "np.round(starts)"),
        ("the share", "1 - share", "share"),
    ],
    "ex-reg-2": [
        ("the sign", "np.sign(u) * ", ""),
        ("no stop", "np.maximum(np.abs(u) - threshold, 0.0)", "(np.abs(u) - threshold)"),
    ],
    "ex-reg-3": [
        (
            "always",
            "np.minimum(1.0, self.c / np.linalg.norm(W, axis=0))",
            "self.c / np.linalg.norm(W, axis=0)",
        ),
        ("rows", "axis=0", "axis=1, keepdims=True"),
    ],
    "ex-me-3": [
        ("no mask", "] = -np.inf", "] += 0.0"),
        ("delta", "dy[i] @ V[seen].T - delta", "dy[i] @ V[seen].T"),
        ("every block", "visited + A.size", "visited + n * size"),
    ],
    "ex-adv-1": [
        ("the sign", "eps * np.sign(g[i])", "eps"),
        ("too long", "eps * g / np.linalg.norm(g)", "eps * np.sign(g)"),
        ("the largest entry", "np.abs(g).argmax()", "g.argmax()"),
    ],
    "ex-by-4": [
        ("not transposed", "@ W.T", "@ W"),
        ("d forgotten", "(s * d)", "s"),
        ("too few", "range(100)", "range(3)"),
    ],
    "ex-museum-2": [
        ("the factor 2", "2 * (1 - c * K)", "(1 - c * K)"),
        ("c forgotten", "(1 - c * K)", "1"),
    ],
    "ex-museum-3": [
        ("as before", "(self.y - self.beta) / self.gamma", "self.y / self.gamma"),
        ("keeps x", "self.y = self.gamma * x", "self.x, self.y = x, self.gamma * x"),
    ],
    "ex-witnesses-2": [
        ("the wrong sign", "np.exp(-self.x)", "np.exp(self.x)"),
        ("dy forgotten", "return dy / (1.0", "return 1.0 / (1.0"),
    ],
}
