"""The private servers: start, keep, recover, refuse with one clear line."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from redis import Redis as Client

from portal import embedded
from portal.embedded import binaries, postgres
from portal.embedded.postgres import Postgres
from portal.embedded.redis import Redis
from tests.waiting import until


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a space in its name, in closed parents (pytest makes them 0700)."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    return folder


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def count_rows(url: str) -> int:
    """Add a row to a table and count its rows."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (at timestamptz)")
        connection.execute("INSERT INTO kept VALUES (now())")
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row
    return int(row[0])


def add_one(url: str) -> int:
    """Increment a counter in Redis."""
    with Client.from_url(url) as client:
        return int(client.incr("kept"))


def test_both_servers_keep_their_data_from_run_to_run(home: Path) -> None:
    for run in (1, 2):
        with embedded.servers(home, fsync=True, environ={}) as servers:
            found = servers.environment
            assert count_rows(found["DATABASE_URL"]) == run
            assert add_one(found["REDIS_URL"]) == run


def test_killed_servers_come_back_where_they_were_and_have_lost_nothing(
    home: Path,
) -> None:
    with embedded.servers(home, fsync=True, environ={}) as servers:
        before = servers.environment
        count_rows(before["DATABASE_URL"])
        add_one(before["REDIS_URL"])
        for server in servers.running.values():
            assert server.process
            server.process.kill()
            server.process.wait()

        assert servers.revive() == ["postgres", "redis"]

        assert servers.environment == before
        assert count_rows(before["DATABASE_URL"]) == 2
        assert add_one(before["REDIS_URL"]) == 2


def test_live_servers_are_left_alone(home: Path) -> None:
    with embedded.servers(home, fsync=False, environ={}) as servers:
        assert servers.revive() == []


def test_nothing_is_started_for_what_the_environment_names(home: Path) -> None:
    named = {"DATABASE_URL": "postgres://elsewhere/db", "REDIS_URL": "redis://there"}
    with embedded.servers(home, fsync=True, environ=named) as servers:
        assert servers.environment == {}
    assert list(home.iterdir()) == []


def test_strangers_without_the_password_are_kept_out(home: Path) -> None:
    with embedded.servers(home, fsync=False, environ={}) as servers:
        server = servers.running["DATABASE_URL"]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgres://earwitness:wrong@127.0.0.1:{server.port}/")


def test_a_server_of_a_killed_run_makes_way(home: Path, stack: ExitStack) -> None:
    orphan = Postgres(home, fsync=True)
    stack.callback(orphan.stop)
    orphan.start()
    count_rows(orphan.url)

    server = Postgres(home, fsync=True)
    stack.callback(server.stop)
    server.start()

    until(lambda: not orphan.alive())
    assert count_rows(server.url) == 2


def test_a_pid_file_that_names_a_stranger_does_not_hinder(
    home: Path, stack: ExitStack
) -> None:
    server = Postgres(home, fsync=False)
    stack.callback(server.stop)
    server.start()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    lines[0] = str(os.getpid())
    pid_file.write_text("\n".join(lines))

    server.start()

    assert server.alive()


def test_a_cluster_half_made_is_made_again(home: Path, stack: ExitStack) -> None:
    half = home / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = Postgres(home, fsync=False)
    stack.callback(server.stop)

    server.start()

    assert count_rows(server.url) == 1


def test_a_damaged_cluster_is_one_clear_line(home: Path) -> None:
    (home / "postgres").mkdir()
    with (
        pytest.raises(embedded.EmbeddedError, match=r"is damaged\. Restore it"),
        embedded.servers(home, fsync=True, environ={}),
    ):
        pass


def test_a_cluster_of_another_version_is_one_clear_line(home: Path) -> None:
    server = Postgres(home, fsync=False)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded.EmbeddedError, match="was made by PostgreSQL 9"):
        server.start()


