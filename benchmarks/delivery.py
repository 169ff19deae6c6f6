"""How fast mails leave: `python3 manage.py bench delivery`.

All senders talk to the same mail server (`tests/news/sink.py`, its own process) and send the same bytes, or as near to
them as the peer can. The peers: a bare persistent `smtplib` loop that keeps no books at all, and django-newsletter.
PostgreSQL writes as carefully as in production. Rounds are interleaved and medians are told, so that a busy moment of
the machine hits everybody.
"""

import argparse
import json
import os
import re
import resource
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TEXT = (
    "Gentile {{ organization }},\n\n"
    + "Una riga di notizie per le imprese della zona.\n" * 220
    + "{{ unsubscribe_url }}\n"
)
ITEM = '<tr><td style="padding: 8px; font-family: sans-serif; color: #17324d">Una notizia per le imprese</td></tr>'
HTML = (
    "<p>Gentile {{ organization }}</p><table>" + ITEM * 190 + '</table><a href="{{ preferences_url }}">Preferenze</a>'
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=3000, help="per round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=100_000, help="for the memory")
    parser.add_argument("--waiting", type=int, default=5000, help="mails that wait while somebody asks for a reset")
    parser.add_argument("--seconds", type=int, default=60, help="how long resets are asked meanwhile")
    parser.add_argument("--slow-dot", type=float, default=12, help="seconds that a filter looks at a mail")
    parser.add_argument("--relays-only", action="store_true")
    parser.add_argument("--as-worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.update(DJANGO_SETTINGS_MODULE="gate40.settings", GATE40_EMBEDDED="1", MAIL_SENDERS="4")
    if options.as_worker:
        return work()
    with (
        tempfile.TemporaryDirectory(prefix="gate40-bench-", dir="/tmp") as place,
        Sink(place) as sink,
        Sink(place, 0.02) as far,
    ):
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{sink.port}"
        start_django()
        if not options.relays_only:
            compare(options, sink, far)
            memory(options)
        relays(options)
    return 0


class Sink:
    """The mail server that everybody sends to; `delay` is what each of its replies takes."""

    def __init__(self, place, delay=0.0):
        self.command = [sys.executable, ROOT / "tests/news/sink.py", f"{place}/accepted-{delay}", "--delay", str(delay)]

    def __enter__(self):
        self.process = subprocess.Popen([str(word) for word in self.command], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def start_django():
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def people(count):
    """So many confirmed readers, and no more."""
    from django.utils import timezone

    from members.models import Organization
    from news.models import Campaign, Delivery, Subscription

    Delivery.objects.all().delete()
    Campaign.objects.all().delete()
    firm, _ = Organization.objects.get_or_create(slug="firma", defaults={"name": "Firma (esempio)", "kind": "firm"})
    have = Subscription.objects.count()
    Subscription.objects.bulk_create(
        (
            Subscription(organization=firm, email=address(n), purpose="newsletter", confirmed_at=timezone.now())
            for n in range(have, count)
        ),
        batch_size=5000,
    )
    return Subscription.objects.filter(pk__in=Subscription.objects.order_by("pk").values("pk")[:count])


def address(number):
    return f"chi-{number:06}@esempio.example"


def queued(count):
    """A campaign with so many rows that wait."""
    from news.delivery import mailing
    from news.models import Campaign

    readers = people(count)
    issue = Campaign.objects.create(occasion=f"bench-{time.time_ns()}", subject="Numero", text=TEXT, html=HTML)
    mailing.start_campaign(issue, readers)
    return issue


# Senders: each returns messages per second ----------------------------------------------------------------------------
def by_engine(count, workers, port, **environ):
    """Whole processes of ours that work on one queue; timed from the first mail to the last."""
    issue = queued(count)
    environ = {**os.environ, "EMAIL_URL": f"smtp://127.0.0.1:{port}", **environ}
    command = [sys.executable, str(Path(__file__)), "--as-worker"]
    running = [
        subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    for process in running:
        process.stdout.readline()  # it is ready
    began = time.time()
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = max(float(process.communicate()[0].split()[0]) for process in running)
    assert issue.deliveries.filter(state="sent").count() == count
    return count / (ended - began)


def work():
    """What a worker is that has been up for a while: connected, its modules loaded, its URLs known."""
    import django

    django.setup()
    from news.delivery import mail_compiler, sender

    sender.recover()
    mail_compiler.values_for("chiave", "Firma (esempio)")
    print("ready", flush=True)
    sys.stdin.readline()
    while sender.send_claimed():
        pass
    print(time.time(), megabytes())
    return 0


def megabytes():
    """The most memory that this process has had. Linux's own figure: `getrusage` tells also of who started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024


def by_smtplib(count, port):
    """The bare loop: one connection, the same bytes, no books."""
    from news.delivery import mail_compiler, sender

    queued(1)
    held = sender.claim(2)
    [(_, letter)] = held._letters()
    held._close()
    bodies = [letter.raw.replace(b"chi-000000", f"chi-{n:06}".encode()) for n in range(count)]
    assert mail_compiler.clean_address(address(0)) == letter.recipient
    with smtplib.SMTP("127.0.0.1", port) as server:
        began = time.perf_counter()
        for number, body in enumerate(bodies):
            server.sendmail(letter.sender, [address(number)], body)
        return count / (time.perf_counter() - began)


def by_newsletter(count, port):
    """django-newsletter in a process of its own, with an SQLite of its own: see benchmarks/_newsletter.py."""
    command = [sys.executable, str(ROOT / "benchmarks/_newsletter.py"), str(count), str(port)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        return None
    return float(done.stdout.split()[-1])


# What is told ---------------------------------------------------------------------------------------------------------
def compare(options, sink, far):
    runs = {
        "smtplib": lambda: by_smtplib(options.mails, sink.port),
        "one": lambda: by_engine(options.mails, 1, sink.port),
        "disk for each": lambda: by_engine(options.mails, 1, sink.port, MAIL_WINDOW="1"),
        "two": lambda: by_engine(options.mails, 2, sink.port),
        "three": lambda: by_engine(options.mails, 3, sink.port),
        "newsletter": lambda: by_newsletter(options.mails // 10, sink.port),
        "far smtplib": lambda: by_smtplib(options.mails // 10, far.port),
        "far one": lambda: by_engine(options.mails // 3, 1, far.port),
        "far two": lambda: by_engine(options.mails // 3, 2, far.port),
    }
    seen = {name: [] for name in runs}
    for _round in range(options.rounds):
        for name, run in runs.items():
            if speed := run():
                seen[name].append(speed)
    speed = {name: statistics.median(found) for name, found in seen.items() if found}
    rows = [
        (
            "one_worker_vs_smtplib",
            "one",
            "smtplib",
            "full books: a commit for each mail, on the disk every 20 or fewer",
        ),
        ("one_worker_vs_django_newsletter", "one", "newsletter", "its own templates, one message object for each"),
        (
            "one_worker_vs_smtplib_disk_for_each",
            "disk for each",
            "smtplib",
            "MAIL_WINDOW=1: each commit waits for the disk",
        ),
        ("two_workers_vs_one", "two", "one", "replies at once: the machine's cores are the limit"),
        ("three_workers_vs_one", "three", "one", "replies at once"),
        ("one_worker_vs_smtplib_far", "far one", "far smtplib", "each reply takes 20 ms, as over a network"),
        ("two_workers_vs_one_far", "far two", "far one", "each reply takes 20 ms, as over a network"),
    ]
    for name, ours, peer, note in rows:
        if peer in speed:
            report(name, speed[ours], "mails/s", peer, speed[peer], note)


def memory(options):
    """The peak of one worker after 1,000 and after 100,000 mails."""
    few, many = (peak(count) for count in (1000, options.many))
    report("memory_100k_vs_1k", many, "MB", "1,000 mails", few, f"peak of the process, {options.many:,} mails")


# Relays as they are ---------------------------------------------------------------------------------------------------
def relays(options):
    """How long a reset waits behind a long send; copies by a slow filter; addresses suspended by a refusal of us."""
    from django.conf import settings

    from tests.news.edges import Relay

    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    with Relay() as relay:
        settings.EMAIL_PORT, settings.MAIL_PER_MINUTE = relay.port, 60
        worst = urgent_wait(options)
    settings.MAIL_PER_MINUTE = 0
    tell("urgent_wait", worst, "s", f"worst of the resets asked during {options.waiting:,} mails at 60 a minute")
    with Relay(dot_takes=options.slow_dot) as relay:
        settings.EMAIL_PORT = relay.port
        copies = slow_dot_copies(relay)
    tell("slow_dot_copies", copies, "copies", f"the answer to the dot takes {options.slow_dot:g} s; ticks go on")
    with Relay({"RCPT TO": "554 5.7.1 Client host rejected: Access denied"}) as relay:
        settings.EMAIL_PORT = relay.port
        tell("refusing_relay_suspended", refusing_relay_suspended(), "addresses", "31 mails to a relay that refuses us")


def urgent_wait(options):
    """One worker sends for many; a reset is asked every few seconds. Only this worker takes it: the worst case."""
    import threading

    from django.db import connection

    from news.delivery import mailing, sender
    from news.models import Delivery

    queued(options.waiting)
    is_over = threading.Event()

    def work_on():
        while not is_over.is_set():
            sender.send_claimed()
        connection.close()

    worker = threading.Thread(target=work_on)
    worker.start()
    for number in range(max(options.seconds // 7, 1)):
        mailing.send_account_mail(f"reset-{number}@esempio.example", "Nuova password", "link", "")
        time.sleep(7)
    time.sleep(11)
    is_over.set()
    asked = Delivery.objects.filter(address__startswith="reset-")
    waits = [(row.sent_at or _now()) - row.queued_at for row in asked]
    Delivery.objects.filter(state="pending").delete()
    worker.join()
    return max(waits).total_seconds()


def _now():
    from django.utils import timezone

    return timezone.now()


def slow_dot_copies(relay):
    from news.delivery import mailing
    from news.models import Delivery

    mailing.queue_mail("lenta@esempio.example", f"bench-{time.time_ns()}", "Prova", "Testo", "")
    for _tick in range(3):
        Delivery.objects.filter(state="retry").update(not_before=_now())
        mailing.send_due()
    return sum(recipient == "lenta@esempio.example" for recipient, _body in relay.accepted)


def refusing_relay_suspended():
    from news.delivery import mailing
    from news.models import Brake, Delivery

    for number in range(31):
        mailing.queue_mail(address(number), f"bench-{time.time_ns()}", "Prova", "Testo", "")
    for _tick in range(3):
        Delivery.objects.filter(state="retry").update(not_before=_now())
        Brake.objects.pulled().update(released_at=_now())
        mailing.send_due()
    return sum(mailing.is_suppressed(address(number)) for number in range(31))


def tell(name, value, unit, note):
    print(json.dumps({"name": name, "value": round(value, 1), "unit": unit, "note": note}), flush=True)


def peak(count):
    issue = queued(count)
    command = [sys.executable, str(Path(__file__)), "--as-worker"]
    done = subprocess.run(command, input="go\n", stdout=subprocess.PIPE, text=True, check=True)
    assert issue.deliveries.filter(state="sent").count() == count
    return float(done.stdout.split()[-1])


def report(name, value, unit, peer, peer_value, note):
    ratio = round(value / peer_value, 2)
    row = {"name": name, "value": round(value, 1), "unit": unit, "peer": peer, "peer_value": round(peer_value, 1)}
    print(json.dumps({**row, "ratio": ratio, "note": note}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
