"""What a GPU changes: ``PYTHONPATH=src python benchmarks/gpu.py benchmarks/gpu.json``.

A step of training on four networks of the cost page, in float32, for batches of 1 to 65,536 samples
that lie in the device's memory: this package in NumPy and PyTorch on the CPU, with one thread and
with all; PyTorch on the GPU, each operation called from Python ("eager") or the whole step recorded
once and replayed ("CUDA graph"); JAX on the GPU, the step compiled. Beside it the products of
square matrices, and the time that a batch takes to the GPU.

Every contestant is a process of its own, for the number of threads is read when a library starts,
and prints a line of JSON for each result. GPU work is asynchronous: a time ends with a
synchronization. It is the median of several runs of many steps each, after runs that do not count.
Before anything is timed, a contestant's gradients for given weights are compared with this
package's in float64.

Run it as a file: the package ``benchmarks`` sets one thread and no GPU. ``--cpu`` is a dry run
without a GPU, on small sizes. The whole takes at most four minutes: what is not done by then is
left out, and named under "unfinished".
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

SECONDS, EACH = 225, 90  # for everything, and at most for one contestant
BATCHES = [4**k for k in range(9)]  # 1 to 65,536
PRODUCTS = [2**k for k in range(5, 14)]  # 32 to 8,192
LONGEST = 1.5  # seconds: nothing is started that is expected to take longer
LEARNING_RATE = 0.01
CHECK_BATCH = 8
FAR = 1e-5  # largest difference of gradients, divided by the largest gradient

# Sizes of Dense layers, or of images; the batch of the cost page; the largest batch; the seed, with
# which no sum lies so near a kink of ReLU, and no two so near in a pool, that rounding decides.
WORKLOADS = {
    "8-10-1": ((8, 10, 1), 10, 65_536, 12),
    "784-30-10": ((784, 30, 10), 10, 65_536, 36),
    "784-512-512-10": ((784, 512, 512, 10), 128, 65_536, 36),
    "CNN 28x28": ((28, 28, 1), 32, 4_096, 3),
}


def is_cnn(sizes):
    return sizes[0] == sizes[1]


def data(sizes, n, seed):
    """Return n random inputs and targets: numbers for the article's program, else one-hot."""
    rng = np.random.default_rng(seed)
    shape = sizes if is_cnn(sizes) else sizes[:1]
    x = rng.random((n, *shape), dtype=np.float32)
    if sizes[-1] == 1 and not is_cnn(sizes):
        return x, rng.random((n, 1), dtype=np.float32)
    return x, np.eye(10, dtype=np.float32)[rng.integers(0, 10, n)]


def weights(sizes, seed):
    """Return W₁, b₁, W₂, ... in our layout, float32."""
    rng = np.random.default_rng(1000 + seed)
    if is_cnn(sizes):
        shapes = [(3, 3, 1, 8), (3, 3, 8, 16), (7 * 7 * 16, 10)]
    else:
        shapes = list(itertools.pairwise(sizes))
    arrays = []
    for shape in shapes:
        scale = np.sqrt(2 / np.prod(shape[:-1]))
        arrays += [rng.normal(0.0, scale, shape), rng.normal(0.0, 0.1, shape[-1])]
    return [a.astype(np.float32) for a in arrays]


# -- the contestants: each has `gradients(name)` and `stepper(name, n)`, and maybe more ------------


class Ours:
    """This package, in NumPy."""

    def __init__(self, device):
        import backprop

        self.b = backprop

    def model(self, name, dtype="float32"):
        b, (sizes, _, _, seed) = self.b, WORKLOADS[name]
        if is_cnn(sizes):
            conv = {"padding": "same", "activation": "relu"}
            layers = [b.Conv2D(8, 3, **conv), b.MaxPool2D(2)]
            layers += [b.Conv2D(16, 3, **conv), b.MaxPool2D(2), b.Flatten(), b.Dense(10)]
        else:
            layers = [b.Dense(n, "relu") for n in sizes[1:-1]] + [b.Dense(sizes[-1])]
        model = b.Sequential(layers, dtype=dtype)
        model.build(sizes if is_cnn(sizes) else sizes[:1])
        model.set_weights(weights(sizes, seed))
        loss = b.losses.CategoricalCrossentropy(from_logits=True)
        model.compile(b.SGD(LEARNING_RATE), "mse" if name == "8-10-1" else loss)
        return model

    def gradients(self, name, dtype="float32"):
        sizes, _, _, seed = WORKLOADS[name]
        x, y = data(sizes, CHECK_BATCH, seed)
        model = self.model(name, dtype)
        model.loss.forward(y.astype(dtype), model.forward(x, training=True))
        model.backward(model.loss.backward())
        return model.gradients.copy()

    def stepper(self, name, n):
        model, (x, y) = self.model(name), data(WORKLOADS[name][0], n, 0)
        settings = {"batch_size": n, "shuffle": False, "verbose": 0}
        return {"": lambda steps: model.fit(x, y, epochs=steps, **settings)}

    def product(self, n, dtype):
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=(2, n, n)).astype(dtype)
        out = np.empty_like(a)

        def run(steps):
            for _ in range(steps):
                np.matmul(a, b, out=out)

        return run

    DTYPES = ("float32", "float64")


