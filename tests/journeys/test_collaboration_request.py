"""A firm asks three centres: one accepts, one declines and names a colleague's lab, one is late and is reminded.

The firm and the first meet in the room, exchange a file that nobody else can open, and after 30 days both say how it
went.
"""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from matchmaking.algorithms import working_days
from matchmaking.models import CollaborationRequest, Invitation, Room, RoomFile
from matchmaking.requests import deadlines, invitations
from members.models import Organization, Representative
from news.delivery import mailing
from news.notices import about_rooms
from tests.cast import Cast, competence, give, person
from tests.journeys.conftest import sign_in
from tests.news.smtp import smtp_server

CLOSES = timezone.localdate() + timedelta(days=60)


@pytest.fixture
def mailbox(settings):
    with smtp_server(settings) as box:
        yield box


@pytest.fixture
def district(transactional_db):
    """Alfa, and four centres that measure: Gamma of the cast, Epsilon, Zeta, and Eta, which nobody asks at first."""
    Invitation.objects.all().delete()
    cast = Cast()
    Invitation.objects.all().delete()
    for name in ("Epsilon", "Zeta", "Eta"):
        centre = Organization.objects.create(
            kind="research_center", name=name, slug=name.lower(), status="published", municipality=cast.pisa
        )
        give(centre, offers={"QLT.01.02": 3})
        Representative.objects.create(user=person(f"{name.lower()}@centri.example"), organization=centre, role="owner")
    return cast


def come_as(page, email):
    page.context.clear_cookies()
    sign_in(page, email, "parola-lunga")


def link_of(mail, live_server):
    """The page that a mail leads to, here."""
    text = mail.get_body(("plain",)).get_content()
    return live_server.url + re.search(r"https?://[^/]+(/richieste/\S+)", text).group(1)


def subjects(mailbox, address):
    return [mail["Subject"] for mail in mailbox.to(address)]


def ask(page):
    page.goto("/rete/gamma/")
    page.locator("main").get_by_role("link", name="Chiedi una collaborazione").click()
    picker = page.locator("input[role=combobox]")  # the plain select is one too, until the script has come
    page.get_by_role("combobox", name="Competenza").and_(picker).first.fill(competence("QLT.01.02").name)
    page.keyboard.press("Enter")
    page.locator("[name=title]").fill("Misurare lastre prima del taglio")
    page.locator("[name=text]").fill("Una lastra su otto si rompe.")
    page.locator("[name=ip]").select_option("joint")
    page.locator("[name=closes_on]").fill(CLOSES.isoformat())
    page.get_by_role("button", name="Continua: a chi chiederlo").click()
    assert page.locator("input[value=gamma]").is_checked()
    for slug in ("epsilon", "zeta"):
        page.locator(f"input[value={slug}]").check()
    page.get_by_role("button", name="Invia la richiesta").click()
    page.get_by_text("Inviata a 3 organizzazioni.").wait_for()


def accept(page, url, brings):
    page.goto(url)
    assert competence("QLT.01.02").name in page.inner_text("main")
    page.get_by_role("button", name=re.compile("prendi in carico", re.IGNORECASE)).click()
    page.locator("[name=brings]").fill(brings)
    page.locator("[name=ip]").select_option("joint")
    page.get_by_role("button", name="Accetta e invia la risposta").click()
    page.get_by_text("Accettata: chi ha chiesto legge la vostra risposta.").wait_for()


def decline_for_eta(page, url):
    page.goto(url)
    page.get_by_text("Non fa per noi").click()
    picker = page.locator("input[role=combobox]")
    page.get_by_role("combobox", name="Può farlo (se volete)").and_(picker).fill("Eta")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Non abbiamo persone o macchine libere").click()
    page.get_by_text("Declinata").first.wait_for()


def days_later(count):
    """The morning of the `count`-th working day from today: the clock rings twice, and mail leaves."""
    day = working_days.after(timezone.localdate(), count)
    morning = timezone.localtime().replace(year=day.year, month=day.month, day=day.day, hour=9)
    with time_machine.travel(morning, tick=False):
        deadlines.run_the_clock()
        deadlines.run_the_clock()
        mailing.send_due()


