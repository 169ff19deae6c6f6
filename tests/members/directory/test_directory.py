"""The directory and the profile page: who is found, what is shown, what it costs."""

import pytest
from django.urls import reverse

from members.directory import search, vocabulary
from members.models import Adhesion, Alias, Facility, FirmDetails, Network, Organization, UnmetSearch
from tests.cast import competence, give, municipality

URL = "/rete/"


def names(response):
    return [organization.name for organization in response.context["organizations"]]


def test_the_directory_lists_published_organizations_and_no_drafts(client, cast):
    assert names(client.get(URL)) == ["Alfa", "Beta", "Delta", "Gamma"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "research_center"}, ["Gamma"]),
        ({"province": "PI"}, ["Gamma"]),
        ({"competence": "PRD.01.04"}, ["Alfa", "Beta"]),
        ({"competence": "PRD"}, ["Alfa", "Beta"]),
        ({"competence": "QLT.01"}, ["Delta", "Gamma"]),
        ({"q": "gam"}, ["Gamma"]),
        ({"kind": "firm", "province": "PI"}, []),
    ],
)
def test_filters_leave_whoever_fits(client, cast, query, found):
    assert names(client.get(URL, query)) == found


def test_a_blind_need_is_not_found_by_searching_needs(cast):
    assert Organization.objects.published().needing("MAT.02.03").count() == 0
    assert Organization.objects.published().needing("QLT.01.02").count() == 2


@pytest.mark.parametrize("query", [{"kind": "xyz"}, {"province": "ZZ"}, {"competence": "no"}, {"q": "x" * 300}])
def test_a_filter_that_makes_no_sense_is_said_at_its_field_and_breaks_nothing(client, cast, query):
    response = client.get(URL, query)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == list(query)


@pytest.mark.parametrize("firms", [1, 40])
def test_the_directory_costs_the_same_queries_however_many_members(client, cast, firms, django_assert_num_queries):
    for number in range(firms):
        organization = Organization.objects.create(
            kind="firm", name=f"Firma {number}", slug=f"firma-{number}", status="published", municipality=cast.carrara
        )
        give(organization, offers={"QLT.01.02": 3})
    client.get(URL)
    with django_assert_num_queries(3):
        client.get(URL)


@pytest.mark.parametrize("firms", [1, 40])
def test_a_search_with_every_filter_costs_the_same_queries_however_many_answer(
    client, cast, firms, django_assert_num_queries
):
    network = Network.objects.get(slug="gate-4-0")
    for number in range(firms):
        organization = Organization.objects.create(
            kind="firm", name=f"Firma {number}", slug=f"firma-{number}", status="published", municipality=cast.carrara
        )
        give(organization, offers={"PRD.01.04": 3})
        Adhesion.objects.move(organization, network, Adhesion.State.MEMBER)
    chosen = {"q": "firma", "kind": "firm", "province": "MS", "competence": "PRD", "network": "gate-4-0"}
    with django_assert_num_queries(7):
        assert client.get(URL, chosen).context["count"] == firms


@pytest.mark.parametrize("claims", [1, 40])
def test_a_profile_costs_the_same_queries_however_much_it_says(client, cast, claims, django_assert_num_queries):
    from members.models import Competence

    give(
        cast["beta"],
        offers={found.code: 3 for found in Competence.objects.selectable().filter(code__gt="ROB")[:claims]},
    )
    client.get(reverse("members:profile", args=["beta"]))
    with django_assert_num_queries(3):
        client.get(reverse("members:profile", args=["beta"]))


def test_the_public_sees_offers_and_no_needs(client, cast):
    page = client.get(reverse("members:profile", args=["alfa"]))
    assert [offer.competence.code for offer in page.context["offers"]] == ["PRD.01.04"]
    assert list(page.context["needs"]) == []


def test_a_member_sees_open_needs_and_no_blind_ones(client, cast):
    client.force_login(cast.people["other_firm"])
    page = client.get(reverse("members:profile", args=["alfa"]))
    assert [need.competence.code for need in page.context["needs"]] == ["QLT.01.02", "DIG.01.03"]
    assert "Corrosione e protezione" not in page.content.decode()


