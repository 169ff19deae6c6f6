"""Announcements and segments in the eyes of staff: each approved on its page, by whoever read it."""

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


def approve(client, one):
    """Press the button of the page where the text stands; what the portal says then."""
    page = reverse("admin:news_announcement_approve", args=[one.pk])
    answer = client.post(page, {"seen": Announcement.objects.get(pk=one.pk).content_hash}, follow=True)
    return [str(said) for said in answer.context["messages"]] if answer.context else []


def states(chosen):
    return [Announcement.objects.get(pk=one.pk).state for one in chosen]


def test_what_a_colleague_wrote_is_approved_and_one_s_own_says_why_not(client, cast, two):
    client = client_of(client, cast, "manager")
    assert approve(client, two[0]) == ["Approvato."]
    assert approve(client, two[1]) not in ([], ["Approvato."])
    assert states(two) == ["published", "submitted"]


def test_approving_again_changes_nothing_and_says_so(client, cast, two):
    client = client_of(client, cast, "manager")
    approve(client, two[0])
    assert approve(client, two[0]) not in ([], ["Approvato."])
    assert two[0].steps.filter(after="published").count() == 1


def test_the_desk_approves_nothing(client, cast, two):
    approve(client_of(client, cast, "desk"), two[0])
    assert states(two) == ["submitted", "submitted"]


def test_nobody_approves_from_the_list_what_they_have_not_read(client, cast, two):
    """A list shows titles: whatever removes several at once aside, it offers no action."""
    page = client_of(client, cast, "super").get(LIST)
    actions = {name for name, _label in page.context["cl"].model_admin.get_action_choices(page.wsgi_request)}
    assert actions <= {"", "delete_selected"}
    client.post(LIST, {"action": "approve_chosen", "_selected_action": [two[0].pk], "confirmed": 1})
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