def test_a_firm_asks_three_centres_one_is_reminded_one_names_another_one_accepts(
    browser_page, district, mailbox, live_server, settings
):
    page = browser_page
    come_as(page, "owner@persone.example")
    ask(page)
    mailing.send_due()
    invited = {name: mailbox.to(address)[0] for name, address in ADDRESSES.items() if name != "Eta"}
    assert {mail["Subject"] for mail in invited.values()} == {"Una richiesta per voi: Misurare lastre prima del taglio"}

    come_as(page, ADDRESSES["Gamma"])
    accept(page, link_of(invited["Gamma"], live_server), "Il banco ottico, da gennaio.")
    come_as(page, ADDRESSES["Epsilon"])
    decline_for_eta(page, link_of(invited["Epsilon"], live_server))

    come_as(page, "owner@persone.example")
    request = CollaborationRequest.objects.get(title="Misurare lastre prima del taglio")
    page.goto(request.get_absolute_url())
    said = page.inner_text("main")
    assert "Il banco ottico, da gennaio." in said and "Dicono che può farlo Eta" in said
    assert not mailbox.to(ADDRESSES["Eta"])
    page.get_by_role("button", name="Sì, chiediamo anche a loro").click()
    page.get_by_text("Richiesta inviata anche a loro.").wait_for()
    mailing.send_due()
    assert len(mailbox.to(ADDRESSES["Eta"])) == 1
    assert {"Gamma ha accettato", "Epsilon ha declinato"} <= {
        subject.partition(":")[0] for subject in subjects(mailbox, "owner@persone.example")
    }
    eta = Invitation.objects.get(request=request, organization__slug="eta")
    assert invitations.decline_invitation(eta, Representative.objects.get(organization__slug="eta").user, "time")

    days_later(4)
    assert len(mailbox.to(ADDRESSES["Zeta"])) == 1
    days_later(5)
    days_later(9)
    assert subjects(mailbox, ADDRESSES["Zeta"])[1:] == ["Aspetta una risposta: Misurare lastre prima del taglio"]
    days_later(10)
    days_later(12)
    desk = subjects(mailbox, settings.PORTAL["contact_email"])
    assert desk == ["10 giorni senza risposta: Zeta · Misurare lastre prima del taglio"]

    come_as(page, ADDRESSES["Zeta"])
    accept(page, link_of(invited["Zeta"], live_server), "Meglio tardi che mai.")
    states = request.invitations.values_list("organization__name", "state")
    assert dict(states) == {"Gamma": "accepted", "Epsilon": "declined", "Zeta": "accepted", "Eta": "declined"}

    room = Room.objects.get(invitation__request=request, answerer__slug="gamma")
    meet(page, room, mailbox)
    nobody_else_opens(page, room)
    after_thirty_days_both_say_how_it_went(page, room, mailbox, live_server)


def meet(page, room, mailbox):
    """The firm writes and sends a drawing; the centre hears of it once, opens it and plans the next step."""
    come_as(page, "owner@persone.example")
    page.goto(room.invitation.request.get_absolute_url())
    page.locator(f"a[href='{room.get_absolute_url()}']").click()
    page.get_by_label("Messaggio").fill("Ecco il disegno della lastra.")
    page.locator("input[type=file]").set_input_files(DRAWING)
    page.get_by_role("button", name="Invia").click()
    page.get_by_role("link", name="lastra.pdf").wait_for()
    page.get_by_label("Messaggio").fill("Dimenticavo: lo spessore è tre centimetri.")
    page.get_by_role("button", name="Invia").click()
    page.get_by_text("Dimenticavo").wait_for()
    mailing.send_due()
    told = [subject for subject in subjects(mailbox, ADDRESSES["Gamma"]) if "vi ha scritto" in subject]
    assert told == ["Alfa vi ha scritto · Misurare lastre prima del taglio"]

    come_as(page, ADDRESSES["Gamma"])
    assert "da leggere" in page.inner_text(".bell")
    page.get_by_role("link", name="Avvisi").click()
    page.get_by_role("button", name="Alfa vi ha scritto").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="lastra.pdf").click()
    assert started.value.path().read_bytes() == DRAWING["buffer"]
    assert started.value.suggested_filename == "lastra.pdf"
    page.get_by_text("Cambia", exact=True).click()
    page.get_by_label("Prossimo passo").fill("Dieci campioni in prova")
    page.get_by_role("button", name="Salva il passo").click()
    page.get_by_text("Dieci campioni in prova").first.wait_for()


def nobody_else_opens(page, room):
    """Neither the centre that came late, which has a room of its own, nor another firm, nor the staff."""
    file = RoomFile.objects.get(message__room=room).get_absolute_url()
    for email in (ADDRESSES["Zeta"], "other_firm@persone.example", "desk@persone.example"):
        come_as(page, email)
        assert page.context.request.get(file).status == 404
        assert page.context.request.get(room.get_absolute_url()).status == 404
    page.context.clear_cookies()
    assert "/account/login/" in page.context.request.get(file).url


def after_thirty_days_both_say_how_it_went(page, room, mailbox, live_server):
    """One click each from the mail, without signing in; the staff see that the two differ."""
    noon = timezone.localtime(room.opened_at).replace(hour=12) + timedelta(days=30)
    with time_machine.travel(noon, tick=False):
        about_rooms.ask_due()
        about_rooms.ask_due()
        mailing.send_due()
    page.context.clear_cookies()
    said = [
        ("owner@persone.example", "Gamma", "Abbiamo cominciato un progetto insieme"),
        (ADDRESSES["Gamma"], "Alfa", "Ci stiamo ancora lavorando"),
    ]
    for address, other, answer in said:
        [mail] = [mail for mail in mailbox.to(address) if mail["Subject"].startswith(f"Com'è andata con {other}?")]
        text = mail.get_body(("plain",)).get_content()
        page.goto(live_server.url + re.search(r"https?://[^/]+(/com-e-andata/\S+)", text).group(1))
        page.get_by_role("button", name=answer).click()
        page.get_by_role("heading", name="Grazie").wait_for()
    assert dict(room.outcomes.values_list("organization__slug", "answer")) == {"alfa": "project", "gamma": "talking"}
    come_as(page, "desk@persone.example")
    page.goto("/esiti/")
    assert "dicono cose diverse" in page.inner_text("main")


DRAWING = {"name": "lastra.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 una lastra"}
ADDRESSES = {
    "Gamma": "research@persone.example",
    "Epsilon": "epsilon@centri.example",
    "Zeta": "zeta@centri.example",
    "Eta": "eta@centri.example",
}
