"""Workers that command lines started: of each spelling, with several threads, coming, leaving, and with less installed.

Process ids that come back from tasks prove where they ran; the tests know those of the workers that they started.
"""

import os
import signal

import pytest

from recorder import missing

MEET = """
    client = Client(ADDRESS)
    with parallel_backend("dask", client=client, wait_for_workers_timeout=120):
        until(lambda: sum(client.ncores().values()) == {threads})
        tell(Parallel(batch_size=1)(delayed(meet)("met", {threads}) for _ in range({threads})))
"""


@pytest.mark.core
def test_commands_of_each_age(spelling, new_cluster, bench):
    cluster = new_cluster(2, spelling=spelling)
    assert set(bench.does(MEET.format(threads=2), cluster)) == cluster.pids


@pytest.mark.core
def test_every_thread_of_a_worker_is_used(new_cluster, bench):
    cluster = new_cluster()
    for _ in range(2):
        cluster.start_worker("--nthreads", 3)
    pids = bench.does(MEET.format(threads=6), cluster)
    assert {pids.count(pid) for pid in cluster.pids} == {3}


SEARCH = """
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV
    from sklearn.ensemble import RandomForestClassifier

    def accuracy(estimator, X, y):
        note("fits")
        return float((estimator.predict(X) == y).mean())

    def fitted(search):
        search.fit(X, y)
        return list(map(float, search.cv_results_["mean_test_score"])), search.best_params_

    X, y = load_iris(return_X_y=True)
    forest = RandomForestClassifier(n_estimators=4, random_state=0)
    grid = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 20]}
    search = GridSearchCV(forest, grid, cv=3, scoring=accuracy, return_train_score=False)
    with parallel_backend("dask", scheduler_host=ADDRESS, scatter=[X, y]) as run:
        there = fitted(search)
    fits = noted("fits")
    tell([there, fitted(search), run.tasks, fits])
"""


@pytest.mark.core
def test_a_search_with_forests_on_workers_of_three_threads(new_cluster, bench):
    cluster = new_cluster()
    for _ in range(2):
        cluster.start_worker("--nthreads", 3)
    there, here, tasks, fits = bench.does(SEARCH, cluster)
    assert there == here
    assert tasks >= fits == 18
    assert set(bench.noted("fits")[:18]) <= cluster.pids


@pytest.mark.core
def test_a_module_is_imported_whole_before_another_thread_uses_it(bench):
    """As two threads of a worker do with their first tasks. Python before 3.7.3 gives the second one half a module."""
    names = bench.does(
        """
        from joblib_dask_compat import serialize

        with open(os.path.join(FOLDER, "half.py"), "w") as stream:
            stream.write(
                "import threading\\n"
                "other = threading.Thread(target=threading.main_thread().load)\\n"
                "other.start()\\n"
                "other.join(1)  # it fails at once, or waits for this module\\n"
                "class Thing: pass\\n"
            )
        loaded = []

        def load():
            try:
                loaded.append(serialize.loads(b"\\x80\\x04\\x8c\\x04half\\x8c\\x05Thing\\x93.").__name__)
            except AttributeError as exc:
                loaded.append(str(exc))

        sys.path.insert(0, FOLDER)
        threading.main_thread().load = load
        load()
        sys.modules["half"].other.join()
        tell(loaded)
        """
    )
    assert names == ["Thing", "Thing"]


@pytest.mark.core
def test_a_script_without_a_main_guard_is_told_so_and_ends(bench):
    code, text = bench.does(
        """
        import subprocess

        script = os.path.join(FOLDER, "unguarded.py")
        with open(script, "w") as stream:
            stream.write(
                "from joblib_dask_compat import Parallel, delayed, local_cluster, parallel_backend\\n"
                "with local_cluster(n_workers=1) as client, parallel_backend('dask', client=client):\\n"
                "    Parallel()(delayed(abs)(number) for number in range(4))\\n"
            )
        command = [sys.executable, "-W", "ignore", script]
        done = subprocess.run(command, stderr=subprocess.PIPE, universal_newlines=True, timeout=240)
        tell([done.returncode, done.stderr])
        """
    )
    assert code == 1
    assert 'What to do: put what the script does under if __name__ == "__main__"' in text


@pytest.mark.core
def test_workers_that_come_late(new_cluster, bench):
    cluster = new_cluster()
    program = bench.starts(
        """
        with parallel_backend("dask", scheduler_host=ADDRESS, wait_for_workers_timeout=240):
            note("waiting")
            tell(Parallel()(delayed(pid)(number) for number in range(20)))
        """,
        cluster,
    )
    bench.until_noted("waiting")
    cluster.start_worker()
    pids = program.told()
    assert len(pids) == 20
    assert set(pids) == cluster.pids


