"""Somebody adds a passkey to their account and signs in with it: the browser's own authenticator, made for the test."""

from allauth.mfa.models import Authenticator

from tests.cast import person
from tests.journeys.conftest import sign_in

IN_THE_LAPTOP = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_person_adds_a_passkey_and_signs_in_with_it_alone(browser_page, db):
    user, page = person("chiave@persone.example"), browser_page
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    key = device.send("WebAuthn.addVirtualAuthenticator", {"options": IN_THE_LAPTOP})["authenticatorId"]

    sign_in(page, user.email, "parola-lunga")
    page.wait_for_url("**/rete/inizia/")
    page.goto("/account/2fa/webauthn/add/")  # asks for the password once more
    page.locator("main input[name=password]").fill("parola-lunga")
    page.get_by_role("button", name="Conferma").click()
    page.locator("input[name=name]").fill("Il portatile")
    page.locator("label[for=id_passwordless]").click()  # the theme draws the box as part of its label
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "/add/" not in url)
    assert Authenticator.objects.get(type="webauthn").user == user
    assert len(device.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1
    page.goto("/account/2fa/webauthn/")
    assert "Il portatile" in page.locator("main").inner_text()

    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_role("button", name="Usa una passkey").click()
    page.wait_for_url("**/rete/inizia/")
    assert page.locator(".user-menu").count() == 1
