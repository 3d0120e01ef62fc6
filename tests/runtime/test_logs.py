"""Logs stay small and their end can be shown."""

from pathlib import Path

from project.runtime import logs


def test_the_tail_is_what_was_written_since_a_start(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("old life\n")
    since = logs.size(log)
    with log.open("a") as stream:
        stream.write("first\nsecond\n")
    assert logs.tail(log, since=since) == "first\nsecond"
    assert logs.tail(log, lines=1) == "second"
    assert logs.tail(tmp_path / "none.log") == ""


def test_a_log_is_rotated_while_its_process_goes_on_writing(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as process:
        for life in (b"a", b"b", b"c", b"d"):
            process.write(life * 100)
            assert logs.rotate(log, limit=50)
        process.write(b"now")
    assert log.read_bytes() == b"now"
    assert (tmp_path / "web.log.1").read_bytes() == b"d" * 100
    assert (tmp_path / "web.log.2").read_bytes() == b"c" * 100
    assert not (tmp_path / "web.log.3").exists()


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("short")
    assert not logs.rotate(log, limit=50)
    assert log.read_text() == "short"
