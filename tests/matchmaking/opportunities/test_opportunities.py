"""Opportunities: what is open, in which order for whom, and where they come from."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from matchmaking.algorithms.term_finder import suggest
from matchmaking.models import Opportunity, Requirement
from matchmaking.opportunities import ranking
from tests.cast import competence

URL = "/opportunita/"


def opportunity(slug, codes=(), days=30, **fields):
    made = Opportunity.objects.create(
        title=slug,
        slug=slug,
        text="Testo.",
        status="published",
        deadline=timezone.localdate() + timedelta(days=days),
        **fields,
    )
    for code in codes:
        Requirement.objects.create(opportunity=made, competence=competence(code), weight=2)
    return made


def titles(response):
    return [ranked.opportunity.title for ranked in response.context["ranked"]]


def test_the_list_shows_what_is_open_by_deadline(client, cast):
    opportunity("prima", days=3)
    opportunity("oggi", days=0)
    opportunity("ieri", days=-1)
    assert titles(client.get(URL)) == ["oggi", "prima", "bando-aperto"]


def test_what_fits_the_firm_comes_first_and_says_why(client, cast):
    opportunity("lontana", ["SOS.01.03"], days=2)
    opportunity("adatta", ["PRD.01.04"], days=60)
    client.force_login(cast.people["owner"])
    response = client.get(URL)
    assert titles(response) == ["bando-aperto", "adatta", "lontana"]
    first = response.context["ranked"][0]
    assert [found.code for found in first.because] == ["PRD.01.04"]
    assert first.score > 0


def test_of_two_with_one_deadline_the_one_that_shares_more_comes_first(cast):
    opportunity("meno", ["SOS.01.03", "PRD.01.04"])
    opportunity("piu", ["PRD.01.04"])
    ranked = ranking.rank_opportunities(Opportunity.objects.open().exclude(slug__startswith="bando"), cast["alfa"])
    assert [one.opportunity.slug for one in ranked] == ["piu", "meno"]


def test_changing_the_profile_changes_the_order_at_the_next_page(client, cast):
    opportunity("robot", ["ROB.01.01"])
    client.force_login(cast.people["owner"])
    assert titles(client.get(URL))[0] == "bando-aperto"
    offers = cast["alfa"].offers
    offers.all().delete()
    offers.create(competence=competence("ROB.01.01"), level=5)
    assert titles(client.get(URL))[0] == "robot"


@pytest.mark.parametrize("query", [{"kind": "event"}, {"q": "inesistente"}, {"competence": "SOS"}])
def test_filters_leave_what_fits(client, cast, query):
    assert titles(client.get(URL, query)) == []


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_queries_however_long(client, cast, count, django_assert_num_queries):
    for number in range(count):
        opportunity(f"numero-{number}", ["PRD.01.04", "ROB.01.01"])
    client.force_login(cast.people["owner"])
    client.get(URL)
    with django_assert_num_queries(10):
        client.get(URL)


def test_a_published_opportunity_has_its_moment(cast):
    with pytest.raises(IntegrityError, match="published_opportunity_has_its_moment"), transaction.atomic():
        Opportunity.objects.filter(slug="bando-bozza").update(status="published")


CALL = {
    "id": "PROVA-2026-01",
    "title": "Digital twins for marble",
    "description": "Expected Outcome:Projects on digital twin and predictive maintenance.Scope:Robots",
    "programme": "Programma di prova",
    "deadline": "2099-10-08",
    "url": "https://europa.example/prova",
}


def calls(path, *rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_call_is_imported_with_the_competences_its_text_speaks_of(db, tmp_path, capsys):
    call_command("import_opportunities", calls(tmp_path / "calls.jsonl", CALL))
    made = Opportunity.objects.get(source_id="PROVA-2026-01")
    assert (made.slug, made.language, made.issuer) == ("ue-prova-2026-01", "en", "Programma di prova")
    assert made.status == Opportunity.Status.DRAFT  # a proposal: staff publish it
    assert set(made.requirements.values_list("competence__code", "is_suggested")) == {
        ("SIM.02.04", True),
        ("QLT.02.03", True),
    }
    assert "\n\nScope: Robots" in made.text
    assert "1 created" in capsys.readouterr().out


def test_importing_twice_creates_nothing_and_a_change_updates(db, tmp_path, capsys):
    path = calls(tmp_path / "calls.jsonl", CALL)
    call_command("import_opportunities", path)
    call_command("import_opportunities", path)
    assert "0 created, 0 updated, 1 unchanged" in capsys.readouterr().out
    call_command("import_opportunities", calls(path, {**CALL, "deadline": "2099-12-01"}))
    assert "0 created, 1 updated" in capsys.readouterr().out
    assert Requirement.objects.count() == 2


def test_what_staff_wrote_or_decided_about_a_call_is_never_written_over(db, tmp_path):
    path = calls(tmp_path / "calls.jsonl", CALL)
    call_command("import_opportunities", path)
    Opportunity.objects.update(
        title="Gemelli digitali", text="In italiano.\r\n", status="published", published_at=timezone.now()
    )
    call_command("import_opportunities", calls(path, {**CALL, "title": "Twins", "deadline": "2099-12-01"}))
    one = Opportunity.objects.get()
    assert (one.title, one.status, one.deadline.month) == ("Gemelli digitali", "published", 10)
    assert one.imported.pending == {"title": "Twins", "deadline": "2099-12-01"}


def test_bad_rows_are_named_and_good_ones_imported(db, tmp_path, capsys):
    rows = ["{", {"id": "X"}, {**CALL, "id": ""}, {**CALL, "id": "B", "deadline": "domani"}, "[1]", CALL]
    call_command("import_opportunities", calls(tmp_path / "calls.jsonl", *rows))
    said = capsys.readouterr()
    assert [line.split(":")[0] for line in said.err.splitlines()] == [f"line {number}" for number in range(1, 6)]
    assert "1 created, 0 updated, 0 unchanged, 5 rejected" in said.out


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe\x00", "not UTF-8"), (b"id;title\n1;x\n", "not a list of JSON")]
)
def test_a_corrupt_file_is_refused_in_a_sentence(db, tmp_path, content, said):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=f"{said}.*Nothing was loaded"):
        call_command("import_opportunities", path)


def test_text_that_was_decoded_twice_is_repaired(db, tmp_path):
    broken = "Europe’s deal – CO²".encode().decode("cp1252")
    call_command(
        "import_opportunities", calls(tmp_path / "c.jsonl", {"topicId": "M-1", "title": broken, "description": "x"})
    )
    assert Opportunity.objects.get(source_id="M-1").title == "Europe's deal – CO²"


def test_suggestions_are_whole_words_the_most_named_first():
    terms = [("A", "gemello digitale"), ("B", "laser"), ("C", "robot")]
    assert suggest("Laser e ancora laser, un gemello  DIGITALE; robotica no.", terms) == ["B", "A"]
    assert suggest("", terms) == []


DATA = os.environ.get("GATE40_DATA")


@pytest.mark.skipif(not DATA, reason="GATE40_DATA names no folder of real calls")
def test_the_real_european_calls_are_all_imported_and_readable(db, capsys):
    folder = Path(DATA) / "opportunities"
    call_command("import_opportunities", folder / "eu_calls_2026-08.jsonl")
    assert "629 created, 0 updated, 0 unchanged, 0 rejected" in capsys.readouterr().out
    call_command("import_opportunities", folder / "eu_calls_raw_mojibake_sample.jsonl")
    assert not Opportunity.objects.filter(text__contains="â€").exists()
