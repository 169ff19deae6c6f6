"""Opportunities as members and staff meet them: the list, the life of one, followers, answers, places."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from matchmaking.algorithms import scoring
from matchmaking.matching import inputs
from matchmaking.models import Bookmark, Change, Interest, Opportunity, Registration, Requirement, SavedSearch
from matchmaking.opportunities import (
    calendars,
    interests,
    publication,
    ranking,
    registrations,
    saved_searches,
)
from members.models import EconomicActivity, FirmDetails, Offer
from news.digests import digests
from news.models import Delivery
from news.notices import deadline_reminders
from tests.cast import competence, give, subscription

LIST = "/opportunita/"


def call(slug, rules=(), asked=None, **fields):
    values = {"status": "published", "text": "Un bando.", "deadline": timezone.localdate() + timedelta(days=40)}
    values |= {"title": slug, "slug": slug, "rules": list(rules), **fields}
    found = Opportunity.objects.create(**values)
    for code, weight in (asked or {}).items():
        Requirement.objects.create(opportunity=found, competence=competence(code), weight=weight)
    return found


@pytest.fixture
def owner(cast, client):
    """Alfa's owner, signed in: a firm of 40 workers in Carrara, ATECO 28.92."""
    alfa = cast["alfa"]
    alfa.workers, alfa.size_class = 40, "small"
    alfa.save()
    details = FirmDetails.objects.get_or_create(organization=alfa)[0]
    details.activities.add(EconomicActivity.objects.create(code="28.92", level=3, title_it="Macchine per cave"))
    client.force_login(cast.people["owner"])
    return client


def titles(response):
    return [row.opportunity.slug for row in response.context["ranked"]]


# The list ---------------------------------------------------------------------------------------------------------


def test_each_row_says_whether_the_firm_may_take_part_and_which_rule_decides(owner):
    call("per-piccole", [{"about": "size", "any_of": ["micro", "small"]}])
    call("per-grandi", [{"about": "size", "any_of": ["large"]}])
    call("per-giovani", [{"about": "age", "most": 36}])
    call("non-trascritto")
    page = owner.get(LIST)
    said = {row.opportunity.slug: (row.verdict_label, row.deciding) for row in page.context["ranked"]}
    assert said["per-piccole"] == ("Ammissibile", [])
    assert said["per-grandi"] == ("Non ammissibile", ["richiede grande impresa: la vostra è piccola"])
    assert said["per-giovani"][0] == said["non-trascritto"][0] == "Da verificare"
    assert "Richiede grande impresa: la vostra è piccola." in page.content.decode()
    detail = owner.get("/opportunita/per-piccole/").content.decode()
    assert "Richiede micro o piccola impresa: la vostra è piccola" in detail


def test_the_list_can_be_narrowed_to_what_the_firm_may_join(owner):
    call("per-piccole", [{"about": "size", "any_of": ["small"]}])
    call("per-grandi", [{"about": "size", "any_of": ["large"]}])
    assert titles(owner.get(LIST, {"verdict": "not_eligible"})) == ["per-grandi"]
    assert "per-grandi" not in titles(owner.get(LIST, {"verdict": "eligible"}))


def test_of_two_calls_with_one_deadline_the_one_that_fits_comes_first_and_a_new_profile_changes_it(owner, cast):
    call("metrologia", asked={"QLT.01.02": 3})
    call("pietra", asked={"PRD.01.04": 3})
    page = owner.get(LIST, {"kind": "call"})
    assert titles(page).index("pietra") < titles(page).index("metrologia")
    assert "PRD.01.04" in page.content.decode() and "(livello 3)" in page.content.decode()
    Offer.objects.filter(organization=cast["alfa"]).delete()
    give(cast["alfa"], offers={"QLT.01.02": 5})
    page = owner.get(LIST, {"kind": "call"})
    assert titles(page).index("metrologia") < titles(page).index("pietra")


