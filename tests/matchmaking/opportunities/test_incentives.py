"""The official open data: every record of the file is a call or a line with its reason, however the file is broken."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.algorithms.incentives_csv import (
    COLUMNS,
    UnusableFile,
    Wrong,
    activities,
    amount,
    day,
    header,
    kinds,
    records,
    rules,
    sizes,
    territories,
)
from matchmaking.models import Bookmark, Imported, Opportunity
from matchmaking.opportunities.sources import incentives
from members.reference.table_files import Unreadable
from members.rules.texts import readable
from news.models import Delivery

ROW = {
    "ID_Incentivo": "1001",
    "Titolo": "Bando inventato per macchine utensili",
    "Descrizione": "Aiuti per la <b>metrologia</b>;\ncon più righe | e barre",
    "Data_apertura": "2026-09-01T00:00:00",
    "Data_chiusura": "30/11/2026",
    "Dimensioni": "Microimpresa|Piccola Impresa",
    "Tipologia_Soggetto": "Impresa",
    "Spesa_Ammessa_max": "1.500.000,00 €",
    "Codici_ATECO": "28.92|C - Manifattura",
    "Regioni": "Toscana|Liguria",
    "Soggetto_Concedente": "Ente di esempio",
    "Link_istituzionale": "https://ente.example/bando",
}


def export(*rows, columns=COLUMNS, separator=";"):
    """The bytes of an export: BOM, header, rows (dicts, or raw text for what is broken on purpose)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=separator, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        text.write(row) if isinstance(row, str) else writer.writerow({**dict.fromkeys(columns, ""), **row})
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def load(*rows, **kwargs):
    return incentives.import_incentives(io.BytesIO(export(*rows, **kwargs)))


def row(number, **fields):
    return {**ROW, "ID_Incentivo": str(number), **fields}


def counts(report):
    return report.created, report.updated, report.unchanged, [line for line, _reason in report.rejected]


def test_a_row_becomes_a_draft_with_its_rules_and_suggestions(db):
    report = load(ROW)
    assert counts(report) == (1, 0, 0, []) and report.notes == []
    found = Opportunity.objects.get(source_id="1001")
    assert (found.status, found.kind, found.issuer) == ("draft", "call", "Ente di esempio")
    assert (found.opens_on, found.deadline) == (date(2026, 9, 1), date(2026, 11, 30))
    assert found.expense_max == Decimal("1500000.00")
    assert "Aiuti per la metrologia;\ncon più righe, e barre" in found.text
    assert {rule["about"]: rule["any_of"] for rule in found.rules} == {
        "size": ["micro", "small"],
        "ateco": ["28.92", "C"],
        "territory": ["regione:Toscana", "regione:Liguria"],
        "kind": ["firm"],
    }
    assert all(found.requirements.values_list("is_suggested", flat=True))


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_twice_creates_nothing_and_proposes_nothing_whatever_the_separator(db, separator):
    rows = [row(number) for number in range(7)]
    assert counts(load(*rows, separator=separator)) == (7, 0, 0, [])
    assert counts(load(*rows, separator=separator)) == (0, 0, 7, [])
    assert not Imported.objects.changed().exists()


def test_staff_see_the_difference_and_choose_and_followers_hear_of_the_deadline(
    cast, client, django_capture_on_commit_callbacks
):
    load(row(1), row(2))
    Opportunity.objects.filter(source_id="1").update(status="published", published_at="2026-09-02T08:00:00Z")
    published = Opportunity.objects.get(source_id="1")
    Bookmark.objects.create(user=cast.people["owner"], organization=cast["alfa"], opportunity=published)
    assert counts(load(row(1, Data_chiusura="15/12/2026"), row(2, Titolo="Altro titolo"))) == (0, 2, 0, [])
    assert Opportunity.objects.get(source_id="1").deadline == date(2026, 11, 30)
    client.force_login(cast.people["manager"])
    page = client.get(reverse("matchmaking:import_changes")).content.decode()
    assert "30 novembre 2026" in page.lower() and "Altro titolo" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("matchmaking:import_changes"), {"chosen": [published.pk], "accept": "1"})
    other = Opportunity.objects.get(source_id="2")
    client.post(reverse("matchmaking:import_changes"), {"chosen": [other.pk, "x"], "leave": "1"})
    assert Opportunity.objects.get(source_id="1").deadline == date(2026, 12, 15)
    assert Opportunity.objects.get(source_id="2").title == ROW["Titolo"]
    assert [each.subject for each in Delivery.objects.all()] == [f"scadenza: 30/11 → 15/12 · {ROW['Titolo']}"]
    assert not Imported.objects.changed().exists()
    assert counts(load(row(1, Data_chiusura="15/12/2026"), row(2, Titolo="Altro titolo"))) == (0, 0, 2, [])


