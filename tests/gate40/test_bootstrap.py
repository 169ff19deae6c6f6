"""manage.py on a machine that has Python and nothing else. No network: pip installs a wheel made on the spot."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import zipfile

import pytest

from .small_portal import SmallPortal, clean_environ, wait_until

pytestmark = pytest.mark.drill
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
READY = "Which one? python3 manage.py bench NAME\n"  # said by a command that needs `.venv` and nothing in it


@pytest.fixture
def checkout(place):
    """A fresh checkout whose locks ask for a package or two, found in a folder beside it."""
    portal = SmallPortal(place / "check out")
    (portal.folder / "gate40" / "__init__.py").write_text("")
    portal.lock = locked(place, "small")
    for name, text in {"": portal.lock, "-embedded": portal.lock, "-dev": locked(place, "tool")}.items():
        (portal.folder / f"requirements{name}.txt").write_text(text)
    portal.wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": place.as_uri(), "PIP_CONFIG_FILE": os.devnull}
    return portal


def locked(folder, name):
    """The line of a lock for an empty package, and its wheel in `folder`."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr(f"{name}.py", "")
        package.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        package.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        package.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def installed(checkout):
    return {path.stem for path in checkout.folder.glob(".venv/lib/python*/site-packages/*.py")} & {"small", "tool"}


def test_tools_are_installed_for_whoever_uses_them_and_the_network_only_when_a_lock_has_changed(checkout):
    checkout.command("help", **checkout.wheels)
    assert installed(checkout) == {"small"}
    code, said = checkout.command("bench", **checkout.wheels)
    assert said == f"Installing packages into .venv: once, about half a minute.\n{READY}"
    assert installed(checkout) == {"small", "tool"}
    assert checkout.command("bench", **NOWHERE) == (1, READY)
    (checkout.folder / "requirements.txt").write_text(f"{checkout.lock}# newer\n")
    assert checkout.command("bench", **checkout.wheels)[1] == said


def test_damaged_lock_says_how_to_mend_it_and_mended_it_installs(checkout):
    lock = checkout.folder / "requirements.txt"
    lock.write_text("small==1.0 --hash=sha256:" + "0" * 64)
    code, said = checkout.command("bench", **checkout.wheels)
    assert code == 1
    assert said.endswith("damaged: `git checkout 'requirements*.txt'`, then again.\n")
    lock.write_text(checkout.lock)
    assert checkout.command("bench", **checkout.wheels)[1].endswith(READY)


def test_nothing_half_done_counts_as_good(checkout):
    code, said = checkout.command("bench", **NOWHERE)
    assert code == 1
    assert "The packages could not be installed. The first start needs the network" in said
    assert not (checkout.folder / ".venv" / "installed").exists()
    shutil.rmtree(checkout.folder / ".venv")
    killed = subprocess.Popen(
        [checkout.python, "manage.py", "bench"], cwd=checkout.folder, env=clean_environ(**checkout.wheels)
    )
    wait_until((checkout.folder / ".venv" / "bin" / "python").exists)
    killed.kill()
    killed.wait()
    wait_until(lambda: not checkout.processes())
    assert not (checkout.folder / ".venv" / "installed").exists()


def test_two_installations_do_not_meet(checkout):
    (checkout.folder / "var").mkdir()
    with (checkout.folder / "var" / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, said = checkout.command("bench", **checkout.wheels)
    assert (code, said) == (1, "Another command is installing the packages: wait until it ends, then try again.\n")


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        ("sys.version_info = (3, 9, 2)", "The portal needs Python 3.10 or newer; this is 3.9."),
        (
            "find = importlib.util.find_spec; importlib.util.find_spec = lambda it: it != 'ensurepip' and find(it)",
            "This Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv",
        ),
    ],
    ids=["old Python", "no python3-venv"],
)
def test_machine_that_lacks_something_is_told_what(checkout, machine, sentence):
    pretend = f"import importlib.util, runpy, sys; {machine}; runpy.run_path('manage.py', run_name='__main__')"
    done = subprocess.run(
        [checkout.python, "-c", pretend], cwd=checkout.folder, env=clean_environ(), text=True, stderr=subprocess.PIPE
    )
    assert (done.returncode, done.stderr) == (1, f"{sentence}\n")
    assert not (checkout.folder / ".venv").exists()


def test_container_that_brings_its_packages_gets_no_venv(checkout):
    assert checkout.command("bench", GATE40_SYSTEM_PYTHON="1") == (1, READY)
    assert not (checkout.folder / ".venv").exists()


def test_peers_of_a_benchmark_live_apart(checkout):
    benchmarks = checkout.folder / "benchmarks"
    benchmarks.mkdir()
    (benchmarks / "requirements-hello.txt").write_text("small==1.0\n")
    (benchmarks / "hello.py").write_text("import small, sys; print(small.__name__, sys.argv[1])")
    ours = {"GATE40_SYSTEM_PYTHON": "1", "DATABASE_URL": "postgres://elsewhere/db", "REDIS_URL": "redis://elsewhere"}
    code, said = checkout.command("bench", "hello", "there", **checkout.wheels, **ours)
    assert (code, said.splitlines()[-1]) == (0, "small there")
    (checkout.folder / "benchmarks" / "hello.py").write_text("raise SystemExit(3)")
    assert checkout.command("bench", "hello", **NOWHERE, **ours) == (3, "")


def test_an_environment_lent_by_another_checkout_is_used_and_never_changed(checkout, place):
    checkout.command("bench", **checkout.wheels)
    lender, stamp = place / "lender", place / "lender" / "installed"
    (checkout.folder / ".venv").rename(lender)
    (checkout.folder / ".venv").symlink_to(lender)
    assert checkout.command("bench", **NOWHERE) == (1, READY)  # it holds what is asked for: nothing is said
    (checkout.folder / "requirements.txt").write_text(f"{checkout.lock}# newer\n")
    before = stamp.read_text()
    code, said = checkout.command("bench", **checkout.wheels)
    assert (code, said.endswith(READY), "rm .venv" in said, stamp.read_text()) == (1, True, True, before)
    (checkout.folder / ".venv").unlink()  # the control: one's own is made
    assert "Installing packages" in checkout.command("bench", **checkout.wheels)[1]
