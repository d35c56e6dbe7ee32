"""Requests to forget, as the command leaves them in the state directory and a running exporter finds them."""

import os
from pathlib import Path

import pytest

from watchkeeper.config.forget_requests import ForgetUsed, answer_to, ask
from watchkeeper.exporter.state.forget_requests import ForgetRequests

ALICE = ForgetUsed(users=("a" * 16,), sessions=("s",), traces=("t",), tenant="acme")


class Bench:
    """Something to forget in, which can be saved or not."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[ForgetUsed] = []
        self.held = 3
        self.can_save = True
        self.requests = ForgetRequests(folder, self._forget, lambda: self.can_save)

    def _forget(self, request: ForgetUsed) -> int:
        self.asked.append(request)
        taken, self.held = self.held, 0
        return taken


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A state directory in which no one asked for anything."""
    return Bench(tmp_path)


def test_a_request_is_done_once_and_answered_once(bench: Bench, tmp_path: Path) -> None:
    """What was asked arrives as it was; the answer is how many sums it was; nothing is left in the folder."""
    request = ask(tmp_path, ALICE)
    assert answer_to(request) is None

    bench.requests.do_waiting()
    bench.requests.do_waiting()

    assert bench.asked == [ALICE]
    assert answer_to(request) == 3
    assert list((tmp_path / "forget").iterdir()) == []


def test_what_could_not_be_saved_waits_and_is_done_again(bench: Bench, tmp_path: Path) -> None:
    """A crash before that would bring it back; the answer says what was taken away in all."""
    request = ask(tmp_path, ALICE)
    bench.can_save = False
    bench.requests.do_waiting()
    assert answer_to(request) is None
    assert request.exists()

    bench.can_save = True
    bench.requests.do_waiting()

    assert bench.asked == [ALICE, ALICE]
    assert answer_to(request) == 3


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"users": 1}', id="of another form"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b'{"users": ["' + b"a" * 1024 * 1024 + b'"]}', id="too large"),
    ],
)
def test_what_is_no_request_stops_none_that_is(bench: Bench, tmp_path: Path, content: bytes) -> None:
    """It is taken away, and the next one is done."""
    (tmp_path / "forget").mkdir()
    (tmp_path / "forget" / "0.json").write_bytes(content)
    request = ask(tmp_path, ALICE)

    bench.requests.do_waiting()

    assert bench.asked == [ALICE]
    assert answer_to(request) == 3
    assert not (tmp_path / "forget" / "0.json").exists()


def test_what_no_one_waits_for_is_gone_with_the_next_request(bench: Bench, tmp_path: Path) -> None:
    """Answers that were not read, and a half-written request, which names people; a new answer stays."""
    old = ask(tmp_path, ALICE)
    bench.requests.do_waiting()
    half = tmp_path / "forget" / "half.new"
    half.write_bytes(b"{")
    for file in (old.with_suffix(".done"), half):
        os.utime(file, (0, 0))
    waited_for = ask(tmp_path, ALICE)
    bench.requests.do_waiting()

    ask(tmp_path, ALICE)

    assert answer_to(old) is None
    assert not half.exists()
    assert answer_to(waited_for) == 0


def test_only_the_owner_may_read_who_is_to_be_forgotten(tmp_path: Path) -> None:
    """It names people."""
    request = ask(tmp_path, ALICE)

    assert request.stat().st_mode & 0o077 == 0
    assert request.parent.stat().st_mode & 0o077 == 0


def test_without_a_state_directory_there_is_nothing_to_look_at() -> None:
    """Nor is there anywhere that an answer could be."""
    saved: list[bool] = []

    def save() -> bool:
        saved.append(True)
        return True

    ForgetRequests(None, lambda _request: 1, save).do_waiting()

    assert not saved
