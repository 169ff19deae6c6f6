"""`manage.py up`, `verify` and `bench`: what a person sees, and what is left when it ends."""

import os
import re
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import pytest

from gate40 import supervisor
from gate40.engines import embedded

from .small_portal import SmallPortal, wait_until

pytestmark = pytest.mark.drill


@pytest.fixture
def portal(place):
    return SmallPortal(place / "a portal").borrow_packages()


def listening():
    """A program that keeps a port of its own choice busy."""
    busy = socket.socket()
    busy.bind(("127.0.0.1", 0))
    busy.listen()
    return closing(busy)


# A start, seen from outside -------------------------------------------------------------------------------------------
def test_start_prints_where_everything_is_and_ctrl_c_leaves_nothing(portal):
    with portal.up() as process:
        url = portal.url()
        assert f"The portal is ready after {portal.seconds()} s: {url}\nIts mail: {url}/posta/" in portal.said()
        assert "ada@example.it with a password" in portal.said()
        assert "with --reload, at the next page" in portal.said()
        assert portal.steps() == ["data", "first digest", "logins"]
        assert portal.page("/salute/") == "1 rows, True"
        assert portal.command("shell", "-v0", "-c", "print(ContentType.objects.count())") == (0, "1\n")

        code, said = portal.command("up")
        assert (code, said) == (1, f"The portal is already running: pid {process.pid}, {url}\n")

        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert portal.processes() == {}
    ended = [
        (portal.folder / "var" / "log" / f"{name}.log").stat().st_mtime_ns for name in ("beat", "worker", "postgres")
    ]
    assert ended == sorted(ended)


