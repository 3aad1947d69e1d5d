"""A client of Dask distributed for ``sharded``: a cluster of this machine, or any scheduler.

Dask is imported only when a client is asked for; the rest of the package needs none.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["dask_client"]


@contextmanager
def dask_client(address: str | None = None, workers: int = 2) -> Iterator:
    """Yield a client of Dask distributed, and close what was opened for it.

    Parameters
    ----------
    address : str, optional
        Of a running scheduler, such as ``"tcp://192.0.2.1:8786"``, whose workers have this package.
        By default a cluster is started on this machine, of processes that listen on the loopback
        interface alone, with no dashboard and no log; its files are removed at the end.
    workers : int
        Processes of that cluster, each with one thread.

    Raises
    ------
    ImportError
        If ``distributed`` is not installed.
    """
    import dask
    from distributed import Client, LocalCluster

    if address is not None:
        with Client(address) as client:
            yield client
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        dask.config.set({"temporary-directory": folder}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # The scheduler's HTTP server without the dashboard, at a port that is free.
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            silence_logs="CRITICAL",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client
