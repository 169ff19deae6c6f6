"""The page "I nostri partner": whom it shows, why, and that the parts make the whole."""

import re

import pytest
from django.urls import reverse

from matchmaking.matching import inputs, match_lists, profile_hints
from matchmaking.models import Feedback, Intervention, Match
from members.models import Need, Offer, Organization
from news.digests import digests
from tests.cast import ROLES, competence, give
from tests.test_permissions import client_of, content_of, objects_for, our_pages


def page(client, slug="alfa"):
    return client.get(reverse("matchmaking:partners", args=[slug]))


def test_each_card_says_why_and_its_lines_sum_to_the_score(client, cast):
    match_lists.rebuild()
    client.force_login(cast.people["reader"])
    matches = page(client).context["matches"]
    assert [match.partner.name for match in matches] == ["Gamma", "Delta"] or [
        match.partner.name for match in matches
    ] == ["Delta", "Gamma"]
    for match in matches:
        assert sum(line.points for line in match.lines) == match.score
        assert match.gives[0].text.startswith("Cercate")
        assert match.takes[0].text.startswith("Cercano")


def test_the_score_is_shown_with_two_decimals_and_a_comma(client, cast):
    match_lists.rebuild()
    client.force_login(cast.people["owner"])
    response = page(client)
    score = f"{response.context['matches'][0].score:.2f}".replace(".", ",")
    assert score in response.content.decode()


def test_without_needs_the_page_shows_neighbours_labelled_as_such(client, cast):
    Need.objects.all().delete()
    Offer.objects.all().delete()
    match_lists.rebuild()
    client.force_login(cast.people["owner"])
    response = page(client)
    assert [organization.slug for organization in response.context["fallback"]] == ["beta", "delta"]
    assert "non per competenze" in response.content.decode()


def test_nobody_sees_the_partners_of_another(client, cast):
    client.force_login(cast.people["other_firm"])
    assert page(client).status_code == 404


def answer(client, partner, verdict, slug="alfa"):
    url = reverse("matchmaking:answer_partner", args=[slug])
    return client.post(url, {"partner": partner, "verdict": verdict}, follow=True)


def names(response):
    return [match.partner.slug for match in response.context["matches"]]


def lists_of_others(cast):
    return list(Match.objects.exclude(seeker=cast["alfa"]).order_by("pk").values_list())


@pytest.mark.parametrize("verdict", ["known", "not_useful"])
def test_a_dismissed_pair_leaves_ones_own_suggestions_and_no_other_list_changes(client, cast, verdict):
    match_lists.rebuild()
    before = lists_of_others(cast)
    client.force_login(cast.people["editor"])
    assert names(page(client)) == ["delta", "gamma"]

    after = answer(client, "gamma", verdict)
    assert names(after) == ["delta"]
    match_lists.catch_up()
    assert names(page(client)) == ["delta"]
    assert lists_of_others(cast) == before

    assert names(answer(client, "gamma", "")) == ["delta"]  # it comes back with the refresh
    match_lists.catch_up()
    assert names(page(client)) == ["delta", "gamma"]


def test_a_useful_partner_stays_and_says_so_and_twice_is_as_good_as_once(client, cast):
    match_lists.rebuild()
    client.force_login(cast.people["owner"])
    answer(client, "gamma", "useful")
    response = answer(client, "gamma", "useful")

    assert names(response) == ["delta", "gamma"]
    assert "segnato come utile" in response.content.decode()
    assert Feedback.objects.get().author == cast.people["owner"]


@pytest.mark.parametrize(
    ("partner", "verdict", "status"), [("bozza", "known", 404), ("alfa", "known", 404), ("gamma", "forse", 400)]
)
def test_an_answer_that_makes_no_sense_writes_nothing(client, cast, partner, verdict, status):
    client.force_login(cast.people["owner"])
    assert answer(client, partner, verdict).status_code == status
    assert not Feedback.objects.exists()


def test_a_reader_sees_the_partners_and_has_no_say(client, cast):
    match_lists.rebuild()
    client.force_login(cast.people["reader"])
    assert "Già li conosciamo" not in page(client).content.decode()
    assert answer(client, "gamma", "known").status_code == 404


