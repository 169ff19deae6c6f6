"""Announcements: written by one, approved by another, safe whatever is pasted into them."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from news.models import Announcement
from news.newsletters import approval
from news.parsers import rich_text
from tests.cast import say_again

State = Announcement.State
FORM = {"title": "Un titolo", "slug": "un-titolo", "body": "<p>Testo.</p>", "published_at_0": "", "published_at_1": ""}


@pytest.fixture
def written(cast):
    return Announcement.objects.create(title="Nuovo", slug="nuovo", body="<p>Testo.</p>", author=cast.people["desk"])


def admin_client(client, cast, role):
    client.force_login(cast.people[role])
    say_again(client)
    return client


def test_an_announcement_is_seen_by_the_public_only_after_a_colleague_approved_it(client, cast, written):
    page = reverse("news:announcement", args=["nuovo"])
    assert client.get(page).status_code == 404
    approval.submit_announcement(written, cast.people["desk"])
    assert client.get(page).status_code == 404
    approval.approve_announcement(written, cast.people["manager"])
    assert client.get(page).status_code == 200
    steps = [(step.before, step.after, step.by) for step in written.steps.all()]
    assert steps == [
        ("draft", "submitted", cast.people["desk"]),
        ("submitted", "published", cast.people["manager"]),
    ]


def test_its_author_cannot_approve_it(cast, written):
    approval.submit_announcement(written, cast.people["desk"])
    with pytest.raises(approval.Refused, match="seconda persona"):
        approval.approve_announcement(written, cast.people["desk"])
    written.refresh_from_db()
    assert written.state == State.SUBMITTED


def test_whoever_changed_the_words_last_is_the_author(client, cast, written):
    """Else a manager could rewrite a colleague's text and approve it alone."""
    admin_client(client, cast, "manager")
    change = reverse("admin:news_announcement_change", args=[written.pk])
    client.post(change, {**FORM, "title": "Riscritto", "starts_at_0": "", "starts_at_1": ""})
    client.post(reverse("admin:news_announcement_submit", args=[written.pk]))
    written.refresh_from_db()
    seen = {"seen": written.content_hash}
    client.post(reverse("admin:news_announcement_approve", args=[written.pk]), seen)
    written.refresh_from_db()
    assert (written.title, written.author, written.state) == ("Riscritto", cast.people["manager"], State.SUBMITTED)


@pytest.mark.parametrize("field", ["title", "body", "place"])
def test_an_edit_after_approval_voids_it_wherever_it_is_made(cast, written, field):
    approval.submit_announcement(written, cast.people["desk"])
    approval.approve_announcement(written, cast.people["manager"])
    setattr(written, field, "<p>Altro.</p>" if field == "body" else "Altro")
    written.save()
    written.refresh_from_db()
    assert (written.state, written.approver) == (State.DRAFT, None)
    assert written not in Announcement.objects.published()


def test_what_was_edited_behind_the_approvers_back_cannot_be_approved(cast, written):
    approval.submit_announcement(written, cast.people["desk"])
    read = Announcement.objects.get(pk=written.pk)
    Announcement.objects.filter(pk=written.pk).update(body="<p>Un'altra cosa.</p>")
    read.refresh_from_db()
    with pytest.raises(approval.Refused, match="cambiato"):
        approval.approve_announcement(read, cast.people["manager"])


def test_of_two_who_approve_at_once_one_wins(cast, written):
    approval.submit_announcement(written, cast.people["desk"])
    same = Announcement.objects.get(pk=written.pk)
    approval.approve_announcement(written, cast.people["manager"])
    with pytest.raises(approval.Refused):
        approval.approve_announcement(same, cast.people["super"])
    assert written.steps.filter(after="published").count() == 1


def test_a_scheduled_announcement_waits_for_its_moment(cast, written):
    written.published_at = timezone.now() + timedelta(hours=2)
    written.save()
    approval.submit_announcement(written, cast.people["desk"])
    approval.approve_announcement(written, cast.people["manager"])
    assert written not in Announcement.objects.published()
    assert written in Announcement.objects.published(timezone.now() + timedelta(hours=3))


def test_the_desk_asks_and_the_manager_approves_in_the_admin(client, cast, written):
    approve = reverse("admin:news_announcement_approve", args=[written.pk])
    admin_client(client, cast, "desk").post(reverse("admin:news_announcement_submit", args=[written.pk]))
    assert client.post(approve).status_code == 403
    written.refresh_from_db()
    admin_client(client, cast, "manager").post(approve)
    written.refresh_from_db()
    assert written.state == State.SUBMITTED  # whoever says yes without having read says nothing
    client.post(approve, {"seen": written.content_hash})
    written.refresh_from_db()
    assert (written.state, written.approver) == (State.PUBLISHED, cast.people["manager"])
    assert admin_client(client, cast, "manager").get(approve).status_code == 405


