"""Asking in one's own words: what is read, what is shown, and what never is."""

import pytest

from matchmaking.matching import text_search
from members.models import Need, Organization
from tests.cast import competence

PAGE = "/cerca-partner/"


@pytest.fixture
def workshops(cast):
    """Alfa speaks of marble, Gamma of measuring; the draft speaks of both and must not be found."""
    say(cast["alfa"], "Taglio e lucidatura di lastre di marmo per l'architettura.")
    say(cast["gamma"], "Metrologia dimensionale e visione per il controllo delle superfici.")
    say(cast["bozza"], "Marmo e metrologia, canarino-bozza")
    return cast


def say(organization, text):
    organization.description = text
    organization.save()


def ask(client, person, text):
    client.force_login(person)
    return client.get(PAGE, {"testo": text})


def test_a_text_finds_organizations_with_the_words_they_share(client, workshops):
    page = ask(client, workshops.people["reader"], "marble slabs, lucidare")
    first = page.context["found"][0]
    assert (first.organization, first.words) == (workshops["alfa"], ["lucidatura", "lastre", "marmo"])
    assert "per parole, non per competenze" in page.content.decode()


def test_a_text_suggests_competences_that_open_the_directory(client, workshops):
    page = ask(client, workshops.people["desk"], "Cerchiamo tornitura CNC")
    assert page.context["competences"][0] == competence("PRD.01.01")
    assert "?competence=PRD.01.01" in page.content.decode()


def test_drafts_private_notes_and_blind_needs_are_not_read(workshops):
    secret = competence("MAT.02.03")
    assert Need.objects.filter(competence=secret, is_blind=True).exists()
    say(workshops["alfa"], "Poco da dire")
    everything = str(text_search.public_texts())
    assert "canarino" not in everything
    assert secret.name_it not in everything
    assert secret.name_it not in str(text_search._questions({workshops["alfa"].pk}))
    assert [found.organization for found in text_search.rank_organizations("canarino alfa riservato")] in (
        [],
        [workshops["alfa"]],
    )


def test_a_profile_withdrawn_is_gone_at_the_next_request(client, workshops):
    person = workshops.people["reader"]
    assert ask(client, person, "lastre di marmo").context["found"]
    workshops["alfa"].status = Organization.Status.DRAFT
    workshops["alfa"].save()
    found = ask(client, person, "lastre di marmo").context["found"]
    assert workshops["alfa"] not in [one.organization for one in found]


@pytest.mark.parametrize("text", ["", " \t\n", "x" * 2001])  # what no field can hold is refused at the door
def test_a_text_that_cannot_be_read_gets_a_message_at_its_field(client, workshops, text):
    page = ask(client, workshops.people["reader"], text)
    assert page.status_code == 200
    assert page.context["form"].errors["testo"]
    assert "found" not in page.context


def test_words_that_nobody_uses_find_nobody_and_say_so(client, workshops):
    page = ask(client, workshops.people["reader"], "zyxwv")
    assert page.context["found"] == []
    assert "Nessun profilo pubblicato usa queste parole" in page.content.decode()


def test_what_is_written_is_shown_as_text(client, workshops):
    page = ask(client, workshops.people["reader"], "</textarea><script>alert(1)</script>")
    assert "<script>alert" not in page.content.decode()


@pytest.mark.parametrize("more", [0, 30])
def test_the_page_costs_the_same_queries_however_many_organizations(client, workshops, more, django_assert_num_queries):
    Organization.objects.bulk_create(
        Organization(kind="firm", name=f"N{n}", slug=f"n{n}", status="published", description=f"marmo {n}")
        for n in range(more)
    )
    with django_assert_num_queries(3):
        assert text_search.rank_organizations("lastre di marmo")


def test_ties_are_broken_by_what_the_seeker_says_and_openly_needs(workshops):
    alfa, beta, gamma = workshops["alfa"], workshops["beta"], workshops["gamma"]
    say(alfa, "Controllo delle superfici delle lastre")
    say(beta, "Pasticceria")
    broken = text_search.tie_break([(alfa.pk, beta.pk), (alfa.pk, gamma.pk), (alfa.pk, workshops["bozza"].pk)])
    assert broken[alfa.pk, gamma.pk] > broken[alfa.pk, beta.pk] >= 0
    assert broken[alfa.pk, workshops["bozza"].pk] == 0
    assert text_search.tie_break([]) == {}
