"""Two requests that write the same row at once: one of them does, the other is told so, and no page breaks."""

import pytest
from django.db import transaction
from django.urls import reverse

from gate40.doors import middleware
from matchmaking.models import Interest
from members.models import SecurityEvent
from tests.test_permissions import client_of

TOO_LATE = "Qualcuno ha fatto prima"


@pytest.fixture
def answer_late(cast, monkeypatch):
    """Beta answers, having looked before its colleague's answer was stored."""
    Interest.objects.create(organization=cast["beta"], opportunity=cast.opportunity, brings="Del collega")
    monkeypatch.setattr(
        "matchmaking.opportunities.views.interests.draft_interest",
        lambda organization, opportunity: Interest(organization=organization, opportunity=opportunity),
    )
    url = reverse("matchmaking:interest", args=[cast.opportunity.slug])
    return lambda: client_of(cast, "other_firm").post(url, {"brings": "Mio"})


def test_the_slower_of_two_is_told_so(cast, answer_late):
    with transaction.atomic():  # a page has no transaction around it; a test has
        response = answer_late()
        transaction.set_rollback(True)
    assert response.status_code == 409
    assert TOO_LATE in response.content.decode()
    assert Interest.objects.get(organization=cast["beta"], opportunity=cast.opportunity).brings == "Del collega"
    assert not SecurityEvent.objects.filter(kind="broken").exists()


def test_without_the_door_it_would_break(cast, answer_late, monkeypatch):
    """The negative control, and the proof that nothing but a second row is taken for one."""
    monkeypatch.setattr(middleware, "TWICE", "23514")
    with transaction.atomic():
        assert answer_late().status_code == 500
        transaction.set_rollback(True)