class PyTorch:
    def __init__(self, device):
        import torch

        self.torch, self.device = torch, device
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False

    def synchronize(self):
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def model(self, name):
        nn, (sizes, _, _, seed) = self.torch.nn, WORKLOADS[name]
        if is_cnn(sizes):
            layers = [nn.Conv2d(1, 8, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
            layers += [nn.Conv2d(8, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
            layers += [nn.Flatten(), nn.Linear(7 * 7 * 16, 10)]
        else:
            layers = []
            for n_in, n_out in itertools.pairwise(sizes):
                layers += [nn.Linear(n_in, n_out), nn.ReLU()]
            layers.pop()
        model = nn.Sequential(*layers)
        with self.torch.no_grad():
            for own, start in zip(model.parameters(), weights(sizes, seed), strict=True):
                own.copy_(self.torch.from_numpy(self.to_torch(start)))
        return model.to(self.device)

    @staticmethod
    def to_torch(array):
        """Return a weight as PyTorch keeps it: (out, in), kernels (O, C, k, k)."""
        if array.ndim == 4:
            return np.ascontiguousarray(array.transpose(3, 2, 0, 1))
        if array.shape == (7 * 7 * 16, 10):  # behind Flatten, which has (C, H, W) there
            array = array.reshape(7, 7, 16, 10).transpose(2, 0, 1, 3).reshape(-1, 10)
        return np.ascontiguousarray(array.T)

    @staticmethod
    def to_ours(array):
        if array.ndim == 4:
            return array.transpose(2, 3, 1, 0)
        if array.shape == (10, 7 * 7 * 16):
            return array.reshape(10, 16, 7, 7).transpose(2, 3, 1, 0).reshape(-1, 10)
        return array.T

    def batch(self, name, n, seed=0):
        x, y = data(WORKLOADS[name][0], n, seed)
        if x.ndim == 4:
            x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
        return (self.torch.from_numpy(a).to(self.device) for a in (x, y))

    def loss(self, name):
        nn = self.torch.nn
        return nn.MSELoss() if name == "8-10-1" else nn.CrossEntropyLoss()

    def gradients(self, name):
        model, (x, y) = self.model(name), self.batch(name, CHECK_BATCH, WORKLOADS[name][3])
        self.loss(name)(model(x), y).backward()
        grads = [self.to_ours(p.grad.cpu().numpy()).ravel() for p in model.parameters()]
        return np.concatenate(grads)

    def stepper(self, name, n):
        torch, loss, model = self.torch, self.loss(name), self.model(name)
        x, y = self.batch(name, n)
        optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE)

        def step():
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()

        def eager(steps):
            for _ in range(steps):
                step()
            self.synchronize()

        if self.device == "cpu":
            return {"eager": eager}
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries start up here, which cannot be recorded
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        optimizer.zero_grad()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()

        def replay(steps):
            for _ in range(steps):
                graph.replay()
            self.synchronize()

        return {"eager": eager, "CUDA graph": replay}

    def product(self, n, dtype):
        torch = self.torch
        torch.backends.cuda.matmul.allow_tf32 = dtype == "tf32"
        kind = {"tf32": torch.float32, "bf16": torch.bfloat16}.get(dtype) or getattr(torch, dtype)
        a, b = torch.randn(2, n, n, device=self.device).to(kind)
        out = torch.empty_like(a)

        def run(steps):
            for _ in range(steps):
                torch.mm(a, b, out=out)
            self.synchronize()

        return run

    @property
    def DTYPES(self):
        return ("float32", "float64") + (("tf32", "bf16") if self.device == "cuda" else ())

    def transfer(self, n):
        """Copy n inputs of 784 numbers to the GPU, from ordinary and from pinned memory."""
        x = self.torch.from_numpy(data((784, 10), n, 0)[0])
        on_gpu = self.torch.empty_like(x, device=self.device)

        def copier(host):
            def run(steps):
                for _ in range(steps):
                    on_gpu.copy_(host, non_blocking=True)
                self.synchronize()

            return run

        return {"ordinary": copier(x), "pinned": copier(x.pin_memory())}


class Jax:
    def __init__(self, device):
        import jax

        self.jax, self.device = jax, device
        jax.config.update("jax_default_matmul_precision", "highest")  # float32, no TF32
        found = jax.default_backend()
        if found != {"cuda": "gpu"}.get(device, device):
            raise RuntimeError(f"JAX: expected a backend for {device}, got {found}")

    def loss(self, name):
        jnp, lax, jax = self.jax.numpy, self.jax.lax, self.jax

        def forward(w, x):
            if x.ndim == 4:
                for K, b in ((w[0], w[1]), (w[2], w[3])):
                    layout = ("NHWC", "HWIO", "NHWC")
                    x = lax.conv_general_dilated(x, K, (1, 1), "SAME", dimension_numbers=layout)
                    x = jnp.maximum(x + b, 0)
                    window = (1, 2, 2, 1)
                    x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
                return x.reshape(len(x), -1) @ w[4] + w[5]
            for i in range(0, len(w) - 2, 2):
                x = jnp.maximum(x @ w[i] + w[i + 1], 0)
            return x @ w[-2] + w[-1]

        def loss(w, x, y):
            o = forward(w, x)
            if name == "8-10-1":
                return jnp.mean((o - y) ** 2)
            return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(o), axis=1))

        return loss

    def gradients(self, name):
        sizes, _, _, seed = WORKLOADS[name]
        x, y = data(sizes, CHECK_BATCH, seed)
        grads = self.jax.jit(self.jax.grad(self.loss(name)))(weights(sizes, seed), x, y)
        return np.concatenate([np.asarray(g).ravel() for g in grads])

    def stepper(self, name, n):
        jax, (sizes, _, _, seed) = self.jax, WORKLOADS[name]
        gradient = jax.value_and_grad(self.loss(name))

        def step(w, x, y):
            value, grads = gradient(w, x, y)
            return [a - LEARNING_RATE * g for a, g in zip(w, grads, strict=True)], value

        compiled = jax.jit(step, donate_argnums=0)
        x, y = (jax.device_put(a) for a in data(sizes, n, 0))
        state = {"w": [jax.device_put(a) for a in weights(sizes, seed)]}

        def run(steps):
            w = state["w"]
            for _ in range(steps):
                w, _ = compiled(w, x, y)
            state["w"] = jax.block_until_ready(w)

        return {"jit": run}

    DTYPES = ()


CONTESTANTS = {"backprop": Ours, "PyTorch": PyTorch, "JAX": Jax}


# -- timing ----------------------------------------------------------------------------------------


def seconds(run, regions=5, least=0.02):
    """Return the median, the least and the largest time of a step, over runs of many steps."""
    for _ in range(3):  # the first calls compile and make buffers
        start = perf_counter()
        run(1)
        once = perf_counter() - start
        if once > 0.5:
            break
    steps = max(1, min(2000, round(least / once)))
    times = []
    for _ in range(regions if once < 0.5 else 3):
        start = perf_counter()
        run(steps)
        times.append((perf_counter() - start) / steps)
    found = {"seconds": statistics.median(times), "low": min(times), "high": max(times)}
    return {name: float(f"{value:.4g}") for name, value in found.items()}


def contest(name, device, threads, reference, small):
    """Print this contestant's results, a line each."""
    contestant = CONTESTANTS[name](device)
    if name == "PyTorch" and device == "cpu":
        contestant.torch.set_num_threads(threads)
    who = {"library": name, "device": device, "threads": threads}
    for workload in WORKLOADS:
        expected = np.load(Path(reference) / f"{workload}.npy")
        got = contestant.gradients(workload)
        difference = float(np.abs(got - expected).max() / np.abs(expected).max())
        say("gradients", **who, workload=workload, difference=difference)
        if not difference < FAR:
            raise RuntimeError(
                f"{name} on {device}: the gradient of {workload} differs by {difference:.1e} of "
                f"the largest, expected less than {FAR:.0e}: its times do not count"
            )
    points = [(w, WORKLOADS[w][1]) for w in WORKLOADS]
    points += [(w, n) for w in WORKLOADS for n in BATCHES if n <= WORKLOADS[w][2]]
    last = {}
    for workload, n in points:
        before = last.get(workload)
        if (before and before[1] * n / before[0] > LONGEST) or (small and n > 256):
            continue
        for way, run in contestant.stepper(workload, n).items():
            result = seconds(run)
            say("steps", **who, way=way, workload=workload, batch=n, **result)
            last[workload] = (n, result["seconds"])
    for dtype in contestant.DTYPES:
        before = 0.0
        for n in PRODUCTS:
            if 8 * before > LONGEST or (small and n > 256):
                break
            result = seconds(contestant.product(n, dtype))
            before = result["seconds"]
            say("products", **who, dtype=dtype, n=n, **result)
    if name == "PyTorch" and device == "cuda":
        for n in BATCHES:
            for memory, run in contestant.transfer(n).items():
                say("transfers", memory=memory, bytes=n * 784 * 4, **seconds(run))


def say(table, **row):
    print(json.dumps({"table": table, **row}), flush=True)


# -- all of them -----------------------------------------------------------------------------------


def processor():
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions(gpu):
    """Return the versions of what was timed, and the GPU's name or None, from a process each."""
    found, card = {"Python": platform.python_version(), "numpy": np.__version__}, None
    for library in ("torch", "jax"):
        code = f"import {library} as m; print(m.__version__)"
        if library == "torch" and gpu:
            code += "; print(m.cuda.get_device_name()); print(m.version.cuda)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        lines = done.stdout.split("\n")
        found[library] = lines[0] if done.returncode == 0 else None
        if library == "torch" and gpu and done.returncode == 0:
            card, found["CUDA"] = lines[1:3]
    return found, card


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", help="the JSON file that is written")
    parser.add_argument("--cpu", action="store_true", help="a dry run without a GPU, small sizes")
    parser.add_argument("--contest", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contest:
        name, device, threads, reference = arguments.contest
        contest(name, device, int(threads), reference, arguments.cpu)
        return
    if arguments.output is None:
        parser.error("expected the name of the JSON file to write")

    start = perf_counter()
    gpu, cores = not arguments.cpu, len(os.sched_getaffinity(0))
    found, card = versions(gpu)
    device = {"processor": processor(), "cores": cores, "gpu": card}
    results = {"device": device, "versions": found, "unfinished": []}
    results |= {table: [] for table in ("gradients", "steps", "products", "transfers")}
    accelerator = "cuda" if gpu else "cpu"
    order = [
        ("PyTorch", accelerator, cores),
        ("backprop", "cpu", cores),
        ("backprop", "cpu", 1),
        ("PyTorch", "cpu", 1),
        ("JAX", accelerator, cores),
    ]
    if gpu:
        order.insert(3, ("PyTorch", "cpu", cores))
    with tempfile.TemporaryDirectory() as folder:
        for workload in WORKLOADS:
            reference = Ours("cpu").gradients(workload, "float64")
            np.save(Path(folder) / f"{workload}.npy", reference)
        for name, where, threads in order:
            left = min(EACH, SECONDS - (perf_counter() - start))
            lines, error = run_contest(name, where, threads, folder, left, arguments.cpu)
            print(f"{name}, {where}, {threads} threads: {len(lines)} results {error}", flush=True)
            for row in lines:
                results[row.pop("table")].append(row)
            if error:
                who = f"{name}, {where}, {threads} threads"
                results["unfinished"].append(f"{who}: {error}")
    results["seconds"] = round(perf_counter() - start)
    Path(arguments.output).write_text(one_row_a_line(results), encoding="utf-8")
    print(f"{results['seconds']} s, written to {arguments.output}")


def one_row_a_line(results):
    """Return JSON in which each row of a table is a line."""
    parts = []
    for name, value in results.items():
        rows = isinstance(value, list) and value
        text = (
            "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n ]" if rows else json.dumps(value)
        )
        parts.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def run_contest(name, device, threads, folder, left, small):
    """Run one contestant in a process; return its rows, and what went wrong or ""."""
    if left <= 0:
        return [], "no time left"
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }
    if device == "cpu":
        environment["JAX_PLATFORMS"] = "cpu"
    command = [sys.executable, __file__, "--contest", name, device, str(threads), folder]
    with open(Path(folder) / "stdout", "w+") as out, open(Path(folder) / "stderr", "w+") as err:
        try:
            done = subprocess.run(
                command + ["--cpu"] * small, stdout=out, stderr=err, env=environment, timeout=left
            )
            error = "" if done.returncode == 0 else f"ended with {done.returncode}"
        except subprocess.TimeoutExpired:
            error = "no time left"
        out.seek(0)
        err.seek(0)
        whole = out.read().split("\n")[:-1]  # a process that was stopped may break off in a line
        text = err.read().strip().splitlines()
    if error.startswith("ended"):
        print("\n".join(text[-15:]), file=sys.stderr)
        error += ": " + (text[-1] if text else "")
    return [json.loads(line) for line in whole], error


if __name__ == "__main__":
    main()
