"""What goes wrong under load: each ends in the sequential result or in a clear error, and the cluster comes to rest."""

import collections
import os
import signal

import pytest

from faults import COMPLETES, RESTS
from recorder import missing

#: Times 30 fits; less on old stacks, of which there are several.
DEPTHS, KILLS = (40, 4) if "CLUSTER_PYTHON" in os.environ else (67, 6)

SEARCH = """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    def accuracy(estimator, X, y):
        note("fits")
        return float((estimator.predict(X) == y).mean())

    def fitted():
        grid = {{"max_depth": list(range(1, {depths} + 1)), "min_samples_leaf": list(range(1, 11))}}
        tree = DecisionTreeClassifier(random_state=0)
        search = GridSearchCV(tree, grid, cv=3, scoring=accuracy, return_train_score=False).fit(X, y)
        return list(map(float, search.cv_results_["mean_test_score"])), search.best_params_

    X, y = load_digits(return_X_y=True)
    with parallel_backend("dask", scheduler_host=ADDRESS, scatter=[X, y], wait_for_workers_timeout=120) as run:
        there = fitted()
    note("there")
    tell([there, fitted(), run.tasks])
"""


@pytest.mark.parametrize(
    ("depths", "kills", "fault"),
    [
        pytest.param(DEPTHS, KILLS, "worker-killed", marks=pytest.mark.core),
        pytest.param(160, 16, "worker-killed-long", marks=pytest.mark.soak),
    ],
    ids=[f"{30 * DEPTHS} fits", "4800 fits"],
)
def test_kill_9_of_workers_again_and_again(new_cluster, bench, until, witness, depths, kills, fault):
    """Nannies start new ones. Who has just run a fit is killed, every few seconds: once the last one's heir ran 40."""
    cluster = new_cluster()
    for _ in range(2):
        cluster.start_worker(nanny=True)
    program = bench.starts(SEARCH.format(depths=depths), cluster)
    killed: list[int] = []

    def over():
        return bench.noted("there") or program.failed

    def both_work():
        return sum(number >= 40 for number in collections.Counter(bench.noted("fits")).values()) >= 2 + len(killed)

    until(lambda: both_work() or over(), bench.log)
    while not over():
        killed.append(bench.noted("fits")[-1])
        os.kill(killed[-1], signal.SIGKILL)
        bench.note("killed")
        until(lambda: both_work() or over(), bench.log)
    there, here, tasks = program.told()
    witness(fault, bench.seconds("killed", "there"), times=len(killed), lost=missing(here[0], there[0]))
    assert there == here
    assert tasks >= 30 * depths
    assert len(set(killed)) >= kills


@pytest.mark.core
def test_a_batch_ends_with_its_running_task_when_its_call_has_failed(cluster, bench):
    """On each age of distributed, of which none tells a task that nobody waits for it any more."""
    started = bench.does(
        """
        def task(number):
            note("started")
            if number == 42:
                raise LookupError(number)
            time.sleep(0.05)

        def busy(dask_worker):
            return len(dask_worker.active_threads)

        def call():
            with parallel_backend("dask", client=client):
                Parallel(batch_size=40, pre_dispatch="all")(delayed(task)(number) for number in range(80))

        client = Client(ADDRESS)
        until(lambda: len(client.ncores()) == 2)
        assert "LookupError" in raised(call)[0]
        until(lambda: not any(client.run(busy).values()))
        tell(noted("started"))
        """,
        cluster,
    )
    assert 4 <= started < 30  # of 80


STOPPED = """
    def task(number):
        note("ran")
        if number < 2:
            until(lambda: noted("stopped"))
        return number, os.getpid()

    client = Client(ADDRESS)
    until(lambda: len(client.ncores()) == 2)
    with parallel_backend("dask", client=client):
        tell(Parallel(batch_size=1)(delayed(task)(number) for number in range(40)))
"""