def test_what_no_table_can_store_is_refused_before_any_field(client, cast):
    before = Announcement.objects.count()
    broken = {**FORM, "title": "a\x00b"}
    assert admin_client(client, cast, "desk").post(reverse("admin:news_announcement_add"), broken).status_code == 400
    assert Announcement.objects.count() == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "riga\nriga"}, "invisibili"),
        ({"title": "a\u2028b"}, "invisibili"),
        ({"body": "&" * 1_000_000}, "Troppo lungo"),
        ({"title": ""}, "obbligatorio"),
        ({"ends_at_0": "01/01/2026", "ends_at_1": "10:00"}, "finisce dopo"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_writes_nothing(client, cast, fields, said):
    before = Announcement.objects.count()
    response = admin_client(client, cast, "desk").post(reverse("admin:news_announcement_add"), {**FORM, **fields})
    assert response.status_code == 200
    assert said in response.content.decode()
    assert Announcement.objects.count() == before


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "/relativo",
        "//altrove.example",
        "\u2028https://a.example",
        "\u00a0https://a.example",
        "\x01https://a.example",
        "data:text/html,x",
        "https://nome:segreto@a.example/",
        "https://",
        "ftp://a.example",
    ],
)
def test_links_that_are_no_whole_address_lose_their_address(href):
    assert "href" not in rich_text.sanitize(f'<p><a href="{href}">qui</a></p>')


def test_only_a_few_tags_survive_and_sanitizing_twice_changes_nothing():
    dirty = (
        '<h2 style="x">T</h2><p onclick="x">a<script>alert(1)</script><img src=x onerror=x>'
        '<a href="https://a.example/?x=1&y=2" target="_blank">qui</a><b>g</b></p><svg><a href="x">'
    )
    clean = rich_text.sanitize(dirty)
    assert clean == ('<h2>T</h2><p>a<a href="https://a.example/?x=1&amp;y=2" rel="noopener">qui</a>g</p>')
    assert rich_text.sanitize(clean) == clean


def test_the_model_refuses_what_is_too_long_even_from_code(cast):
    with pytest.raises(ValidationError):
        Announcement.objects.create(title="x", slug="x", body="&" * 20_001)


def test_plain_text_has_the_same_links():
    html = '<p>Uno <a href="https://a.example/">qui</a></p><ol><li><p>a</p></li><li><p>b</p></li></ol>'
    assert rich_text.to_text(html) == "Uno qui <https://a.example/>\n\n1. a\n\n2. b"


def test_the_feed_tells_what_is_published_and_nothing_else(client, cast):
    feed = client.get(reverse("news:feed"))
    assert feed.status_code == 200
    assert "annuncio-uscito" in feed.content.decode()
    assert "annuncio-bozza" not in feed.content.decode()


def test_an_event_shows_when_and_where(client, cast):
    begins = timezone.now() + timedelta(days=9)
    Announcement.objects.create(
        title="Porte aperte",
        slug="porte-aperte",
        body="<p>x</p>",
        state=State.PUBLISHED,
        published_at=timezone.now(),
        starts_at=begins,
        place="Massa, sala delle prove",
    )
    page = client.get(reverse("news:announcement", args=["porte-aperte"])).content.decode()
    assert "sala delle prove" in page and f"{timezone.localtime(begins):%H:%M}" in page


def test_the_editor_works_under_the_strict_policy(client, cast):
    """Its import map is the one inline script of the portal: it has a nonce, and no other page has any."""
    response = admin_client(client, cast, "desk").get(reverse("admin:news_announcement_add"))
    policy = response.headers["Content-Security-Policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'<script type="importmap" nonce="{nonce}">' in response.content.decode()
    assert "unsafe" not in policy
    assert "nonce" not in client.get(reverse("admin:index")).headers["Content-Security-Policy"]


def test_what_others_approved_is_not_deleted_by_the_desk(client, cast):
    delete = reverse("admin:news_announcement_delete", args=[cast.announcement.pk])
    assert admin_client(client, cast, "desk").post(delete, {"post": "yes"}).status_code == 403


def test_the_moment_of_a_published_announcement_cannot_be_taken_away(client, cast):
    change = reverse("admin:news_announcement_change", args=[cast.announcement.pk])
    response = admin_client(client, cast, "manager").post(change, {**FORM, "title": cast.announcement.title})
    assert response.status_code == 200 and "non si può togliere" in response.content.decode()
