"""Starts a scheduler and two workers, processes of their own, and ends them when its standard input does.

Run by the tests with the interpreter of a stack, so Python 3.6. Prints the scheduler's address and the workers'
process ids.
"""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(HERE, "..", "..", "matrix"))
    import stage

    with stage.processes() as cluster:
        pids = sorted(cluster.client.run(os.getpid).values())
        print(json.dumps({"address": cluster.address.rpartition("/")[2], "pids": pids}))
        sys.stdout.flush()
        sys.stdin.read()
