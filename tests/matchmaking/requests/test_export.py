"""The file of the requests that an organization has received."""

import csv
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from matchmaking.matching import mutes
from matchmaking.models import CollaborationRequest, Invitation
from matchmaking.requests import export
from members.rules import texts
from tests.matchmaking.asked import sent


def rows(cast, role="research", slug="gamma"):
    return list(csv.DictReader(StringIO(export.export_received(cast[slug], cast.people[role]))))


@pytest.fixture
def received(cast):
    """Gamma has received one open and one blind request, beside those of the cast."""
    Invitation.objects.all().delete()
    sent(cast, title="Misurare lastre")
    sent(cast, title="Rivestire lastre", is_blind=True)


def test_a_row_says_what_is_asked_by_whom_and_until_when(cast, received):
    [row] = [row for row in rows(cast) if row["richiesta"] == "Misurare lastre"]
    request = CollaborationRequest.objects.get(
        title="Misurare lastre", organization=cast["alfa"], text__contains="misura"
    )
    assert row == {
        "richiesta": "Misurare lastre",
        "chi chiede": "Alfa",
        "comune": "Carrara (MS)",
        "importo": "",
        "inviata": timezone.localdate().isoformat(),
        "entro": request.closes_on.isoformat(),
        "stato": "Inviata",
    }


def test_behind_a_blind_request_there_is_no_name(cast, received):
    text = export.export_received(cast["gamma"], cast.people["research"])
    assert "Un'organizzazione con sede in Toscana, richiesta riservata" in text
    assert text.count("Alfa") == 1


def test_whoever_does_not_speak_for_it_takes_home_nothing_and_it_is_noted_all_the_same(cast, received):
    assert rows(cast, role="owner") == []
    entry = LogEntry.objects.get(user=cast.people["owner"])
    assert entry.object_id == str(cast["gamma"].pk)
    assert entry.get_change_message() == "Esportate le richieste ricevute: 0."


def test_what_was_muted_stays_at_home(cast):
    type(cast["alfa"]).objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=True)
    request, _invitation = sent(cast, to=("delta",))
    assert [row["chi chiede"] for row in rows(cast, "financier", "delta")] == ["Alfa"]
    mutes.mute_firm_or_sector(cast["delta"], cast.people["financier"], firm=cast["alfa"])
    assert rows(cast, "financier", "delta") == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_no_cell_is_a_formula(start):
    before = start[:-1].replace("\r", "\n")  # every end of a line is the same
    assert texts.harmless_cell(f"{start}1+1") == f"{before}'{start[-1]}1+1"


@pytest.mark.parametrize("value", ["Misura = 1", "", 0, "a-b"])
def test_what_is_none_is_left_as_it_is(value):
    assert texts.harmless_cell(value) == value
