"""An imported firm is claimed, validated, filled in on a phone, and found in the directory by an alias."""

import pytest
from django.urls import reverse

from members.models import Claim, Offer, Organization
from members.reference.loaders import load_taxonomy
from tests.cast import Cast
from tests.journeys.conftest import sign_in


@pytest.fixture
def cast(transactional_db):
    load_taxonomy()
    return Cast()


@pytest.mark.parametrize("browser_page", ["phone"], indirect=True)
def test_an_imported_firm_is_claimed_validated_filled_in_on_a_phone_and_found(browser_page, cast):
    page = browser_page
    sign_in(page, "pending@persone.example", "parola-lunga")
    page.goto("/rete/inizia/")
    page.get_by_label("Partita IVA").fill("IT 0074 3110157")
    page.get_by_role("button", name="Continua").click()
    page.get_by_label("chi sei in azienda").fill("Sono la titolare")
    page.get_by_role("button", name="Sì, la rappresento").click()
    assert "è in attesa" in page.inner_text("main")
    assert page.request.get("/rete/ombra/").status == 404

    approve_as_staff(page, Claim.objects.get())

    page.goto("/rete/ombra/modifica/")
    picker = page.get_by_role("combobox", name="Competenza").and_(page.locator("input[role=combobox]")).first
    picker.fill("filo diam")
    picker.press("Enter")
    assert picker.input_value() == "Taglio, fresatura e lucidatura della pietra"
    page.get_by_label("Telefono", exact=True).first.fill("0585 000 000")
    page.get_by_role("button", name="Salva").click()
    page.wait_for_url("**/rete/ombra/")
    offer = Offer.objects.select_related("competence").get(organization=cast.shadow)
    assert offer.competence.code == "PRD.01.04"
    assert Organization.objects.get(slug="ombra").is_published

    page.goto("/rete/")
    page.get_by_label("Che cosa cerchi?").fill("filo diamantato")
    page.get_by_role("button", name="Cerca", exact=True).last.click()
    page.wait_for_url("**/rete/?q=filo**")
    page.get_by_role("link", name="Ombra").click()
    page.wait_for_url("**/rete/ombra/")


def approve_as_staff(page, claim):
    """In the admin, with the action that staff use."""
    context = page.context.browser.new_context(base_url=page.url.split("/rete")[0], locale="it-IT")
    staff = context.new_page()
    sign_in(staff, "super@persone.example", "parola-lunga")
    staff.goto(reverse("admin:members_claim_changelist"))
    staff.locator(f"input.action-select[value='{claim.pk}']").check()
    staff.locator("select[name=action]").select_option("approve")
    staff.locator("button[name=index]").click()
    staff.get_by_role("button", name="Accogli le rivendicazioni scelte").click()  # it names them first
    staff.get_by_text("Accolte: 1").wait_for()
    context.close()
