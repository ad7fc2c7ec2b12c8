"""Several hosts: scheduler, workers and client each in a network namespace of its own, joined by a switch.

The addresses exist inside the namespaces only. What a bad network does is done to the links.
"""

import contextlib
import os
import shutil
import subprocess
import sys

import pytest

import processes
from faults import SILENCE
from recorder import missing

NAMES = ("scheduler", "one", "two", "client")


def ip(*words):
    return subprocess.run(["ip", *words], check=False, capture_output=True, text=True)


def reason():
    """Why there can be no hosts here, or nothing."""
    if not shutil.which("ip"):
        return "there is no `ip` (iproute2)"
    probe = f"jdc{os.getpid()}-probe"
    refused = ip("netns", "add", probe).stderr
    ip("netns", "del", probe)
    return refused and f"network namespaces are not permitted: {refused.strip()}"


#: A bad cable for kernels without netem: forwards the frames of each of two devices to the other, later, or never.
CABLE = """
import collections, random, select, socket, sys, time

names, delay, loss = sys.argv[1:3], float(sys.argv[3]), float(sys.argv[4])
ends = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for _ in names]
for end, name in zip(ends, names):
    # PACKET_VNET_HDR of SOL_PACKET: beside a frame travels what is left to a device, its checksum and cutting it up
    end.setsockopt(263, 15, 1)
    end.bind((name, 3))  # ETH_P_ALL
other = dict(zip(ends, reversed(ends)))
frames = collections.deque()
while True:
    wait = max(0, frames[0][0] - time.monotonic()) if frames else None
    for end in select.select(ends, [], [], wait)[0]:
        frame, (_, _, kind, *_) = end.recvfrom(2**17)
        if kind != socket.PACKET_OUTGOING and random.random() >= loss:
            frames.append((time.monotonic() + delay, other[end], frame))
    while frames and frames[0][0] <= time.monotonic():
        _, end, frame = frames.popleft()
        end.send(frame)
"""

#: Nobody listens at this port, which takes as long to hear as that somebody does.
ROUND_TRIP = """
import socket, sys, time

began = time.monotonic()
socket.socket().connect_ex((sys.argv[1], 9))
print(time.monotonic() - began)
"""


