"""Passwords and sessions as OWASP ASVS 5.0 asks: long, any character, hard to guess at, worth nothing once changed."""

import time
from datetime import timedelta

import pytest
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import global_settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import gate40.settings
from members.models import User
from tests.cast import person, say_again

LOGIN, SIGNUP, CHANGE = "account_login", "account_signup", "account_change_password"


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


def sign_in(client, email="owner@persone.example", password="parola-lunga"):
    return client.post(reverse(LOGIN), {"login": email, "password": password})


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("sette77", False),
        ("password123", False),
        ("12345678", False),
        ("nuova@persone.example", False),
        ("otto-888", True),
        ("  blanks at both ends  ", True),
        ("òàùè€漢字😀 ‘’", True),
        ("lunghissima-" * 6, True),
    ],
)
def test_length_counts_and_characters_do_not(client, db, password, is_taken):
    client.post(reverse(SIGNUP), {"email": "nuova@persone.example", "password1": password})
    assert User.objects.filter(email="nuova@persone.example").exists() is is_taken
    if is_taken:  # exactly as it was typed
        assert User.objects.get().check_password(password)
        assert not User.objects.get().check_password(password[:-1])


def test_whoever_changes_it_says_the_old_one(client, cast):
    sign_in(client)
    new = {"password1": "tutta-nuova-9", "password2": "tutta-nuova-9"}
    client.post(reverse(CHANGE), {"oldpassword": "sbagliata", **new})
    assert User.objects.get(email="owner@persone.example").check_password("parola-lunga")
    client.post(reverse(CHANGE), {"oldpassword": "parola-lunga", **new})
    assert User.objects.get(email="owner@persone.example").check_password("tutta-nuova-9")


def test_it_is_masked_and_a_manager_may_fill_it_in(client, db):
    page = client.get(reverse(LOGIN)).content.decode()
    assert 'type="password"' in page
    assert 'autocomplete="current-password"' in page
    assert "onpaste" not in page


def test_the_portal_stretches_what_it_keeps():
    assert not hasattr(gate40.settings, "PASSWORD_HASHERS")  # tests alone have a quick hash
    assert global_settings.PASSWORD_HASHERS[0].endswith("PBKDF2PasswordHasher")


def test_guessing_is_slowed_down_even_for_whoever_guesses_right_at_last(cast):
    for number in range(6):
        sign_in(Client(), password=f"tentativo-{number}")
    assert "_auth_user_id" not in after_sign_in(Client())
    cache.clear()  # the control: it was the count, not the password
    assert "_auth_user_id" in after_sign_in(Client())


def after_sign_in(client):
    sign_in(client)
    return client.session


def test_a_sign_in_begins_a_new_session(client, cast):
    client.post(reverse("set_language"), {"language": "en"})
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_a_session_ends_by_itself(client, cast, time_machine):
    sign_in(client)
    assert client.get(reverse("news:notifications")).status_code == 200
    time_machine.move_to(timezone.now() + timedelta(days=15))
    assert client.get(reverse("news:notifications")).status_code == 302


def test_the_way_out_is_on_every_page(client, cast):
    sign_in(client)
    for path in ("/", "/rete/", "/rete/alfa/", "/opportunita/", "/account/email/", "/non-esiste/"):
        assert reverse("account_logout") in client.get(path, follow=True).content.decode(), path


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "account_email"])
def test_changing_how_one_signs_in_asks_again_who_one_is(client, cast, name):
    """Pages of factors before they are shown, addresses before one is added."""
    client.force_login(cast.people["owner"])
    sent = {"action_add": "", "email": "altra@persone.example"}
    ask = (lambda: client.post(reverse(name), sent)) if name == "account_email" else lambda: client.get(reverse(name))
    assert reverse("account_reauthenticate") in ask()["Location"]
    say_again(client)
    answer = ask()  # the control: whoever has said it goes on
    assert reverse("account_reauthenticate") not in answer.headers.get("Location", "")


def test_a_sign_in_with_a_factor_is_not_complete_with_the_password(client, db):
    user = person("due@persone.example")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
    assert reverse("mfa_authenticate") in sign_in(client, "due@persone.example")["Location"]
    assert "_auth_user_id" not in client.session


def totp_now(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_factor(client):
    user, secret = person("due@persone.example"), "A" * 32
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": secret})
    sign_in(client, "due@persone.example")
    return totp_now(secret)


def test_a_code_opens_once(db):
    first, second = Client(), Client()
    code = with_factor(first)
    first.post(reverse("mfa_authenticate"), {"code": code})
    assert "_auth_user_id" in first.session
    sign_in(second, "due@persone.example")
    second.post(reverse("mfa_authenticate"), {"code": code})
    assert "_auth_user_id" not in second.session


def test_an_old_code_opens_nothing(client, db, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    code = with_factor(client)
    time_machine.move_to(timezone.now() + timedelta(minutes=3), tick=False)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert "_auth_user_id" not in client.session


def test_a_reset_does_not_go_around_the_factor(client, db):
    user = person("due@persone.example")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
    form = EmailAwarePasswordResetTokenGenerator()
    url = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), form.make_token(user)])
    page = client.get(url, follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "tutta-nuova-9", "password2": "tutta-nuova-9"})
    user.refresh_from_db()
    assert user.check_password("tutta-nuova-9")
    assert "_auth_user_id" not in client.session
