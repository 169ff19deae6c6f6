from django.core.management.base import BaseCommand

from gate40 import catalogue


class Command(BaseCommand):
    help = "Collect every marked string into the English catalogue and compile it."

    def handle(self, **options):
        written = catalogue.write()
        missing = written.untranslated_entries()
        self.stdout.write(f"{len(written)} strings, {len(missing)} without a translation")
