"""One promise a file: ``check(stage)`` raises where it is not kept.

A module may set ``ISOLATED = True`` (kills or hangs, so it gets a process and a cluster of its own), ``LIMIT``
(seconds, 15 unless said), ``CORE = True`` (run in every cell of a sweep) and ``LAST = True`` (a failure leaves a cluster
that is of no use to others, so that it comes after them where they share one).
"""
