"""The pages of requests: written, sent, answered; what a blind one hides; what a financier may mute and take home."""

import csv
import re
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from matchmaking.matching import mutes
from matchmaking.models import CollaborationRequest, Invitation, Mute
from matchmaking.requests import brokers, deadlines, invitations, promptness, requests
from matchmaking.requests.forms import giveaways
from members.models import Competence, Organization, Representative
from news.models import Delivery
from tests.cast import Cast, competence, give, person
from tests.matchmaking.asked import ANSWER, accepted, draft, sent
from tests.matchmaking.requests.test_request_life import together

CHANGING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|\?v=\w+')


@pytest.fixture
def us(cast, client):
    client.force_login(cast.people["owner"])
    return client


@pytest.fixture
def they(cast, client):
    client.force_login(cast.people["research"])
    return client


def as_(client, cast, role):
    client.force_login(cast.people[role])
    return client


def written(**fields):
    """What the form of a request sends."""
    values = {"title": "Misurare lastre", "text": "Ci serve.", "ip": "joint", "key": str(uuid.uuid4())}
    values |= {"closes_on": (timezone.localdate() + timedelta(days=30)).isoformat()}
    rows = {"asked-TOTAL_FORMS": 1, "asked-INITIAL_FORMS": 0, "asked-0-weight": 3}
    return values | rows | {"asked-0-competence": competence("QLT.01.02").pk, **fields}


def mine():
    return CollaborationRequest.objects.filter(title="Misurare lastre", text="Ci serve.")


# Asking -----------------------------------------------------------------------------------------------------------


def test_a_firm_writes_chooses_among_the_best_with_their_reasons_and_sends(us, cast):
    answer = us.post(reverse("matchmaking:compose") + "?a=gamma", written(next=1))
    request = mine().get()
    assert answer["Location"] == reverse("matchmaking:addressees", args=[request.code])
    page = us.get(answer["Location"])
    assert [fit.organization.slug for fit in page.context["fits"]] == ["gamma", "delta"]
    assert page.context["fits"][0].score == sum(line.points for line in page.context["fits"][0].lines)
    assert 'value="gamma" checked' in page.content.decode()
    us.post(answer["Location"], {"a": ["gamma", "delta"]})
    assert set(request.invitations.values_list("organization__slug", "state")) == {("gamma", "sent"), ("delta", "sent")}


def test_the_page_refuses_whoever_holds_none_of_the_competences(us, cast):
    request = draft(cast["alfa"])
    us.post(reverse("matchmaking:addressees", args=[request.code]), {"a": ["gamma", "beta"]})
    assert request.invitations.count() == 0


def test_a_draft_may_lack_what_a_request_may_not(us, cast):
    half = written(text="", ip="", closes_on="") | {"asked-0-weight": 2}
    page = us.post(reverse("matchmaking:compose"), half | {"next": 1, "asked-0-competence": ""})
    assert {*page.context["form"].errors} == {"text", "ip", "closes_on", "__all__"}
    us.post(reverse("matchmaking:compose"), half | {"draft": 1, "asked-0-competence": ""})
    request = CollaborationRequest.objects.get(title="Misurare lastre", text="")
    went_on = us.get(reverse("matchmaking:addressees", args=[request.code]))
    assert went_on["Location"] == reverse("matchmaking:edit_request", args=[request.code])


def test_a_draft_is_kept_and_can_be_taken_up_again(us, cast):
    us.post(reverse("matchmaking:compose"), written(draft=1))
    request = mine().get()
    rows = {"asked-INITIAL_FORMS": 1, "asked-0-id": request.asked.get().pk, "asked-0-request": request.pk}
    us.post(reverse("matchmaking:edit_request", args=[request.code]), written(draft=1, expected="Una prova.") | rows)
    assert mine().get().expected == "Una prova." and mine().get().asked.count() == 1


def test_what_was_sent_meanwhile_is_not_rewritten_by_an_old_page(us, cast):
    request, _invitation = sent(cast)
    us.post(reverse("matchmaking:edit_request", args=[request.code]), written(title="Altro", draft=1))
    request.refresh_from_db()
    assert (request.title, request.state) == ("Misurare lastre", "open")


