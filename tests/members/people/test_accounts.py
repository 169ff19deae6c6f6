"""Signing up and in: nobody learns who has an account, and the staff need a second factor."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from members.models import User
from news.delivery import mailing


@pytest.fixture(autouse=True)
def _fresh(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()


def without_tokens(page):
    return re.sub(rb'value="[^"]{20,}"', b"", page.content)


def test_signing_up_needs_a_confirmation_by_post(client, db):
    client.post(reverse("account_signup"), {"email": "nuova@persone.example", "password1": "parola-lunga-9"})
    address = User.objects.get().emailaddress_set.get()
    mailing.send_due()
    link = re.search(r"https?://\S+", mail.outbox[0].body)[0]
    client.get(link)
    address.refresh_from_db()
    assert not address.verified
    client.post(link)
    address.refresh_from_db()
    assert address.verified


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("account_signup", {"password1": "parola-lunga-9"}),
        ("account_reset_password", {}),
    ],
)
def test_a_known_and_an_unknown_address_get_the_same_answer(client, cast, page, fields):
    answers = []
    for email in ("owner@persone.example", "nessuno@persone.example"):
        client.cookies.clear()
        answer = client.post(reverse(page), {"email": email, **fields})
        answers.append((answer.status_code, answer.headers.get("Location")))
    assert answers[0] == answers[1]


def test_a_wrong_password_and_an_unknown_address_get_the_same_page(client, cast):
    pages = []
    for email in ("owner@persone.example", "nessuno@persone.example"):
        client.cookies.clear()
        answer = client.post(reverse("account_login"), {"login": email, "password": "sbagliata"})
        pages.append((answer.status_code, without_tokens(answer).replace(email.encode(), b"")))
    assert pages[0] == pages[1]


def test_strangers_get_no_mail_when_somebody_types_their_address(client, db):
    client.post(reverse("account_reset_password"), {"email": "nessuno@persone.example"})
    mailing.send_due()
    assert mail.outbox == []


def test_staff_without_a_second_factor_are_sent_to_set_one_up(client, cast, settings):
    settings.STAFF_NEED_SECOND_FACTOR = True
    client.force_login(cast.people["super"])
    page = client.get(reverse("admin:index"), follow=True)
    assert page.redirect_chain[-1][0] == reverse("mfa_index")
    Authenticator.objects.create(user=cast.people["super"], type="totp", data={"secret": "x"})
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_changed_password_ends_the_other_sessions(client, cast):
    client.force_login(cast.people["owner"])
    cast.people["owner"].set_password("un'altra-parola")
    cast.people["owner"].save()
    assert client.get(reverse("members:edit", args=["alfa"])).status_code == 302
