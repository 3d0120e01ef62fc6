"""How long a page may show what it was given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.core.edge.lease import lease_seconds


@pytest.mark.parametrize(
    ("view_age", "until_end", "expected"),
    [
        (0.0, None, 60),
        (0.2, None, 59),
        (10.0, None, 50),
        (20.0, None, 40),
        (20.1, None, 0),
        (float("inf"), None, 0),
        (0.0, 12.9, 12),
        (0.0, 0.4, 0),
        (0.0, -3.0, 0),
        (10.0, 3600.0, 50),
    ],
)
def test_the_lease_is_sixty_seconds_less_the_age_of_the_view_and_ends_with_the_licence(
    view_age: float, until_end: float | None, expected: int
) -> None:
    assert lease_seconds(view_age, until_end) == expected


@given(
    age=st.floats(min_value=0, allow_nan=False),
    end=st.none() | st.floats(min_value=-1e6, max_value=1e6, allow_nan=False),
)
def test_a_lease_never_outlives_what_is_known(age: float, end: float | None) -> None:
    lease = lease_seconds(age, end)
    assert 0 <= lease <= 60
    assert lease == 0 or (lease + age <= 60 and age <= 20)
    assert end is None or lease <= max(end, 0)