def test_whoever_represents_it_sees_its_blind_needs(client, cast):
    client.force_login(cast.people["reader"])
    page = client.get(reverse("members:profile", args=["alfa"]))
    assert [need.competence.code for need in page.context["needs"] if need.is_blind] == ["MAT.02.03"]


def test_a_province_is_more_than_its_chief_town(client, cast):
    lucca = municipality("Viareggio", "LU")
    Organization.objects.filter(slug="beta").update(municipality=lucca)
    assert names(client.get(URL, {"province": "LU"})) == ["Beta"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("filo diamantato", ["Alfa", "Beta"]),  # an alias, as the workshop says it
        ("filo diamantat", ["Alfa", "Beta"]),  # still being typed
        ("FILI diamantati", ["Alfa", "Beta"]),  # stemmed
        ("stone", ["Alfa", "Beta"]),  # the English name
        ("diamantato pisa", ["Alfa", "Beta", "Gamma"]),  # nobody has both: most words, and the page says so
        ("pisa", ["Gamma"]),
        ("alfa del", ["Alfa"]),  # a word that says nothing is passed over
        ("' & ! | \\ :* ( <->", ["Alfa", "Beta", "Delta", "Gamma"]),  # no words, no question
        ("il la e", ["Alfa", "Beta", "Delta", "Gamma"]),
    ],
)
def test_words_lead_to_whoever_offers_what_they_mean(client, cast, words, found):
    assert names(client.get(URL, {"q": words})) == found


@pytest.mark.parametrize("words", ["qualità", "qualita", "QUALITÀ", "qualita\u0300"])
def test_accents_and_capitals_make_no_difference(client, cast, words):
    Organization.objects.filter(slug="beta").update(description="Controllo della qualità per l'industria 4.0.")
    assert names(client.get(URL, {"q": words})) == ["Beta"]
    assert names(client.get(URL, {"q": "industria 4.0"})) == ["Beta"]


def test_a_name_counts_more_than_a_description(client, cast):
    Organization.objects.filter(slug="alfa").update(description="Collabora con Beta.")
    assert names(client.get(URL, {"q": "beta"})) == ["Beta", "Alfa"]


def test_what_is_not_for_the_public_is_not_found(client, cast):
    for words in ("canarino", "riservato", "ombra", "bozza", "corrosione"):  # notes, shadow, draft, a blind need
        assert names(client.get(URL, {"q": words})) == []


def test_a_hidden_laboratory_is_not_found_until_it_is_shown(client, cast):
    Facility.objects.create(organization=cast["gamma"], name="Microscopio Zeta")
    assert names(client.get(URL, {"q": "microscopio"})) == ["Gamma"]
    Organization.objects.filter(slug="gamma").update(visibility={"facilities": "members"})
    assert names(client.get(URL, {"q": "microscopio"})) == []


def test_the_index_follows_every_change_however_it_is_written(client, cast):
    alias = Alias.objects.create(competence=competence("QLT.01.02"), term="spettrometro xyz")
    assert names(client.get(URL, {"q": "xyz"})) == ["Delta", "Gamma"]
    Alias.objects.filter(pk=alias.pk).update(competence=competence("PRD.01.04"))
    assert names(client.get(URL, {"q": "xyz"})) == ["Alfa", "Beta"]
    cast["alfa"].offers.all().delete()
    assert names(client.get(URL, {"q": "xyz"})) == ["Beta"]
    cast["beta"].offers.update(organization=cast["alfa"])
    assert names(client.get(URL, {"q": "xyz"})) == ["Alfa"]
    FirmDetails.objects.create(organization=cast["beta"], certifications="ISO 9001")
    assert names(client.get(URL, {"q": "iso 9001"})) == ["Beta"]
    cast["beta"].delete()
    assert names(client.get(URL, {"q": "iso 9001"})) == []


def test_every_filter_shows_how_many_each_choice_would_leave(client, cast):
    form = client.get(URL, {"province": "MS"}).context["form"]
    assert [(one.value, one.count) for one in form.kinds()] == [("firm", 2), ("financier", 1)]
    assert [(one.value, one.count) for one in form.provinces] == [("MS", 3), ("PI", 1)]  # as if it were not chosen
    assert [(one.value, one.count) for one in form.branches()] == [("DIG", 1), ("PRD", 2), ("QLT", 1)]
    assert [(one.value, one.count) for one in form.networks()] == [("gate-4-0", 3)]


