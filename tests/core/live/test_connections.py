"""Connection ids that any process recognises."""

from project.core.live.connections import is_connection_id, new_connection_id


def test_a_connection_id_is_recognised_for_its_widget_only() -> None:
    connection_id = new_connection_id("wid_a")
    assert is_connection_id(connection_id, "wid_a")
    assert not is_connection_id(connection_id, "wid_b")


def test_invented_ids_are_not_recognised() -> None:
    real = new_connection_id("wid_a")
    for invented in ("", "x", "x.y", real + "x", "x" + real, ".", "a" * 500):
        assert not is_connection_id(invented, "wid_a")


def test_ids_are_never_given_out_twice() -> None:
    assert len({new_connection_id("wid_a") for _ in range(1_000)}) == 1_000