def test_a_blind_text_that_names_its_author_is_sent_back_with_the_word(us, cast):
    Organization.objects.filter(pk=cast["alfa"].pk).update(name="Marmi Alfa srl", website="https://www.alfa.example/")
    assert giveaways(Organization.objects.get(pk=cast["alfa"].pk))[0] == "marmi alfa"
    page = us.post(reverse("matchmaking:compose"), written(is_blind="on", text="Noi di Marmi Alfa.", next=1))
    assert "marmi alfa" in page.context["form"].errors["text"][0]
    assert not CollaborationRequest.objects.filter(text__contains="Noi di").exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_times_six_submits_of_one_form_store_one_row_each():
    from django.test import Client

    cast, address = Cast(), reverse("matchmaking:compose")
    clients = [Client() for _number in range(6)]
    for client in clients:
        client.force_login(cast.people["owner"])
    for number in range(50):
        values = written(title=f"Doppio {number}", draft=1)
        answers = together(*[lambda each=each, v=values: each.post(address, v).status_code for each in clients])
        assert answers == [302] * 6
        stored = CollaborationRequest.objects.filter(title=f"Doppio {number}")
        assert (stored.count(), stored.get().asked.count()) == (1, 1)


# Answering --------------------------------------------------------------------------------------------------------


def test_looking_marks_nothing_and_opening_tells_the_requester(they, cast):
    _request, invitation = sent(cast)
    they.get(invitation.get_absolute_url())
    invitation.refresh_from_db()
    assert invitation.state == "sent"
    they.post(reverse("matchmaking:reply", args=[invitation.code]), {"open": 1})
    invitation.refresh_from_db()
    assert invitation.state == "seen"


def test_the_page_says_which_competence_it_is_for(they, cast):
    _request, invitation = sent(cast)
    said = they.get(invitation.get_absolute_url()).context["because"]
    assert [(one.asked, one.offered, one.level) for one in said] == [
        (competence("QLT.01.02").name, competence("QLT.01.02").name, 4)
    ]


def test_a_colleague_sees_the_name_and_no_form(client, cast):
    user = person("collega@gamma.example")
    Representative.objects.create(user=user, organization=cast["gamma"])
    cast.people["research"].full_name = "Rita Prova"
    cast.people["research"].save()
    _request, invitation = sent(cast)
    invitations.take_invitation(invitation, cast.people["research"])
    client.force_login(user)
    page = client.get(invitation.get_absolute_url())
    assert "Rita Prova" in page.content.decode()
    assert (page.context["reply"], page.context["is_free"]) == (None, False)


def test_the_answer_is_kept_as_a_draft_and_then_sent(they, cast):
    _request, invitation = sent(cast)
    address = reverse("matchmaking:reply", args=[invitation.code])
    they.post(address, {"take": 1})
    they.post(address, {"draft": 1, "brings": "Il banco"})
    page = they.post(address, {"accept": 1, "brings": "Il banco"})
    assert set(page.context["reply"].errors) == {"ip"}
    they.post(address, {"accept": 1, **ANSWER})
    invitation.refresh_from_db()
    assert (invitation.state, invitation.brings) == ("accepted", ANSWER["brings"])


def test_the_requester_reads_an_answer_only_when_it_is_given(us, cast):
    page = us.get(cast.asked.get_absolute_url()).content.decode()
    assert "canarino-gamma-riservato" not in page
    invitations.accept_invitation(cast.taken, cast.people["research"], **ANSWER | {"brings": "Portiamo il banco"})
    assert "Portiamo il banco" in us.get(cast.asked.get_absolute_url()).content.decode()


def test_declining_takes_one_click_on_a_reason_and_a_named_centre_is_asked_if_the_requester_agrees(they, cast):
    request, invitation = sent(cast)
    they.post(reverse("matchmaking:reply", args=[invitation.code]), {"reason": "capacity", "referral": "delta"})
    us = as_(they, cast, "owner")
    assert "Dicono che può farlo Delta" in us.get(request.get_absolute_url()).content.decode()
    us.post(reverse("matchmaking:settle", args=[invitation.code]), {"agree": 1})
    assert request.invitations.get(organization=cast["delta"]).referred_by == invitation


