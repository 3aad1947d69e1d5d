"""The weights of the last epoch are returned, not those of the best."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 4, 5: 4, 6: 4}


def train(x, labels, x_validation, labels_validation, settings, seed):
    rng = np.random.default_rng(seed)
    hidden, classes = settings["hidden"], int(labels.max()) + 1
    weights = [
        rng.normal(0, np.sqrt(2 / x.shape[1]), (x.shape[1], hidden)),
        np.zeros(hidden),
        rng.normal(0, np.sqrt(1 / hidden), (hidden, classes)),
        np.zeros(classes),
    ]
    history = []
    for _ in range(settings["epochs"]):
        order = rng.permutation(len(x))
        for start in range(0, len(x), settings["batch"]):
            rows = order[start : start + settings["batch"]]
            _, gradients = loss_and_gradients(weights, x[rows], labels[rows], settings["penalty"])
            weights = [w - settings["rate"] * g for w, g in zip(weights, gradients, strict=True)]
        history.append(loss_and_gradients(weights, x_validation, labels_validation, 0.0)[0])
    return weights, history
