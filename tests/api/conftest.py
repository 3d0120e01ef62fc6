"""Alice's and Charlie's shops with their servers."""

import pytest

from tests.api.asking import Asking, other_server_of, server_of
from tests.factories import Personas, make_personas


@pytest.fixture
def people(db: None) -> Personas:
    return make_personas()


@pytest.fixture
def server(people: Personas) -> Asking:
    return server_of(people)


@pytest.fixture
def other_server(people: Personas) -> Asking:
    return other_server_of(people)