def test_started_by_a_script_in_the_background_it_still_stops_on_ctrl_c(portal):
    """A shell without job control starts `command &` with SIGINT ignored."""
    with portal.up(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert portal.processes() == {}


def test_started_by_nohup_it_outlives_its_terminal(portal):
    with portal.up(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        assert portal.page("/salute/") == "1 rows, True"


def test_default_port_that_is_busy_gives_way_to_the_next(monkeypatch, capsys):
    with listening() as busy:
        port = busy.getsockname()[1]
        monkeypatch.setattr(supervisor, "FIRST_PORT", port)
        monkeypatch.setattr(supervisor, "LAST_PORT", port + 9)
        free = supervisor._free_port(None)
    assert port < free <= port + 9
    assert capsys.readouterr().out == f"Port {port} is taken: using {free}.\n"


def test_chosen_port_that_is_busy_is_an_error_with_advice(portal):
    with listening() as busy:
        port = busy.getsockname()[1]
        code, said = portal.command("up", "--port", str(port))
    assert code == 1
    assert said.startswith(f"Port {port} cannot be used (Address already in use): choose another, such as --port ")
    assert portal.processes() == {}


@pytest.mark.parametrize("port", ["0", "70000", "abc", "-1", "²"])
def test_wrong_port_is_named_in_a_sentence(port, capsys):
    with pytest.raises(SystemExit) as refusal:
        supervisor._read_options([f"--port={port}"])
    expected = f"{port} is not a port: give a number from 1 to 65535, such as 8080."
    assert refusal.value.code == f"manage.py up: argument --port: {expected}"


def test_whole_checkout_starts_with_its_demo_and_its_first_mail(place):
    portal = SmallPortal.of_the_whole_checkout(place / "gate40").borrow_packages()
    with portal.up():
        assert "consorzio@demo.example" in portal.said()
        assert "<title>" in portal.page("/")
        assert "/posta/" in portal.page("/posta/")
        assert list((portal.folder / "var" / "posta").glob("*.eml"))


# What can go wrong ----------------------------------------------------------------------------------------------------
def test_killed_supervisor_leaves_no_process_and_no_row_is_lost(portal):
    with portal.up() as process:
        portal.command("shell", "-c", "ContentType.objects.create(app_label='kept', model='row')")
        process.kill()
        process.wait()
        wait_until(lambda: not portal.processes(), patience=20)
    with portal.up():
        assert portal.page("/salute/") == "2 rows, True"


@pytest.mark.parametrize(
    ("words", "name"),
    [(("celery", " worker "), "worker"), (("valkey-server",), "Valkey")],
    ids=["a service", "an engine"],
)
def test_process_that_dies_stops_everything_and_shows_why(portal, words, name):
    with portal.up() as process:
        os.kill(portal.process(*words), signal.SIGKILL)
        assert process.wait(40) == 1
        assert portal.processes() == {}
    assert f"{name} ended by itself: its last lines are above. All stopped." in portal.said()


def test_step_that_fails_stops_everything_and_shows_why(portal):
    (portal.folder / "demo-is-broken").touch()
    code, said = portal.command("up")
    assert code == 1
    assert said.endswith("no demo today\nThe database could not be prepared: the reason is above.\n")
    assert portal.processes() == {}


def test_worker_that_cannot_work_is_not_called_ready(portal):
    (portal.folder / "gate40" / "tasks.py").write_text("raise RuntimeError('this task cannot be read')")
    code, said = portal.command("up")
    assert code == 1
    assert "this task cannot be read" in said
    assert "The portal is ready" not in said
    assert portal.processes() == {}


def test_stop_during_the_start_leaves_nothing(portal):
    process = portal.begin("up", stdout=subprocess.DEVNULL)
    wait_until(lambda: embedded.is_running(embedded.Home.of(portal.folder)))
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert portal.processes() == {}


def test_database_in_use_by_another_command_is_not_taken_from_it(portal):
    shell = portal.begin("shell", "-c", "input()", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    wait_until(lambda: embedded.is_running(embedded.Home.of(portal.folder)))
    code, said = portal.command("up")
    assert (code, said) == (1, "Another command is using the portal's database: end it first, then try again.\n")
    shell.communicate("\n")
    assert shell.returncode == 0


# Tests and benchmarks -------------------------------------------------------------------------------------------------
def aside_folders(portal):
    """The folders in which the engines of its tests stood, as each test wrote them down."""
    urls = unquote((portal.folder / "where").read_text())
    return {Path(embedded.SHORT, name) for name in re.findall(r"gate40-aside-\w+", urls)}


@pytest.fixture
def with_tests(portal):
    """Its test, and its benchmark, say where they found their engines; the test fails on demand."""
    place = "import os, sys; print(os.environ['DATABASE_URL'], file=open('where', 'a'))\n"
    (portal.folder / "test_engines.py").write_text(
        f"def test(transactional_db):\n    {place}    from django.contrib.contenttypes.models import ContentType\n"
        "    assert ContentType.objects.count() == int(os.environ.get('ROWS', '1'))\n"
    )
    (portal.folder / "benchmarks").mkdir()
    (portal.folder / "benchmarks" / "where.py").write_text(f"{place}sys.exit(len(sys.argv))\n")
    return portal


def test_verify_runs_beside_others_and_returns_what_pytest_says(with_tests):
    good = with_tests.begin("verify", "--", "-q", stdout=subprocess.PIPE)
    bad = with_tests.begin("verify", "-q", environ={"ROWS": "7"}, stdout=subprocess.PIPE)
    assert "1 passed" in good.communicate()[0]
    assert "1 failed" in bad.communicate()[0]
    assert (good.returncode, bad.returncode) == (0, 1)
    assert len(set((with_tests.folder / "where").read_text().split())) == 2
    assert not (with_tests.folder / "var" / "postgres").exists()
    assert with_tests.processes() == {}
    folders = aside_folders(with_tests)
    assert len(folders) == 2 and not any(folder.exists() for folder in folders)


def test_benchmark_gets_engines_and_arguments(with_tests):
    assert with_tests.command("bench", "where", "a", "b") == (3, "")
    assert with_tests.command("bench", "nowhere") == (1, "There is no benchmark nowhere. There are: where\n")
    assert with_tests.processes() == {}
