"""How long a page may show what it was given (DESIGN §4): a duration, never a date.

A lease is 60 s less the age of this process's view of the publication numbers: a withdrawal that this
process has not heard of is at most as old as its view, so every copy is hidden 60 s after the withdrawal at
the latest.
"""

from math import ceil, floor

LEASE_SECONDS = 60
VIEW_MAX_AGE = 20.0


def lease_seconds(view_age: float, until_end: float | None = None) -> int:
    """Whole seconds of the lease; 0 when nothing may be renewed.

    ``view_age``: seconds since the publication numbers were last read from PostgreSQL, counted from when
    the reading began; ``until_end``: seconds to the next licence that begins or ends, None when none does.
    """
    if view_age > VIEW_MAX_AGE:
        return 0
    lease = LEASE_SECONDS - ceil(view_age)
    if until_end is not None:
        lease = min(lease, floor(until_end))
    return max(lease, 0)