@pytest.mark.core
def test_a_worker_that_is_stopped_delays_a_call_until_it_goes_on(new_cluster, bench, until, stopped, witness):
    cluster = new_cluster(2)
    program = bench.starts(STOPPED, cluster)
    victim, other = bench.until_noted("ran", 2)[:2]
    stopped(victim)
    bench.note("stopped")
    until(lambda: bench.noted("ran").count(other) > 10, bench.log)
    assert bench.noted("ran").count(victim) == 1
    os.kill(victim, signal.SIGCONT)
    bench.note("goes on")
    answers = program.told()
    numbers = [number for number, _ in answers]
    witness("worker-stopped", bench.seconds("goes on"), lost=missing(range(40), numbers))
    assert numbers == list(range(40))
    assert {pid for _, pid in answers} == {victim, other} == cluster.pids


def test_a_worker_that_is_stopped_for_good_is_given_up_by_the_scheduler(new_cluster, bench, stopped, witness):
    cluster = new_cluster(2, DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="3s")
    program = bench.starts(STOPPED, cluster)
    victim, other = bench.until_noted("ran", 2)[:2]
    stopped(victim)
    bench.note("stopped")
    answers = program.told()
    numbers = [number for number, _ in answers]
    witness("worker-stopped-for-good", bench.seconds("stopped"), lost=missing(range(40), numbers))
    assert numbers == list(range(40))
    assert {pid for _, pid in answers} == {other}


@pytest.mark.core
@pytest.mark.parametrize("named", ["client=Client(ADDRESS)", "scheduler_host=ADDRESS"])
def test_the_death_of_the_scheduler_is_an_error(new_cluster, bench, witness, named):
    cluster = new_cluster(1)
    program = bench.starts(
        f"""
        def task(number):
            note("began")
            until(lambda: noted("killed"))

        def call():
            with parallel_backend("dask", {named}):
                Parallel()(delayed(task)(number) for number in range(20))

        tell(raised(call))
        """,
        cluster,
    )
    bench.until_noted("began")
    os.kill(cluster.scheduler.pid, signal.SIGKILL)
    bench.note("killed")
    names, text = program.told()
    assert {"SchedulerLostError", "ConnectionError"} <= set(names)
    assert f"The connection to the scheduler at {cluster.address} was lost" in text
    witness("scheduler-killed", bench.seconds("killed"), names)


TASKS = """
    import subprocess

    def raises():
        raise LookupError("mine")

    def exits():
        sys.exit(3)

    def interrupts_itself():
        raise KeyboardInterrupt("mine")

    def recurses_to_the_limit(depth=0):
        return recurses_to_the_limit(depth + 1)

    def returns_a_lock():
        return threading.Lock()

    def returns_what_is_too_deep_to_pickle():
        value = None
        for _ in range(100000):
            value = [value]
        return value

    def prints_megabytes():
        print("x" * 5000000)
        return sys.stderr.write("y" * 5000000)

    def forks():
        child = os.fork()
        if not child:
            os._exit(7)
        return os.waitpid(child, 0)[1] >> 8

    def starts_a_process():
        return subprocess.call([sys.executable, "-c", "raise SystemExit(5)"])

    def begun(function):
        note(function.__name__)
        return function()

    def call(function):
        with parallel_backend("dask", client=client):
            results.append(Parallel()(delayed(begun)(function) for _ in range(4)))

    client = Client(ADDRESS)
    told = {}
    for name in NAMES:
        results = []
        names, text = raised(call, globals()[name])
        note("after " + name)
        call(pid)
        told[name] = results, names, text
    tell(told)
"""

#: What a task gives, or the names of what its call may raise.
OUTCOMES = {
    "raises": ("LookupError",),
    "exits": ("SystemExit",),
    "interrupts_itself": ("KeyboardInterrupt",),
    "recurses_to_the_limit": ("RecursionError",),
    "returns_a_lock": ("TypeError",),
    "returns_what_is_too_deep_to_pickle": ("RecursionError", "PicklingError"),
    "prints_megabytes": 5000000,
    "forks": 7,
    "starts_a_process": 5,
}


