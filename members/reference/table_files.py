"""Loading tables from files: the same file twice changes nothing, and every rejected row is named."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction


class Unreadable(Exception):
    """The file as a whole cannot be loaded: the message says what to do."""


class Rejected(ValueError):
    """One row cannot be loaded: the message says why."""


@dataclass
class Report:
    """What a load did: counts of rows, and the rejected ones with their line and reason."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def __str__(self):
        return (
            f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged, {len(self.rejected)} rejected"
        )


def csv_rows(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of a UTF-8 CSV file with a header. Raises `Unreadable` for another encoding or a missing column."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if missing := set(columns) - set(reader.fieldnames or []):
                raise Unreadable(f"{path}: missing columns: {', '.join(sorted(missing))}.")
            for row in reader:
                yield reader.line_num, row
    except FileNotFoundError as error:
        raise Unreadable(f"{path}: there is no such file.") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: not UTF-8 text; save it as CSV UTF-8 and try again.") from error
    except (csv.Error, OSError) as error:
        raise Unreadable(f"{path}: {error}.") from error


def store(
    model, key: str, rows: Iterable[tuple[int, dict]], progress: Callable[[int], None] = lambda done: None
) -> Report:
    """Create or update `model` rows, found by the field `key`; only changed rows are written.

    `rows` gives (line, values), where values may be an exception of type `Rejected` instead of a dict.
    """
    report = Report()
    known = {getattr(found, key): found for found in model.objects.all()}
    for done, (line, values) in enumerate(rows, start=1):
        progress(done)
        if isinstance(values, Rejected):
            report.rejected.append((line, str(values)))
            continue
        found = known.get(values[key])
        if found is None:
            known[values[key]] = model.objects.create(**values)
            report.created += 1
        elif changed := [name for name, value in values.items() if getattr(found, name) != value]:
            for name in changed:
                setattr(found, name, values[name])
            found.save(update_fields=changed)
            report.updated += 1
        else:
            report.unchanged += 1
    return report


class LoadCommand(BaseCommand):
    """A command that loads one file: subclasses say how in `load(path, progress)`, which returns a Report."""

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, verbosity, **options):
        try:
            with transaction.atomic():
                report = self.load(file, self.progress if verbosity else lambda done: None)
        except Unreadable as error:
            raise CommandError(f"{error} Nothing was loaded.") from error
        for line, reason in report.rejected:
            self.stderr.write(f"line {line}: {reason}")
        self.stdout.write(f"{file.name}: {report}")

    def load(self, path, progress):
        raise NotImplementedError

    def progress(self, done):
        if done % 500 == 0:
            self.stdout.write(f"  {done} rows…")
