import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from matchmaking.algorithms import evaluation
from matchmaking.matching.outcome_cases import cases


class Command(BaseCommand):
    help = "Measure the portal's text signal on a ranking task with true answers: prints JSON."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, help="orgs.jsonl, queries.jsonl and qrels.csv")
        parser.add_argument("--pool", type=int, help="for each query, its answers and random others up to this number")
        parser.add_argument("--seed", type=int, default=1, help="of the pools and of the intervals")
        parser.add_argument(
            "--from-outcomes", action="store_true", help="the portal's own requests instead of a folder"
        )

    def handle(self, folder, pool, seed, from_outcomes, **options):
        if from_outcomes:
            return self._from_outcomes(seed)
        if folder is None:
            raise CommandError("Name the folder of a ranking task, or ask --from-outcomes.")
        if pool is not None and pool < 2:
            raise CommandError("--pool must be 2 or more.")
        if seed < 0:
            raise CommandError("--seed must be 0 or more.")
        try:
            task = evaluation.read_task(folder)
        except evaluation.UnusableTask as error:
            raise CommandError(str(error)) from error
        return self.stdout.write(json.dumps(evaluation.evaluate(task, pool, seed), indent=2))

    def _from_outcomes(self, seed):
        found = cases()
        if not found:
            self.stderr.write("Nobody has answered a request yet: there is nothing to measure.")
        return self.stdout.write(json.dumps(evaluation.by_month(found, seed), indent=2))
