#!/usr/bin/env python3
"""The one door to the portal: a fresh machine needs Python and nothing else.

    python3 manage.py up [--port N] [--reload]    start the whole portal, with its own PostgreSQL and Valkey
    python3 manage.py verify [-- PYTEST ARGS]     run the tests on engines of their own
    python3 manage.py bench NAME [ARGS]           run benchmarks/NAME.py
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
LOCKS = [BASE_DIR / "requirements.txt", BASE_DIR / "requirements-dev.txt"]
HASHED = ["--require-hashes", "--only-binary", ":all:"]


def enter_venv():
    """Return inside `.venv` with the locked packages; make or refresh it first when it is not what the locks say."""
    if sys.version_info < (3, 10):  # noqa: UP036
        sys.exit("The portal needs Python 3.10 or newer; this is {}.{}.".format(*sys.version_info[:2]))
    if os.environ.get("GATE40_SYSTEM_PYTHON"):
        return
    python = prepare_venv(VENV, LOCKS, HASHED)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(python, [str(python), str(BASE_DIR / "manage.py"), *sys.argv[1:]])


def prepare_venv(venv, requirements, options=(), layered_on=None):
    """The Python of a virtual environment that holds `requirements`; the stamp, written last, says that it does."""
    python, stamp = venv / "bin" / "python", venv / "installed"
    wanted = "python{}.{} {}".format(*sys.version_info[:2], digest(requirements))
    found = stamp.read_text() if stamp.is_file() and os.access(python, os.X_OK) else ""
    if found == wanted:
        return python
    with install_lock():
        stamp.unlink(missing_ok=True)
        same_python = found.split(" ")[0] == wanted.split(" ")[0]
        print(f"Installing packages into {venv.relative_to(BASE_DIR)}: once, about half a minute.", flush=True)
        create_venv(venv, keep=same_python)
        if layered_on:
            next(venv.glob("lib/python*/site-packages")).joinpath("layered.pth").write_text(f"{layered_on}\n")
        install(python, requirements, options)
        stamp.write_text(wanted)
    return python


def digest(files):
    try:
        return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    except OSError as error:
        sys.exit(f"Cannot read {error.filename}: {error.strerror}. Restore it with `git checkout`.")


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


def install(python, requirements, options):
    """pip, quiet when it works; when it does not, its last words and what to do."""
    lists = [argument for file in requirements for argument in ("-r", str(file))]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([*pip, *options, *lists], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return
    print("\n".join(done.stdout.strip().splitlines()[-12:]), file=sys.stderr)
    if any(sign in done.stdout for sign in ("MATCH THE HASHES", "Hashes are required", "Invalid requirement")):
        sys.exit("The lists of packages are damaged: `git checkout requirements.txt requirements-dev.txt`, then again.")
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


def main():
    enter_venv()
    command, args = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
    from gate40 import embedded, supervisor

    try:
        if command == "up":
            return supervisor.up(BASE_DIR, args)
        if command == "verify":
            return supervisor.verify(BASE_DIR, args)
        if command == "bench":
            return bench(*args[:1], args[1:]) if args else "Which one? python3 manage.py bench NAME"
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
