"""What a worker's thread does between the tasks: python benchmarks/lost_time.py [--rounds N]

The cases of short_tasks.py whose tasks are all equal, on 8 workers of one thread. Each task tells where it ran, and
when it began and ended: so a call falls into parts, and what short_tasks.py misses of the ideal is their sum. What
distributed alone loses with batches of 0.2 s, all known beforehand, no backend can gain, but for what smaller batches
save at the end.
"""

import itertools
import sys
import time
from collections import defaultdict

import environment
import short_tasks
from contenders import LOKY, OURS, UPSTREAM, block, in_turns, parallel
from names import DISTRIBUTED
from sleeping import all_asleep, asleep

from joblib_dask_compat import local_cluster

WORKERS = 8
#: Seconds between two contenders: the end of one is news for the scheduler, and for 10 ms after that, whatever the same
#: client sends waits.
APART = 0.1
BATCH = 0.2  # seconds
#: name: the tasks' lengths in seconds.
CASES = {
    name: lengths
    for name, (workers, lengths) in short_tasks.CASES.items()
    if workers == WORKERS and len(set(lengths)) == 1
}
PARTS = ("before the first task", "in tasks, beyond their sleep", "between tasks", "after the last task")


def in_block(contender, client, lengths):
    """Run tasks as joblib does."""
    with block(contender, client, WORKERS):
        called = time.time()
        return called, parallel(asleep, lengths), time.time()


def in_batches(client, lengths):
    """Run tasks as distributed does when it is given everything at once."""
    size = round(BATCH / lengths[0])
    batches = [lengths[place : place + size] for place in range(0, len(lengths), size)]
    called = time.time()
    told = client.gather(client.map(all_asleep, batches, pure=False))
    return called, list(itertools.chain.from_iterable(told)), time.time()


def lost(called, told, answered, seconds):
    """Return the milliseconds of each part, for the average worker."""
    of_worker = defaultdict(list)
    for pid, *moments in told:
        of_worker[pid].append(moments)
    idle = WORKERS - len(of_worker)  # those that had no task waited for one from beginning to end
    before, beyond, between, after = idle * (answered - called), 0.0, 0.0, 0.0
    for moments in map(sorted, of_worker.values()):
        before += moments[0][0] - called
        beyond += sum(ended - began - seconds for began, ended in moments)
        between += sum(later[0] - earlier[1] for earlier, later in itertools.pairwise(moments))
        after += answered - moments[-1][1]
    return [1000 * part / WORKERS for part in (before, beyond, between, after)]


def measure(case, contenders, rounds):
    """Return the parts of a call for each contender."""
    lengths = CASES[case]
    with local_cluster(n_workers=WORKERS) as client:

        def parts(contender):
            time.sleep(APART)
            ran = in_batches(client, lengths) if contender == DISTRIBUTED else in_block(contender, client, lengths)
            return lost(*ran, lengths[0])

        return in_turns(contenders, parts, rounds, middle_of_parts)


def middle_of_parts(rounds):
    """Return the parts of the round that lost the median time."""
    return dict(zip(PARTS, (round(part, 1) for part in sorted(rounds, key=sum)[len(rounds) // 2]), strict=True))


def main():
    parser = environment.parser(__doc__, rounds=5)
    parser.add_argument("--contenders", nargs="+", default=[OURS, UPSTREAM, LOKY, DISTRIBUTED])
    arguments = parser.parse_args()
    figures = {}
    for case in CASES:
        figures[case] = measure(case, arguments.contenders, arguments.rounds)
        for contender, parts in figures[case].items():
            told = ", ".join(f"{part:.0f} ms {name}" for name, part in parts.items())
            print(f"{case}, {contender}: {told}", flush=True)
    told = {"rounds": arguments.rounds, "workers": WORKERS, "milliseconds": figures}
    return environment.record("lost_time", told, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
