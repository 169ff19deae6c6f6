"""Account mails are rows like all others, written by us, ahead of the rest."""

from django.core import mail
from django.urls import reverse

from news.delivery import mailing
from news.models import Delivery


def test_a_forgotten_password_is_a_row_first_and_a_mail_at_the_next_ring(client, cast, settings):
    client.post(reverse("account_reset_password"), {"email": "owner@persone.example"})
    delivery = Delivery.objects.get(purpose="account")
    assert (delivery.address, delivery.lane, delivery.subject) == (
        "owner@persone.example",
        0,
        "Scegliere una nuova password",
    )
    assert mailing.send_due() == 1
    [message] = mail.outbox
    link = next(word for word in message.body.split() if word.startswith("http"))
    assert client.get(link, follow=True).status_code == 200
    assert link in message.alternatives[0].content
    delivery.refresh_from_db()
    assert (delivery.state, delivery.text, delivery.html) == ("sent", "", "")


def test_every_account_mail_of_ours_has_a_subject_a_text_and_an_html():
    names = ["email_confirmation", "email_confirmation_signup", "password_reset_key", "account_already_exists"]
    names += ["password_changed", "password_set", "password_reset", "email_changed", "email_confirm", "email_deleted"]
    names += ["totp_activated", "totp_deactivated", "recovery_codes_generated", "webauthn_added", "webauthn_removed"]
    for name in names:
        subject, text, html = mailing.render_mail(
            f"account_{name}", {"activate_url": "http://x", "password_reset_url": "http://x"}
        )
        assert subject and text.strip() and "<p" in html, name
