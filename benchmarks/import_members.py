"""How fast a list of organizations comes in, and what it weighs: `python3 manage.py bench import_members`."""

import csv
import io
import multiprocessing
import sys
import time
from pathlib import Path

import floor

ROWS = 10_000
FEW = 1_000


def main():
    floor.begin()
    from django.db import connection

    from members.models import Municipality, Province

    province = Province.objects.create(code="MS", name="Massa-Carrara", region="Toscana")
    Municipality.objects.create(name="Carrara", province=province)
    connection.close()  # each process opens its own
    few_seconds, few_megabytes = _apart(FEW, "Poche")
    seconds, megabytes = _apart(ROWS, "Molte")
    note = f"{ROWS} rows, file read, checked and stored in one transaction in {seconds:.1f} s; peer: {FEW} rows"
    floor.report("import_members", ROWS / seconds, "rows/s", note, f"{FEW} rows", FEW / few_seconds)
    note = "growth of the highest resident memory from before the file is read to the end, a new process for each size"
    floor.report(
        "import_members_memory", megabytes, "MB", note, f"{FEW} rows", max(few_megabytes, 0.1)
    )  # a few may take none


def _apart(rows, name):
    """`_bring_in` in a process of its own: memory that an earlier import left free would hide what this one takes."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(_bring_in, (rows, name))


def _bring_in(rows, name):
    """Seconds, and MB by which the highest resident memory exceeds what was resident before."""
    from members.backoffice import list_import

    _import_one(list_import)  # what is loaded once, whatever the size
    content = _list(rows, name)
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark starts anew
    before, began = _kilobytes("VmRSS"), time.perf_counter()
    counts = list_import.bring_in(list_import.receive("elenco.csv", content))
    seconds = time.perf_counter() - began
    if counts["new"] != rows:
        sys.exit(f"Only {counts['new']} of {rows} rows came in.")
    return seconds, (_kilobytes("VmHWM") - before) / 1024


def _import_one(list_import):
    list_import.bring_in(list_import.receive("elenco.csv", _list(1, "Avvio")))


def _list(rows, name):
    from stdnum import luhn

    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(["denominazione", "tipo", "partita_iva", "comune", "provincia", "che_cosa_fa", "email", "addetti"])
    for number in range(rows):
        digits = f"{ord(name[0]) * 50_000 + number:07d}045"  # seven of the firm, three of the province
        vat_number = digits + luhn.calc_check_digit(digits)
        place = ["Carrara", "MS", "Lavorazioni meccaniche di precisione.", f"posta@{name}{number}.example", number % 90]
        out.writerow([f"{name} {number} (esempio)", "impresa", vat_number, *place])
    return text.getvalue().encode()


def _kilobytes(mark):
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{mark}:")[1].split()[0])


if __name__ == "__main__":
    main()