class Hosts:
    """Namespaces by name, each with one link, eth0, to a switch that has a namespace too."""

    def __init__(self, prefix, ending, folder):
        self._prefix = prefix
        self._ending = ending
        self._folder = folder
        self._add("switch")
        self.inside("switch", "ip", "link", "add", "br0", "type", "bridge")
        self.inside("switch", "ip", "link", "set", "br0", "up")
        for name in NAMES:
            self._add(name)
            self.link(name, "eth0", "br0", self.address(name))

    def _add(self, name):
        done = ip("netns", "add", self._prefix + name)
        assert not done.returncode, done.stderr
        self._ending.callback(ip, "netns", "del", self._prefix + name)
        self.inside(name, "ip", "link", "set", "lo", "up")

    def link(self, name, device, bridge, address):
        """Join a host to a bridge of the switch."""
        port = f"{bridge}-{name}"
        other = ["peer", "name", device, "netns", self._prefix + name]
        self.inside("switch", "ip", "link", "add", port, "type", "veth", *other)
        self.inside("switch", "ip", "link", "set", port, "master", bridge, "up")
        self.inside(name, "ip", "address", "add", f"{address}/24", "dev", device)
        self.inside(name, "ip", "link", "set", device, "up")

    @staticmethod
    def address(name, network=77):
        return f"10.231.{network}.{NAMES.index(name) + 1}"

    def within(self, name):
        return ["ip", "netns", "exec", self._prefix + name]

    def inside(self, name, *command):
        done = subprocess.run([*self.within(name), *command], check=False, capture_output=True, text=True)
        assert not done.returncode, done.stderr
        return done.stdout

    def cut(self, name):
        """Pull the cable at the switch: both ends go on, and hear nothing of it."""
        self.inside("switch", "ip", "link", "set", f"br0-{name}", "nomaster")

    def join(self, name):
        """Put the cable back."""
        self.inside("switch", "ip", "link", "set", f"br0-{name}", "master", "br0")

    def slow(self, name, megabits):
        """Let a link carry no more than this in a second, each way; without a kernel that can, skip the test."""
        if why := self._shaped(name, f"tbf rate {megabits}mbit burst 32kb latency 1s"):
            pytest.skip(f"a link cannot be slowed down: {why}")

    def impaired(self, name, delay, loss):
        """Let a link delay what it carries, by seconds, and lose a share of it, each way."""
        if self._shaped(name, f"netem delay {1000 * delay:g}ms loss {100 * loss:g}%"):
            self.cut(name)
            near, far = f"near-{name}", f"far-{name}"
            self.inside("switch", "ip", "link", "add", near, "up", "type", "veth", "peer", "name", far)
            self.inside("switch", "ip", "link", "set", far, "master", "br0", "up")
            cable = [sys.executable, "-c", CABLE, f"br0-{name}", near, str(delay), str(loss)]
            log = self._folder / f"cable-{name}.txt"
            self._ending.enter_context(processes.running([*self.within("switch"), *cable], self._folder, log))

    def _shaped(self, name, discipline):
        """Have both ends of a link queue in some way, and return why the kernel cannot, or nothing."""
        for host, device in ((name, "eth0"), ("switch", f"br0-{name}")):
            command = [*self.within(host), "tc", "qdisc", "add", "dev", device, "root", *discipline.split()]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                return done.stderr.strip()
        return ""

    def round_trip(self, name, other):
        """Seconds until a host hears from another one."""
        return float(self.inside(name, sys.executable, "-c", ROUND_TRIP, self.address(other)))

    def sent_again(self, name):
        """Segments that a host has sent more than once, as they were lost."""
        lines = self.inside(name, "cat", "/proc/net/snmp").splitlines()
        names, figures = (line.split() for line in lines if line.startswith("Tcp:"))
        return int(dict(zip(names, figures, strict=True))["RetransSegs"])

    def sent(self, name):
        """Bytes that a host has sent."""
        return int(self.inside(name, "cat", "/sys/class/net/eth0/statistics/tx_bytes"))


@pytest.fixture
def hosts(tmp_path):
    if why := reason():
        pytest.skip(why)
    with contextlib.ExitStack() as ending:
        yield Hosts(f"jdc{os.getpid()}-", ending, tmp_path)


#: After how long without an answer a connection is given up; the least that distributed allows is 11 s.
IMPATIENT = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": f"{SILENCE}s"}


@pytest.fixture
def cluster_of_hosts(hosts, new_cluster):
    def start():
        place = hosts.address("scheduler")
        cluster = new_cluster(0, None, "--host", place, within=hosts.within("scheduler"), **IMPATIENT)
        for name in ("one", "two"):
            start_worker(hosts, cluster, name)
        return cluster

    return start


def start_worker(hosts, cluster, name):
    return cluster.start_worker("--host", hosts.address(name), within=hosts.within(name), **IMPATIENT)


#: A search of 15 fits for each of some depths. Once a gate is closed, fits wait until it is open.
SEARCH = """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    def accuracy(estimator, X, y):
        note("fits")
        if noted("closed"):
            note("waits")
            until(lambda: noted("open"))
        return float((estimator.predict(X) == y).mean())

    def fitted():
        grid = {"max_depth": list(range(1, DEPTHS + 1)), "min_samples_leaf": list(range(1, 6))}
        search = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=3, scoring=accuracy).fit(X, y)
        return list(map(float, search.cv_results_["mean_test_score"]))

    X, y = load_digits(return_X_y=True)
    client = Client(ADDRESS)
    until(lambda: len(client.ncores()) == 2)
    with parallel_backend("dask", client=client, scatter=[X, y]):
        there = fitted()
    note("there")
    tell([there, fitted()])
"""


def search(depths):
    return SEARCH.replace("DEPTHS", str(depths))


def test_a_search_over_four_hosts(hosts, cluster_of_hosts, bench):
    cluster = cluster_of_hosts()
    there, here = bench.does(search(10), cluster, within=hosts.within("client"))
    assert there == here
    assert set(bench.noted("fits")[:150]) == cluster.pids


