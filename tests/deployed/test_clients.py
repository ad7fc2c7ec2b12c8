"""Clients of every kind, beside a scheduler and workers that are processes of their own."""

import pytest

pytestmark = pytest.mark.core


def test_client_as_context_as_default_and_as_argument(cluster, bench):
    pids = bench.does(
        """
        def pids_in(**options):
            with parallel_backend("dask", **options):
                return Parallel()(delayed(pid)(number) for number in range(10))

        told = {}
        with Client(ADDRESS):
            told["context"] = pids_in()
        given = Client(ADDRESS, set_as_default=False)
        told["argument"] = pids_in(client=given)
        given.close()
        told["address"] = pids_in(scheduler_host=ADDRESS)
        default = Client(ADDRESS)
        told["default"] = pids_in()
        if hasattr(default, "as_current"):  # not in distributed 1
            with default.as_current():
                told["current"] = pids_in()
        else:
            told["current"] = pids_in()
        tell(told)
        """,
        cluster,
    )
    assert set(pids) == {"context", "argument", "address", "default", "current"}
    assert all(len(each) == 10 and set(each) <= cluster.pids for each in pids.values())


def test_the_client_that_is_named_is_the_one_that_is_used(cluster, new_cluster, bench):
    other = new_cluster(1)
    named, default, address = bench.does(
        f"""
        from distributed.client import default_client

        default = Client(ADDRESS)
        other = Client({other.address!r}, set_as_default=False)
        address = default_client().scheduler.address
        with parallel_backend("dask", client=other):
            named = Parallel()(delayed(pid)(number) for number in range(10))
        with parallel_backend("dask"):
            unnamed = Parallel()(delayed(pid)(number) for number in range(10))
        tell([named, unnamed, address])
        """,
        cluster,
    )
    assert set(named) == other.pids
    # distributed before 2021.5.1 makes the latest client its default, whatever it was told
    assert set(default) <= (cluster if address == cluster.address else other).pids


def test_a_block_at_an_address_leaves_the_default_client_alone(cluster, new_cluster, bench):
    other = new_cluster(1)
    none, there, kept = bench.does(
        f"""
        from distributed.client import default_client

        with parallel_backend("dask", scheduler_host={other.address!r}):
            none = [raised(default_client)[0][0]]
        none.append(raised(default_client)[0][0])
        default = Client(ADDRESS)
        with parallel_backend("dask", scheduler_host={other.address!r}):
            kept = [default_client() is default]
            there = Parallel()(delayed(pid)(number) for number in range(10))
        kept.append(default_client() is default)
        names, _ = raised(lambda: parallel_backend("dask", scheduler_host="127.0.0.1:1").__enter__())
        assert names[0] == "ConnectError", names
        kept.append(default_client() is default)
        tell([none, there, kept])
        """,
        cluster,
        DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="3s",
    )
    assert none == ["ValueError", "ValueError"]
    assert set(there) == other.pids
    assert kept == [True, True, True]


def test_two_clients_at_the_same_time(cluster, bench):
    """The one fails while the other is in the middle of its call."""
    program = """
        def task(number):
            if number == 0:
                note({mine!r})
                until(lambda: noted({other!r}))
            elif {fails}:
                raise LookupError("mine alone")
            else:
                until(lambda: noted("failed"))
            return os.getpid()

        def call():
            with parallel_backend("dask", scheduler_host=ADDRESS, n_jobs=1) as run:
                tell(Parallel()(delayed(task)(number) for number in range(10)))

        if {fails}:
            names, text = raised(call)
            assert (names[0], text) == ("LookupError", "mine alone")
            note("failed")
        else:
            call()
    """
    failing = bench.starts(program.format(mine="one", other="two", fails=True), cluster)
    working = bench.starts(program.format(mine="two", other="one", fails=False), cluster)
    assert failing.ended() == 0, bench.log()
    pids = working.told()
    assert len(pids) == 10
    assert set(pids) <= cluster.pids


@pytest.mark.parametrize("client", ["get_client()", "None"])
def test_a_client_inside_a_worker_task(new_cluster, bench, client):
    """As many tasks as there are threads, each with a call of its own: they wait for tasks that need their threads."""
    cluster = new_cluster()
    for _ in range(2):
        cluster.start_worker(PYTHONPATH=bench.path)
    outer, inner = bench.does(
        f"""
        def outer(number):
            from distributed import get_client
            from joblib_dask_compat import Parallel, delayed, parallel_backend

            met = meet("outer", 2)
            with parallel_backend("dask", client={client}):
                return met, Parallel()(delayed(os.getpid)() for _ in range(10))

        client = Client(ADDRESS)
        until(lambda: len(client.ncores()) == 2)
        told = client.gather([client.submit(outer, number, pure=False) for number in range(2)])
        tell([[met for met, _ in told], sum((pids for _, pids in told), [])])
        """,
        cluster,
    )
    assert set(outer) == cluster.pids
    assert len(inner) == 20
    assert set(inner) <= cluster.pids


def test_an_asynchronous_client_is_refused(cluster, bench):
    names, text = bench.does(
        """
        from tornado.ioloop import IOLoop

        def enter(client):
            with parallel_backend("dask", client=client):
                raise SystemExit("entered")

        async def main():
            client = await Client(ADDRESS, asynchronous=True)
            told = raised(enter, client)
            await client.close()
            tell(told)

        IOLoop.current().run_sync(main)
        """,
        cluster,
    )
    assert {"AsynchronousClientError", "TypeError"} <= set(names)
    assert "What to do: Client('tcp://127.0.0.1:" in text


def test_a_client_closed_in_mid_call_is_an_error(cluster, bench):
    names, text = bench.does(
        """
        def task(number):
            note("began")
            until(lambda: noted("closed"))

        def close():
            until(lambda: noted("began"))
            client.close()
            note("closed")

        def call():
            with parallel_backend("dask", client=client):
                Parallel()(delayed(task)(number) for number in range(20))

        client = Client(ADDRESS)
        closing = threading.Thread(target=close)
        closing.start()
        tell(raised(call))
        closing.join()
        """,
        cluster,
    )
    assert {"SchedulerLostError", "ConnectionError"} <= set(names)
    assert "the client was closed during the call" in text


def test_a_port_at_which_nobody_speaks_is_an_error(bench):
    """A wrong port, or a scheduler that is stopped: the connection is made, and no answer comes."""
    names, text = bench.does(
        """
        import socket

        def enter():
            with parallel_backend("dask", scheduler_host=silent.getsockname()):
                raise SystemExit("entered")

        silent = socket.socket()
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        tell(raised(enter))
        """,
        DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="3s",
    )
    assert {"ConnectError", "OSError"} <= set(names)
    assert "No connection to a scheduler at tcp://127.0.0.1:" in text
