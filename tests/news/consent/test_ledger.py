"""Consent: asked unticked, confirmed by POST, withdrawn with one click, and on record for good."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from news.consent import ledger
from news.delivery import mailing
from news.models import Consent, Delivery, Subscription, Suppression
from news.parsers.pec import is_pec
from tests.cast import say_again, subscription

ASK = "/iscrizioni/"
EMAIL = "lettrice@posta.example"


def ask(client, email=EMAIL, **fields):
    return client.post(ASK, {"email": email, "newsletter": "on", **fields})


def link_of_last_mail():
    text = Delivery.objects.latest("pk").text
    return re.search(r"https?://[^/]+(/iscrizioni/conferma/\S+)", text).group(1)


def test_nobody_is_subscribed_before_the_button_of_the_mailed_link_is_pressed(client, cast):
    assert "lettrice@posta.example" in ask(client).content.decode()
    one = Subscription.objects.get(email=EMAIL)
    assert not one.is_active
    link = link_of_last_mail()
    for _scan in range(3):  # a scanner opens every link
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    one.refresh_from_db()
    assert not one.is_active
    client.post(link)
    one.refresh_from_db()
    assert one.is_active
    assert [line.act for line in Consent.objects.of_address(EMAIL)] == ["asked", "confirmed"]


def test_the_form_starts_unticked_and_without_a_tick_nothing_is_written(client, cast):
    assert "checked" not in client.get(ASK).content.decode()
    response = client.post(ASK, {"email": EMAIL})
    assert "spuntare la casella" in response.content.decode()
    assert not Subscription.objects.filter(email=EMAIL).exists()


@pytest.mark.parametrize("email", ["non-un-indirizzo", "a@b", "a b@c.example", "", "a@b.example\nBcc: x@y.example"])
def test_an_address_that_is_none_is_refused_at_its_field(client, cast, email):
    response = ask(client, email)
    assert response.status_code == 200 and "invalid-feedback" in response.content.decode()
    assert not Consent.objects.exists() and Subscription.objects.count() == 1  # the cast's own


def test_a_known_address_gets_the_same_answer_as_an_unknown_one(client, cast):
    known = ask(client, cast.subscription.email).content.decode().replace(cast.subscription.email, "X")
    unknown = ask(client, EMAIL).content.decode().replace(EMAIL, "X")
    strip = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    assert strip.sub("", known) == strip.sub("", unknown)


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("ditta@pec.it", True),
        ("ditta@pec.ditta.example", True),
        ("ditta@legalmail.it", True),
        ("ditta@cert.legalmail.it", True),
        ("DITTA@PEC.DITTA.EXAMPLE", True),
        ("info@peccioli.example", False),
        ("a@aspecta.example", False),
        ("a@specit.it", False),
    ],
)
def test_certified_mail_is_recognised(address, answer):
    assert is_pec(address) is answer


def test_a_pec_address_is_refused_at_its_field(client, cast):
    assert "PEC" in ask(client, "ditta@pec.ditta.example").content.decode()
    assert not Consent.objects.exists()


def test_the_ledger_keeps_the_exact_words_and_where_they_were_read(client, cast):
    ask(client)
    line = Consent.objects.get()
    assert line.wording == ledger.WORDING["newsletter"]
    assert (line.version, line.source, line.ip) == (ledger.VERSION, "/iscrizioni/", "127.0.0.1")
    assert len(line.wording_hash) == 64 and line.wording[:30] in client.get(ASK).content.decode()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE news_consent SET email = 'x@y.example'",
        "DELETE FROM news_consent",
        "TRUNCATE news_consent",
    ],
)
def test_the_database_refuses_to_change_the_ledger(cast, sql):
    ledger.record(Consent.Act.ASKED, cast.subscription, source="prova")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE news_consent ENABLE TRIGGER news_consent_is_not_emptied")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Consent.objects.count() == 1


def test_a_line_altered_behind_the_triggers_back_is_found(cast):
    for act in ("asked", "confirmed", "withdrawn"):
        ledger.record(act, cast.subscription, source="prova")
    assert ledger.broken_lines() == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE news_consent SET source = 'altro' WHERE act = 'confirmed'")
    assert [line.act for line in ledger.broken_lines()] == ["confirmed"]


def test_one_click_leaves_this_purpose_alone_and_the_others_as_they_are(client, cast):
    newsletter = subscription(cast["alfa"], purpose="newsletter")
    url = reverse("news:unsubscribe", args=[cast.subscription.token])
    assert client.get(url).status_code == 200
    cast.subscription.refresh_from_db()
    assert cast.subscription.is_active
    for _twice in range(2):
        response = client.post(url, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert (response.status_code, response.content) == (200, b"")
    cast.subscription.refresh_from_db()
    newsletter.refresh_from_db()
    assert not cast.subscription.is_active and newsletter.is_active
    assert [line.act for line in Consent.objects.of_address(newsletter.email)] == ["withdrawn"]


def test_one_click_answers_the_same_after_erasure(client, cast):
    url = reverse("news:unsubscribe", args=[cast.subscription.token])
    cast.subscription.delete()
    assert client.post(url).status_code == 200
    assert client.get(url).status_code == 404


def test_the_preference_page_opens_without_password_and_saves_everything_in_one_press(client, cast):
    newsletter = subscription(cast["alfa"], purpose="newsletter")
    page = reverse("news:preferences", args=[newsletter.token])
    shown = client.get(page).content.decode()
    assert "Newsletter" in shown and "Riepilogo" in shown
    client.post(page, {f"on-{newsletter.pk}": "", f"on-{cast.subscription.pk}": "on", **often(cast, "monthly")})
    newsletter.refresh_from_db()
    cast.subscription.refresh_from_db()
    assert (newsletter.is_active, cast.subscription.is_active) == (False, True)
    assert cast.subscription.frequency == "monthly"


def often(cast, frequency):
    return {f"often-{cast.subscription.pk}": frequency}


def test_the_preference_page_refuses_a_frequency_that_is_none(client, cast):
    page = reverse("news:preferences", args=[cast.subscription.token])
    client.post(page, {**often(cast, "hourly")})
    cast.subscription.refresh_from_db()
    assert cast.subscription.frequency == "weekly" and cast.subscription.is_active


def test_a_forged_or_old_link_confirms_nothing(client, cast, time_machine):
    ask(client)
    link = link_of_last_mail()
    assert client.post(link.replace("conferma/", "conferma/x")).status_code == 404
    time_machine.move_to(timezone.now() + timedelta(days=8))
    assert client.post(link).status_code == 404
    assert not Subscription.objects.get(email=EMAIL).is_active


def test_links_on_their_way_survive_a_new_secret_key(client, cast, settings):
    ask(client)
    settings.SECRET_KEY = "another-key-after-an-incident-0123456789"
    client.post(link_of_last_mail())
    assert Subscription.objects.get(email=EMAIL).is_active


def test_the_form_is_no_cannon(client, cast):
    for _n in range(10):
        ask(client, "vittima@posta.example")
    assert Delivery.objects.filter(address="vittima@posta.example").count() == ledger.MAILS_A_DAY
    for n in range(40):
        ask(client, f"a{n}@posta.example")
    assert Delivery.objects.count() <= ledger.ASKS_AN_HOUR


def test_an_address_at_rest_wakes_only_by_its_own_confirmation(client, cast):
    mailing.suppress_address(EMAIL, Suppression.Reason.ERASURE)
    Subscription.objects.create(email=EMAIL, purpose="newsletter")  # an import brings it back
    assert mailing.is_suppressed(EMAIL)
    ask(client)
    assert mailing.is_suppressed(EMAIL)
    client.post(link_of_last_mail())
    assert not mailing.is_suppressed(EMAIL)


def test_a_member_asks_for_their_own_address_only(client, cast):
    client.force_login(cast.people["owner"])
    page = reverse("news:own_subscriptions", args=["alfa"])
    client.post(page, {"email": "altri@posta.example", "digest": "on", "newsletter": "on"})
    mine = Subscription.objects.of_address("owner@persone.example")
    assert sorted(mine.values_list("purpose", flat=True)) == ["digest", "newsletter"]
    assert not Subscription.objects.of_address("altri@posta.example").exists()
    assert Delivery.objects.filter(address="owner@persone.example").count() == 1


def test_service_notices_are_on_without_consent_and_off_when_told(cast):
    notices = ledger.serve("owner@persone.example", cast["alfa"])
    assert notices.is_active
    ledger.withdraw_consent(notices, source="prova")
    assert not ledger.serve("owner@persone.example", cast["alfa"]).is_active


def test_staff_export_the_ledger_of_one_address_and_the_export_is_on_record(client, cast):
    from django.contrib.admin.models import LogEntry

    ledger.record(Consent.Act.ASKED, cast.subscription, source="=cmd()")
    ledger.record(Consent.Act.ASKED, subscription(cast["beta"]), source="altro")
    client.force_login(cast.people["manager"])
    say_again(client)
    url = reverse("admin:news_consent_export")
    rows = client.post(url, {"email": cast.subscription.email}).content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2 and ledger.WORDING["digest"] in rows[1]
    assert ";'=cmd();" in rows[1] and "beta" not in rows[1]
    assert LogEntry.objects.get().user == cast.people["manager"]
    client.force_login(cast.people["desk"])
    say_again(client)
    assert client.post(url, {"email": cast.subscription.email}).status_code == 403


def test_what_staff_type_in_is_asked_and_hears_nothing_before_it_confirms(client, cast):
    client.force_login(cast.people["super"])
    fields = {"email": EMAIL, "organization": cast["alfa"].pk, "purpose": "newsletter", "frequency": "weekly"}
    client.post(reverse("admin:news_subscription_add"), fields)
    assert not Subscription.objects.get(email=EMAIL).is_active
    assert link_of_last_mail()
    pec = client.post(reverse("admin:news_subscription_add"), {**fields, "email": "d@pec.it"})
    assert "PEC" in pec.content.decode() and not Subscription.objects.filter(email="d@pec.it").exists()