#: Seconds that a bad link delays a frame, and the share of them that it loses, each way.
DELAY, LOSS = 0.02, 0.05


def test_a_search_over_links_that_are_slow_and_lose_packets(hosts, cluster_of_hosts, bench, witness):
    for name in ("client", "two"):
        hosts.impaired(name, DELAY, LOSS)
    assert hosts.round_trip("client", "one") >= 2 * DELAY
    assert hosts.round_trip("client", "two") >= 4 * DELAY
    cluster = cluster_of_hosts()
    there, here = bench.does(search(10), cluster, within=hosts.within("client"))
    witness("links-impaired", bench.seconds("fits", "there", which=0), lost=missing(here, there))
    assert there == here
    assert set(bench.noted("fits")[:150]) == cluster.pids
    assert all(hosts.sent_again(name) for name in NAMES)


def test_a_worker_that_is_cut_off_in_mid_search(hosts, cluster_of_hosts, bench, witness):
    cluster = cluster_of_hosts()
    program = bench.starts(search(10), cluster, within=hosts.within("client"))
    bench.until_noted("fits", 20)
    hosts.cut("two")
    bench.note("cut")
    there, here = program.told()
    witness("worker-cut-off", bench.seconds("cut", "there"), lost=missing(here, there))
    assert there == here


def test_a_worker_that_is_joined_again_before_its_scheduler_notices(hosts, cluster_of_hosts, bench, until, witness):
    cluster = cluster_of_hosts()
    one, two = (worker.pid for worker in cluster.workers)
    program = bench.starts(search(20), cluster, within=hosts.within("client"))
    until(lambda: {one, two} <= set(bench.noted("fits")) or program.failed, bench.log)
    hosts.cut("two")
    ran = bench.noted("fits").count(one)
    # what it has runs on, and no more if the other holds a report that was just requested
    until(lambda: bench.noted("fits").count(one) > ran or program.failed, bench.log)
    assert "Remove worker" not in cluster.log()
    hosts.join("two")
    bench.note("joined")
    ran = bench.noted("fits").count(two)
    there, here = program.told()
    witness("worker-joined-again", bench.seconds("joined", "there"), lost=missing(here, there))
    assert there == here
    assert "Remove worker" not in cluster.log()
    assert bench.noted("fits").count(two) > ran


def test_a_worker_that_is_joined_again_when_it_was_given_up(hosts, cluster_of_hosts, bench, until, witness):
    """It ends, as its connection is closed; whoever runs it starts it again."""
    cluster = cluster_of_hosts()
    program = bench.starts(search(20), cluster, within=hosts.within("client"))
    bench.until_noted("fits", 20)
    bench.note("closed")
    bench.until_noted("waits", 2)
    hosts.cut("two")
    until(lambda: "Remove worker" in cluster.log(), cluster.log)
    hosts.join("two")
    bench.note("joined")
    heir = start_worker(hosts, cluster, "two")
    until(lambda: cluster.log().count("Register worker") == 3, cluster.log)
    bench.note("open")
    there, here = program.told()
    witness("worker-joined-too-late", bench.seconds("joined", "there"), lost=missing(here, there))
    assert there == here
    assert heir.pid in bench.noted("fits")


@pytest.mark.parametrize("cut", ["client", "scheduler"])
def test_a_client_and_its_scheduler_that_are_cut_off_from_each_other(hosts, cluster_of_hosts, bench, witness, cut):
    program = bench.starts(
        """
        def task(number):
            note("began")
            until(lambda: noted("end"))

        def call():
            with parallel_backend("dask", scheduler_host=ADDRESS):
                Parallel()(delayed(task)(number) for number in range(20))

        tell(raised(call))
        """,
        cluster_of_hosts(),
        within=hosts.within("client"),
        **IMPATIENT,
    )
    bench.until_noted("began")
    hosts.cut(cut)
    bench.note("cut")
    names, text = program.told()
    bench.note("end")
    witness(f"{cut}-cut-off", bench.seconds("cut"), names)
    assert hosts.address("scheduler") in text


