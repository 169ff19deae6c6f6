"""A firm of 40 workers in Carrara sees why each call is or is not for it, follows one, and hears once that it moved."""

import socket
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import get_connection
from django.utils import timezone

from matchmaking.models import Opportunity, Requirement
from matchmaking.opportunities import publication
from members.models import EconomicActivity, FirmDetails
from news.delivery import mailing
from tests.cast import Cast, competence
from tests.journeys.conftest import sign_in

CLOSES, MOVES = timezone.localdate() + timedelta(days=40), timezone.localdate() + timedelta(days=55)


class Mailbox:
    """A real SMTP server that keeps what it is handed."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, message["Subject"].strip(), message))
        return "250 OK"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    assert get_connection().port == settings.EMAIL_PORT
    yield box
    controller.stop()


@pytest.fixture
def firm(transactional_db):
    cast = Cast()
    alfa = cast["alfa"]
    alfa.workers, alfa.size_class = 40, "small"
    alfa.save()
    machines = EconomicActivity.objects.create(code="28.92", level=3, title_it="Macchine da cava")
    FirmDetails.objects.get_or_create(organization=alfa)[0].activities.add(machines)
    call("Macchine per le piccole imprese", [{"about": "size", "any_of": ["micro", "small"]}, ateco("28.92", "28.99")])
    call("Aiuti alle grandi imprese", [{"about": "size", "any_of": ["large"]}])
    call("Aiuti alle imprese giovani", [{"about": "age", "most": 36}])
    return cast


def ateco(*codes):
    return {"about": "ateco", "any_of": list(codes)}


def call(title, rules):
    slug = title.lower().replace(" ", "-")
    made = Opportunity.objects.create(
        title=title, slug=slug, text="Un bando di prova.", status="published", deadline=CLOSES, rules=rules
    )
    Requirement.objects.create(opportunity=made, competence=competence("PRD.01.04"), weight=3)


def card(page, title):
    return page.locator("article", has_text=title).inner_text()


def test_a_firm_sees_what_is_for_it_follows_a_call_and_hears_once_that_it_moved(browser_page, firm, mailbox):
    page = browser_page
    sign_in(page, firm.people["owner"].email, "parola-lunga")

    page.goto("/opportunita/")
    assert "Ammissibile" in card(page, "Macchine per le piccole imprese")
    assert "PRD.01.04" in card(page, "Macchine per le piccole imprese")
    no = card(page, "Aiuti alle grandi imprese")
    assert "Non ammissibile" in no and "Richiede grande impresa: la vostra è piccola." in no
    assert "Da verificare" in card(page, "Aiuti alle imprese giovani")

    page.get_by_label("Possiamo partecipare?").select_option(label="Ammissibile")
    page.locator("article", has_text="Aiuti alle grandi imprese").wait_for(state="detached")
    assert "verdict=eligible" in page.url

    page.get_by_role("link", name="Macchine per le piccole imprese").click()
    assert "Richiede attività ATECO 28.92 o 28.99: la vostra è 28.92" in page.inner_text("main")
    page.get_by_role("button", name="Segui").click()
    assert "un avviso se la scadenza cambia" in page.inner_text("main")

    by_staff(firm, text="Un bando di prova, senza refusi.")
    by_staff(firm, deadline=MOVES)
    by_staff(firm, deadline=MOVES)
    mailing.send_due()
    mailing.send_due()
    moved = f"scadenza: {CLOSES:%d/%m} → {MOVES:%d/%m}"
    assert [(to, subject) for to, subject, _mail in mailbox.mails] == [
        ([firm.people["owner"].email], f"{moved} · Macchine per le piccole imprese")
    ]
    assert f"scadenza: {CLOSES:%d/%m/%Y} → {MOVES:%d/%m/%Y}" in mailbox.mails[0][2].get_body(("plain",)).get_content()


def by_staff(firm, **fields):
    """As the admin does it: somebody of the staff edits the call."""
    found = Opportunity.objects.get(slug="macchine-per-le-piccole-imprese")
    for name, value in fields.items():
        setattr(found, name, value)
    publication.save_opportunity(found, firm.people["desk"])
