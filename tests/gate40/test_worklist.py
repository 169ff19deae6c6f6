"""The staff's one list of what waits: from every app, the oldest first, each count that of the list it leads to."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from matchmaking.models import Invitation, Opportunity
from matchmaking.opportunities import publication
from members.models import Claim, Organization, TermProposal
from news.models import Announcement, Campaign, Delivery
from news.newsletters import approval

pytestmark = pytest.mark.django_db
WORK_LIST = reverse("worklist")


@pytest.fixture
def staff(client, cast):
    client.force_login(cast.people["manager"])
    return client


@pytest.fixture
def one_of_each(cast):
    """One thing waits in every heap (two doubles are two)."""
    desk, long_ago = cast.people["desk"], timezone.now() - timedelta(days=181)
    Organization.objects.create(kind="firm", name="ALFA S.r.l.", slug="alfa-2", municipality=cast.carrara)
    Organization.objects.filter(slug="alfa-2").update(status="shadow")
    Organization.objects.filter(slug__in=["beta", "bozza"]).update(reviewed_on=long_ago.date())
    Claim.objects.create(organization=cast.shadow, user=cast.people["pending"])
    TermProposal.objects.create(term="ganascia", organization=cast["alfa"])
    wanted = Opportunity.objects.create(title="Cerchiamo", slug="cerchiamo", text="Testo", proposed_by=cast["alfa"])
    publication.propose_opportunity(wanted, cast.people["owner"])
    assert cast.service_request.is_open
    Invitation.objects.filter(pk=cast.taken.pk).update(escalated_at=long_ago)
    announcement = Announcement.objects.create(title="Da leggere", slug="da-leggere", body="<p>x</p>", author=desk)
    approval.submit_announcement(announcement, desk)
    Campaign.objects.create(occasion="prova", subject="Prova", state=Campaign.State.PAUSED, started_at=long_ago)
    Delivery.objects.create(address="a@alfa.example", purpose="newsletter", occasion="uno", state="uncertain")
    Delivery.objects.create(
        address="b@alfa.example", purpose="newsletter", occasion="due", state="failed", bounced_at=timezone.now()
    )


def test_every_count_is_that_of_the_list_it_leads_to(staff, one_of_each):
    heaps = staff.get(WORK_LIST).context["heaps"]
    counts = {heap.label: heap.count for heap in heaps}
    assert counts == {heap.label: staff.get(heap.url).context["cl"].result_count for heap in heaps}
    assert [label for label, count in counts.items() if not count] == ["Newsletter da approvare"]


def test_what_waits_longest_stands_first_and_leads_to_its_page(staff, one_of_each):
    tasks = staff.get(WORK_LIST).context["tasks"]
    assert [task.since for task in tasks] == sorted(task.since for task in tasks)
    assert {staff.get(task.url).status_code for task in tasks} == {200}


def test_it_costs_the_same_queries_however_much_waits(staff, one_of_each):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            staff.get(WORK_LIST)
        return len(queries)

    cost()  # the first page of a session also writes down that it is alive
    before = cost()
    TermProposal.objects.bulk_create(TermProposal(term=f"parola {number}") for number in range(30))
    Delivery.objects.bulk_create(
        Delivery(address=f"{n}@x.example", purpose="newsletter", occasion="tre", state="uncertain") for n in range(30)
    )
    assert cost() == before


def test_each_sees_what_is_theirs_to_do(client, cast, one_of_each):
    client.force_login(cast.people["desk"])
    labels = [heap.label for heap in client.get(WORK_LIST).context["heaps"]]
    assert "Annunci da approvare" in labels
    assert "Rivendicazioni" not in labels and "Consegne incerte" not in labels


def test_without_a_second_factor_the_staffs_pages_stay_shut(client, cast, settings):
    settings.STAFF_NEED_SECOND_FACTOR = True
    client.force_login(cast.people["manager"])
    for page in (WORK_LIST, reverse("matchmaking:import")):
        response = client.get(page, follow=True)
        assert [url for url, _status in response.redirect_chain][-1] == reverse("mfa_index")
