"""Reference tables: the competence taxonomy (ours), municipalities and ATECO codes (ISTAT's files)."""

from pathlib import Path

from ..models import Alias, Competence, Complement, Crosswalk, EconomicActivity, LegalForm, Municipality, Province
from .table_files import Rejected, Report, Unreadable, csv_rows, store

TAXONOMY = Path(__file__).with_name("taxonomy")
EDITORIAL = "Redazione Gate 4.0"

# How our branches are called elsewhere: the classification and its column in crosswalk.csv.
SCHEMES = {
    "S3 Toscana 2021–2027": "s3_2021_2027_priority",
    "RIS3 Toscana 2014–2020": "ris3_2014_2020_priority",
    "KET 2018": "ket_2018",
    "Allegato A, L. 232/2016": "annex_a_group",
}

# The forms that most organizations of a district have; `load_legal_forms` brings all of ISTAT's.
USUAL_LEGAL_FORMS = {
    "1.1.20": "Imprenditore individuale non agricolo",
    "1.2.20": "Società in nome collettivo",
    "1.2.30": "Società in accomandita semplice",
    "1.3.10": "Società per azioni",
    "1.3.20": "Società a responsabilità limitata",
    "1.3.30": "Società a responsabilità limitata con un unico socio",
    "1.4.10": "Società cooperativa a mutualità prevalente",
    "1.5.10": "Consorzio di diritto privato",
    "1.5.20": "Società consortile",
    "1.7.20": "Fondazione (esclusa fondazione bancaria)",
}

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
    merged = Competence.objects.select_related("merged_into")
    competences = {found.code: found.merged_into or found for found in merged}
    Alias.objects.bulk_create(_aliases(folder / "aliases.csv", competences), ignore_conflicts=True)
    for _line, row in csv_rows(folder / "complements.csv", ["from_code", "to_code", "weight", "why_it"]):
        Complement.objects.get_or_create(
            giver=competences[row["from_code"]],
            taker=competences[row["to_code"]],
            defaults={"weight": int(row["weight"]), "reason": row["why_it"], "author": EDITORIAL},
        )
    _load_crosswalk(folder / "crosswalk.csv", competences)
    return report


def _aliases(path, competences):
    """The words of the workshop, each with the vocabulary it comes from. One that is there already stays as it is."""
    for _line, row in csv_rows(path, ["code", "alias_it"]):
        for term in row["alias_it"].split("|"):
            yield Alias(competence=competences[row["code"]], term=term.strip(), source=row.get("source") or "")


def _load_crosswalk(path, competences):
    if path.exists():
        rows = list(csv_rows(path, ["l1_code", "confidence", *SCHEMES.values()]))
        Crosswalk.objects.bulk_create(
            (
                Crosswalk(
                    competence=competences[row["l1_code"]],
                    scheme=scheme,
                    term=row[column],
                    confidence=row["confidence"],
                )
                for _line, row in rows
                for scheme, column in SCHEMES.items()
                if row[column]
            ),
            ignore_conflicts=True,
        )


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


def load_usual_legal_forms() -> Report:
    """The handful of legal forms that are typed in above, where ISTAT's file was not loaded."""
    rows = [(0, {"code": code, "name": name}) for code, name in USUAL_LEGAL_FORMS.items()]
    return store(LegalForm, "code", rows)


def load_legal_forms(path: Path, progress=lambda done: None) -> Report:
    """ISTAT's legal forms of the third level."""
    rows = csv_rows(path, ["codice_3_livello", "label_ITA_3_livello"])
    return store(LegalForm, "code", (_legal_form(line, row) for line, row in rows), progress)


def _legal_form(line, row):
    code, name = row["codice_3_livello"].strip(), row["label_ITA_3_livello"].strip()
    if not code or not name:
        return line, Rejected("a code of three levels and a name are needed")
    return line, {"code": code, "name": name[:160]}


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
