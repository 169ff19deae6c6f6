#!/usr/bin/env python3
"""The one door to the portal: a fresh machine needs Python and nothing else.

    python3 manage.py up [--port N] [--reload]    start the whole portal, with its own PostgreSQL and Valkey
    python3 manage.py verify [-- PYTEST ARGS]     run the tests on engines of their own
    python3 manage.py coverage [-- PYTEST ARGS]   the same, and what they reach: lines and branches, wing by wing
    python3 manage.py lint                        check style, mistakes, types and missing migrations
    python3 manage.py bench NAME [ARGS]           run benchmarks/NAME.py
    python3 manage.py house [--write]             the picture of the imports and the figures of docs/architecture.md
    python3 manage.py COMMAND                     any Django command

The first call makes `.venv` and installs the locked packages there; while `.venv` matches the locks no network is used.
A container image that brings its packages sets GATE40_SYSTEM_PYTHON=1 and no `.venv` is made.
Only the standard library is imported here, in a syntax that an old Python still reads: it can be told that it is old.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
VENV = BASE_DIR / ".venv"
LOCKS = [BASE_DIR / "requirements.txt", BASE_DIR / "requirements-embedded.txt"]
TOOLS = [BASE_DIR / "requirements-dev.txt"]
NEED_TOOLS = {"verify", "coverage", "lint", "bench"}  # whoever only wants to see the portal waits half as long
HASHED = ["--require-hashes", "--only-binary", ":all:"]


def enter_venv(command):
    """Return inside `.venv` with the locked packages; make or refresh it first when it is not what the locks say."""
    if sys.version_info < (3, 10):  # noqa: UP036
        sys.exit("The portal needs Python 3.10 or newer; this is {}.{}.".format(*sys.version_info[:2]))
    if os.environ.get("GATE40_SYSTEM_PYTHON"):
        return
    python = prepare_venv(VENV, LOCKS + TOOLS if command in NEED_TOOLS else LOCKS, HASHED)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(python, [str(python), str(BASE_DIR / "manage.py"), *sys.argv[1:]])


def prepare_venv(venv, locks, options=(), layered_on=None):
    """The Python of a virtual environment that holds `locks`; its stamp, written last, says what it holds."""
    python, stamp = venv / "bin" / "python", venv / "installed"
    found = stamp.read_text().splitlines() if stamp.is_file() and os.access(python, os.X_OK) else []
    if set(wanted(locks)) <= set(found):
        return python
    if venv.is_symlink():
        return lent(venv, python)
    with install_lock():
        locks = locks + [
            lock for lock in TOOLS if any(line.startswith(lock.name) for line in found) and lock not in locks
        ]
        stamp.unlink(missing_ok=True)
        print(f"Installing packages into {venv.relative_to(BASE_DIR)}: once, about half a minute.", flush=True)
        create_venv(venv, keep=found[:1] == wanted(locks)[:1])
        if layered_on:
            next(venv.glob("lib/python*/site-packages")).joinpath("layered.pth").write_text(f"{layered_on}\n")
        install(python, locks, options)
        stamp.write_text("\n".join(wanted(locks)))
    return python


def lent(venv, python):
    """The environment of another checkout is not ours to change: it is used as it is, and that is said."""
    said = f"{venv.name} belongs to {venv.resolve()} and does not hold what the lists of packages ask for here."
    if not os.access(python, os.X_OK):
        sys.exit(f"{said} Take the link away: rm {venv.name}")
    print(f"{said} It is left alone; for one of your own: rm {venv.name}", file=sys.stderr, flush=True)
    return python


def wanted(locks):
    """The lines of a stamp: the Python and the content of each lock."""
    return ["python{}.{}".format(*sys.version_info[:2]), *(f"{lock.name} {digest(lock)}" for lock in locks)]


def digest(lock):
    try:
        return hashlib.sha256(lock.read_bytes()).hexdigest()
    except OSError as error:
        sys.exit(f"Cannot read {lock}: {error.strerror}. Bring it back with `git checkout {lock.name}`.")


def install_lock():
    """Only one command installs at a time: the lock goes with its process, however that ends."""
    import fcntl

    try:
        (BASE_DIR / "var").mkdir(exist_ok=True)
        lock = (BASE_DIR / "var" / "install.lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("Another command is installing the packages: wait until it ends, then try again.")
    except PermissionError as error:
        sys.exit(f"Cannot write to {error.filename}: use the account that owns this folder.")
    return lock


def create_venv(venv, keep):
    if not all(importlib.util.find_spec(module) for module in ("venv", "ensurepip")):
        sys.exit("This Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv")
    command = [sys.executable, "-m", "venv", *([] if keep else ["--clear"]), str(venv)]
    made = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        sys.exit(f"{made.stdout}Cannot make the virtual environment {venv}: see the lines above.")


def install(python, locks, options):
    """pip, quiet when it works; when it does not, its last words and what to do."""
    lists = [argument for lock in locks for argument in ("-r", str(lock))]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([*pip, *options, *lists], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return
    print("\n".join(done.stdout.strip().splitlines()[-12:]), file=sys.stderr)
    if any(sign in done.stdout for sign in ("MATCH THE HASHES", "Hashes are required", "Invalid requirement")):
        sys.exit("The lists of packages are damaged: `git checkout 'requirements*.txt'`, then again.")
    sys.exit(
        "The packages could not be installed. The first start needs the network (or a pip mirror, see PIP_INDEX_URL)"
        " and Linux with glibc or macOS; then the same command can simply be given again."
    )


def bench(name, args):
    """Run one benchmark; the peers it compares with live in their own environment, never among our dependencies."""
    from gate40 import supervisor

    python, peers = Path(sys.executable), BASE_DIR / "benchmarks" / f"requirements-{name}.txt"
    if peers.is_file():
        python = prepare_venv(BASE_DIR / ".venv-bench" / name, [peers], layered_on=sysconfig.get_path("purelib"))
    return supervisor.bench(BASE_DIR, python, name, args)


def lint():
    """Style, mistakes, types, missing migrations, page templates: all are always shown."""
    python, djade = [sys.executable], [str(Path(sysconfig.get_path("scripts")) / "djade"), "--target-version", "5.2"]
    checks = ([*python, "manage.py", "makemigrations", "--check", "--dry-run"], [*python, "-m", "ruff", "check"])
    checks += ([*python, "-m", "ruff", "format", "--check"], [*python, "-m", "mypy", "--no-error-summary"])
    checks += ([*djade, "--check", *pages()],)
    return max(subprocess.call(check, cwd=BASE_DIR) for check in checks)


def pages():
    """The page templates. A piece without a newline at its end stands amid a sentence: it keeps it that way."""
    paths = sorted((BASE_DIR / "templates").rglob("*.html"))
    return [str(path.relative_to(BASE_DIR)) for path in paths if path.read_bytes().endswith(b"\n")]


def main():
    command, args = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    enter_venv(command)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
    from gate40 import supervisor
    from gate40.engines import embedded

    try:
        if command == "up":
            return supervisor.up(BASE_DIR, args)
        if command == "verify":
            return supervisor.verify(BASE_DIR, args)
        if command == "coverage":
            return supervisor.coverage(BASE_DIR, args)
        if command == "bench":
            return bench(args[0], args[1:]) if args else "Which one? python3 manage.py bench NAME"
        if command == "lint":
            return lint()
        if command == "house":
            from tests import house

            return house.main(args)
        with embedded.engines_for(BASE_DIR, command, args):
            from django.core.management import execute_from_command_line

            return execute_from_command_line(sys.argv)
    except embedded.Refusal as refusal:
        return str(refusal)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
