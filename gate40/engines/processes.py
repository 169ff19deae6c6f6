"""Processes that we start, wait for and never leave behind. Standard library only."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


class Refusal(Exception):
    """What stops us and what to do about it, in a sentence for the person at the console."""


def follow_parent(last_words):
    """For `preexec_fn`: when we die, even by kill -9, the kernel sends the child `last_words`. On Linux."""
    parent = os.getpid()

    def follow():
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, last_words)
            if os.getppid() != parent:  # we were gone before the child could ask
                os._exit(1)

    return follow


def spawn(command, log, last_words=signal.SIGTERM, **options):
    """A process in a session of its own (the terminal's Ctrl-C is ours alone) that writes to `log` and dies with us."""
    log.parent.mkdir(exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".old.log"))
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=follow_parent(last_words),
            **options,
        )


def stop_process(process, signum=signal.SIGTERM, patience=15):
    """Ask, wait, then insist; whatever the process had started goes with it."""
    if process.poll() is None:
        process.send_signal(signum)
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    with suppress(ProcessLookupError, PermissionError):  # macOS says EPERM of a group of zombies
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for_start(process, is_ready, name, log, patience=60):
    """Return when it is ready; when it ends first, or never is, show the end of its log."""
    deadline = time.monotonic() + patience
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            stop_process(process)
            raise Refusal(f"{tail(log)}\n{name} did not start: the reason is above, the whole log in {log}")
        time.sleep(0.02)


def tail(log, lines=20):
    return "\n".join(read(log).splitlines()[-lines:])


def read(path):
    """The text of a file that may not be there (yet), or may not be ours."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
