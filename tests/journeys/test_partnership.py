"""A firm builds the smallest team for a call, invites the centre, and hears by mail that it joins."""

import pytest

from matchmaking.models import PartnershipRule, Requirement
from news.delivery import mailing
from tests.cast import Cast, competence
from tests.journeys.conftest import sign_in
from tests.news.smtp import smtp_server


@pytest.fixture
def cast(transactional_db):
    made = Cast()
    made.opportunity.cofunding_rate = 40
    made.opportunity.save()
    Requirement.objects.create(opportunity=made.opportunity, competence=competence("QLT.01.02"))
    PartnershipRule.objects.create(opportunity=made.opportunity, kind="min_research", value=1)
    made.consortium.delete()
    return made


def enter(page, cast, role):
    page.context.clear_cookies()
    sign_in(page, cast.people[role].email, "parola-lunga")


@pytest.mark.parametrize("browser_page", ["desktop", "phone"], indirect=True)
def test_a_firm_builds_a_team_invites_and_hears_the_answer(browser_page, cast, settings):
    page = browser_page
    with smtp_server(settings) as mailbox:
        enter(page, cast, "editor")
        page.goto(cast.opportunity.get_absolute_url())
        page.get_by_role("link", name="Costruisci il partenariato").click()
        assert "La squadra più piccola" in page.inner_text("main") and "2 su 2" in page.inner_text("main")

        page.get_by_label("Gamma").uncheck()
        page.get_by_role("button", name="Ricalcola").click()
        assert "1 su 2" in page.inner_text("main") and "scoperta" in page.inner_text("main")
        page.get_by_label("Aggiungi un partner").select_option("gamma")
        page.get_by_label("Costo del progetto").fill("400.000")
        page.get_by_role("button", name="Ricalcola").click()
        assert "2 su 2" in page.inner_text("main") and "resta 240.000 €" in page.inner_text("main")
        page.get_by_role("button", name="Crea lo spazio e invita").click()
        assert "Invitato" in page.inner_text("main")
        space = page.url

        mailing.send_due()
        [invitation] = mailbox.to(cast.people["research"].email)
        assert invitation["Subject"] == "Alfa vi invita in un partenariato"

        enter(page, cast, "research")
        page.goto(space)
        page.get_by_role("button", name="Accetta").click()
        page.get_by_label("Testo").fill("Portiamo il tomografo.")
        page.get_by_role("button", name="Aggiungi").click()

        mailing.send_due()
        assert [mail["Subject"] for mail in mailbox.to(cast.people["editor"].email)] == ["Gamma ha accettato l'invito"]
        enter(page, cast, "editor")
        page.goto(space)
        assert "Ha accettato" in page.inner_text("main") and "Portiamo il tomografo." in page.inner_text("main")
        enter(page, cast, "other_firm")
        assert page.request.get(space).status == 404
