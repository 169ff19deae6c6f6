"""How fast the official open data come in, and in how much memory: `python3 manage.py bench import_incentives`.

Files of the export's own form, invented: 1,000 and 5,000 rows. Peer: the csv module alone reading the same file, what
no import can go below. Memory is the peak of Python's own allocations; flat means that five times the rows take no
more than a fifth more.
"""

import csv
import io
import json
import os
import random
import sys
import time
import tracemalloc

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import transaction

from matchmaking.algorithms.incentives_csv import COLUMNS
from matchmaking.models import Opportunity
from matchmaking.opportunities.sources.incentives import import_incentives
from members.models import Competence
from members.reference.loaders import load_taxonomy

WORDS = ["metrologia", "marmo", "sensori", "energia", "robot", "prototipo", "additiva", "acqua", "|", "\n", ";", '"']


def export(rows, broken=0):
    """The bytes of an invented export; each broken row is an open quotation mark."""
    dice, text = random.Random(rows), io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, delimiter=";")
    writer.writeheader()
    for number in range(rows):
        words = " ".join(dice.choices(WORDS, k=250))
        writer.writerow(
            dict.fromkeys(COLUMNS, "")
            | {"ID_Incentivo": number, "Titolo": f"Bando inventato {number}", "Descrizione": words}
            | {"Data_chiusura": f"{1 + number % 28:02d}/12/2027", "Spesa_Ammessa_max": "1.500.000,00 €"}
            | {"Dimensioni": "Microimpresa|Piccola", "Codici_ATECO": "28.92|C", "Regioni": "Toscana"}
        )
        if number < broken:
            text.write(f'x{number};"mai chiusa\n')
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def measured(content):
    """Seconds and report of one import that is not kept."""
    with transaction.atomic():
        began = time.perf_counter()
        report = import_incentives(io.BytesIO(content))
        seconds = time.perf_counter() - began
        stored = Opportunity.objects.filter(source="incentivi.gov.it").count()
        transaction.set_rollback(True)
    return seconds, report, stored


def peak(content):
    """Megabytes of Python's allocations at their highest, the file itself not counted."""
    file = io.BytesIO(content)
    tracemalloc.start()
    with transaction.atomic():
        import_incentives(file)
        transaction.set_rollback(True)
    found = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return found


def csv_alone(content):
    began = time.perf_counter()
    for _row in csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline=""), delimiter=";"):
        pass
    return time.perf_counter() - began


def main():
    call_command("migrate", verbosity=0)
    if not Competence.objects.exists():
        load_taxonomy()
    content = export(5_000, broken=50)
    seconds, report, stored = measured(content)
    lost = 5_050 - stored - len(report.rejected)
    note = f"{lost} rows lost of 5050, {len(report.rejected)} listed with their line"
    say("import_incentives", 5_000 / seconds, "rows/s", "csv module alone", 5_000 / csv_alone(export(5_000)), note)
    small, large = peak(export(1_000)), peak(export(5_000))
    say("import_incentives memory", large, "MB", "1,000 rows", small, "peak of Python's allocations, 5,000 rows")
    if lost:
        sys.exit("rows were lost")


def say(name, value, unit, peer, peer_value, note):
    line = {"name": name, "value": round(value, 2), "unit": unit, "peer": peer, "peer_value": round(peer_value, 2)}
    print(json.dumps({**line, "ratio": round(value / peer_value, 2), "note": note}), flush=True)


if __name__ == "__main__":
    main()