def test_the_points_of_the_board_are_those_of_the_scorer(owner, cast):
    codes = ["PRD.01.04", "PRD.01.01", "PRD.02.02", "QLT.01.02", "DIG.01.03", "MAT.02.03"]
    for number in range(12):
        call(f"bando-{number}", asked={code: 1 + (number + at) % 3 for at, code in enumerate(codes[number % 5 :])})
    give(cast["alfa"], offers={"QLT.01.02": 2, "DIG.01": 4})
    ranked = ranking.Ranking(cast["alfa"])
    profile, known = ranking.as_profile(cast["alfa"]), inputs.taxonomy()
    slow = {one.pk: ranking.fit(one, profile, known).points for one in Opportunity.objects.open().with_requirements()}
    assert dict(zip(ranked.board.ids.tolist(), ranked.board.points(profile).tolist(), strict=True)) == slow
    assert [slow[pk] for pk in ranked.ids.tolist()] == sorted(slow.values(), reverse=True)
    assert len(set(slow.values())) > 3


def test_whatever_changes_an_open_opportunity_is_on_the_next_page(owner):
    found = call("cambia")
    assert "cambia" in titles(owner.get(LIST))
    Requirement.objects.create(opportunity=found, competence=competence("PRD.01.04"), weight=3)
    assert next(row for row in owner.get(LIST).context["ranked"] if row.opportunity == found).points > 0
    publication.close_opportunity(found, None)
    assert "cambia" not in titles(owner.get(LIST))


def test_the_list_costs_the_same_queries_however_long_it_is(owner, django_assert_num_queries):
    def queries():
        owner.get(LIST)
        with connection.execute_wrapper(counting := Counting()):
            owner.get(LIST)
        return counting.count

    few = queries()
    for number in range(40):
        call(f"bando-{number}", asked={"PRD.01.04": 3, "QLT.01.02": 1})
    assert queries() == few


class Counting:
    count = 0

    def __call__(self, execute, *arguments):
        self.count += 1
        return execute(*arguments)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("lavorazione", True),
        ("LAVORAZIONI lapidee", True),
        ("marmo", False),
        ("lapidei -fango", True),
        ("lapidei -aiuto", False),
    ],
)
def test_words_are_found_in_any_of_their_forms(owner, words, found):
    call("testo", text="Aiuti per le lavorazioni lapidee.")
    assert ("testo" in titles(owner.get(LIST, {"q": words}))) == found


def test_a_filter_that_makes_no_sense_is_ignored(owner):
    assert owner.get(LIST, {"kind": "nave", "competence": "ZZZ", "page": "-3"}).status_code == 200


def test_htmx_gets_the_list_alone_and_everybody_else_the_page(owner):
    part = owner.get(LIST, headers={"HX-Request": "true"})
    assert b"<html" not in part.content and b'role="status"' in part.content
    assert "HX-Request" in part["Vary"]
    assert b"<html" in owner.get(LIST).content


# The life of one ----------------------------------------------------------------------------------------------------


def test_a_proposal_is_published_by_the_staff_and_leaves_its_history(owner, cast):
    owner.post(
        "/opportunita/proponi/",
        {"kind": "collaboration", "title": "Cerchiamo un partner", "text": "Per una prova.", "asked": []},
    )
    proposal = Opportunity.objects.get(title="Cerchiamo un partner")
    assert (proposal.status, proposal.proposed_by) == ("proposed", cast["alfa"])
    assert Client().get(proposal.get_absolute_url()).status_code == 404
    assert publication.publish_opportunity(proposal, cast.people["desk"])
    assert Client().get(proposal.get_absolute_url()).status_code == 200
    steps = [change.fields["status"] for change in proposal.history.order_by("pk")]
    assert steps == [["draft", "proposed"], ["proposed", "published"]]