LONG = """
    def task(number):
        if number == 10:
            note("waits")
            until(lambda: noted("go on"))
        return number, os.getpid()

    with parallel_backend("dask", scheduler_host=ADDRESS, wait_for_workers_timeout=120):
        tell(Parallel()(delayed(task)(number) for number in range(40)))
"""


@pytest.mark.parametrize("sent", [pytest.param(signal.SIGKILL, marks=pytest.mark.core), signal.SIGTERM])
def test_the_only_worker_leaves_and_another_one_comes(new_cluster, bench, until, witness, sent):
    cluster = new_cluster(1)
    (first,) = cluster.workers
    program = bench.starts(LONG, cluster)
    bench.until_noted("waits")
    os.kill(first.pid, sent)
    bench.note("sent")
    # not until it has ended: one that is terminated leaves at once, and then waits 30 s for the task that it runs
    until(lambda: "Remove worker" in cluster.log(), cluster.log)
    second = cluster.start_worker()
    bench.note("go on")
    answers = program.told()
    numbers = [number for number, _ in answers]
    witness(f"worker-left-{sent.name}", bench.seconds("sent"), lost=missing(range(40), numbers))
    assert numbers == list(range(40))
    assert second.pid in {pid for _, pid in answers} <= cluster.pids


@pytest.mark.core
def test_a_worker_that_joins_a_running_call_gets_tasks(new_cluster, bench):
    cluster = new_cluster(1)
    program = bench.starts(
        """
        def task(number):
            if number > 10:
                note("waits")
                until(lambda: noted("go on"))
            return os.getpid()

        with parallel_backend("dask", scheduler_host=ADDRESS):
            tell(Parallel(batch_size=1)([*(delayed(task)(number) for number in range(20)),
                                         *(delayed(meet)("met", 2) for _ in range(2))]))
        """,
        cluster,
    )
    bench.until_noted("waits")
    cluster.start_worker()
    bench.note("go on")
    assert set(program.told()) == cluster.pids


@pytest.mark.core
def test_adaptive_scaling_from_zero_and_again(bench):
    told = bench.does(
        """
        from stage import cluster

        with cluster(n_workers=0) as client:
            client.cluster.adapt(minimum=0, maximum=2)
            pids = []
            for _ in range(2):
                with parallel_backend("dask", client=client, wait_for_workers_timeout=120):
                    pids.append(Parallel()(delayed(pid)(number) for number in range(10)))
                until(lambda: not client.ncores())
        tell([os.getpid(), pids])
        """
    )
    here, (first, second) = told
    assert len(first) == len(second) == 10
    assert here not in {*first, *second}
    assert not set(first) & set(second)


@pytest.mark.core
def test_workers_without_this_package(new_cluster, bench, python_without):
    cluster = new_cluster()
    for _ in range(2):
        cluster.start_worker(**python_without("joblib_dask_compat"))
    told = bench.does(
        """
        def imports():
            try:
                import joblib_dask_compat
            except ImportError:
                return False
            return True

        def nested(number):
            return Parallel()(delayed(os.getpid)() for _ in range(4))

        client = Client(ADDRESS)
        until(lambda: len(client.ncores()) == 2)
        with parallel_backend("dask", client=client):
            inner = Parallel()(delayed(nested)(number) for number in range(4))
        tell([sorted(client.run(imports).values()), sum(inner, [])])
        """,
        cluster,
    )
    assert told[0] == [False, False]
    assert len(told[1]) == 16
    assert set(told[1]) <= cluster.pids


@pytest.mark.core
def test_workers_without_scikit_learn_are_named_before_and_in_the_error(new_cluster, bench, python_without):
    cluster = new_cluster()
    cluster.start_worker(**python_without("sklearn", "scikit_learn"))
    warned, (names, text) = bench.does(
        """
        import warnings
        from sklearn.datasets import load_iris
        from sklearn.model_selection import cross_val_score
        from sklearn.svm import SVC

        def search():
            with parallel_backend("dask", scheduler_host=ADDRESS, wait_for_workers_timeout=120):
                cross_val_score(SVC(), *load_iris(return_X_y=True), cv=3)

        client = Client(ADDRESS)
        until(client.ncores)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            failure = raised(search)
        tell([[str(each.message) for each in caught], failure])
        """,
        cluster,
    )
    (skew,) = [line for line in warned if "here, not installed on tcp://" in line]
    assert skew.startswith("scikit-learn: ")
    assert "pip install scikit-learn==" in skew
    assert "ModuleNotFoundError" in names
    assert "No module named 'sklearn'" in text