@pytest.fixture(scope="module")
def outcomes(cluster, module_bench):
    """What came of each kind of task, and of the call after it."""
    return module_bench.does(TASKS.replace("NAMES", repr(list(OUTCOMES))), cluster)


@pytest.mark.core
@pytest.mark.parametrize("task", OUTCOMES)
def test_a_task_that(outcomes, cluster, module_bench, witness, task):
    results, names, text = outcomes[task]
    *answers, after = results
    expected = OUTCOMES[task]
    if isinstance(expected, tuple):
        assert not answers
        assert set(expected) & set(names), text
    else:
        assert answers == [[expected] * 4], (names, text)
    assert set(after) <= cluster.pids
    witness(f"task-{task}", module_bench.seconds(task, f"after {task}", which=0), names or [COMPLETES])


ENDLESS = """
    import itertools
    import signal

    def task(number):
        note("ran")
        time.sleep(0.05)

    def interrupt(*_):
        note("interrupted")
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)  # who is started in the background may ignore it
    {cluster}
    with parallel_backend("dask", {options}):
        Parallel()(delayed(task)(number) for number in itertools.count())
"""

IDLE = """
    def tasks(dask_scheduler):
        return len(dask_scheduler.tasks)

    client = Client(ADDRESS)
    until(lambda: client.run_on_scheduler(tasks))
    note("watching")
    until(lambda: noted("ended"))
    began = time.time()
    until(lambda: not client.run_on_scheduler(tasks))
    seconds, ran = time.time() - began, noted("ran")
    with parallel_backend("dask", client=client):
        Parallel()(delayed(pid)(number) for number in range(20))  # behind whatever is left
    tell([seconds, noted("ran") - ran])
"""


WAYS = ("SIGINT", "SIGTERM", "Ctrl-C", "Ctrl-C-twice")


def end(bench, program, way):
    """End a client by a signal, or as a terminal does: by one to its process group, and again in its clean-up."""
    if not way.startswith("Ctrl-C"):
        os.kill(program.process.pid, signal.Signals[way])
        return
    os.killpg(program.process.pid, signal.SIGINT)
    if way == "Ctrl-C-twice":
        bench.until_noted("interrupted")
        os.killpg(program.process.pid, signal.SIGINT)


@pytest.mark.core
@pytest.mark.parametrize("way", WAYS)
def test_the_cluster_is_idle_when_its_client_was_ended(cluster, bench, witness, way):
    program = bench.starts(ENDLESS.format(cluster="", options="scheduler_host=ADDRESS"), cluster)
    watcher = bench.starts(IDLE, cluster)
    bench.until_noted("watching")
    bench.until_noted("ran", 20)
    end(bench, program, way)
    bench.note("ended")
    assert program.ended() != 0
    assert ("KeyboardInterrupt" in bench.log()) is (way != "SIGTERM")
    assert not list(program.process.alive())
    seconds, ran = watcher.told()
    witness(f"client-{way}", seconds, [RESTS])
    assert ran == 0


@pytest.mark.core
@pytest.mark.parametrize("way", WAYS)
def test_no_process_is_left_of_a_client_with_a_cluster_of_its_own(bench, until, witness, way):
    own = "cluster = local_cluster(n_workers=2); client = cluster.__enter__()"
    program = bench.starts(ENDLESS.format(cluster=own, options="client=client"))
    bench.until_noted("ran", 20)
    assert len(list(program.process.alive())) >= 3
    end(bench, program, way)
    bench.note("sent")
    until(lambda: not list(program.process.alive()), lambda: f"{list(program.process.alive())} are left", 30)
    bench.note("gone")
    witness(f"own-cluster-{way}", bench.seconds("sent", "gone"), [RESTS])
    assert program.ended() != 0
    if way == "Ctrl-C-twice":
        assert len(bench.noted("interrupted")) == 2