def test_a_refusal_has_a_reason_and_the_proposer_reads_it(owner, cast):
    with pytest.raises(ValueError):
        publication.refuse_opportunity(cast.proposal, cast.people["desk"], " ")
    assert publication.refuse_opportunity(cast.proposal, cast.people["desk"], "Manca il luogo della prova.")
    assert not publication.refuse_opportunity(cast.proposal, cast.people["desk"], "Di nuovo.")
    page = owner.get(reverse("matchmaking:edit_proposal", args=[cast.proposal.slug]))
    assert "Manca il luogo della prova." in page.content.decode()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"deadline": "2020-01-01"}, "deadline"),
        ({"kind": "event"}, "starts_at"),
        ({"kind": "call"}, "kind"),
        ({"capacity": "-1"}, "capacity"),
    ],
)
def test_a_wrong_proposal_is_told_at_its_field_and_nothing_is_stored(owner, fields, field):
    before = Opportunity.objects.count()
    page = owner.post("/opportunita/proponi/", {"kind": "collaboration", "title": "T", "text": "T", **fields})
    assert field in page.context["form"].errors
    assert Opportunity.objects.count() == before


def test_the_admin_keeps_the_difference_of_every_edit(cast, client):
    client.force_login(cast.people["super"])
    found = call("da-correggere", title="Titolo sbaliato")
    url = reverse("admin:matchmaking_opportunity_change", args=[found.pk])
    form = client.get(url).context["adminform"].form
    values = {name: "" if (value := form[name].value()) in (None, []) else value for name in form.fields}
    values |= {"title": "Titolo giusto", "ateco": "28.92, C", "workers_most": "50"}
    values = {name: value for name, value in values.items() if value is not False and name not in ("kinds", "sizes")}
    for prefix in ("requirements", "partnership_rules", "documents", "history"):
        values |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    response = client.post(url, values)
    assert response.status_code == 302, response.context["errors"]
    found.refresh_from_db()
    assert found.rules == [{"about": "ateco", "any_of": ["28.92", "C"]}, {"about": "workers", "most": 50}]
    change = Change.objects.get(opportunity=found)
    assert change.fields["title"] == ["Titolo sbaliato", "Titolo giusto"]
    assert change.by == cast.people["super"]


# Followers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def followed(owner, cast):
    found = call("seguito", deadline=date(2026, 11, 30))
    owner.post(reverse("matchmaking:follow", args=[found.slug]))
    return found


def mails():
    return list(Delivery.objects.exclude(state="empty").order_by("pk").values_list("subject", flat=True))


def move(found, django_capture_on_commit_callbacks, **fields):
    for name, value in fields.items():
        setattr(found, name, value)
    with django_capture_on_commit_callbacks(execute=True):
        publication.save_opportunity(found, None)


def test_a_moved_deadline_is_told_once_and_a_typo_never(followed, django_capture_on_commit_callbacks):
    move(followed, django_capture_on_commit_callbacks, text="Un bando, corretto.")
    assert mails() == []
    move(followed, django_capture_on_commit_callbacks, deadline=date(2026, 12, 15))
    move(followed, django_capture_on_commit_callbacks, deadline=date(2026, 12, 15), title="Seguito!")
    assert mails() == ["scadenza: 30/11 → 15/12 · seguito"]


def test_whoever_no_longer_speaks_for_the_firm_hears_nothing(followed, cast, django_capture_on_commit_callbacks):
    cast.people["owner"].representations.all().delete()
    move(followed, django_capture_on_commit_callbacks, deadline=date(2026, 12, 15))
    assert mails() == []


def test_whoever_ended_the_notices_hears_nothing_more(followed, django_capture_on_commit_callbacks):
    move(followed, django_capture_on_commit_callbacks, deadline=date(2026, 12, 10))
    Delivery.objects.get().subscription.stop()
    move(followed, django_capture_on_commit_callbacks, deadline=date(2026, 12, 15))
    assert len(mails()) == 1


def test_reminders_come_30_14_and_3_days_before_and_each_once(followed):
    Bookmark.objects.update(created_at=timezone.now() - timedelta(days=90))
    for day in range(1, 31):
        deadline_reminders.compose(date(2026, 11, day))
        deadline_reminders.compose(date(2026, 11, day))
    assert mails() == [f"mancano {left} giorni: seguito" for left in (29, 14, 3)]


def test_following_later_brings_no_reminder_of_the_past(followed):
    Bookmark.objects.update(created_at=timezone.now().replace(year=2026, month=11, day=20))
    assert deadline_reminders.compose(date(2026, 11, 17)) == 0
    assert [deadline_reminders.compose(date(2026, 11, day)) for day in (26, 27)] == [0, 1]