LARGE = """
    import numpy as np

    def total(X):
        return float(X.sum()), os.getpid()

    X = np.ones(250_000)
    client = Client(ADDRESS)
    until(lambda: len(client.ncores()) == 2)
    with parallel_backend("dask", client=client, {scatter}):
        calls = [Parallel()(delayed(total)(X) for _ in range(20)) for _ in range(4)]
    tell(sum(calls, []))
"""


def test_a_client_that_reaches_only_the_scheduler(hosts, new_cluster, bench):
    """As through a tunnel: workers have a network that the client has not."""
    hosts.inside("switch", "ip", "link", "add", "br1", "type", "bridge")
    hosts.inside("switch", "ip", "link", "set", "br1", "up")
    for name in ("scheduler", "one", "two"):
        hosts.link(name, "eth1", "br1", hosts.address(name, 78))
    cluster = new_cluster(0, None, "--host", "0.0.0.0", within=hosts.within("scheduler"))
    for name in ("one", "two"):
        hosts.cut(name)
        place = {"address": cluster.address_at(hosts.address("scheduler", 78)), "within": hosts.within(name)}
        cluster.start_worker("--host", hosts.address(name, 78), **place)
    code = LARGE.format(scatter="scatter=None").replace("ADDRESS", repr(cluster.address_at(hosts.address("scheduler"))))
    answers = bench.does(code, cluster, within=hosts.within("client"))
    assert {total for total, _ in answers} == {250_000}
    assert {pid for _, pid in answers} <= cluster.pids


def test_what_is_named_crosses_the_network_once(hosts, cluster_of_hosts, bench, record_property):
    cluster, sent = cluster_of_hosts(), {}
    for scatter in ("scatter=[X]", "scatter=None"):
        before = hosts.sent("client")
        bench.does(LARGE.format(scatter=scatter), cluster, within=hosts.within("client"))
        sent[scatter] = hosts.sent("client") - before
        record_property(scatter, sent[scatter])
    size = 8 * 250_000
    assert size < sent["scatter=[X]"] < 1.5 * size
    assert 4 * size < sent["scatter=None"] < 4.5 * size


#: Searches in a row; candidates and folds of each; megabits that the client's link carries in a second.
SEARCHES, CANDIDATES, FOLDS, MEGABITS = 3, 4, 3, 16

SEARCHES_IN_A_ROW = f"""
    import joblib, sklearn.tree
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    X, y = load_digits(return_X_y=True)
    X = np.tile(X, (1, 4))
    grid = {{"max_depth": list(range(1, {CANDIDATES + 1}))}}
    client = Client(ADDRESS)
    until(lambda: len(client.ncores()) == 2)
    client.run(__import__, "sklearn.tree")
    began, best = time.time(), []
    with BLOCK("dask", client=client, scatter=SCATTER):
        for _ in range({SEARCHES}):
            search = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv={FOLDS}, refit=False).fit(X, y)
            best.append(search.best_params_)
    tell([time.time() - began, X.nbytes, best])
"""


def test_searches_over_a_slow_link(hosts, cluster_of_hosts, bench, witness):
    hosts.slow("client", MEGABITS)
    cluster, measured, found = cluster_of_hosts(), {}, []
    for block in ("parallel_backend", "joblib.parallel_backend"):
        for scatter in ("[X, y]", "None"):
            before = hosts.sent("client")
            code = SEARCHES_IN_A_ROW.replace("BLOCK", block).replace("SCATTER", scatter)
            seconds, size, best = bench.does(code, cluster, within=hosts.within("client"))
            times = (hosts.sent("client") - before) / size
            measured[f"{block}, scatter={scatter}"] = {"times_sent": round(times, 2), "seconds": round(seconds, 2)}
            found += best
    assert all(best == found[0] for best in found)
    named, not_named = (
        measured[f"parallel_backend, scatter={scatter}"]["times_sent"] for scatter in ("[X, y]", "None")
    )
    assert 1 < named < 1.5
    assert SEARCHES < not_named < SEARCHES + 0.5
    witness.slow_link = {
        **{"searches": SEARCHES, "candidates": CANDIDATES, "folds": FOLDS, "megabits": MEGABITS},
        **{"megabytes": round(size / 1e6, 1), "ways": measured},
    }
