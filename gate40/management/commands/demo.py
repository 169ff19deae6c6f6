from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from gate40.demo import district
from members.reference import load_taxonomy, load_usual_legal_forms
from news import digests, mailing


class Command(BaseCommand):
    help = "Fill an empty portal with the demo district, once. Outside a demo it only loads the taxonomy."

    def add_arguments(self, parser):
        parser.add_argument("--logins", action="store_true", help="print the demo logins and do nothing else")
        parser.add_argument("--first-digest", action="store_true", help="compose and send this week's digest now")

    def handle(self, *, logins, first_digest, **options):
        if logins:
            for email, password, label in district.logins():
                self.stdout.write(f"{email:24} {password:14} {label}")
        elif first_digest:
            self.stdout.write(f"digests: {digests.compose(timezone.now())}, sent: {mailing.send_due()}")
        elif not settings.IS_DEMO:
            self.stdout.write(f"taxonomy: {load_taxonomy()}; legal forms: {load_usual_legal_forms()}")
        elif district.exists():
            self.stdout.write("demo: already there")
        else:
            district.build()
            self.stdout.write("demo: ready")
