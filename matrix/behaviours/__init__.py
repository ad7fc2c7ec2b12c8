"""One promise a file: ``check(stage)`` raises where it is not kept.

A module may set ``ISOLATED = True`` (kills or hangs, so it gets a process and a cluster of its own), ``LIMIT``
(seconds, 15 unless said), ``CORE = True`` (run in every cell of a sweep) and ``LAST = True`` (its failure spoils the
cluster, so that it comes after the others where they share one).

Files of tasks go below ``tempfile.mkdtemp()``, which goes when the cell has ended: a task of a call that raised may run
on, and write to a folder that is being removed.
"""
