"""Two processes of tests are never given the same port, and no outgoing connection takes one of theirs."""

import socket
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from tests.support import ports

from watchkeeper.config.settings import DEFAULT_PORTS

ROOT = Path(__file__).parents[2]
EVERYWHERE = range(1024, 65_536)


def test_a_port_is_no_ephemeral_one_and_no_default() -> None:
    """The kernel gives it to no outgoing connection, and no bundle that runs here anyway has it."""
    port = ports.free_port()

    assert port not in ports.ephemeral_ports()
    assert port > max(default for _, default in DEFAULT_PORTS.values())


@pytest.mark.parametrize(
    "ephemeral",
    [
        pytest.param(range(32_768, 61_000), id="Linux by default"),
        pytest.param(range(1024, 60_000), id="only the highest are left"),
        pytest.param(range(15_000, 65_536), id="only the lowest are left"),
    ],
)
def test_blocks_without_an_ephemeral_port_come_first(ephemeral: range) -> None:
    """As many as there are; the others are for a machine that leaves none."""
    found = ports.blocks(ephemeral)

    free = [not set(block) & set(ephemeral) for block in found]

    assert free[0]
    assert free == sorted(free, reverse=True)


@pytest.mark.parametrize("ephemeral", [EVERYWHERE, range(32_768, 61_000)], ids=["all are ephemeral", "some are"])
def test_blocks_share_no_port(ephemeral: range) -> None:
    """Each port from the lowest to the highest is in one of them, whatever the kernel keeps."""
    every = [port for block in ports.blocks(ephemeral) for port in block]

    assert sorted(every) == list(range(ports.LOWEST, ports.HIGHEST + 1))


def test_the_kernel_says_which_are_ephemeral(tmp_path: Path) -> None:
    """Both ends belong to them; a machine that does not say has those of the standard."""
    file = tmp_path / "range"
    file.write_text("20000\t29999\n", encoding="ascii")

    assert ports.ephemeral_ports(file) == range(20_000, 30_000)
    assert ports.ephemeral_ports(tmp_path / "none") == range(49_152, 65_536)


def test_a_block_is_taken_once() -> None:
    """Who comes second gets the next one."""
    choice = ports.blocks(ports.ephemeral_ports())
    one, other = ports.take_block(choice), ports.take_block(choice)

    with one.holder, other.holder:
        assert next(one.turns) != next(other.turns)


def test_another_process_is_given_other_ports() -> None:
    """A second run on this machine has a block of its own."""
    code = "from tests.support.ports import free_port; print(free_port())"

    ours = ports.free_port()
    theirs = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert int(theirs) // ports.SIZE != ours // ports.SIZE


def test_a_port_does_not_come_up_again_soon() -> None:
    """What was just reported to a server is not reported to the next."""
    given = [ports.free_port() for _ in range(100)]

    assert len(set(given)) == len(given)


def is_free(port: int) -> bool:
    """Whether no one listens on it: what an earlier run left may do so in any block."""
    try:
        socket.create_server((ports.HOST, port)).close()
    except OSError:
        return False
    return True


def test_a_port_that_someone_listens_on_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that an earlier run left does not fail the next one."""
    block = ports.take_block(ports.blocks(ports.ephemeral_ports()))
    taken, free = islice(filter(is_free, block.turns), 2)
    again = ports.Block(holder=block.holder, turns=iter([taken, free]))
    monkeypatch.setattr(ports, "_own_block", lambda: again)

    with block.holder, socket.create_server((ports.HOST, taken)):
        assert ports.free_port() == free
