from django.core.management.base import BaseCommand

from matchmaking.matching import match_lists


class Command(BaseCommand):
    help = "Recompute every match now (beat does it every night)."

    def handle(self, **options):
        self.stdout.write(f"matches: {match_lists.rebuild()}")