def test_partners_of_one_kind(client, cast):
    match_lists.rebuild()
    client.force_login(cast.people["owner"])
    url = reverse("matchmaking:partners", args=["alfa"])
    assert names(client.get(url, {"tipo": "research_center"})) == ["gamma"]
    assert names(client.get(url, {"tipo": "financier"})) == ["delta"]
    assert names(client.get(url, {"tipo": "firm"})) == []
    assert names(client.get(url, {"tipo": "<script>"})) == ["delta", "gamma"]


def test_each_card_says_both_directions_how_far_and_how_old(client, cast):
    match_lists.rebuild()
    Organization.objects.filter(slug="gamma").update(reviewed_on="2020-01-01")
    client.force_login(cast.people["owner"])
    said = page(client).content.decode()
    for words in ("Cosa vi dà", "Cosa date", "a circa 41 km", "nella stessa provincia", "mesi fa", "rivisto oggi"):
        assert words in said
    assert "/richieste/nuova/?a=gamma" in said


def test_a_pinned_partner_comes_first_and_is_labelled_and_a_muted_one_is_gone_at_once(client, cast):
    match_lists.rebuild()
    client.force_login(cast.people["owner"])
    values = {"partner": cast["beta"], "seeker": cast["alfa"], "reason": "Fanno rete da anni"}
    pin = Intervention.objects.create(kind="pin", author=cast.people["manager"], **values)
    match_lists.catch_up()
    response = page(client)
    assert names(response) == ["beta", "delta", "gamma"]  # without a point: Beta is like Alfa
    assert response.content.decode().count("segnalato dal Consorzio") == 1

    pin.delete()
    Intervention.objects.create(kind="mute", partner=cast["gamma"], reason="Chiuso per lavori")
    assert "gamma" not in names(page(client))
    match_lists.catch_up()
    assert names(page(client)) == ["delta"]
    assert not Match.objects.filter(partner=cast["gamma"]).exists()


def test_two_partners_side_by_side_have_the_same_cards_whether_kept_or_not(client, cast):
    match_lists.rebuild()
    client.force_login(cast.people["owner"])
    url = reverse("matchmaking:compare", args=["alfa"])
    matches = client.get(f"{url}?con=gamma&con=beta").context["matches"]

    assert [match.partner.slug for match in matches] == ["gamma", "beta"]
    assert [match.points > 0 for match in matches] == [True, False]
    for match in matches:
        assert sum(line.points for line in match.lines) == match.score
    for query in ("", "?con=gamma", "?con=gamma&con=gamma", "?con=gamma&con=bozza", "?con=gamma&con=alfa"):
        assert client.get(url + query).context["matches"] == []


@pytest.mark.parametrize("others", [1, 40])
def test_the_page_costs_the_same_queries_however_many_matches(client, cast, others, django_assert_num_queries):
    Organization.objects.filter(slug__in=["delta", "gamma"]).update(status="draft")
    for number in range(others):
        other = Organization.objects.create(
            kind="firm", name=f"Ditta {number}", slug=f"ditta-{number}", status="published"
        )
        give(other, offers={"QLT.01.02": 3, "ROB.01.01": 3}, needs={"DIG.01.01": 2})
    match_lists.rebuild()
    client.force_login(cast.people["owner"])
    page(client)
    with django_assert_num_queries(QUERIES):
        assert len(page(client).context["matches"]) == min(others, match_lists.SHOWN)


QUERIES = 18


def test_hints_are_what_the_scorer_would_say(cast):
    for slug in ("beta", "gamma", "delta"):
        give(cast[slug], needs={"ROB.01.01": 3})
    found = profile_hints.hints(cast["alfa"].pk, patience=60)
    assert found

    for hint in found:
        if hint.code == "ROB.01.01":
            assert hint.more == 1  # firms alone: the others are completed already
        before = worthwhile(cast)
        Offer.objects.create(organization=cast["alfa"], competence=competence(hint.code), level=3)
        assert len(worthwhile(cast) - before) == hint.more
        Offer.objects.get(organization=cast["alfa"], competence__code=hint.code).delete()


def worthwhile(cast):
    everybody, alfa = inputs.Everybody(with_blind=False), cast["alfa"].pk
    others = (id for id in everybody.ids if id != alfa)
    return {id for id in others if everybody.score(id, alfa).points >= profile_hints.WORTH}


