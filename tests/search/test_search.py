"""The one search: what people type finds what the portal has, and nothing that is not for everybody."""

import csv
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse

from gate40.search import help_pages
from gate40.search.result_rows import FETCH
from gate40.search.views import GROUPS, Search
from members.directory import vocabulary
from members.directory.questions import Question
from members.models import Alias, Competence, SearchWord, UnmetSearch
from members.rules import spelling, wording
from tests.search import small_district

URL = "/cerca/"
CASES = list(csv.DictReader((Path(__file__).parent / "cases.csv").read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def district(db):
    small_district.build()


def first_five(query, group):
    """Titles of the first five of a group; codes of competences."""
    found = Search(Question.of(query)).group(group)
    if found is None:
        return []
    if group == "competenze":
        codes = dict(Competence.objects.in_bulk(found.ids).items())
        return [codes[pk].code for pk in found.ids]
    return [row.title for row in FETCH[group](found.ids)]


def test_every_case_finds_what_it_must_among_the_first_five(district):
    missed = []
    for case in CASES:
        found = first_five(case["query"], case["group"])
        if case["expected"] not in found:
            missed.append((case["query"], case["expected"], found))
    assert missed == [] and len(CASES) >= 150


def test_without_aliases_the_words_of_the_workshop_would_find_nothing(district):
    """The control of the cases above: they can fail."""
    Alias.objects.all().delete()
    assert first_five("carroponte", "competenze") == []


@pytest.mark.parametrize("query", ["zigrinatura", "zigrinatrice", "segretissima", "zigrinatrua"])
def test_drafts_notes_and_hidden_laboratories_are_found_by_nobody(district, client, django_user_model, query):
    assert Search(Question.of(query)).groups == []
    assert not SearchWord.objects.filter(word__startswith="zigrin").exists()
    staff = django_user_model.objects.create_superuser("capo@persone.example", "x")
    client.force_login(staff)
    assert client.get(URL, {"q": query}).context["found"].groups == []


TEXTS = [case["query"] for case in CASES] + [
    "F.lli Prova & C. S.n.c.", "G.Rossi", "Dott.ssa", "1.200,50 €", "A.I. e AI", "i.a.", "CO2 e H2O", "ﬁne №5 ½",
    "D.Lgs. 231/2001",
    "e‑mail – «così» “là” ‘qui’ ʼ´`", "Straße ÆØ Ł", "a\tb\nc", "9001:2015", "3D/4D", "…",
    "UNI-EN_10204", "Œuvre", "x.y.z.w",
]  # fmt: skip


def test_documents_and_questions_are_normalized_alike(db):
    """`wording.plain` and the database's `members_plain` are one function."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, members_plain(text) FROM unnest(%s::text[]) text", [TEXTS])
        assert [row for row in cursor.fetchall() if wording.plain(row[0]) != row[1]] == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("F.lli", "flli"),
        ("S.n.c.", "snc"),
        ("G.Rossi", "g rossi"),
        ("Officina.Torneria", "officina torneria"),
        ("ISO-9001", "iso 9001"),
        ("ISO9001", "iso 9001"),
        ("AISI316L", "aisi 316l"),
        ("dell’acciaio", "dell acciaio"),
        ("Qualita'", "qualita"),
        ("TIG/MIG", "tig mig"),
        ("Industria4,0", "industria 4.0"),
        ("soluzioni AI", "soluzioni ia"),
        ("ai soci", "ai soci"),
    ],
)
def test_the_normalizer_writes_one_form(text, plain):
    assert wording.plain(text) == plain


@pytest.mark.parametrize("text", ["il la e", "  ", "-", "' & ! | \\ :* ( <->", "d'un", "the of"])
def test_stop_words_alone_are_no_query_and_no_demand(district, client, text, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rung:
        page = client.get(URL, {"q": text})
    assert page.context["found"].groups == [] and rung == []
    assert ("da sole non dicono" in page.content.decode()) == bool(text.strip())


def test_a_mended_word_is_said_and_the_exact_search_is_one_click_away(district, client):
    page = client.get(URL, {"q": "sladatura"})
    assert "abbiamo cercato <strong>saldatura</strong>" in page.content.decode()
    exact = client.get(URL + page.context["exact_url"])
    assert exact.context["found"].groups == [] and "Niente risponde" in exact.content.decode()


def test_a_known_word_is_not_mended(district):
    assert vocabulary.mend_words(["saldatura", "saldature", "saldat", "sladatura", "xyz"]) == {"sladatura": "saldatura"}


def test_most_words_answer_when_all_together_do_not_and_the_page_says_so(district, client):
    page = client.get(URL, {"q": "segheria subacquea marmo"})
    assert "la maggior parte" in page.content.decode()
    assert "Marmi Due" in [row.title for row in page.context["found"].group("organizzazioni").rows]


def test_a_demand_is_noted_once_and_without_who_asked(
    district, client, django_capture_on_commit_callbacks, monkeypatch
):
    told = []
    monkeypatch.setattr(
        "members.directory.tasks.note_unmet_search.apply_async", lambda args, **rest: told.append(*args)
    )
    with django_capture_on_commit_callbacks(execute=True):
        for text in ("qwertyuiop", "sladatura", "granito", "il la e"):
            client.get(URL, {"q": text})
    assert told == ["qwertyuiop"] and not UnmetSearch.objects.exists()


@pytest.mark.parametrize(("length", "is_told"), [(199, False), (200, True), (500, True)])
@pytest.mark.parametrize("address", [URL, "/rete/", "/opportunita/"])
def test_two_hundred_characters_and_more_are_told(district, client, address, length, is_told):
    page = client.get(address, {"q": "marmo " * 33 + "x" * (length - 198)})
    assert page.status_code == 200 and ("Troppo lungo" in page.content.decode()) == is_told


def test_the_box_in_the_head_asks_the_whole_portal(client, db):
    assert f'action="{URL}"' in client.get("/").content.decode() and reverse("search") == URL


def test_a_group_alone_is_shown_page_by_page(district, client):
    page = client.get(URL, {"q": "saldatura", "dove": "competenze"})
    assert {row.url for row in page.context["group"].rows} and page.context["page"].number == 1
    assert client.get(URL, {"q": "saldatura", "dove": "annunci"}).status_code == 200
    assert client.get(URL, {"q": "saldatura", "dove": "nave"}).status_code == 200


def test_counts_are_those_of_the_lists_that_the_groups_lead_to(district, client):
    for query in ("granito", "saldat", "qualita", "barca", "industria 4.0"):
        page = client.get(URL, {"q": query})
        for group in page.context["found"].groups:
            if group.key == "organizzazioni":
                assert client.get(group.list_url).context["count"] == group.count, query
            if group.key == "opportunita":
                assert client.get(group.list_url).context["ranked"].paginator.count >= group.count, query


def test_every_line_of_every_group_leads_somewhere(district, client):
    for key in GROUPS:
        query = {"aiuto": "privacy", "annunci": "sportello", "eventi": "droni", "laboratori": "forno"}.get(
            key, "acciaio"
        )
        rows = client.get(URL, {"q": query, "dove": key}).context["group"].rows
        assert rows and all(client.get(row.url).status_code == 200 for row in rows), key


def test_every_help_page_exists(client, db):
    assert [name for name in help_pages.PAGES if client.get(reverse(name)).status_code != 200] == []


def test_a_saved_search_never_strays_from_its_words(district, cast):
    from matchmaking.models import SavedSearch
    from matchmaking.opportunities.saved_searches import found_by

    def found(query):
        kept = SavedSearch(user=cast.people["owner"], organization=cast["alfa"], query=query)
        return list(found_by(kept).values_list("slug", flat=True))

    assert found("q=qualita") == ["bando-0"]
    assert found("q=qualtia") == [] and found("q=qualita+subacquea") == []


def test_the_opportunities_list_mends_and_says_so(district, client):
    page = client.get("/opportunita/", {"q": "fomazione"})
    assert "abbiamo cercato <strong>formazione</strong>" in page.content.decode()
    assert page.context["ranked"].paginator.count == 1
    assert client.get("/opportunita/" + page.context["form"].exact_url).context["ranked"].paginator.count == 0


@pytest.mark.parametrize(
    ("one", "other", "apart"), [("sladatura", "saldatura", 1), ("casa", "cosa", 1), ("abc", "", 3), ("gru", "gru", 0)]
)
def test_letters_that_change_places_are_one_mistake(one, other, apart):
    assert spelling.distance(one, other) == apart


def test_short_words_and_numbers_are_never_mended():
    assert [spelling.mistakes_forgiven(word) for word in ("gru", "316l", "drone", "tornio")] == [0, 0, 1, 2]


@pytest.mark.parametrize("count", [1, 30])
def test_a_search_costs_the_same_queries_however_much_it_finds(district, client, count, django_assert_max_num_queries):
    from members.models import Organization

    for number in range(count):
        Organization.objects.create(kind="firm", name=f"Granito {number}", slug=f"g-{number}", status="published")
    with django_assert_max_num_queries(14):
        client.get(URL, {"q": "granito"})


def test_words_searched_in_vain_propose_aliases_on_the_page_of_aliases(district, client, django_user_model):
    UnmetSearch.objects.create(text="saldatra naso", count=7)
    UnmetSearch.objects.create(text="carroponte", count=9)
    client.force_login(django_user_model.objects.create_superuser("capo@persone.example", "x"))
    page = client.get(reverse("admin:members_alias_changelist"))
    assert [(each.term, each.times) for each in page.context["wanted"]] == [("saldatra naso", 7)]
    assert str(page.context["wanted"][0].competence) and b"term=saldatra%20naso" in page.content
    picked = list(Alias.objects.values_list("pk", flat=True)[:3])
    client.post(reverse("admin:members_alias_changelist"), {"action": "mark_reviewed", "_selected_action": picked})
    assert Alias.objects.filter(is_reviewed=True).count() == 3


def test_every_leaf_has_words_of_the_workshop_and_each_says_where_it_comes_from(db):
    assert Alias.objects.count() >= 400
    assert not Alias.objects.filter(source="").exists()
    assert not Competence.objects.selectable().filter(aliases=None).exists()
