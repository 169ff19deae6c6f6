from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from members.reference.loaders import TAXONOMY, load_taxonomy
from members.reference.table_files import Unreadable


class Command(BaseCommand):
    help = "Load the competence taxonomy with its aliases and complements (ours unless a folder is named)."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, nargs="?", default=TAXONOMY)

    def handle(self, *, folder, **options):
        try:
            with transaction.atomic():
                report = load_taxonomy(folder)
        except Unreadable as error:
            raise CommandError(f"{error} Nothing was loaded.") from error
        self.stdout.write(f"taxonomy: {report}")