BROKEN = [
    ('9;"virgolette aperte\n', "virgolette"),
    ("9;pochi;campi\n", "3 campi"),
    (";".join(["9", *"x" * 30]) + "\n", "31 campi"),
    ('9;"fuori" posto";"a"\n', "virgolette"),
]


@pytest.mark.parametrize(("broken", "reason"), BROKEN)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_broken_record_costs_itself_and_never_its_neighbours(db, broken, reason, at):
    good = [row(number, Descrizione="una riga\naltra riga; e ancora") for number in (1, 2, 3)]
    rows = [*good[:at], broken, *good[at:]]
    report = load(*rows)
    assert report.created == 3
    [(line, said)] = report.rejected
    assert line == 2 + 2 * at and reason in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Data_chiusura": "domani"}, "Data_chiusura: «domani» non è una data"),
        ({"Data_chiusura": "31/02/2026"}, "non è una data"),
        ({"Data_chiusura": "01/01/2020"}, "viene prima di Data_apertura"),
        ({"Stanziamento_incentivo": "molto"}, "Stanziamento_incentivo: «molto» non è un importo"),
        ({"Titolo": " "}, "mancano ID_Incentivo o Titolo"),
        ({"Titolo": "x" * 301}, "più lungo"),
    ],
)
def test_a_value_that_makes_no_sense_is_listed_and_the_corrected_file_loads(db, fields, said):
    report = load(row(1), row(2, **fields), row(3))
    [(line, reason)] = report.rejected
    assert (report.created, line) == (2, 4) and said in reason
    assert counts(load(row(1), row(2), row(3))) == (1, 0, 2, [])


def test_a_code_named_twice_is_listed_with_the_line_that_has_it(db):
    report = load(row(1), row(1, Titolo="Un altro"))
    assert report.rejected == [(4, "ID_Incentivo 1 è già alla riga 2")]


def test_bytes_that_are_not_utf_8_cost_their_row_alone(db):
    content = export(row(1), row(2, Titolo="Citta"), row(3)).replace(b"Citta", b"Citt\xe0")
    report = incentives.import_incentives(io.BytesIO(content))
    assert report.created == 2 and report.rejected == [(4, "caratteri che non sono UTF-8")]


def test_unknown_and_missing_columns_are_said_and_do_not_stop(db):
    report = load(ROW, columns=[*COLUMNS[:5], "Colonna_nuova"])
    assert report.created == 1
    assert report.notes[0] == "colonne sconosciute, non lette: Colonna_nuova"
    assert report.notes[1].startswith("colonne che mancano: Data_chiusura")


@pytest.mark.parametrize("content", [b"", b"id;title\n1;x\n", b"\x00\x01\x02", b"\xff\xfe"])
def test_a_file_that_is_no_export_is_refused_in_a_sentence(db, content, tmp_path, cast, client):
    with pytest.raises(Unreadable, match="non è l'esportazione"):
        incentives.import_incentives(io.BytesIO(content))
    (tmp_path / "file.csv").write_bytes(content)
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("import_incentives", tmp_path / "file.csv", verbosity=0)
    client.force_login(cast.people["desk"])
    upload = io.BytesIO(content or b" ")
    upload.name = "file.csv"
    page = client.post(reverse("matchmaking:import"), {"file": upload})
    assert "file" in page.context["form"].errors


def test_the_command_and_the_upload_do_the_same(cast, client, tmp_path, capsys):
    (tmp_path / "file.csv").write_bytes(export(row(1), "9;x\n"))
    call_command("import_incentives", tmp_path / "file.csv", verbosity=0)
    said = capsys.readouterr()
    assert "1 created, 0 updated, 0 unchanged, 1 rejected" in said.out and "line 4: ha 2 campi" in said.err
    client.force_login(cast.people["desk"])
    with (tmp_path / "file.csv").open("rb") as file:
        page = client.post(reverse("matchmaking:import"), {"file": file}).content.decode()
    assert "0 nuovi, 0 cambiati, 1 uguali, 1 righe non lette" in page and "ha 2 campi invece di 25" in page


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.500.000,00 €", "1500000"),
        ("1500000", "1500000"),
        ("1.500.000", "1500000"),
        ("€ 1500,5", "1500.50"),
        ("1500.25", "1500.25"),
        ("0", "0"),
        ("", None),
    ],
)
def test_amounts_as_people_write_them(text, value):
    assert amount(text, "x") == (Decimal(value) if value else None)


