"""What somebody meets when something is wrong: a sentence in Italian, a way out, and nothing of our insides."""

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from gate40 import views

SECRET = "canarino-nel-traceback"


@pytest.mark.parametrize("role", ["anon", "owner"])
def test_a_page_that_is_not_there_leads_home_and_to_the_directory(cast, role):
    client = Client()
    if cast.people[role]:
        client.force_login(cast.people[role])
    answer = client.get("/opportunita/non-esiste/")
    page = answer.content.decode()
    assert answer.status_code == 404 and "Questa pagina non c" in page
    assert f'href="{reverse("home")}"' in page and f'href="{reverse("members:directory")}"' in page


def test_what_is_hidden_looks_like_what_is_not_there(cast):
    client = Client()
    client.force_login(cast.people["other_firm"])
    hidden = client.get(reverse("matchmaking:opportunity", args=[cast.hidden_opportunity.slug]))
    absent = client.get(reverse("matchmaking:opportunity", args=["non-esiste"]))
    assert hidden.status_code == absent.status_code == 404
    assert cast.hidden_opportunity.title not in hidden.content.decode()
    assert [part for part in hidden.content.decode().split("\n") if "<h1" in part] == [
        part for part in absent.content.decode().split("\n") if "<h1" in part
    ]


def test_a_page_for_the_staff_refuses_a_member_with_a_page_of_ours(cast):
    client = Client()
    client.force_login(cast.people["owner"])
    answer = client.get(reverse("worklist"))
    assert answer.status_code == 403 and 'lang="it"' in answer.content.decode()
    assert f'href="{reverse("home")}"' in answer.content.decode()


def test_a_form_without_its_token_is_refused_with_a_page_of_ours(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.people["owner"])
    answer = client.post(reverse("matchmaking:follow", args=[cast.opportunity.slug]))
    assert answer.status_code == 403 and 'lang="it"' in answer.content.decode()
    assert "CSRF" not in answer.content.decode() and "Django" not in answer.content.decode()


def test_a_fault_of_ours_says_so_and_shows_none_of_it(cast, monkeypatch):
    """The page asks nothing of what may be broken: no database, no session, no template of ours."""

    def broken():
        raise RuntimeError(SECRET)

    monkeypatch.setattr(views, "figures", broken)
    answer = Client(raise_request_exception=False).get("/")
    page = answer.content.decode()
    assert answer.status_code == 500 and "Qualcosa si è rotto" in page and "Something broke" in page
    assert SECRET not in page and "Traceback" not in page


def test_the_page_of_a_fault_can_be_drawn_with_nothing_at_hand(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert "Qualcosa si è rotto" in render_to_string("500.html")


def test_too_many_tries_are_told_when_to_come_back(db):
    page = render_to_string("429.html")
    assert "429" in page and 'lang="it"' in page


def test_health_answers_whoever_watches(db):
    answer = Client().get("/salute/")
    assert (answer.status_code, answer.json()) == (200, {"stato": "bene"})
    assert "sessionid" not in answer.cookies