def test_ten_saved_searches_make_one_mail_and_each_has_its_switch(owner, cast):
    for letter in "abcdefghij":
        owner.post(reverse("matchmaking:save_search"), {"query": f"q={letter}attrezzo"})
    mine = SavedSearch.objects.filter(user=cast.people["owner"]).exclude(pk=cast.search.pk)
    assert mine.count() == 10
    owner.post(reverse("matchmaking:change_search", args=[mine.order_by("pk")[0].pk]), {"silent": "1"})
    for letter in "abcdefghij":
        call(f"{letter}attrezzo", title=f"{letter}attrezzo")
    wanted = subscription(cast["alfa"], email=cast.people["owner"].email)
    digests.compose_digests(timezone.now())
    text = Delivery.objects.get(subscription=wanted).text
    assert [f"LA TUA RICERCA «{letter}attrezzo»" in text for letter in "abcdefghij"] == [False] + [True] * 9
    digests.compose_digests(timezone.now() + timedelta(days=7))
    assert Delivery.objects.exclude(state="empty").filter(subscription=wanted).count() == 1


def test_an_empty_search_is_not_saved(owner):
    before = SavedSearch.objects.count()
    owner.post(reverse("matchmaking:save_search"), {"query": "page=2&nave=vela"}, follow=True)
    assert SavedSearch.objects.count() == before


def test_a_new_calendar_address_closes_the_old_one_and_nobody_elses(followed, cast):
    owner, editor = cast.people["owner"], cast.people["editor"]
    addresses = [reverse("matchmaking:calendar", args=[calendars.calendar_token(one)]) for one in (owner, editor)]
    client = Client()
    client.force_login(owner)
    page = client.post(reverse("matchmaking:renew_calendar"), follow=True).content.decode()
    assert [Client().get(address).status_code for address in addresses] == [404, 200]
    owner.refresh_from_db()
    new = reverse("matchmaking:calendar", args=[calendars.calendar_token(owner)])
    assert new in page and Client().get(new).status_code == 200


def test_the_calendar_is_personal_and_cannot_be_guessed(followed, cast):
    token = calendars.calendar_token(cast.people["owner"])
    answer = Client().get(reverse("matchmaking:calendar", args=[token]))
    [entry] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (entry.decoded("dtstart"), str(entry["summary"])) == (date(2026, 11, 30), "Scadenza: seguito")
    forged = token.replace(str(cast.people["owner"].pk), str(cast.people["editor"].pk), 1)
    assert Client().get(reverse("matchmaking:calendar", args=[forged])).status_code == 404


def test_feed_readers_get_the_open_calls(followed, cast):
    assert cast.event.is_open
    answer = Client().get(reverse("matchmaking:calls_feed"))
    assert answer.status_code == 200 and b"<title>seguito</title>" in answer.content
    assert b"evento-aperto" not in answer.content


# Answers ------------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_only_a_whole_answer_is_sent(owner, cast):
    found = call("rispondi")
    url = reverse("matchmaking:interest", args=[found.slug])
    owner.post(url, {"brings": "Una sega.", "draft": "1"})
    assert Interest.objects.get(opportunity=found).status == "draft"
    refused = owner.post(url, {"brings": "Una sega.", "send": "1"})
    assert {"needs", "ip"} <= set(refused.context["form"].errors)
    owner.post(url, {"brings": "Una sega.", "needs": "Un laboratorio.", "ip": "joint", "send": "1"})
    answer = Interest.objects.get(opportunity=found)
    assert answer.status == "sent" and answer.sent_at
    assert [change.fields["status"] for change in answer.history.all()] == [["draft", "sent"]]


def test_the_first_decision_stands_and_has_a_reason(cast):
    assert interests.decide_interest(cast.answer_to_alfa, cast.people["owner"], False, "time", "Serve prima.")
    assert not interests.decide_interest(cast.answer_to_alfa, cast.people["desk"], True, "fit")
    cast.answer_to_alfa.refresh_from_db()
    assert (cast.answer_to_alfa.status, cast.answer_to_alfa.reason) == ("no_go", "time")
    with pytest.raises(ValueError):
        interests.decide_interest(cast.interest, cast.people["desk"], True, "perché sì")