@pytest.mark.parametrize("text", ["tanto", "-5", "1e40", "NaN", "1,2,3"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Wrong):
        amount(text, "x")


@given(st.dates(), st.sampled_from(["%Y-%m-%d", "%Y-%m-%dT00:00:00", "%d/%m/%Y", "%d-%m-%Y", "%Y%m%d"]))
def test_a_date_is_read_in_each_of_its_forms(when, form):
    text = when.strftime(form) if when.year > 999 else f"{when:%d/%m}/{when.year:04d}"
    assert day(text, "x") == when


def test_columns_become_rules_and_what_is_for_everybody_becomes_none():
    assert sizes("Micro, piccola e media impresa") == ["micro", "small", "medium"] == sizes("PMI")
    assert sizes("Micro Impresa|Piccola|Media|Grande Impresa") == [] == sizes("")
    assert activities("Tutti i settori economici") == [] and activities("28.92.0 | 10|C") == ["28.92.0", "10", "C"]
    assert territories("Toscana", "Carrara|Massa") == ["comune:Carrara", "comune:Massa"]
    assert territories("Tutte le regioni", "") == [] == territories("Toscana|Intero territorio nazionale", "")
    assert kinds("Impresa|Università") == ["firm", "research_center"] and kinds("Ente pubblico") == ["Ente pubblico"]
    assert rules({}) == []


cells = st.text(alphabet=st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8))
def test_whatever_csv_writes_is_read_back_whole(rows):
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    layout = header("ID_Incentivo;Titolo;Descrizione\n")
    lines = io.StringIO(text.getvalue(), newline="\n")
    assert [list(found.values()) for _line, found in records(lines, layout)] == [
        [readable(cell, break_as=" ") for cell in row] for row in rows
    ]


def test_a_header_of_something_else_is_refused():
    with pytest.raises(UnusableFile):
        header("nome;cognome\n")


def test_only_the_staff_bring_files_in(cast, client):
    client.force_login(cast.people["owner"])
    assert client.get(reverse("matchmaking:import")).status_code == 403


def test_a_deadline_already_past_is_kept_as_the_source_says(db):
    load(row(1, Data_apertura="", Data_chiusura=(date.today() - timedelta(days=9)).isoformat()))
    assert not Opportunity.objects.open().exists()


STRANGE = "".join(map(chr, [0, 1, 7, 8, 0x0B, 0x0C, 0x0E, 0x1B, 0x1F, 0x7F, 0x85, 0x9B, 0x2028, 0xFFFE]))


def test_no_control_character_reaches_a_page_a_feed_or_a_calendar(db, client):
    """Feeds refuse them with an error and calendars break: they stay at the door."""
    load(row(1, Titolo=f"Contributi\x0bal {STRANGE}passaggio", Descrizione=f"Testo {STRANGE}&#11;&#x1b; con altro"))
    one = Opportunity.objects.get()
    for text in (one.title, one.text):
        assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert one.title.startswith("Contributi al")


@pytest.mark.parametrize(
    ("text", "value"), [("1,500.00", 1500), ("2,000,000", 2_000_000), ("150,000.00", 150_000), ("1.500,00", 1500)]
)
def test_amounts_as_the_english_write_them_are_not_a_thousandth(text, value):
    assert amount(text, "Spesa") == value


def test_an_amount_that_could_be_two_is_refused_and_a_short_year_is_of_this_century():
    with pytest.raises(Wrong):
        amount("1,500", "Spesa")
    assert day("31/01/27", "Data") == date(2027, 1, 31)


def test_the_page_that_brings_calls_in_is_linked_from_their_list_and_counts_its_drafts(cast, client):
    load(row(1), row(2))
    client.force_login(cast.people["manager"])
    url = reverse("matchmaking:import")
    assert f'href="{url}"' in client.get(reverse("admin:matchmaking_opportunity_changelist")).content.decode()
    assert list(client.get(url).context["waiting"]) == [("incentivi.gov.it", 2)]
