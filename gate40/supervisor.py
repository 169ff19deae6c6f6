"""What `manage.py up`, `verify` and `bench` do: start everything in order, watch it, stop it in the opposite order."""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import wing_coverage
from .engines import embedded
from .engines.processes import Refusal, follow_parent, read, spawn, stop_process, tail

FIRST_PORT, LAST_PORT = 8000, 8019
LOGINS = "logins:"
TASK_PATIENCE = 30  # seconds a worker gets to end the task in its hands


class Stop(Exception):
    """Somebody asked us to end."""


def up(base_dir, args):
    """Start the whole portal and stay until somebody ends it; 0 when asked to stop, 1 when something broke."""
    options = _read_options(args)
    os.umask(0o077)  # logs, mails, keys and files of rooms are read by this account alone
    with ExitStack() as stack:
        lock = stack.enter_context(_only_one(base_dir))
        port = _free_port(options.port)
        lock.truncate(0)
        print(f"pid {os.getpid()}, http://127.0.0.1:{port}", file=lock, flush=True)
        house = House(base_dir, port, options.reload)
        _let_signals_leave_word(house)
        try:
            house.start(stack)
            house.watch()
        except Stop:
            print("\nStopping…", flush=True)
            return 0


class House:
    """The portal's processes, in the order in which they start."""

    def __init__(self, base_dir, port, is_reloading):
        self.base_dir, self.port = Path(base_dir), port
        self.url = f"http://127.0.0.1:{port}"
        self.home = embedded.Home.of(base_dir)
        self.alive_file = self.base_dir / "var" / "worker.alive"
        self.is_reloading = is_reloading
        self.is_told_to_stop = False
        self.running = {}
        self.environ = {
            "PORTAL_BASE_URL": self.url,
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "gate40.settings",
            "GATE40_EMBEDDED": "1",
            "GATE40_ALIVE_FILE": str(self.alive_file),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, stack):
        """Each step waits for the one before; `stack` undoes them in reverse."""
        began = time.monotonic()
        with embedded.sole_starter(self.base_dir):
            self.running.update(stack.enter_context(embedded.engines(self.home)))
        logins = self.prepare()
        self.alive_file.unlink(missing_ok=True)
        web, worker, urgent, beat = self.services()
        self.serve(stack, *web)
        self.serve(stack, *worker)
        self.serve(stack, *urgent)
        self.wait(lambda: self.alive_file.exists() and self.answers(), "The portal does not answer")
        self.serve(stack, *beat)
        self.greet(time.monotonic() - began, logins)

    def prepare(self):
        """Tables, demo and first digest, in a process of their own; returns the logins to show."""
        command = [sys.executable, "-c", "from gate40 import supervisor; supervisor.prepare()"]
        process = spawn(command, self.log("prepare"), cwd=self.base_dir, env=self.environ)
        try:
            while process.poll() is None:
                self.pause()
        finally:
            stop_process(process)
        if process.returncode:
            raise Refusal(f"{tail(self.log('prepare'))}\nThe database could not be prepared: the reason is above.")
        return read(self.log("prepare")).partition(LOGINS)[2].strip()

    def serve(self, stack, name, command, patience):
        environ = dict(self.environ)
        if name != "worker":
            del environ["GATE40_ALIVE_FILE"]  # one process shows that it lives, and is believed
        self.running[name] = spawn(command, self.log(name), cwd=self.base_dir, env=environ)
        stack.callback(stop_process, self.running[name], signal.SIGTERM, patience)

    def services(self):
        """Name, command and seconds to end of what runs beside the engines."""
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "-A", "gate40"]
        web = [*python, "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", self.port]
        web += ["--blocking-threads", 8, "--no-ws", "gate40.wsgi:application"]
        if self.is_reloading:
            web = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{self.port}"]
        worker = [*celery, "worker", "--concurrency", 2, "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        # Mail that somebody waits for at the screen: no long task stands before it.
        urgent = [*celery, "worker", "--hostname", "urgent@%h", "--queues", "urgent", "--pool", "solo"]
        urgent += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        beat = [*celery, "beat", "--schedule", self.base_dir / "var" / "beat-schedule", "--pidfile", ""]
        return [
            ("web", web, 10),
            ("worker", worker, TASK_PATIENCE),
            ("urgent", urgent, TASK_PATIENCE),
            ("beat", beat, 5),
        ]

    def watch(self):
        self.wait(lambda: False, "", patience=float("inf"))

    def wait(self, is_done, complaint, patience=90):
        deadline = time.monotonic() + patience
        while not is_done():
            self.pause(0.1)
            if time.monotonic() > deadline:
                raise Refusal(f"{tail(self.log('web'))}\n{tail(self.log('worker'))}\n{complaint}: see {self.home.logs}")

    def pause(self, seconds=0.05):
        """Every wait comes through here, so that a request to stop and a death are seen within a moment."""
        time.sleep(seconds)
        if self.is_told_to_stop:
            raise Stop
        for name, process in self.running.items():
            if process.poll() is not None:
                raise Refusal(f"{tail(self.log(name))}\n{name} ended by itself: its last lines are above. All stopped.")

    def answers(self):
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(f"{self.url}/salute/", timeout=5) as response:
                return response.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def log(self, name):
        return self.home.logs / f"{name.lower().replace('postgresql', 'postgres')}.log"

    def greet(self, seconds, logins):
        if self.home.data.parent == embedded.LASTING:
            print(f"PostgreSQL cannot enter {self.base_dir}: the data is in {self.home.data}.")
        print(f"\nThe portal is ready after {seconds:.1f} s: {self.url}")
        print(f"Its mail: {self.url}/posta/   Its logs: {self.home.logs}")
        if not self.is_reloading:
            print("Edited code and templates show after a new start; with --reload, at the next page.")
        print()
        print(f"{logins}\n\nCtrl-C stops everything.", flush=True)


def prepare():
    """All that must be done before the first page, in one process: starting Django again costs a second each time."""
    import django
    from django.core.management import CommandError, call_command

    django.setup()
    try:
        call_command("migrate", interactive=False)
        call_command("demo")
        call_command("demo", first_digest=True)  # a newcomer finds mail waiting
        print(LOGINS)
        call_command("demo", logins=True)
    except CommandError as error:
        sys.exit(str(error))


def _read_options(args):
    parser = argparse.ArgumentParser(prog="manage.py up", description=up.__doc__)
    parser.error = lambda message: sys.exit(f"manage.py up: {message}")
    parser.add_argument("--port", type=_port, help=f"default: the first free one from {FIRST_PORT}")
    parser.add_argument("--reload", action="store_true", help="for whoever edits the code: pages see changes at once")
    return parser.parse_args(args)


def _port(text):
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 1 to 65535, such as 8080.")
    return int(text)


@contextmanager
def _only_one(base_dir):
    """The lock of this checkout's portal; its file says where the portal is."""
    try:
        lock = embedded.lock(base_dir, "up.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = (Path(base_dir) / "var" / "up.lock").read_text().strip()
        raise Refusal(f"The portal is already running: {where or 'it is just starting'}") from None
    with lock:
        yield lock
        lock.truncate(0)


def _free_port(wanted):
    if wanted and (reason := _why_closed(wanted)):
        raise Refusal(
            f"Port {wanted} cannot be used ({reason}): choose another, such as --port {wanted % 50000 + 1024}."
        )
    if wanted:
        return wanted
    for port in range(FIRST_PORT, LAST_PORT + 1):
        if not _why_closed(port):
            if port != FIRST_PORT:
                print(f"Port {FIRST_PORT} is taken: using {port}.")
            return port
    raise Refusal(f"Ports {FIRST_PORT} to {LAST_PORT} are all taken: choose another with --port.")


def _why_closed(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as error:
            return error.strerror
    return ""


def _let_signals_leave_word(house):
    """From here to our end a signal only leaves word: what is half done, starting or stopping, is not cut in two."""

    def leave_word(*_):
        house.is_told_to_stop = True

    # A script's `&` starts us with SIGINT ignored, which nobody meant; SIGHUP is ignored because `nohup` asked for it.
    signal.signal(signal.SIGINT, leave_word)
    signal.signal(signal.SIGTERM, leave_word)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, leave_word)


# Tests and benchmarks -------------------------------------------------------------------------------------------------
def verify(base_dir, args):
    """Run pytest on engines of its own, fast and forgetful, beside whatever else runs; its exit code."""
    with _engines_aside(is_durable=False) as environ:
        return _attend([sys.executable, "-m", "pytest", *_for_pytest(args)], base_dir, environ)


def _for_pytest(args):
    args = args[1:] if args[:1] == ["--"] else args
    return args or ["-n", str(min(4, os.cpu_count() or 1))]


def coverage(base_dir, args):
    """The same, measured: prints what the tests reach in each wing; the exit code of pytest."""
    report = Path(base_dir) / "var" / "coverage.json"
    measure = [sys.executable, "-m", "coverage"]
    with _engines_aside(is_durable=False) as environ:
        code = _attend([*measure, "run", "-m", "pytest", *_for_pytest(args)], base_dir, environ)
    for step in (["combine", "--quiet"], ["json", "--quiet", "-o", report]):
        if failed := subprocess.call([*map(str, [*measure, *step])], cwd=base_dir):
            return code or failed
    print(wing_coverage.printed(report))
    return code


def bench(base_dir, python, name, args):
    """Run one benchmark on engines of its own that write as carefully as in production."""
    script = Path(base_dir) / "benchmarks" / f"{name}.py"
    if not script.is_file():
        names = ", ".join(sorted(path.stem for path in script.parent.glob("[!_]*.py")))
        raise Refusal(f"There is no benchmark {name}. There are: {names}")
    with _engines_aside(is_durable=True) as environ:
        return _attend([python, script, *args], base_dir, environ)


@contextmanager
def _engines_aside(is_durable):
    """Engines in a temporary folder that goes away with us; yields the environment that names them."""
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: sys.exit(1))
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="gate40-aside-", dir=embedded.SHORT))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        home = embedded.Home.inside(folder)
        stack.enter_context(embedded.engines(home, is_durable))
        urls = {"DATABASE_URL": home.database_url, "REDIS_URL": home.redis_url}
        yield {**urls, **os.environ}


def _attend(command, base_dir, environ):
    """Run it in our terminal; Ctrl-C is its to answer, and a killed parent takes it along."""
    path = os.pathsep.join(filter(None, [str(base_dir), environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=base_dir,
        env={**environ, "PYTHONPATH": path},
        preexec_fn=follow_parent(signal.SIGTERM),
    )
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return process.wait()
    finally:
        process.terminate()
        process.wait()