def test_only_the_proposer_and_the_staff_read_the_answers(cast, client):
    page = reverse("matchmaking:interests", args=[cast.proposal.slug])
    seen = {}
    for role in ("owner", "desk", "other_firm", "research"):
        client.force_login(cast.people[role])
        seen[role] = client.get(page).status_code
    assert seen == {"owner": 200, "desk": 200, "other_firm": 404, "research": 404}


def test_what_is_closed_takes_no_more_answers(owner, cast):
    found = call("chiuso", deadline=timezone.localdate() - timedelta(days=1))
    draft = interests.draft_interest(cast["alfa"], found)
    draft.save()
    assert not interests.send_interest(draft, cast.people["owner"])


# Places -------------------------------------------------------------------------------------------------------------


def test_whoever_waits_moves_up_by_itself_and_hears_of_it(cast, django_capture_on_commit_callbacks):
    event = call("incontro", kind="event", capacity=1)
    people = [(cast.people[role], cast[slug]) for role, slug in (("owner", "alfa"), ("other_firm", "beta"))]
    states = [registrations.register_for_event(event, *who).status for who in people]
    assert states == ["registered", "waiting"]
    assert registrations.register_for_event(event, *people[1]).status == "waiting"
    with django_capture_on_commit_callbacks(execute=True):
        assert registrations.cancel_registration(event, people[0][0])
    assert Registration.objects.get(event=event, user=people[1][0]).status == "registered"
    assert mails() == ["C'è posto: incontro"]


@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_never_share_the_last_places(transactional_db):
    from tests.cast import Cast, person

    cast = Cast()
    event = call("affollato", kind="event", capacity=3)
    crowd = [person(f"ospite{number}@persone.example") for number in range(20)]

    def ask(user):
        registrations.register_for_event(event, user, cast["alfa"])
        connection.close()

    threads = [threading.Thread(target=ask, args=[user]) for user in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Registration.objects.filter(event=event).with_place().count() == 3
    assert Registration.objects.filter(event=event).waiting().count() == 17


def test_more_places_let_those_in_who_wait(cast):
    event = call("aula", kind="event", capacity=1)
    for role, slug in (("owner", "alfa"), ("other_firm", "beta"), ("research", "gamma")):
        registrations.register_for_event(event, cast.people[role], cast[slug])
    Opportunity.objects.filter(pk=event.pk).update(capacity=2)
    assert registrations.move_up_waiting(event) == 1
    assert Registration.objects.filter(event=event).waiting().count() == 1


def test_the_score_of_the_page_is_that_of_the_list(owner, cast):
    found = call("uguale", asked={"PRD.01.04": 3, "QLT.01.02": 2})
    row = next(row for row in owner.get(LIST).context["ranked"] if row.opportunity == found)
    assert float(row.score) == owner.get(found.get_absolute_url()).context["score"]
    assert isinstance(row.reasons, scoring.Score) and saved_searches.found_by(cast.search).count() == 0


def test_an_opportunity_says_what_it_asks_and_what_the_reader_offers(cast, client):
    client.force_login(cast.people["owner"])
    texts = [line.text for line in client.get(cast.opportunity.get_absolute_url()).context["lines"]]
    assert texts == [f"Chiede «{competence('PRD.01.04').name}»; la offrite, livello 3"]


def test_a_card_says_the_same_as_all_the_offers_would(cast):
    """The list scores with the best offers alone: the explanation is the one of the whole profile."""
    give(cast["alfa"], offers={"PRD.01.01": 5, "PRD.01.02": 1, "QLT.01.02": 2, "DIG.01.03": 4})
    ranked = ranking.Ranking(cast["alfa"])
    profile, known = ranking.as_profile(cast["alfa"]), inputs.taxonomy()
    whole = {one.pk: ranking.fit(one, profile, known) for one in Opportunity.objects.open().with_requirements()}
    shown = {row.opportunity.pk: row.reasons for row in ranked[: len(ranked)]}
    assert any(score.lines for score in shown.values())
    assert shown == whole
