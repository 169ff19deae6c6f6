"""One true line through the house: a firm says what it needs, the portal finds who completes it, a digest says why."""

import pytest
from django.utils import timezone

from gate40.demo import district
from members.models import Organization
from news.digests import digests
from news.tasks import send_due
from tests.journeys.conftest import sign_in, wait_for

EMAIL = "impresa@demo.example"
NEED = "Droni, robotica subacquea e di servizio"  # nothing that the demo firm needs from the start
REASON = f"Cercate «{NEED}»"


@pytest.fixture
def firm(transactional_db):
    district.build()
    return Organization.objects.get(representatives__user__email=EMAIL)


def test_a_changed_need_changes_the_partners_their_reasons_and_the_digest(browser_page, worker, firm):
    page = browser_page
    sign_in(page, EMAIL)
    page.get_by_role("link", name="I nostri partner").first.click()
    assert NEED not in page.inner_text("main")

    page.goto(f"/rete/{firm.slug}/modifica/")
    row = page.locator("[name$='-competence'][name^='needs-']").last
    row.select_option(label=NEED)
    number = row.get_attribute("name").split("-")[1]
    page.locator(f"[name='needs-{number}-priority']").select_option("3")
    for old in range(int(number)):
        page.locator(f"label[for='id_needs-{old}-DELETE']").click()
    page.get_by_role("button", name="Salva").click()
    page.wait_for_url(f"/rete/{firm.slug}/")
    assert "Profilo aggiornato" in page.inner_text("main, .messages, body")

    wait_for(lambda: REASON in opened(page, f"/rete/{firm.slug}/partner/"), "the new need among the reasons")

    digests.compose_digests(timezone.now())
    send_due.delay()
    page.goto("/posta/")
    subject = f"Novità per {firm.name}"
    wait_for(lambda: page.reload() and page.get_by_text(subject).count(), "the digest to land")
    page.get_by_role("link", name=subject).first.click()
    assert "CHI VI COMPLETA" in page.inner_text("main")
    assert REASON in page.inner_text("main")


def opened(page, path):
    """The text of a page with every «Perché» unfolded."""
    page.goto(path)
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    return page.inner_text("main")


@pytest.mark.parametrize("browser_page", ["desktop", "phone"], indirect=True)
def test_the_main_pages_fit_the_screen_and_log_no_error(browser_page, firm):
    page = browser_page
    sign_in(page, EMAIL)
    for path in (
        "/",
        "/rete/",
        f"/rete/{firm.slug}/",
        f"/rete/{firm.slug}/modifica/",
        f"/rete/{firm.slug}/partner/",
        "/opportunita/",
    ):
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} scrolls sideways by {overflow} px"