def test_the_names_to_choose_from_do_not_tell_who_asks_or_who_was_asked(they, cast):
    give(cast["alfa"], offers={"QLT.01.02": 5})
    _request, invitation, _other = sent(cast, to=("gamma", "delta"), is_blind=True)
    names = they.get(invitation.get_absolute_url()).context["decline"].fields["referral"].queryset
    assert [each.slug for each in names] == ["alfa", "delta"]


def test_a_centre_reads_its_rate_and_its_median_from_what_was_routed_to_it(they, cast):
    now = timezone.now()
    Invitation.objects.all().delete()
    assert promptness.of(cast["gamma"]).rate is None
    for days, state in ((1, "accepted"), (3, "declined"), (8, "accepted")):
        _request, invitation = sent(cast)
        values = {"state": state, "reason": "time", "sent_at": now - timedelta(days=7 * days), "answered_at": now}
        Invitation.objects.filter(pk=invitation.pk).update(**values)
    for state in ("expired", "withdrawn", "sent"):
        _request, invitation = sent(cast)
        Invitation.objects.filter(pk=invitation.pk).update(state=state)
    found = promptness.of(cast["gamma"])
    assert (found.due, found.answered, found.rate, found.days > 0) == (4, 3, 75, True)
    assert promptness.of(cast["delta"]).due == 0
    assert "75%" in they.get(reverse("matchmaking:inbox")).content.decode()


# Blind ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def twins(cast):
    """Beta is where Alfa is and as large: nothing but who they are tells them apart."""
    for slug in ("alfa", "beta"):
        Organization.objects.filter(pk=cast[slug].pk).update(size_class="small", municipality=cast.carrara)
        cast[slug].refresh_from_db()
    return cast["alfa"], cast["beta"]


def everything_received(client, cast, invitation):
    """All that the invited side gets: pages, the file, the mails."""
    they = as_(client, cast, "research")
    got = [they.get(url).content.decode() for url in (invitation.get_absolute_url(), reverse("matchmaking:inbox"))]
    got.append(they.post(reverse("matchmaking:export")).content.decode())
    for mail in Delivery.objects.filter(address__startswith="research").order_by("pk"):
        got += [mail.subject, mail.text, mail.html, mail.occasion, mail.reply_to]
    return CHANGING.sub("", "\n".join(got))


@pytest.mark.parametrize("until", ["sent", "seen", "taken", "accepted"])
def test_a_blind_request_is_the_same_whoever_asks(client, cast, twins, until, django_capture_on_commit_callbacks):
    received, (alfa, beta) = [], twins
    Invitation.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        request, invitation = sent(cast, is_blind=True)
        if until in ("taken", "accepted"):
            invitations.take_invitation(invitation, cast.people["research"])
        if until == "accepted":
            invitations.accept_invitation(invitation, cast.people["research"], request.terms_hash, **ANSWER)
        if until == "seen":
            invitations.read_invitation(invitation, cast.people["research"])
    for organization, author in ((alfa, "owner"), (beta, "other_firm")):
        values = {"organization": organization, "author": cast.people[author]}
        CollaborationRequest.objects.filter(pk=request.pk).update(**values)
        received.append(everything_received(client, cast, Invitation.objects.get(pk=invitation.pk)))
    assert received[0] == received[1]
    assert "Carrara" in received[0] and "Alfa" not in received[0] and "alfa" not in received[0]


def test_the_name_appears_when_both_have_agreed(they, cast):
    request, invitation = accepted(cast, is_blind=True)
    assert "Alfa" not in they.get(invitation.get_absolute_url()).content.decode()
    as_(they, cast, "owner").post(reverse("matchmaking:settle", args=[invitation.code]), {"show": 1})
    they = as_(they, cast, "research")
    assert "Alfa" in they.get(invitation.get_absolute_url()).content.decode()


