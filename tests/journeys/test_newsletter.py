"""An issue from three announcements to a report that adds up, with a worker killed on the way.

Staff write three announcements, a colleague approves them; an issue is composed, rehearsed, approved and sent to the
firms of Massa-Carrara through a real SMTP server, by a worker process that is killed half-way; a firm leaves with its
mail client's button; and every figure of the report is one that the server saw.
"""

import asyncio
import re
import time
from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Organization
from news.consent import ledger
from news.delivery import mailing
from news.models import Announcement, Delivery, Newsletter, Subscription
from news.newsletters import newsletters, segments
from tests.cast import Cast, municipality
from tests.news.delivery.test_drills import Worker, database_url
from tests.news.smtp import smtp_server

FIRMS = 60


@pytest.fixture
def mailbox(settings):
    """A real SMTP server that takes its time."""
    with smtp_server(settings) as mailbox:
        take = mailbox.handle_DATA

        async def take_slowly(server, session, envelope):
            await asyncio.sleep(0.02)
            return await take(server, session, envelope)

        mailbox.handle_DATA = take_slowly
        yield mailbox


@pytest.fixture
def district():
    """The cast, sixty firms at home that subscribed, one that has not confirmed, and one of another province."""
    cast = Cast()
    segments.make_ready()
    for n in range(FIRMS + 2):
        place = municipality("Pisa", "PI") if n == FIRMS + 1 else cast.carrara
        firm = Organization.objects.create(
            kind="firm", name=f"Ditta {n:02} (esempio)", slug=f"ditta-{n:02}", status="published", municipality=place
        )
        confirmed = None if n == FIRMS else timezone.now()
        Subscription.objects.create(
            email=f"ditta-{n:02}@posta.example", organization=firm, purpose="newsletter", confirmed_at=confirmed
        )
    return cast


def sign_in(page, cast, role):
    page.context.clear_cookies()
    client = Client()
    client.force_login(cast.people[role])
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": page.url_of_the_portal}]
    )


def press(page, label):
    page.get_by_role("button", name=label, exact=True).click()
    page.wait_for_load_state()


def write_announcement(page, title):
    page.goto(reverse("admin:news_announcement_add"))
    page.fill("#id_title", title)
    page.locator(".prose-editor > .ProseMirror[contenteditable=true]").click()
    page.keyboard.type(f"Il testo di «{title}».")
    page.click("input[name=_continue]")
    press(page, "Chiedi l'approvazione")


def test_an_issue_reaches_the_firms_of_massa_carrara_whatever_happens(
    browser_page, live_server, mailbox, district, settings
):
    page, cast = browser_page, district
    page.url_of_the_portal = live_server.url
    settings.PORTAL_BASE_URL = live_server.url

    sign_in(page, cast, "desk")
    titles = ["Sportello aperto", "Giornata della robotica", "Nuovo laboratorio"]
    for title in titles:
        write_announcement(page, title)
    sign_in(page, cast, "manager")
    for announcement in Announcement.objects.filter(title__in=titles):
        page.goto(reverse("admin:news_announcement_change", args=[announcement.pk]))
        press(page, "Approva e pubblica")
    assert Announcement.objects.published().filter(title__in=titles).count() == 3

    sign_in(page, cast, "desk")
    page.goto(reverse("admin:news_newsletter_add"))
    page.fill("#id_subject", "Numero di prova")
    for title in titles:
        page.get_by_label(title).check()
    page.get_by_label("bando-aperto").check()
    page.select_option("#id_segment", label="Imprese di Massa-Carrara")
    page.click("input[name=_continue]")
    page.get_by_role("link", name="Prova generale: chi la riceve").click()
    assert page.locator("td.yes").count() == FIRMS
    assert "non ha ancora confermato" in page.content() and f"ditta-{FIRMS + 1:02}@" not in page.content()
    press(page, "Chiedi l'approvazione")

    sign_in(page, cast, "manager")
    issue = Newsletter.objects.get()
    page.goto(reverse("admin:news_newsletter_change", args=[issue.pk]))
    press(page, "Approva")
    press(page, "Invia adesso")  # says how many it reaches, and asks
    press(page, "Invia adesso")
    issue.refresh_from_db()

    send_while_a_worker_is_killed(mailbox, settings)
    leave_with_the_mail_clients_button(mailbox)

    issue.refresh_from_db()
    report = newsletters.report(issue)
    assert (report["account"]["expanded"], report["account"]["sent"], report["unsubscribed"]) == (FIRMS, FIRMS, 1)
    assert (
        report["account"]["is_balanced"] and sum(report["account"][s] for s in Delivery.State if s != "empty") == FIRMS
    )
    heard = Counter(message["To"] for message in mailbox.messages)
    assert set(heard) == {f"ditta-{n:02}@posta.example" for n in range(FIRMS)}
    assert sum(heard.values()) <= FIRMS + 1, "a kill may repeat one mail, never more"
    page.goto(reverse("admin:news_newsletter_report", args=[issue.pk]))
    assert "I conti tornano" in page.content()


def send_while_a_worker_is_killed(mailbox, settings):
    worker = Worker(database_url(), settings.EMAIL_PORT)
    try:
        wait_for(lambda: len(mailbox.messages) >= 10)
    finally:
        worker.end()
    assert len(mailbox.messages) < FIRMS
    worker = Worker(database_url(), settings.EMAIL_PORT)
    try:
        wait_for(lambda: not Delivery.objects.exclude(state="sent").exists())
    finally:
        worker.end()


def wait_for(condition, patience=60):
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.05)


def leave_with_the_mail_clients_button(mailbox):
    """What a mailbox provider does (RFC 8058): a POST to the header's address, without cookies."""
    message = mailbox.to("ditta-07@posta.example")[0]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.search(r"<https?://[^/]+(/[^>]+)>", message["List-Unsubscribe"]).group(1)
    answer = Client(enforce_csrf_checks=True).post(
        path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not Subscription.objects.get(email="ditta-07@posta.example").is_active
    assert ledger.broken_lines("ditta-07@posta.example") == [] and mailing.send_due() == 0