def test_a_proof_of_what_was_inferred_is_a_hint(client, cast):
    alfa = cast["alfa"]
    Offer.objects.filter(organization=alfa).delete()
    Offer.objects.create(organization=alfa, competence=competence("PRD.01.04"), level=1, is_declared=False)
    Need.objects.filter(organization__slug="gamma").update(priority=1)
    give(cast["gamma"], needs={"SOS.02.01": 3, "SOS.01.01": 3})
    match_lists.rebuild()

    [hint] = [each for each in profile_hints.hints(alfa.pk, patience=60) if each.is_proof]
    assert (hint.code, hint.more) == ("PRD.01.04", 1)
    client.force_login(cast.people["owner"])
    assert "Aggiungete una prova su" in page(client).content.decode()


def test_hints_take_no_longer_than_they_may(cast):
    assert profile_hints.hints(cast["alfa"].pk, patience=0) == []
    assert profile_hints.hints(cast["bozza"].pk) == []


def test_the_page_about_the_score_computes_its_example(client, cast):
    said = client.get(reverse("matchmaking:about_the_score")).content.decode()
    example = client.get(reverse("matchmaking:about_the_score")).context["example"]

    assert f"{example.score.points / 100:.2f}".replace(".", ",") in said
    assert sum(line.points for line in example.score.lines) == example.score.points == 2601
    assert example.gained - example.lost == example.score.points


def test_the_page_about_the_score_stands_without_a_taxonomy(client, db):
    Offer.objects.all().delete()
    inputs.Complement.objects.all().delete()
    inputs.Competence.objects.filter(children=None).delete()
    response = client.get(reverse("matchmaking:about_the_score"))
    assert response.status_code == 200
    assert "example" not in response.context


# --- Non-interference -------------------------------------------------------------------------------------------------

# What differs at every request: the forms' one-time tokens and keys, and links that hold the moment they were signed.
TOKENS = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]+"|name="key" value="[0-9a-f-]{36}"'
    rb'|/(iscrizioni/conferma|com-e-andata)/[^/"]+/'
)


def everything_read_by(cast, roles):
    """(role, address) → every byte of every page of the matrix, but for the forms' one-time tokens; and the digests."""
    seen = {}
    for role in roles:
        client = client_of(cast, role)
        for found in our_pages():
            for number, url in enumerate(urls_of(found, cast)):  # an address may hold the moment it was signed
                response = client.get(url)
                content = TOKENS.sub(b"", content_of(response))
                seen[role, found.name, number] = (response.status_code, content, response.get("Location"))
    return seen | {"digests": digests_of_others(cast)}


def urls_of(found, cast):
    urls = [reverse(found.name, kwargs=kwargs) for kwargs, _owner, _published in objects_for(found, cast)]
    if found.name == "matchmaking:compare":
        urls += [f"{url}?con=alfa&con=gamma" for url in urls] + [f"{url}?con=beta&con=alfa" for url in urls]
    if found.name == "matchmaking:partners":
        urls += [f"{url}?tipo={kind}" for url in urls for kind in Organization.Kind.values]
    return urls


def digests_of_others(cast):
    said = {}
    for subscription in cast.others_subscriptions:
        said[subscription.organization.slug] = digests.render_digest(digests.digest_for(subscription, cast.now))
    return said


@pytest.mark.parametrize("code", ["PRD.01.04", "MAT.02.01"])
def test_a_blind_need_changes_no_byte_of_what_others_receive(cast, code):
    from django.utils import timezone

    from tests.cast import subscription

    Organization.objects.filter(kind="firm").update(is_visible_to_financiers=True)
    give(cast["beta"], offers={"MAT.02.03": 5})
    cast.others_subscriptions = [subscription(cast[slug]) for slug in ("beta", "gamma", "delta")]
    cast.now = timezone.now()
    outsiders = [
        role for role in ROLES if role in ("anon", "pending", "other_firm", "research", "financier", "exmember")
    ]
    match_lists.rebuild()
    for page in our_pages():
        objects_for(page, cast)  # the cast makes some of its objects when they are first asked for
    before = everything_read_by(cast, outsiders)
    mine = everything_read_by(cast, ["owner"])

    alfa = cast["alfa"]
    Need.objects.filter(organization=alfa, is_blind=True).delete()
    Need.objects.create(organization=alfa, competence=competence(code), is_blind=True, priority=3)
    match_lists.catch_up()
    after = everything_read_by(cast, outsiders)

    assert [key for key in before if before[key] != after[key]] == []
    assert everything_read_by(cast, ["owner"]) != mine  # the negative control: its owner sees the difference
