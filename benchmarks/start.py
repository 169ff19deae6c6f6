"""How long a start takes and what it weighs: `python3 manage.py bench start`.

Measured on a copy of this checkout with engines of its own, beside whatever runs already; the peer of the warm start is
Django alone, `manage.py check` in the same copy, run between the starts: what no start of this portal can go below.
A start on an empty machine, packages included, is measured by `benchmarks/cold_start.sh`.
"""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ROUNDS = 5
NAMED = ("DATABASE_URL", "REDIS_URL", "PORTAL_BASE_URL", "SECRET_KEY")


def main():
    with tempfile.TemporaryDirectory(prefix="gate40-start-", dir="/tmp") as place:
        copy = Path(place) / "gate40"
        Path(place).chmod(0o711)
        shutil.copytree(
            CHECKOUT, copy, ignore=shutil.ignore_patterns(".git", ".venv*", "var", "__pycache__", ".*cache")
        )
        (copy / ".venv").symlink_to(CHECKOUT / ".venv")
        first, _ = start(copy)
        warm, weight, floor = [], [], []
        for _ in range(ROUNDS):
            seconds, megabytes = start(copy)
            warm.append(seconds)
            weight.append(megabytes)
            floor.append(django_alone(copy))
    report("first start, packages installed", first, "s", "a new database and the demo are made")
    peer = ("manage.py check", statistics.median(floor))
    report("warm start", statistics.median(warm), "s", f"median of {ROUNDS}, from the command to the address", *peer)
    report(
        "memory of the running portal", statistics.median(weight), "MB", "PSS of all its processes, engines included"
    )
    report("packages", megabytes_in(CHECKOUT / ".venv"), "MB", ".venv, tools and engines included")


def start(copy):
    """Seconds from the command until the portal says where it is, and its memory in MB; stopped again."""
    environ = {name: value for name, value in os.environ.items() if name not in NAMED}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"], cwd=copy, env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        ready = next((line for line in process.stdout if "The portal is ready" in line), None)
        if not ready:
            sys.exit("The portal did not start.")
        return time.monotonic() - began, sum(map(proportional_set_size, family(process.pid))) / 1024
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def django_alone(copy):
    began = time.monotonic()
    subprocess.run([sys.executable, "manage.py", "check"], cwd=copy, check=True, capture_output=True)
    return time.monotonic() - began


def family(pid):
    """The process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(descendant for child in children for descendant in family(int(child)))]


def proportional_set_size(pid):
    """kB; memory that n processes share counts 1/n for each."""
    return int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])


def megabytes_in(folder):
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6


def report(name, value, unit, note, peer=None, peer_value=None):
    line = {"name": name, "value": round(value, 2), "unit": unit, "peer": peer}
    line |= {"peer_value": peer and round(peer_value, 2), "ratio": peer and round(value / peer_value, 2), "note": note}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
