"""What is reported receivers, as text and back."""

import pytest

from watchkeeper.config.receiver_status import (
    ReceiverStatus,
    has_active_receiver,
    read_statuses,
    what_is_off,
    write_statuses,
)


def status(receiver: str, reason: str = "", integration: str = "slack") -> ReceiverStatus:
    """Return one that is on, or off for a reason."""
    return ReceiverStatus(receiver=receiver, integration=integration, configured=not reason, reason=reason)


def test_what_was_written_is_read() -> None:
    """The exporter reads what the setup wrote."""
    statuses = (status("high"), status("low", "a: no such file"))

    assert read_statuses(write_statuses(statuses)) == statuses


@pytest.mark.parametrize("text", ["", '[{"receiver": "cri', "{}"])
def test_half_a_file_is_nothing(text: str) -> None:
    """It may be read while it is not there yet."""
    assert read_statuses(text) == ()


@pytest.mark.parametrize(
    ("statuses", "is_reported"),
    [
        pytest.param([status("high")], True, id="one receiver"),
        pytest.param([status("high", "off"), status("low")], True, id="one of two"),
        pytest.param([status("high", "off")], False, id="none"),
        pytest.param([status("exporter"), status("heartbeat"), status("high", "off")], False, id="no person"),
    ],
)
def test_someone_is_notified_where_a_person_is(statuses: list[ReceiverStatus], is_reported: bool) -> None:
    """The exporter writes lines and the heartbeat is notified of no alert."""
    assert has_active_receiver(statuses) is is_reported


def test_each_reason_is_said_once() -> None:
    """Four receivers that lack one file are one sentence."""
    off = [status("high", "a: no such file"), status("low", "a: no such file"), status("digest", "b", "email")]

    assert what_is_off([*off, status("critical")]) == ["high, low by slack: a: no such file", "digest by email: b"]