@pytest.mark.parametrize("name", ["kinds", "branches", "networks"])
def test_following_a_choice_finds_as_many_as_it_promised(client, cast, name):
    for choice in getattr(client.get(URL).context["form"], name)():
        assert client.get(URL + choice.url).context["count"] == choice.count


def test_the_map_and_the_table_show_the_same_numbers(client, cast):
    form = client.get(URL).context["form"]
    assert len(list(form.tiles())) == 10
    on_the_map = {tile.choice.value: tile.choice.count for tile in form.tiles() if tile.choice.count}
    assert on_the_map == {choice.value: choice.count for choice in form.provinces} == {"MS": 3, "PI": 1}


def test_a_search_in_vain_is_told_to_a_worker_and_the_page_itself_writes_nothing(
    client, cast, django_capture_on_commit_callbacks, monkeypatch
):
    told = []
    monkeypatch.setattr(
        "members.directory.tasks.note_unmet_search.apply_async", lambda args, **options: told.append(*args)
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.get(URL, {"q": "Tornitura di precisione"})
        client.get(URL, {"q": "alfa"})
        client.get(URL, {"kind": "firm", "province": "PI"})
    assert told == ["Tornitura di precisione"]
    assert not UnmetSearch.objects.exists()


def test_the_same_wish_is_one_row_a_day(db):
    for text in ("Tornitura  di precisióne", "tornitura di PRECISIONE"):
        search.note_unmet(text)
    assert list(UnmetSearch.objects.values_list("text", "count")) == [("tornitura di precisione", 1)]


def test_each_firm_counts_once_and_whoever_is_no_member_together_as_one(cast):
    alfa, beta, nobody = (search.mark_of(asker) for asker in (cast["alfa"], cast["beta"], None))
    assert alfa != beta and nobody == UnmetSearch.ANYBODY
    for mark in (alfa, nobody, alfa, beta, nobody, nobody):
        search.note_unmet("qwertyuiop", mark)
    noted = UnmetSearch.objects.get()
    assert (noted.count, noted.marks) == (3, alfa | beta | nobody)


def test_a_member_is_told_from_a_stranger_by_a_mark_alone(
    client, cast, django_capture_on_commit_callbacks, monkeypatch
):
    told = []
    monkeypatch.setattr("members.directory.tasks.note_unmet_search.apply_async", lambda args, **rest: told.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        for role in ("anon", "pending", "draft_owner", "owner", "editor"):
            if cast.people[role]:
                client.force_login(cast.people[role])
            client.get(URL, {"q": "qwertyuiop"})
    alfa = ["qwertyuiop", search.mark_of(cast["alfa"])]
    assert told == [["qwertyuiop"], ["qwertyuiop"], ["qwertyuiop"], alfa, alfa]


@pytest.mark.parametrize("text", ["il la e", "sladatura", "sladatura di grantio"])
def test_small_words_and_slips_of_the_keyboard_are_no_wish(db, text):
    Organization.objects.create(kind="firm", name="Granito e saldatura", slug="granito", status="published")
    vocabulary.refresh_vocabulary()
    search.note_unmet(text)
    assert not UnmetSearch.objects.exists()
    search.note_unmet(f"{text} qwertyuiop")
    assert UnmetSearch.objects.count() == 1


@pytest.mark.parametrize("text", ["maria@persone.example", "tel. 0585 123 456", "00743110157", "   "])
def test_what_could_say_who_asked_is_not_kept(db, text):
    search.note_unmet(text)
    assert not UnmetSearch.objects.exists()


def test_a_robot_cannot_fill_the_disk(db, monkeypatch):
    monkeypatch.setattr(search, "MOST_NEW_TEXTS_A_DAY", 2)
    for text in ("taglio", "tornio", "fresa", "tornio"):
        search.note_unmet(text)
    assert set(UnmetSearch.objects.values_list("text", flat=True)) == {"taglio", "tornio"}
