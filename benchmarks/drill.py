"""Kill everything while mails flow: `python3 manage.py bench drill [--mails 10000] [--kills 200] [--policy hold]`.

Real Celery workers under a supervisor that starts again what dies, PostgreSQL and Valkey of the drill's own, a mail
server that writes down each recipient before it says 250. Killed with -9, by lot: a worker's main process, its child, a
PostgreSQL backend (all of PostgreSQL restarts after that, from its log), Valkey. With `--leavers 1000` so many people
unsubscribe while mails flow (`--kills 0` for nothing else). Prints one JSON line and leaves with 1 when somebody was
lost, heard more often than the kills explain, or heard after they had left.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gate40.engines import embedded
from gate40.engines.processes import stop_process

WORKER = ["-m", "celery", "-A", "gate40", "worker", "--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"]
LAWFUL_REPEATS = {"worker", "child", "postgres", "exit"}  # who may cost a repeat; Valkey may not


def main():
    options = _options()
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="gate40-drill-", dir=embedded.SHORT) as place:
        Path(place).chmod(0o711)
        home = embedded.Home.inside(Path(place) / "house")
        with embedded.engines(home) as engines:
            drill = Drill(home, engines, Path(place), options)
            try:
                result = drill.run()
            finally:
                drill.end()
    print(json.dumps(result))
    return 0 if result["is_lawful"] else 1


class Drill:
    def __init__(self, home, engines, place, options):
        self.home, self.engines, self.place, self.options = home, engines, place, options
        self.dice = random.Random(options.seed)
        self.log = place / "accepted"
        self.log.touch()
        sink = [sys.executable, ROOT / "tests/news/sink.py", self.log, "--delay", "0.004"]
        self.sink = subprocess.Popen(sink, stdout=subprocess.PIPE, text=True)
        port = self.sink.stdout.readline().strip()
        os.environ.update(
            DJANGO_SETTINGS_MODULE="gate40.settings",
            GATE40_EMBEDDED="1",
            DATABASE_URL=home.database_url,
            REDIS_URL=home.redis_url,
            EMAIL_URL=f"smtp://127.0.0.1:{port}",
            MAIL_SENDERS="2",
        )
        self.is_over = False
        self.workers, self.killed, self.left_in_time = [], Counter(), set()

    def run(self):
        import django

        django.setup()
        self.fill()
        self.workers = [self.worker(number) for number in range(2)]
        began = time.monotonic()
        self.kill_while_it_flows()
        self.leave_while_it_flows()
        self.wait(lambda: self.state() == "sent", patience=120 + self.options.mails / 20)
        return self.result(time.monotonic() - began)

    def fill(self):
        from django.core.management import call_command
        from django.utils import timezone

        from members.models import Organization
        from news.delivery import mailing
        from news.models import Campaign, Subscription

        call_command("migrate", verbosity=0)
        firm = Organization.objects.create(name="Firma (esempio)", slug="firma", kind="firm")
        Subscription.objects.bulk_create(
            Subscription(organization=firm, email=address(number), purpose="newsletter", confirmed_at=timezone.now())
            for number in range(self.options.mails)
        )
        text, html = "Gentile {{ organization }}\n", "<p>Gentile {{ organization }}</p>" + "<p>Notizia.</p>" * 300
        self.campaign = Campaign.objects.create(
            occasion="drill", subject="Numero", text=text, html=html, on_uncertain=self.options.policy
        )
        mailing.start_campaign(self.campaign, Subscription.objects.all())

    # What a supervisor and beat do
    def worker(self, number):
        log = (self.place / f"worker-{number}.log").open("ab")
        command = [sys.executable, *WORKER, "--hostname", f"drill{number}@localhost"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        log.close()
        return process

    def tend(self):
        """Start again what ended by itself, and ring."""
        from news.tasks import send_due

        for number, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.killed["exit"] += 1
                self.workers[number] = self.worker(number)
        send_due.ring()
        self.is_over = self.state() == "sent"

    def wait(self, is_done, patience):
        deadline = time.monotonic() + patience
        last_ring = 0
        while not is_done():
            if time.monotonic() > deadline:
                raise SystemExit(f"stuck: {self.accounting()}\n{(self.place / 'worker-0.log').read_text()[-3000:]}")
            if time.monotonic() - last_ring > 0.5:
                self.tend()
                last_ring = time.monotonic()
            time.sleep(0.02)

    # The kills
    def kill_while_it_flows(self):
        share = self.options.mails / (self.options.kills + 1)
        for number in range(self.options.kills):
            due = int(share * (number + self.dice.uniform(0.3, 1)))
            self.wait(lambda due=due: len(self.log.read_bytes().splitlines()) > due or self.is_over, patience=120)
            if self.is_over:  # mails that are held back for staff never come
                return
            kind = self.dice.choice(["worker", "child", "postgres", "valkey"])
            getattr(self, f"kill_{kind}")()
            self.killed[kind] += 1

    def leave_while_it_flows(self):
        """They leave one after the other, by lot. PostgreSQL's own order says who left before the hand-over."""
        from news.models import Subscription

        self.wait(lambda: self.log.stat().st_size > 0, patience=60)
        everybody = list(self.ask(lambda: list(Subscription.objects.all())))
        for reader in self.dice.sample(everybody, self.options.leavers):
            self.ask(reader.stop)  # committed when it returns
            if not self.ask(lambda reader=reader: self.was_handed_over(reader)):
                self.left_in_time.add(reader.email)

    def was_handed_over(self, reader):
        from news.models import Progress

        row = self.campaign.deliveries.get(subscription=reader)
        if row.state != "claimed":
            return row.state == "sent"
        progress = Progress.objects.filter(batch=row.batch_id).first()
        return progress is None or progress.cursor >= row.pk

    def kill_worker(self):
        number = self.dice.randrange(2)
        with suppress(ProcessLookupError):
            os.killpg(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()
        self.workers[number] = self.worker(number)

    def kill_child(self):
        main = self.dice.choice(self.workers).pid
        children = Path(f"/proc/{main}/task/{main}/children")
        for child in children.read_text().split() if children.exists() else []:
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def kill_postgres(self):
        """One backend dies; the postmaster ends all others and recovers from its log, as after a crash."""
        postmaster = self.engines["PostgreSQL"].pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for child in children:
            with suppress(OSError):
                if b"gate40 gate40" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(int(child), signal.SIGKILL)
                    return

    def kill_valkey(self):
        self.engines["Valkey"].kill()
        self.engines["Valkey"].wait()
        self.engines["Valkey"] = embedded._start_valkey(self.home, True)

    # The account
    def state(self):
        return self.ask(lambda: type(self.campaign).objects.values_list("state", flat=True).get(pk=self.campaign.pk))

    def accounting(self):
        from news.delivery import mailing

        return self.ask(lambda: mailing.accounting(self.campaign))

    def ask(self, question):
        """PostgreSQL may be recovering."""
        from django.db import DatabaseError, InterfaceError, connection

        for _time in range(100):
            try:
                return question()
            except (DatabaseError, InterfaceError):
                connection.close()
                time.sleep(0.1)
        raise SystemExit("PostgreSQL does not come back")

    def result(self, seconds):
        got = Counter(line.split()[0] for line in self.log.read_text().splitlines())
        sums = self.accounting()
        repeats = sum(got.values()) - len(got)
        skipped = self.ask(
            lambda: set(self.campaign.deliveries.filter(state="skipped").values_list("address", flat=True))
        )
        lost = {address(number) for number in range(self.options.mails)} - set(got) - skipped
        flagged = self.ask(
            lambda: set(self.campaign.deliveries.filter(state="uncertain").values_list("address", flat=True))
        )
        costly = sum(count for kind, count in self.killed.items() if kind in LAWFUL_REPEATS)
        return {
            "name": f"drill_{self.options.policy}",
            "value": repeats,
            "unit": "repeats",
            "mails": self.options.mails,
            "kills": sum(self.killed.values()) - self.killed["exit"],
            "killed": dict(self.killed),
            "lost": len(lost - flagged),
            "held_for_staff": len(flagged),
            "held_and_not_received": len(lost & flagged),
            "most_copies": max(got.values()),
            "left": self.options.leavers,
            "left_in_time": len(self.left_in_time),
            "heard_after_leaving": len(self.left_in_time & got.keys()),
            "seconds": round(seconds, 1),
            "is_lawful": bool(
                not lost - flagged
                and sums["is_balanced"]
                and sums["sent"] + sums["uncertain"] + sums["skipped"] == self.options.mails
                and len(skipped) <= self.options.leavers
                and not self.left_in_time & got.keys()
                and repeats <= (costly if self.options.policy == "resend" else 0)
            ),
        }

    def end(self):
        for worker in self.workers:
            stop_process(worker, signal.SIGKILL)
        self.sink.kill()
        self.sink.wait()
        self.sink.stdout.close()
        stop_process(self.engines["Valkey"], signal.SIGTERM)


def address(number):
    return f"chi-{number:06}@esempio.example"


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--leavers", type=int, default=0, help="who unsubscribe meanwhile")
    parser.add_argument("--policy", choices=["resend", "hold"], default="resend")
    parser.add_argument("--seed", type=int, default=4)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