@pytest.mark.parametrize("server", [Postgres, Redis])
def test_a_port_that_was_taken_meanwhile_is_one_clear_line(
    home: Path, server: type[Postgres | Redis]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(embedded.EmbeddedError, match=r"did not start: .*log:"):
            server(home, port=port).start()


def test_a_damaged_redis_says_that_it_may_go(home: Path) -> None:
    server = Redis(home)
    server.start()
    server.stop()
    (home / "redis" / "appendonly.aof").write_bytes(b"not what Redis writes")
    with pytest.raises(embedded.EmbeddedError, match="may be removed"):
        server.start()


def test_without_any_postgresql_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(binaries, "_postgres_candidates", lambda: iter([home]))
    with pytest.raises(embedded.EmbeddedError, match=r"Install PostgreSQL 15\+"):
        binaries.postgres_folder()


def test_without_any_redis_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(binaries, "_redis_candidates", lambda: iter([home / "none"]))
    with pytest.raises(embedded.EmbeddedError, match=r"Install Redis 6\+"):
        binaries.redis_server()


def test_a_second_user_of_a_folder_is_told_who_has_it(home: Path) -> None:
    with embedded.held(home):
        script = (
            "import sys, pathlib; from portal import embedded\n"
            "with embedded.held(pathlib.Path(sys.argv[1])): pass"
        )
        second = subprocess.run(
            [sys.executable, "-c", script, home],
            capture_output=True,
            text=True,
            check=False,
        )
    assert f"already in use by process {os.getpid()}" in second.stderr


def test_a_killed_user_of_a_folder_does_not_hinder_the_next(home: Path) -> None:
    (home / "lock").write_text("1\n")
    with embedded.held(home):
        assert (home / "lock").read_text() == f"{os.getpid()}\n"


def test_a_file_in_place_of_the_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with (
        pytest.raises(embedded.EmbeddedError, match=r"var cannot be used: .*exists"),
        embedded.held(tmp_path / "var"),
    ):
        pass


def test_a_second_terminal_finds_the_servers(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SAID", "mine")
    with embedded.hand_on(home, {"DATABASE_URL": "here", "SAID": "theirs"}):
        assert (home / "embedded.json").stat().st_mode & 0o777 == 0o600
        embedded.adopt(home)
        assert os.environ["DATABASE_URL"] == "here"
        assert os.environ["SAID"] == "mine"
    assert not (home / "embedded.json").exists()


def test_a_second_terminal_with_a_database_of_its_own_is_left_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "elsewhere")
    with embedded.hand_on(home, {"DATABASE_URL": "here", "LIVEKIT_NEW": "x"}):
        embedded.adopt(home)
    assert "LIVEKIT_NEW" not in os.environ


@pytest.mark.parametrize("text", ["", "[", "absent"])
def test_without_a_run_a_second_terminal_is_left_as_it_is(
    home: Path, text: str
) -> None:
    if text != "absent":
        (home / "embedded.json").write_text(text)
    before = dict(os.environ)
    embedded.adopt(home)
    assert dict(os.environ) == before


def test_what_a_killed_run_handed_on_is_not_believed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    monkeypatch.delenv("DATABASE_URL")
    handed_on = {"pid": gone.pid, "environment": {"DATABASE_URL": "x"}}
    (home / "embedded.json").write_text(json.dumps(handed_on))
    embedded.adopt(home)
    assert "DATABASE_URL" not in os.environ


def test_the_servers_of_a_killed_process_end_with_it(home: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("elsewhere the next run clears them")
    script = (
        "import sys, time, pathlib; from portal import embedded\n"
        "home = pathlib.Path(sys.argv[1])\n"
        "with embedded.servers(home, fsync=False, environ={}) as servers:\n"
        "    for server in servers.running.values():\n"
        "        print(server.process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, home], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        pids = [int(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGKILL)
    until(lambda: not any(Path("/proc", str(pid)).exists() for pid in pids))


def test_the_password_is_in_no_argument_list(home: Path) -> None:
    with embedded.servers(home, fsync=False, environ={}) as servers:
        for server in servers.running.values():
            assert server.process
            arguments = Path(f"/proc/{server.process.pid}/cmdline").read_text()
            password = server.url.split(":")[2].split("@")[0]
            assert password not in arguments


def test_a_throw_away_server_does_not_wait_for_the_disk(home: Path) -> None:
    assert "fsync=off" in postgres.FAST
    with embedded.servers(home, fsync=False, environ={}) as servers:
        url = servers.environment["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
