"""One promise a file: ``check(stage)`` raises where it is not kept.

A module may set ``ISOLATED = True`` (kills or hangs, so it gets a process and a cluster of its own), ``LIMIT``
(seconds, 15 unless said) and ``CORE = True`` (run in every cell of a sweep).
"""
