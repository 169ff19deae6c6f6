"""A checkout in which the start is real (manage.py, supervisor, engines, Celery) and the portal is forty lines.

It starts in two seconds, so each thing that can go wrong with a start gets a checkout of its own.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
REAL = ["manage.py", "requirements.txt", "requirements-dev.txt", "requirements-embedded.txt"]
REAL += [
    f"gate40/{name}.py"
    for name in ("celery", "engines/__init__", "engines/embedded", "engines/processes", "supervisor", "wing_coverage")
]
SETTINGS = """
from pathlib import Path
import environ
from .engines import embedded
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
SECRET_KEY, ROOT_URLCONF, ALLOWED_HOSTS, USE_TZ = "not used", "gate40.urls", ["127.0.0.1"], True
INSTALLED_APPS = ["django.contrib.contenttypes", "gate40"]
DATABASES = {"default": env.db("DATABASE_URL", default=embedded.database_url(BASE_DIR))}
REDIS_URL = env.str("REDIS_URL", default=embedded.redis_url(BASE_DIR))
CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
"""
URLS = """
import redis
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.urls import path
def health(request):
    return HttpResponse(f"{ContentType.objects.count()} rows, {redis.from_url(settings.REDIS_URL).ping()}")
urlpatterns = [path("salute/", health)]
"""
WSGI = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
DEMO = """
from pathlib import Path
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--logins", action="store_true")
        parser.add_argument("--first-digest", action="store_true")
    def handle(self, *, logins, first_digest, **options):
        if (settings.BASE_DIR / "demo-is-broken").exists():
            raise CommandError("no demo today")
        step = "logins" if logins else "first digest" if first_digest else "data"
        with (settings.BASE_DIR / "var" / "steps").open("a") as file:
            print(step, file=file)
        print("ada@example.it with a password" if logins else "")
"""
OURS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PORTAL_BASE_URL", "PYTHONPATH", "SECRET_KEY", "COLUMNS")


def clean_environ(**extra):
    """The environment of somebody who has just opened a terminal."""
    drop = (*OURS, "VIRTUAL_ENV", "PYTHONWARNINGS")
    keep = {k: v for k, v in os.environ.items() if k not in drop and not k.startswith(("GATE40_", "PYTEST", "COV"))}
    return {**keep, **extra}


def python_for(account):
    """The Python outside `.venv`; for another account one that it can run, None where the machine has none."""
    python = Path(sys._base_executable).resolve()
    if not account or is_open_to_all(python):
        return python
    found = shutil.which("python{}.{}".format(*sys.version_info), path="/usr/local/bin:/usr/bin")
    return found and Path(found)


def is_open_to_all(path):
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def _as_from_a_terminal():
    """However these tests were started (`&`, nohup, a cron), what they start answers to every signal."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)


class SmallPortal:
    """One such checkout, and what a person does with it."""

    def __init__(self, folder, account=None):
        self.folder, self.account, self.python = Path(folder), account, python_for(account)
        self.log = self.folder / "console.txt"
        for name in REAL:
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, target)
        commands = self.folder / "gate40" / "management" / "commands"
        commands.mkdir(parents=True)
        (self.folder / "gate40" / "__init__.py").write_text("from .celery import app\n")
        for name, text in {"settings": SETTINGS, "urls": URLS, "wsgi": WSGI}.items():
            (self.folder / "gate40" / f"{name}.py").write_text(text)
        (commands / "demo.py").write_text(DEMO)

    @classmethod
    def of_the_whole_checkout(cls, folder):
        """Nothing small about it: every file of the checkout as it is."""
        shutil.copytree(
            CHECKOUT, folder, ignore=shutil.ignore_patterns(".git", ".venv*", "var", "__pycache__", ".*cache")
        )
        portal = cls.__new__(cls)
        portal.folder, portal.account, portal.python = folder, None, python_for(None)
        portal.log = folder / "console.txt"
        return portal

    def borrow_packages(self):
        """A `.venv` that manage.py takes for its own, with the packages of the one that runs these tests."""
        venv = self.folder / ".venv"
        subprocess.run([self.python, "-m", "venv", "--without-pip", venv], check=True)
        packages = next(path for path in sys.path if path.endswith("site-packages"))
        site = next(venv.glob("lib/python*/site-packages"))
        (site / "borrowed.pth").write_text(packages)
        (site / "async_timeout.py").write_text("from asyncio import timeout")  # redis asks for it before 3.11.3 only
        shutil.copy(Path(sys.prefix) / "installed", venv / "installed")
        if self.account:
            subprocess.run(["chown", "-R", str(self.account), self.folder], check=True)
        return self

    def begin(self, *args, environ=None, **options):
        """One `manage.py` command, as its user starts it."""
        account = {"user": self.account, "group": self.account, "extra_groups": []} if self.account else {}
        options = {"text": True, "stderr": subprocess.STDOUT, "start_new_session": True, **account, **options}
        command = [self.python, "manage.py", *args]
        return subprocess.Popen(command, cwd=self.folder, env=clean_environ(**environ or {}), **options)

    def command(self, *args, **environ):
        """The whole of one command: its code and what it said."""
        process = self.begin(*args, environ=environ, stdout=subprocess.PIPE)
        said = process.communicate(timeout=60)[0]
        return process.returncode, said

    @contextmanager
    def up(self, *args, preexec_fn=_as_from_a_terminal, **environ):
        """`manage.py up`, running and ready; stopped afterwards unless the test has done so."""
        with self.log.open("w") as output:
            process = self.begin("up", *args, environ=environ, stdout=output, preexec_fn=preexec_fn)
        try:
            wait_until(lambda: "Ctrl-C stops" in self.said() or process.poll() is not None, patience=180)
            assert process.poll() is None, self.said()
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(40)
            wait_until(lambda: not self.processes())

    def said(self):
        return self.log.read_text()

    def seconds(self):
        return re.search(r"ready after (\d+\.\d) s", self.said())[1]

    def steps(self):
        """What its demo was asked to do, in order."""
        return (self.folder / "var" / "steps").read_text().splitlines()

    def url(self):
        return (self.folder / "var" / "up.lock").read_text().split()[-1]

    def page(self, path):
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return direct.open(f"{self.url()}{path}", timeout=5).read().decode()

    def processes(self):
        """{pid: command line} of every process that works in, or for, this checkout."""
        found = {}
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                words = (proc / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
                place = os.readlink(proc / "cwd")
            except OSError:
                continue
            if words and (str(self.folder) in words or place.startswith(str(self.folder))):
                found[int(proc.name)] = words
        return found

    def process(self, *words):
        """The oldest of its processes whose command line has all these words."""
        return min(pid for pid, line in self.processes().items() if all(word in line for word in words))


def wait_until(is_true, patience=40):
    deadline = time.monotonic() + patience
    while not is_true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
