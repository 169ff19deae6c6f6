"""One changed need changes the partners, their reasons and the digest; and the night changes nothing further."""

import pytest
from django.utils import timezone

from gate40.demo import district
from matchmaking import tasks
from matchmaking.matching import match_lists
from matchmaking.models import Match
from members.models import Organization
from news.digests import digests
from news.models import Subscription
from tests.journeys.conftest import sign_in, wait_for

EMAIL = "impresa@demo.example"
NEED = "Droni, robotica subacquea e di servizio"  # nothing that the demo firm needs from the start
REASON = f"Cercate «{NEED}»"


@pytest.fixture
def firm(transactional_db):
    district.build()
    return Organization.objects.get(representatives__user__email=EMAIL)


def test_a_changed_need_changes_partners_reasons_and_digest_and_the_night_changes_nothing_more(
    browser_page, worker, firm
):
    page, partners = browser_page, f"/rete/{firm.slug}/partner/"
    sign_in(page, EMAIL)
    before, digest_before = cards(page, partners), preview(firm)
    assert REASON not in opened(page, partners)
    assert REASON not in digest_before

    need_only(page, firm, NEED)
    wait_for(lambda: REASON in opened(page, partners), "the new need among the reasons")

    after, digest_after = cards(page, partners), preview(firm)
    assert after != before
    assert REASON in digest_after
    assert digest_after != digest_before

    stored = everything_stored()
    for block in match_lists.blocks():
        tasks.rebuild_block(*block)
    assert everything_stored() == stored
    assert cards(page, partners) == after
    assert preview(firm) == digest_after

    known = after[0]
    page.goto(partners)
    page.locator(".match").first.get_by_role("button", name="Già li conosciamo").click()
    page.get_by_text("perché lo conoscete già").wait_for()
    assert cards(page, partners)[0] == after[1]
    assert known not in cards(page, partners)


def need_only(page, firm, name):
    """Say in the profile's form that this is what the firm needs, and nothing else."""
    page.goto(f"/rete/{firm.slug}/modifica/")
    row = page.locator("[name$='-competence'][name^='needs-']").last
    row.select_option(label=name)
    number = row.get_attribute("name").split("-")[1]
    page.locator(f"[name='needs-{number}-priority']").select_option("3")
    for old in range(int(number)):
        page.locator(f"label[for='id_needs-{old}-DELETE']").click()
    page.get_by_role("button", name="Salva").click()
    page.wait_for_url(f"/rete/{firm.slug}/")


def cards(page, path):
    """The names of the suggested partners, in their order."""
    page.goto(path)
    return page.locator(".match h2").all_inner_texts()


def opened(page, path):
    """The text of the page with every «Perché» unfolded."""
    page.goto(path)
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    return page.inner_text("main")


def preview(firm):
    """What the digest would say now; nothing is queued."""
    subscription = Subscription.objects.filter(organization=firm).first()
    return digests.render_digest(digests.digest_for(subscription, timezone.now()))[1]


def everything_stored():
    return list(Match.objects.order_by("pk").values_list())