@pytest.mark.parametrize("role", ["anon", "other_firm", "financier", "exmember"])
def test_a_request_changes_no_byte_of_what_others_receive(client, cast, role):
    addresses = ["/", "/rete/", "/rete/alfa/", "/rete/?q=rivestire", "/opportunita/", "/opportunita/bandi.rss"]
    addresses += [reverse(f"matchmaking:{name}") for name in ("requests", "inbox")]

    def look():
        if cast.people[role]:
            client.force_login(cast.people[role])
        return [CHANGING.sub("", client.get(address).content.decode()) for address in addresses]

    before = look()
    request, _invitation = sent(cast, is_blind=True, title="Rivestire lastre")
    with_blind = look()
    CollaborationRequest.objects.filter(pk=request.pk).update(is_blind=False)
    assert before == with_blind == look()


# Financiers -------------------------------------------------------------------------------------------------------


@pytest.fixture
def money(cast):
    """Alfa, which agrees to be seen, asks Delta for money."""
    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=True)
    request = draft(cast["alfa"], asked=(), kind="financing", amount=200_000)
    return requests.send_request(request, cast.people["owner"], [cast["delta"]])[0]


def test_a_financier_takes_home_only_what_is_visible_now_and_it_is_noted(client, cast, money):
    client = as_(client, cast, "financier")

    def rows():
        text = client.post(reverse("matchmaking:export")).content.decode("utf-8-sig")
        return [row[:2] for row in csv.reader(StringIO(text))][1:]

    assert rows() == [["Misurare lastre", "Alfa"]]
    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=False)
    assert rows() == []
    assert LogEntry.objects.filter(object_id=str(cast["delta"].pk), user=cast.people["financier"]).count() == 2


def test_the_file_holds_no_formula(client, cast, money):
    CollaborationRequest.objects.filter(pk=money.request_id).update(title="=HYPERLINK(1)")
    assert "'=HYPERLINK" in as_(client, cast, "financier").post(reverse("matchmaking:export")).content.decode()


def test_a_muted_firm_waits_apart_without_mail_and_nobody_finds_out(
    client, cast, money, django_capture_on_commit_callbacks
):
    Invitation.objects.all().delete()
    us = as_(client, cast, "owner")

    def seen_by_us():
        request = draft(cast["alfa"], asked=(), kind="financing", amount=200_000)
        page = us.get(reverse("matchmaking:addressees", args=[request.code])).content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            us.post(reverse("matchmaking:addressees", args=[request.code]), {"a": ["delta"]})
        after = us.get(request.get_absolute_url()).content.decode()
        codes = r"[0-9a-f]{8}-[0-9a-f-]{27}"
        return [re.sub(rf"{codes}|\d\d:\d\d|T[\d:.+]+", "", CHANGING.sub("", text)) for text in (page, after)]

    before, mails = seen_by_us(), Delivery.objects.filter(address__startswith="financier").count()
    mutes.mute_firm_or_sector(cast["delta"], cast.people["financier"], firm=cast["alfa"])
    assert seen_by_us() == before
    assert mails == Delivery.objects.filter(address__startswith="financier").count() == 1
    inbox = as_(client, cast, "financier").get(reverse("matchmaking:inbox"))
    assert (len(inbox.context["waiting"]), len(inbox.context["muted"])) == (0, 2)


def test_a_blind_request_of_a_muted_firm_is_not_set_apart(client, cast, money):
    mutes.mute_firm_or_sector(cast["delta"], cast.people["financier"], firm=cast["alfa"])
    CollaborationRequest.objects.filter(pk=money.request_id).update(is_blind=True, terms_hash="0")
    inbox = as_(client, cast, "financier").get(reverse("matchmaking:inbox"))
    assert (len(inbox.context["waiting"]), len(inbox.context["muted"])) == (1, 0)


