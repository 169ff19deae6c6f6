"""Announcements and segments in the eyes of staff: several approved at once, each on its own terms."""

import pytest
from django.urls import reverse

from news.models import Announcement, Segment
from news.newsletters import approval, segments
from tests.cast import competence

LIST = reverse("admin:news_announcement_changelist")


def client_of(client, cast, role):
    client.force_login(cast.people[role])
    return client


@pytest.fixture
def two(cast):
    """One that the desk submitted, one that the manager wrote and submitted."""
    made = []
    for slug, author in (("del-desk", "desk"), ("del-manager", "manager")):
        one = Announcement.objects.create(title=slug, slug=slug, body="<p>Testo.</p>", author=cast.people[author])
        approval.submit_announcement(one, cast.people[author])
        made.append(one)
    return made


def approve(client, chosen):
    fields = {"action": "approve_chosen", "_selected_action": [one.pk for one in chosen]}
    return [str(said) for said in client.post(LIST, fields, follow=True).context["messages"]]


def states(chosen):
    return [Announcement.objects.get(pk=one.pk).state for one in chosen]


def test_the_chosen_are_approved_but_for_one_s_own_which_says_why(client, cast, two):
    page = approve(client_of(client, cast, "manager"), two)
    assert "Annunci approvati: 1." in page and [said for said in page if said.startswith("del-manager: ")]
    assert states(two) == ["published", "submitted"]


def test_approving_again_changes_nothing_and_says_so(client, cast, two):
    client = client_of(client, cast, "manager")
    approve(client, two[:1])
    assert "Annunci approvati: 0." in approve(client, two[:1])
    assert two[0].steps.filter(after="published").count() == 1


def test_the_desk_approves_nothing_from_the_list(client, cast, two):
    approve(client_of(client, cast, "desk"), two)
    assert states(two) == ["submitted", "submitted"]


@pytest.mark.parametrize(
    ("role", "button", "before", "after"),
    [
        ("manager", "withdraw", "published", "draft"),
        ("desk", "send-back", "submitted", "draft"),
        ("desk", "withdraw", "published", "published"),
    ],
)
def test_each_button_takes_its_step_for_whoever_has_the_right(client, cast, two, role, button, before, after):
    if before == "published":
        approval.approve_announcement(two[0], cast.people["manager"])
    client_of(client, cast, role).post(reverse(f"admin:news_announcement_{button}", args=[two[0].pk]))
    assert states(two[:1]) == [after]


def test_the_list_tells_what_is_approved_and_waits_for_its_moment(client, cast, two, time_machine):
    Announcement.objects.filter(pk=two[0].pk).update(published_at="2099-01-01T00:00Z", state="published")
    assert "Approvato: esce da solo" in client_of(client, cast, "manager").get(LIST).content.decode()


# Segments -------------------------------------------------------------------------------------------------------------
def test_the_list_of_segments_says_the_rule_and_how_many_it_finds_today(client, cast):
    segments.make_ready()
    page = client_of(client, cast, "manager").get(reverse("admin:news_segment_changelist"))
    found = {row.name: row.organizations().count() for row in page.context["cl"].result_list}
    assert found["Imprese di Massa-Carrara"] == 2
    assert '<td class="field-organizations_today">2</td>' in page.content.decode()
    assert Segment.objects.get(name="Imprese di Massa-Carrara").rule() in page.content.decode()


def test_the_manager_makes_a_segment_and_the_desk_only_reads(client, cast):
    fields = {"name": "Misura", "kind": "research_center", "competences": [competence("QLT.01.02").pk]}
    add = reverse("admin:news_segment_add")
    assert client_of(client, cast, "desk").post(add, fields).status_code == 403
    client_of(client, cast, "manager").post(add, fields)
    assert [one.slug for one in Segment.objects.get(name="Misura").organizations()] == ["gamma"]
