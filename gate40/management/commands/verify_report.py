"""Is this file the report that the assembly approved? `python3 manage.py verify_report FILE`."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from gate40.observatory.documents import proofs


class Command(BaseCommand):
    help = "Say whether a file (relazione.json or the PDF) is a report that the assembly approved."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        found = proofs.judge_file(content)
        if not found.is_approved:
            raise CommandError(found.words)
        self.stdout.write(found.words)
