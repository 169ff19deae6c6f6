"""Reference tables: the competence taxonomy (ours), municipalities and ATECO codes (ISTAT's files)."""

from pathlib import Path

from .loading import Rejected, Report, Unreadable, csv_rows, store
from .models import Alias, Competence, Complement, EconomicActivity, Municipality, Province

TAXONOMY = Path(__file__).with_name("taxonomy")
EDITORIAL = "Redazione Gate 4.0"

# Latitude and longitude, in degrees, of the chief towns around: enough to say how far two provinces are.
CHIEF_TOWNS = {
    "AR": (43.463, 11.880), "FI": (43.770, 11.256), "GR": (42.763, 11.113), "LI": (43.548, 10.311),
    "LU": (43.843, 10.505), "MS": (44.036, 10.141), "PI": (43.716, 10.401), "PO": (43.880, 11.097),
    "PT": (43.933, 10.917), "SI": (43.318, 11.331), "SP": (44.103, 9.824), "GE": (44.407, 8.934),
    "PR": (44.801, 10.328), "MO": (44.647, 10.925), "RE": (44.698, 10.631), "BO": (44.494, 11.343),
    "MI": (45.464, 9.190), "TO": (45.070, 7.687), "RM": (41.893, 12.483), "PG": (43.111, 12.389),
}  # fmt: skip


def load_taxonomy(folder: Path = TAXONOMY) -> Report:
    """Competences, aliases and editorial complements. Raises `Unreadable` for a cycle, an orphan or a twin."""
    rows = [
        row
        for _line, row in csv_rows(folder / "competences.csv", ["code", "parent_code", "name_it", "name_en", "source"])
    ]
    report = store(Competence, "code", _competences(rows))
    competences = {found.code: found for found in Competence.objects.all()}
    for _line, row in csv_rows(folder / "aliases.csv", ["code", "alias_it"]):
        for term in row["alias_it"].split("|"):
            Alias.objects.get_or_create(competence=competences[row["code"]], term=term.strip())
    for _line, row in csv_rows(folder / "complements.csv", ["from_code", "to_code", "weight", "why_it"]):
        Complement.objects.get_or_create(
            giver=competences[row["from_code"]],
            taker=competences[row["to_code"]],
            defaults={"weight": int(row["weight"]), "reason": row["why_it"], "author": EDITORIAL},
        )
    return report


def _competences(rows):
    """(number, values) with every parent before its children, since each row points at a stored parent."""
    by_code: dict[str, dict] = {}
    for row in rows:
        if row["code"] in by_code:
            raise Unreadable(f"competences.csv: the code {row['code']} stands twice.")
        by_code[row["code"]] = row
    for number, code in enumerate(_parents_first(by_code), start=1):
        row = by_code[code]
        parent = Competence.objects.get(code=row["parent_code"]) if row["parent_code"] else None
        values = {"code": code, "parent": parent, **{name: row[name] for name in ("name_it", "name_en", "source")}}
        yield number, values


def _parents_first(by_code):
    placed: list[str] = []
    waiting = dict(by_code)
    while waiting:
        ready = [code for code, row in waiting.items() if row["parent_code"] not in waiting]
        for code in ready:
            parent = waiting.pop(code)["parent_code"]
            if parent and parent not in by_code:
                raise Unreadable(f"competences.csv: {code} hangs below {parent}, which is not there.")
        if not ready:
            raise Unreadable(
                f"competences.csv: these codes hang below one another in a circle: {', '.join(sorted(waiting))}."
            )
        placed += ready
    return placed


def load_places(path: Path, progress=lambda done: None) -> Report:
    """ISTAT's municipalities, with their provinces. A municipality known by name alone receives its ISTAT code."""
    columns = ["codice_istat", "comune", "sigla", "provincia", "regione", "catastale"]
    rows = list(csv_rows(path, columns))
    store(Province, "code", _provinces(row for _line, row in rows))
    _give_codes(row for _line, row in rows)
    return store(Municipality, "istat_code", (_municipality(line, row) for line, row in rows), progress)


def _provinces(rows):
    for row in {row["sigla"]: row for row in rows if row["sigla"]}.values():
        values = {"code": row["sigla"], "name": row["provincia"], "region": row["regione"]}
        if row["sigla"] in CHIEF_TOWNS:
            values["latitude"], values["longitude"] = CHIEF_TOWNS[row["sigla"]]
        yield 0, values


def _give_codes(rows):
    nameless = {(found.name, found.province_id): found for found in Municipality.objects.filter(istat_code=None)}
    for row in rows:
        if found := nameless.get((row["comune"], row["sigla"])):
            found.istat_code = row["codice_istat"]
            found.save(update_fields=["istat_code"])


def _municipality(line, row):
    if len(row["codice_istat"]) != 6 or not row["codice_istat"].isdigit():
        return line, Rejected(f"«{row['codice_istat']}» is not an ISTAT code of six digits")
    if not row["comune"] or not row["sigla"]:
        return line, Rejected("a municipality needs a name and a province")
    return line, {
        "istat_code": row["codice_istat"],
        "name": row["comune"],
        "province_id": row["sigla"],
        "cadastral_code": row["catastale"],
    }


def load_ateco(path: Path, progress=lambda done: None) -> Report:
    """ATECO codes with their Italian and English titles."""
    rows = csv_rows(path, ["codice", "titolo_it", "titolo_en", "livello", "codice_padre"])
    return store(EconomicActivity, "code", (_activity(line, row) for line, row in rows), progress)


def _activity(line, row):
    if not row["codice"] or not row["titolo_it"]:
        return line, Rejected("a code and an Italian title are needed")
    if not row["livello"].isdigit():
        return line, Rejected(f"the level «{row['livello']}» is not a number")
    return line, {
        "code": row["codice"],
        "parent_code": row["codice_padre"],
        "level": int(row["livello"]),
        "title_it": row["titolo_it"],
        "title_en": row["titolo_en"],
    }
