"""What `make` says before it installs or starts anything."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal import preflight

NOBODY = 65534


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`node("echo v22.1.0")` makes that the only `node` on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(script: str) -> None:
        for name in ("node", "npm"):
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)

    return install


@pytest.fixture
def everything_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that lacks nothing, and an empty checkout."""
    monkeypatch.setattr(preflight, "check_python", lambda version: None)
    monkeypatch.setattr(preflight, "check_node", lambda: None)
    monkeypatch.setattr(preflight, "ROOT", tmp_path)
    monkeypatch.setattr(preflight, "HANDED_ON", tmp_path / "var" / "embedded.json")
    monkeypatch.setattr("sys.argv", ["preflight.py", "--serve"])


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_two_pythons_fit(version: tuple[int, int]) -> None:
    preflight.check_python(version)


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 13)])
def test_other_pythons_are_named(version: tuple[int, int]) -> None:
    with pytest.raises(preflight.Unready, match=rf"this is 3\.{version[1]}"):
        preflight.check_python(version)


@pytest.mark.parametrize("answer", ["v20.0.0", "v24.3.1"])
def test_a_new_enough_node_fits(node: Callable[[str], None], answer: str) -> None:
    node(f"echo {answer}")
    preflight.check_node()


@pytest.mark.parametrize("script", ["echo v18.20.0", "exit 127", "echo hello"])
def test_an_old_or_broken_node_is_named(
    node: Callable[[str], None], script: str
) -> None:
    node(script)
    with pytest.raises(preflight.Unready, match="Node 20 or newer is needed, this is"):
        preflight.check_node()


@pytest.mark.usefixtures("node")
def test_a_missing_node_is_named() -> None:
    with pytest.raises(preflight.Unready, match="Node 20 or newer with npm is needed"):
        preflight.check_node()


def test_var_is_made_and_left_empty(tmp_path: Path) -> None:
    preflight.check_var(tmp_path / "var")
    assert list((tmp_path / "var").iterdir()) == []


def test_a_file_in_place_of_var_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(preflight.Unready, match="var cannot be used: File exists"):
        preflight.check_var(tmp_path / "var")


@contextmanager
def without_root() -> Iterator[None]:
    """Root may write anywhere, so root steps down for the length of the block."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_var_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with (
        without_root(),
        pytest.raises(preflight.Unready, match="Permission denied"),
    ):
        preflight.check_var(tmp_path / "var")


@pytest.mark.parametrize("text", ["", "http", "0", "-1", "65536", "80.5"])
def test_a_port_that_is_none_is_named(text: str) -> None:
    with pytest.raises(preflight.Unready, match="is not a port"):
        preflight.port_from(text)


def test_a_busy_port_is_one_line_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    everything_there: None,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        assert preflight.main() == 1
    said = f"Port {port} is busy: stop what serves there, or PORT={port + 1} make run\n"
    assert capsys.readouterr().err == said


def test_beside_a_run_of_ours_the_port_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, everything_there: None
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "embedded.json").touch()
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("PORT", str(server.getsockname()[1]))
        assert preflight.main() == 0


def test_a_ready_machine_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    everything_there: None,
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PORT", str(probe.getsockname()[1]))
    assert preflight.main() == 0
    assert capsys.readouterr() == ("", "")
