from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from gate40.demo import district, year
from gate40.observatory.models import Experiment
from members.directory import vocabulary
from members.reference.loaders import load_taxonomy, load_usual_legal_forms
from news.delivery import mailing
from news.digests import digests


class Command(BaseCommand):
    help = "Fill an empty portal with the demo district, once. Outside a demo it only loads the taxonomy."

    def add_arguments(self, parser):
        parser.add_argument("--logins", action="store_true", help="print the demo logins and do nothing else")
        parser.add_argument("--first-digest", action="store_true", help="compose and send this week's digest now")
        parser.add_argument(
            "--year", action="store_true", help="let a year of trial have happened, for the observatory"
        )

    def handle(self, *, logins, first_digest, **options):
        if logins:
            for email, password, label in district.logins():
                self.stdout.write(f"{email:24} {password:14} {label}")
        elif first_digest:
            self.stdout.write(f"digests: {digests.compose_digests(timezone.now())}, sent: {mailing.send_due()}")
        elif options["year"]:
            self._live()
        elif not settings.IS_DEMO:
            self.stdout.write(f"taxonomy: {load_taxonomy()}; legal forms: {load_usual_legal_forms()}")
        elif district.exists():
            self.stdout.write("demo: already there")
        else:
            district.build()
            vocabulary.refresh_vocabulary()
            self.stdout.write("demo: ready")

    def _live(self):
        """Only in a demo, only once, and only while its experiment is open."""
        experiment = Experiment.objects.open().current() if settings.IS_DEMO and district.exists() else None
        if not experiment or year.was_lived():
            self.stdout.write("year: nothing to do (no demo, no open experiment, or lived already)")
            return
        year.live(experiment)
        self.stdout.write(f"year: {year.FIRMS} firms lived «{experiment}»")
