"""Newsletters: rehearsed before they leave, approved as they are, accounted for afterwards."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from news.consent import ledger
from news.delivery import mailing
from news.models import Announcement, Delivery, Newsletter, NewsletterItem, Segment, Suppression
from news.newsletters import approval, newsletters, segments
from tests.cast import announcement, subscription

State = Newsletter.State
REFUSED = approval.Refused
LINK = re.compile(r"https?://[^\s\"<>]+|\{\{ \w+_url \}\}")


@pytest.fixture
def home(cast):
    segments.make_ready()
    return Segment.objects.get(name="Imprese di Massa-Carrara")


@pytest.fixture
def issue(cast, home):
    """An issue of an announcement, an event and a call, written by the desk, with two firms to hear it."""
    made = Newsletter.objects.create(
        subject="Novità & bandi",
        preheader="In breve",
        intro='<p>Buongiorno, <a href="https://x.example/a?b=1&amp;c=2">qui</a>.</p>',
        segment=home,
        author=cast.people["desk"],
    )
    event = announcement("porte-aperte", timezone.now())
    Announcement.objects.filter(pk=event.pk).update(starts_at=timezone.now() + timedelta(days=3), place="Massa")
    for position, thing in enumerate(
        [{"announcement": cast.announcement}, {"announcement": event}, {"opportunity": cast.opportunity}]
    ):
        NewsletterItem.objects.create(newsletter=made, position=position, **thing)
    for slug in ("alfa", "beta"):
        subscription(cast[slug], purpose="newsletter", email=f"news@{slug}.example")
    return made


def approved(issue, cast):
    newsletters.submit_issue(issue, cast.people["desk"])
    newsletters.approve_issue(issue, cast.people["manager"])
    return issue


def client_as(client, cast, role):
    client.force_login(cast.people[role])
    return client


def url(name, issue):
    return reverse(f"admin:news_newsletter_{name}", args=[issue.pk])


# What it says ---------------------------------------------------------------------------------------------------------
def test_html_and_plain_text_have_the_same_links(issue):
    rendered = newsletters.render_issue(issue)
    in_html = {link.replace("&amp;", "&") for link in LINK.findall(rendered.html)}
    assert in_html == set(LINK.findall(rendered.text))
    assert len(in_html) == 6


def test_it_holds_no_pixel_no_script_and_no_personal_link_but_the_two_for_leaving(issue):
    html = newsletters.render_issue(issue).html
    assert not re.search(r"<(img|script|iframe|link)\b", html)
    assert set(re.findall(r"\{\{ (\w+) \}\}", html)) == {"unsubscribe_url", "preferences_url"}
    assert "<style" not in html and 'style="' in html


def test_the_order_is_that_of_the_numbers(issue):
    issue.items.filter(opportunity__isnull=False).update(position=0)
    issue.items.filter(announcement__isnull=False).update(position=5)
    text = newsletters.render_issue(issue).text
    assert text.index("bando-aperto") < text.index("annuncio-uscito")


# To whom --------------------------------------------------------------------------------------------------------------
def test_the_rehearsal_names_everybody_once_with_yes_or_no_and_why(cast, issue):
    subscription(cast["alfa"], purpose="newsletter", email="NEWS@beta.example")  # one mailbox, two organizations
    subscription(cast["alfa"], purpose="newsletter", email="attesa@alfa.example", confirmed_at=None)
    gone = subscription(cast["alfa"], purpose="newsletter", email="via@alfa.example")
    ledger.withdraw_consent(gone, source="prova")
    subscription(cast["alfa"], purpose="newsletter", email="ferma@alfa.example")
    mailing.suppress_address("ferma@alfa.example", Suppression.Reason.BOUNCE)
    subscription(cast["alfa"], purpose="newsletter", email="ditta@pec.it")
    subscription(cast["gamma"], purpose="newsletter", email="news@gamma.example")  # not in the province
    lines = {line.email.lower(): (line.gets_it, line.why) for line in newsletters.rehearse(issue)}
    assert lines == {
        "news@alfa.example": (True, "iscrizione confermata"),
        "news@beta.example": (True, "iscrizione confermata"),
        "attesa@alfa.example": (False, "non ha ancora confermato"),
        "via@alfa.example": (False, "si è disiscritto"),
        "ferma@alfa.example": (False, "indirizzo sospeso"),
        "ditta@pec.it": (False, "indirizzo PEC"),
    }


def test_the_rehearsal_names_the_firms_that_nobody_subscribed(cast, issue):
    subscription_of_beta = issue.segment.organizations().get(slug="beta").subscriptions.all()
    subscription_of_beta.delete()
    assert [line.organization for line in newsletters.rehearse(issue) if not line.email] == ["Beta"]


def test_it_reaches_exactly_those_whom_the_rehearsal_promised(cast, issue):
    subscription(cast["alfa"], purpose="newsletter", email="ditta@pec.it")
    subscription(cast["beta"], purpose="newsletter", email="NEWS@alfa.example")
    subscription(cast["alfa"], purpose="newsletter", email="ferma@alfa.example")
    mailing.suppress_address("ferma@alfa.example", Suppression.Reason.BOUNCE)
    promised = {line.email.lower() for line in newsletters.rehearse(issue) if line.gets_it}
    newsletters.start_issue(approved(issue, cast), cast.people["manager"])
    mailing.send_due()
    sent = Delivery.objects.filter(campaign=issue.campaign, state="sent")
    assert {address.lower() for address in sent.values_list("address", flat=True)} == promised


# Its steps ------------------------------------------------------------------------------------------------------------
def test_its_author_cannot_approve_it(cast, issue):
    newsletters.submit_issue(issue, cast.people["desk"])
    with pytest.raises(REFUSED, match="seconda persona"):
        newsletters.approve_issue(issue, cast.people["desk"])


@pytest.mark.parametrize("what", ["subject", "item", "announcement", "segment", "order"])
def test_whatever_changes_after_approval_it_does_not_leave(cast, issue, what):
    approved(issue, cast)
    if what == "subject":
        Newsletter.objects.filter(pk=issue.pk).update(subject="Altro")
    elif what == "item":
        issue.items.first().delete()
    elif what == "announcement":
        Announcement.objects.filter(pk=cast.announcement.pk).update(title="Un altro titolo")
    elif what == "order":
        issue.items.filter(opportunity__isnull=True).update(position=9)
    else:
        issue.segment.provinces.clear()
    issue.refresh_from_db()
    with pytest.raises(REFUSED):
        newsletters.start_issue(issue, cast.people["manager"])
    assert not Delivery.objects.filter(occasion=issue.occasion).exists()


def test_pressed_twice_it_starts_once(cast, issue):
    approved(issue, cast)
    same = Newsletter.objects.get(pk=issue.pk)
    assert newsletters.start_issue(issue, cast.people["manager"]) == 2
    with pytest.raises(REFUSED):
        newsletters.start_issue(same, cast.people["manager"])
    assert Delivery.objects.filter(occasion=issue.occasion).count() == 2


def test_a_scheduled_issue_leaves_by_itself_and_only_then(cast, issue):
    issue.send_at = timezone.now() + timedelta(hours=1)
    issue.save()
    approved(issue, cast)
    assert newsletters.start_due_issues() == 0
    assert newsletters.start_due_issues(timezone.now() + timedelta(hours=2)) == 1
    assert newsletters.start_due_issues(timezone.now() + timedelta(hours=2)) == 0


def test_a_scheduled_issue_that_no_longer_is_what_was_approved_goes_back_and_says_why(cast, issue):
    issue.send_at = timezone.now()
    issue.save()
    approved(issue, cast)
    Announcement.objects.filter(pk=cast.announcement.pk).update(state="draft")
    assert newsletters.start_due_issues() == 0
    issue.refresh_from_db()
    assert issue.state == State.DRAFT and "non è pubblica" in issue.steps.last().note


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"subject": "Ciao {{ nome }}"}, "nome"),
        ({"intro": "<p>{{ </p>"}, "graffe"),
        ({"subject": "a\nb"}, "invisibili"),
        ({"intro": "&" * 1_000_000}, "Troppo lungo"),
        ({"segment": ""}, "obbligatorio"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_writes_nothing(client, cast, home, fields, said):
    form = {"subject": "Prova", "intro": "<p>x</p>", "segment": home.pk, "send_at_0": "", "send_at_1": "", **fields}
    response = client_as(client, cast, "desk").post(reverse("admin:news_newsletter_add"), form)
    assert response.status_code == 200 and said in response.content.decode()
    assert not Newsletter.objects.exists()


def test_a_broken_field_inside_an_announcement_is_said_before_anybody_approves(cast, issue):
    Announcement.objects.filter(pk=cast.announcement.pk).update(title="Per {{ voi }}")
    with pytest.raises(REFUSED, match="voi"):
        newsletters.submit_issue(issue, cast.people["desk"])


def test_one_address_that_is_none_fails_alone(cast, issue):
    subscription(cast["alfa"], purpose="newsletter", email="non un indirizzo")
    newsletters.start_issue(approved(issue, cast), cast.people["manager"])
    mailing.send_due()
    account = newsletters.report(issue)["account"]
    assert (account["expanded"], account["sent"], account["failed"]) == (3, 2, 1)


def test_paused_nothing_leaves_resumed_it_goes_on_cancelled_it_is_over(cast, issue):
    by = cast.people["manager"]
    newsletters.start_issue(approved(issue, cast), by)
    newsletters.pause_issue(issue, by)
    assert mailing.send_due() == 0
    newsletters.resume_issue(issue, by)
    newsletters.cancel_issue(issue, by)
    assert mailing.send_due() == 0
    report = newsletters.report(issue)
    assert report["account"]["skipped"] == 2 and report["account"]["is_balanced"]
    with pytest.raises(REFUSED):
        newsletters.resume_issue(issue, by)


def test_the_report_counts_who_left_because_of_it(cast, issue):
    newsletters.start_issue(approved(issue, cast), cast.people["manager"])
    mailing.send_due()
    ledger.withdraw_consent(cast["alfa"].subscriptions.get(email="news@alfa.example"), source="RFC 8058")
    report = newsletters.report(issue)
    assert (report["unsubscribed"], report["account"]["sent"]) == (1, 2)


# In the admin ---------------------------------------------------------------------------------------------------------
def test_an_issue_of_three_announcements_and_two_calls_takes_one_form(client, cast, home):
    things = [announcement(f"uno-{n}", timezone.now()) for n in range(3)]
    calls = [cast.opportunity, cast._opportunity("altro-bando", "published")]
    form = {
        "subject": "Numero uno",
        "segment": home.pk,
        "announcements": [one.pk for one in things],
        "opportunities": [one.pk for one in calls],
    }
    client_as(client, cast, "desk").post(reverse("admin:news_newsletter_add"), form)
    made = Newsletter.objects.get()
    assert [item.position for item in made.items.all()] == [10, 20, 30, 40, 50]
    assert {item.thing for item in made.entries()} == {*things, *calls}
    assert made.author == cast.people["desk"]


def test_an_edit_in_the_admin_voids_the_approval_and_says_so(client, cast, issue):
    approved(issue, cast)
    form = {
        "subject": "Altro oggetto",
        "intro": issue.intro,
        "segment": issue.segment_id,
        "send_at_0": "",
        "send_at_1": "",
    }
    items = {"items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"}
    response = client_as(client, cast, "desk").post(url("change", issue), {**form, **items}, follow=True)
    issue.refresh_from_db()
    assert issue.state == State.DRAFT and "non vale più" in response.content.decode()


def test_the_pages_of_an_issue_show_it_and_write_nothing(client, cast, issue):
    client_as(client, cast, "desk")
    assert "Novità &amp; bandi" in client.get(url("preview", issue)).content.decode()
    html = client.get(url("html", issue))
    policy = html.headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy and "img-src 'none'" in policy
    assert "news@alfa.example" in client.get(url("rehearsal", issue)).content.decode()
    assert "Non è ancora partita" in client.get(url("report", issue)).content.decode()
    assert not Delivery.objects.exists()


def test_the_test_copy_goes_to_whoever_asks_and_to_nobody_else(client, cast, issue):
    client_as(client, cast, "desk").post(url("test", issue))
    [copy] = Delivery.objects.all()
    assert copy.address == "desk@persone.example" and copy.subject == "[Prova] Novità & bandi"
    assert "{{" not in copy.html + copy.text


def test_only_the_manager_approves_and_sends(client, cast, issue):
    newsletters.submit_issue(issue, cast.people["desk"])
    client_as(client, cast, "desk")
    assert {client.post(url(step, issue)).status_code for step in ("approve", "start", "pause", "cancel")} == {403}
    client_as(client, cast, "manager")
    client.post(url("approve", issue), {"seen": newsletters.content_hash(issue)})
    asking = client.post(url("start", issue)).content.decode()
    issue.refresh_from_db()
    assert "Il numero parte adesso verso" in asking and issue.state == State.APPROVED
    client.post(url("start", issue), {"confirmed": "1"})
    issue.refresh_from_db()
    assert issue.state == State.STARTED and issue.campaign.state == "sending"
    assert "I conti tornano" in client.get(url("report", issue)).content.decode()


def test_what_has_left_can_no_longer_be_written(client, cast, issue):
    newsletters.start_issue(approved(issue, cast), cast.people["manager"])
    client_as(client, cast, "super").post(url("change", issue), {"subject": "Altro"})
    issue.refresh_from_db()
    assert issue.subject == "Novità & bandi"
