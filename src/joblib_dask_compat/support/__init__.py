"""What the records say: of a combination of versions, of the pins to take, and of the way from one to another.

``records`` has the data; ``verdicts`` the answer about a combination, with ``objections`` to it, ``interpolation``
between what was measured, and the search among ``candidates``; ``pins`` the choice of one, ``paths`` the way between
two, ``features`` what changes on it for the user, ``untested`` the warning of versions beyond all records.
"""
