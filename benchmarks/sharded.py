"""What the shards of a batch cost: ``python -m benchmarks.sharded``, in about a minute.

Measures, on this machine, the constants from which ``book/08-outlook/large-data.ipynb`` predicts a
step with up to 1,000 workers, and steps with 1 and 2 workers beside which it puts the prediction:

compute   seconds of a shard's gradient (``shard_gradient``) by its number of samples
link      seconds of a message there and back over a TCP socket of the loopback interface, by bytes
dask      seconds a task of many that receive and return a vector, by its bytes: what the one
          process that sends all weights and receives all gradients is busy with
steps     seconds of ``sharded_gradient`` here, and on Dask with 1 and 2 workers

Times are the least of several: what else runs on the machine only adds to them. Writes
``benchmarks/sharded.json``.
"""

import json
import platform
import socket
import threading
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np

from backprop import SGD, Dense, Sequential
from backprop.dask_client import dask_client
from backprop.losses import CategoricalCrossentropy
from backprop.sharded import shard_gradient, sharded_gradient, split
from benchmarks.gpu import processor

SIZES = {"64-32-10": (64, 32, 10), "784-512-512-10": (784, 512, 512, 10)}
SAMPLES = [1, 8, 64, 256, 1024, 4096]
BYTES = [8, 10_000, 100_000, 1_000_000, 4_000_000]
BATCH = 4096
TASKS = 16


def make_small():
    return _make("64-32-10")


def make_large():
    return _make("784-512-512-10")


def _make(name):
    first, *others = SIZES[name]
    layers = [Dense(n, "relu") for n in others[:-1]] + [Dense(others[-1])]
    network = Sequential(layers, seed=0, dtype="float32")
    network.build((first,))
    network.compile(SGD(0.01), CategoricalCrossentropy(from_logits=True))
    return network


MAKE = {"64-32-10": make_small, "784-512-512-10": make_large}


def data(name, n):
    rng = np.random.default_rng(0)
    y = np.eye(10, dtype=np.float32)[rng.integers(0, 10, n)]
    return rng.random((n, SIZES[name][0]), dtype=np.float32), y


def least(f, rounds):
    """Return the least time of f, which was called once before."""
    f()
    times = []
    for _ in range(rounds):
        start = perf_counter()
        f()
        times.append(perf_counter() - start)
    return float(f"{min(times):.4g}")


def compute():
    """Time a shard's gradient, by its samples."""
    rows = []
    for name, make in MAKE.items():
        parameters = make().parameters
        for n in SAMPLES:
            x, y = data(name, n)
            seconds = least(lambda task=(make, parameters, x, y): shard_gradient(*task), 15)
            rows.append({"network": name, "samples": n, "seconds": seconds})
    return rows


def link():
    """Time a message and its echo through a socket: twice the time of one way."""
    server = socket.create_server(("127.0.0.1", 0))

    def echo():
        connection, _ = server.accept()
        with connection:
            for n in BYTES:
                buffer = bytearray(n)
                for _ in range(101):
                    _receive(connection, buffer)
                    connection.sendall(buffer)

    thread = threading.Thread(target=echo)
    thread.start()
    rows = []
    with server, socket.create_connection(server.getsockname()) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in BYTES:
            buffer = bytearray(n)

            def both_ways(buffer=buffer):
                connection.sendall(buffer)
                _receive(connection, buffer)

            rows.append({"bytes": n, "seconds": least(both_ways, 100) / 2})
        thread.join()
    return rows


def _receive(connection, buffer):
    view = memoryview(buffer)
    while view:
        view = view[connection.recv_into(view) :]


def echo_vector(number, vector):
    """Return the vector: a task that travels and computes nothing."""
    return vector


def dask(client):
    """Time many tasks that are sent a vector and send it back, each an array of its own."""
    rows, number = [], 0
    for n in BYTES:

        def all_tasks(n=n):
            nonlocal number
            vector, futures = np.random.default_rng(number).bytes(n), []
            for _ in range(TASKS):
                number += 1
                futures.append(client.submit(echo_vector, number, vector))
            for future in futures:
                future.result()

        rows.append({"bytes": n, "seconds": least(all_tasks, 7) / TASKS})
    return rows


def steps(client, workers):
    """Time whole gradients, the samples lying with the workers, the weights new at each step."""
    rows = []
    for name, make in MAKE.items():
        parameters, (x, y) = make().parameters.copy(), data(name, BATCH)
        shards = split(x, y, workers)
        if client is not None:
            shards = [tuple(client.scatter(list(shard), hash=False)) for shard in shards]

        def step(parameters=parameters, make=make, shards=shards):
            parameters[0] += 1e-6  # other weights are another task
            sharded_gradient(make, parameters, shards, client)

        row = {"network": name, "workers": workers, "dask": client is not None, "batch": BATCH}
        rows.append(row | {"seconds": least(step, 15)})
    return rows


def main():
    results = {
        "versions": {"Python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "distributed")},
        "processor": processor(),
        "parameters": {name: make().count_params() for name, make in MAKE.items()},
        "compute": compute(),
        "link": link(),
        "steps": steps(None, 1),
    }
    for workers in (1, 2):
        with dask_client(workers=workers) as client:
            if workers == 2:
                results["dask"] = dask(client)
            results["steps"] += steps(client, workers)
    text = json.dumps(results, indent=1)
    path = Path(__file__).with_name("sharded.json")
    path.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
