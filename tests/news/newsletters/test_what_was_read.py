"""What is approved is what was read, whoever looks and whatever happens meanwhile."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from news.models import Announcement, Delivery, Newsletter
from news.newsletters import approval, newsletters
from news.waiting import heaps
from tests.news.newsletters.test_newsletters import approved, client_as, home, issue, url  # noqa: F401 - fixtures

SEEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')


@pytest.fixture
def written(cast):
    made = Announcement.objects.create(
        title="Porte aperte", slug="porte", body="<p>Venite.</p>", author=cast.people["desk"],
        starts_at=timezone.now() + timedelta(days=3, microseconds=7),
    )  # fmt: skip
    approval.submit_announcement(made, cast.people["desk"])
    return made


def approve(client, page, steps):
    """Read the page, let `steps` happen, press its button."""
    [seen] = set(SEEN.findall(client.get(page("change")).content.decode()))
    steps()
    client.post(page("approve"), {"seen": seen})


def page_of(thing):
    return lambda name: reverse(f"admin:news_{thing._meta.model_name}_{name}", args=[thing.pk])


def rewrite(thing, **fields):
    """The desk changes the text and asks again, between the reading and the pressing of somebody else."""
    for name, value in fields.items():
        setattr(thing, name, value)
    thing.state = "draft"
    thing.save()


@pytest.mark.parametrize(("changes", "state"), [(False, "published"), (True, "submitted")])
def test_an_announcement_that_changed_between_reading_and_pressing_is_not_approved(
    client, cast, written, changes, state
):
    def meanwhile():
        if changes:
            rewrite(written, body="<p>Venite tutti.</p>")
            approval.submit_announcement(written, cast.people["desk"])

    approve(client_as(client, cast, "manager"), page_of(written), meanwhile)
    written.refresh_from_db()
    assert written.state == state


@pytest.mark.parametrize(("changes", "state"), [(False, "approved"), (True, "submitted")])
def test_an_issue_that_changed_between_reading_and_pressing_is_not_approved(client, cast, issue, changes, state):  # noqa: F811
    newsletters.submit_issue(issue, cast.people["desk"])

    def meanwhile():
        if changes:
            rewrite(issue, subject="Tutt'altro")
            newsletters.submit_issue(issue, cast.people["desk"])

    approve(client_as(client, cast, "manager"), page_of(issue), meanwhile)
    issue.refresh_from_db()
    assert issue.state == state


def test_the_fingerprint_does_not_depend_on_the_language_or_zone_of_who_looks(cast, issue, written):  # noqa: F811
    issue.send_at = timezone.now() + timedelta(days=1)
    here = (newsletters.content_hash(issue), written.content_hash)
    with translation.override("en"), timezone.override("Asia/Tokyo"):
        issue.send_at = timezone.localtime(issue.send_at)
        written.starts_at = timezone.localtime(written.starts_at)
        assert (newsletters.content_hash(issue), written.content_hash) == here
    issue.send_at += timedelta(minutes=1)
    assert newsletters.content_hash(issue) != here[0]


def form_of(client, address):
    """The fields of a change form as a browser would send them back."""
    fields, form = {}, client.get(address).context["adminform"].form
    for name in form.fields:
        value, field = form[name].value(), form.fields[name]
        parts = field.widget.decompress(value) if hasattr(field.widget, "decompress") else None
        if parts is not None:
            fields |= {
                f"{name}_{n}": each.strftime(("%d/%m/%Y", "%H:%M:%S")[n]) if each else ""
                for n, each in enumerate(parts)
            }
        elif value not in (None, False):
            fields[name] = str(value).replace("\n", "\r\n")
    return fields


def test_an_unchanged_save_keeps_the_approval(client, cast, written):
    Announcement.objects.filter(pk=written.pk).update(body="<p>Venite.</p>\n<p>Tutti.</p>")
    written.refresh_from_db()
    Announcement.objects.filter(pk=written.pk).update(approved_content=written.content_hash)
    written.refresh_from_db()
    approval.approve_announcement(written, cast.people["manager"])
    address = page_of(written)("change")
    fields = form_of(client_as(client, cast, "super"), address)
    assert client.post(address, fields).status_code == 302
    written.refresh_from_db()
    assert written.state == "published"
    client.post(address, fields | {"title": "Porte chiuse"})
    written.refresh_from_db()
    assert written.state == "draft", "the control: a change voids it"


# An issue that must not leave -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", ["call", "event"])
def test_something_expired_holds_a_scheduled_issue_and_tells_its_author(cast, issue, what):  # noqa: F811
    Newsletter.objects.filter(pk=issue.pk).update(send_at=timezone.now())
    issue.refresh_from_db()
    approved(issue, cast)
    yesterday = timezone.now() - timedelta(days=2)
    if what == "call":
        type(cast.opportunity).objects.filter(pk=cast.opportunity.pk).update(deadline=timezone.localdate(yesterday))
    else:
        Announcement.objects.filter(slug="porte-aperte").update(starts_at=yesterday)
    assert newsletters.start_due_issues() == 0
    issue.refresh_from_db()
    assert (issue.state, Delivery.objects.filter(occasion=issue.occasion).count()) == ("draft", 0)
    mail = Delivery.objects.get(address=cast.people["desk"].email)
    assert "scaduta" in mail.text
    [heap] = [each for each in heaps() if each.label == "Newsletter rimandate"]
    assert [row for _since, row in heap.rows] == [issue]


def test_an_issue_sent_back_tells_its_author_the_word_of_the_colleague(cast, issue):  # noqa: F811
    newsletters.submit_issue(issue, cast.people["desk"])
    newsletters.send_back_issue(issue, cast.people["manager"], "manca la data")
    mail = Delivery.objects.get(address=cast.people["desk"].email)
    assert "manca la data" in mail.text and cast.people["manager"].email in mail.text
    newsletters.submit_issue(issue, cast.people["desk"])
    newsletters.send_back_issue(issue, cast.people["desk"])
    assert Delivery.objects.filter(address=cast.people["desk"].email).count() == 1, "not of what one does oneself"


def test_a_save_that_comes_after_the_start_does_not_take_the_campaign_away(client, cast, issue):  # noqa: F811
    """A page opened before, saved after: it used to write the old state, and the issue could start twice."""
    approved(issue, cast)
    browser = client_as(client, cast, "super")
    address = page_of(issue)("change")
    fields = form_of(browser, address)
    newsletters.start_issue(issue, cast.people["manager"])
    assert browser.post(address, fields).status_code == 403
    issue.refresh_from_db()
    assert issue.state == "started" and issue.campaign_id