def test_a_muted_sector_takes_its_firms_out_of_the_suggestions(cast):
    from matchmaking.matching import match_lists
    from matchmaking.models import Match

    Organization.objects.filter(pk=cast["alfa"].pk).update(is_visible_to_financiers=True)
    match_lists.rebuild()
    suggested = Match.objects.filter(seeker=cast["delta"], partner=cast["alfa"])
    assert suggested.exists()
    mutes.mute_firm_or_sector(cast["delta"], cast.people["financier"], sector=Competence.objects.get(code="PRD"))
    match_lists.refresh_organization(cast["delta"].pk)
    assert not suggested.exists()
    assert Match.objects.filter(seeker=cast["alfa"], partner=cast["delta"]).exists()


def test_the_page_of_mutes_adds_and_takes_back(client, cast):
    client, address = as_(client, cast, "financier"), reverse("matchmaking:mutes")
    assert client.post(address, {"firm": "", "sector": ""}).context["form"].errors
    for _twice in range(2):
        client.post(address, {"firm": cast["alfa"].pk})
    mute = Mute.objects.get()
    client.post(address, {"remove": mute.pk})
    assert not Mute.objects.exists()


# The staff --------------------------------------------------------------------------------------------------------


def test_the_staff_name_a_broker_seeing_how_much_each_has_and_read_the_whole_case(client, cast):
    request, invitation = accepted(cast)
    other, _invitation = sent(cast)
    requests.assign_broker(other, cast.people["manager"], cast.people["super"])
    client = as_(client, cast, "super")
    url = reverse("admin:matchmaking_collaborationrequest_change", args=[request.pk])
    page = client.get(url).content.decode()
    assert "Persona: casi aperti 1" in page and "Presa in carico" in page
    inlines = {
        f"{prefix}-{name}_FORMS": 0 for prefix in ("asked", "invitations", "steps") for name in ("TOTAL", "INITIAL")
    }
    client.post(url, {"broker": cast.people["manager"].pk, **inlines})
    request.refresh_from_db()
    assert request.broker == cast.people["manager"]
    assert request.steps.get(what="broker").by == cast.people["super"]
    assert {each.pk: each.open_cases for each in brokers.brokers()}[cast.people["manager"].pk] == 2


def test_what_is_late_stands_in_the_one_list_of_what_waits_as_often_as_in_its_own(client, cast):
    request, invitation = sent(cast)
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now() - timedelta(days=30))
    deadlines.escalate_late(timezone.localtime())
    client = as_(client, cast, "super")
    heap = next(heap for heap in client.get(reverse("worklist")).context["heaps"] if "tardi" in heap.url)
    listed = client.get(heap.url).context["cl"].result_count
    assert heap.count == listed == 1


# What it costs ----------------------------------------------------------------------------------------------------


def crowd(cast, count):
    for number in range(count):
        other = Organization.objects.create(
            kind="research_center", name=f"Centro {number}", slug=f"centro-{number}", status="published",
            municipality=cast.pisa,
        )  # fmt: skip
        give(other, offers={"QLT.01.02": 3})
        yield other


@pytest.mark.parametrize("count", [1, 40])
def test_the_inbox_costs_the_same_queries_however_much_is_asked(they, cast, count, django_assert_max_num_queries):
    for _number in range(count):
        sent(cast)
    with django_assert_max_num_queries(INBOX) as asked:
        they.get(reverse("matchmaking:inbox"))
    assert len(asked) == INBOX


@pytest.mark.parametrize("count", [1, 40])
def test_a_request_costs_the_same_queries_however_many_were_asked(us, cast, count, django_assert_max_num_queries):
    request = draft(cast["alfa"])
    requests.send_request(request, cast.people["owner"], list(crowd(cast, count)))
    with django_assert_max_num_queries(REQUEST) as asked:
        us.get(request.get_absolute_url())
    assert len(asked) == REQUEST


@pytest.mark.parametrize("count", [1, 40])
def test_our_requests_cost_the_same_queries_however_many(us, cast, count, django_assert_max_num_queries):
    for _number in range(count):
        sent(cast)
    with django_assert_max_num_queries(OURS) as asked:
        us.get(reverse("matchmaking:requests"))
    assert len(asked) == OURS


INBOX, REQUEST, OURS = 10, 12, 6
