"""NUL, control characters and numbers without end: refused at the door, at every text field, never 500."""

import re

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, models, transaction
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import now
from icalendar import Calendar

from gate40.doors.middleware import ReasonableRequests
from matchmaking.models import Opportunity
from members.models import Organization
from members.safety import text_fields
from tests.test_permissions import admin_pages, client_of, objects_for, our_pages

NUL, BELL, TAB = "\x00", "\x07", "\x0b"
ENDLESS = "9" * 40
# What an address may carry: names that our pages and the admin read, and one that nobody reads.
NAMES = [
    "q",
    "page",
    "p",
    "o",
    "a",
    "con",
    "tipo",
    "vedi",
    "testo",
    "costo",
    "soglia",
    "province",
    "competence",
    "al",
    "provincia",
    "come",
    "partner",
    "chosen",
    "id__in",
    "pk",
    "id",
    "e",
    "kind",
    "next",
    "nessuno",
]
VALUES = {
    "nul": f"a{NUL}b",
    "endless": ENDLESS,
    "endless in hex": "f" * 5000,
    "square": "²",
}


def addresses(cast):
    """Every address with one real object, and the same with numbers and texts that nothing has."""
    for page in our_pages():
        chosen = objects_for(page, cast)[0][0]
        yield page.name, reverse(page.name, kwargs=chosen)
        for value in ({**dict.fromkeys(chosen, ENDLESS)}, dict.fromkeys(chosen, "9" * 5000)):
            try:
                yield page.name, reverse(page.name, kwargs=value)
            except (NoReverseMatch, ValueError):
                continue
    for page in admin_pages():
        values = {"app_label": "members", "object_id": ENDLESS, "id": ENDLESS, "content_type_id": ENDLESS}
        for value in (values, {**values, "object_id": "a_00b"}):
            try:
                yield page.name, reverse(page.name, kwargs={name: value[name] for name in page.parameters})
            except NoReverseMatch:
                continue


def asked(client, method, url, data):
    with transaction.atomic():
        response = client.get(url, data) if method == "GET" else client.post(url, data)
        list(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    return response.status_code


def encoded(value):
    """A lone half of a pair cannot even be sent: what a browser sends for it is the sign for "unreadable"."""
    return value.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_address_breaks_on_what_nobody_expects(cast, method, kind):
    client, value = client_of(cast, "super"), encoded(VALUES[kind])
    data = dict.fromkeys(NAMES, value)
    broken = [
        (name, url[:80], status)
        for name, url in dict.fromkeys(addresses(cast))
        if (status := asked(client, method, url, data)) >= 500
    ]
    assert broken == []


@pytest.mark.parametrize("role", ["owner", "financier"])
def test_no_field_of_a_member_breaks(cast, role):
    """Each field of the page's own form, found on the page, holds what nobody expects."""
    client, broken = client_of(cast, role), []
    for page in our_pages():
        url = reverse(page.name, kwargs=objects_for(page, cast)[0][0])
        names = names_of(client.get(url))
        for value in ("²", ENDLESS, "1e400") if names else ():
            if (status := asked(client, "POST", url, dict.fromkeys([*NAMES, *names], value))) >= 500:
                broken.append((url, value, status))
    assert broken == []


def names_of(response):
    """The names of the fields of a page; those that count rows stay as they are."""
    if response.streaming:
        list(response.streaming_content)  # read to the end, so that its file is closed
        return set()
    if "html" not in response.headers.get("Content-Type", ""):
        return set()
    return set(re.findall(r'name="([\w.-]+)"', response.content.decode())) - {"csrfmiddlewaretoken"}


@pytest.mark.parametrize(
    "where", ["path", "name", "value", "null", "cookie", "posted name", "posted value", "file's field"]
)
def test_what_nothing_can_store_is_refused_with_a_sentence(cast, where):
    client = client_of(cast, "owner")
    if where == "cookie":
        client.cookies["sessionid"] = "x"
        response = client.get("/", HTTP_COOKIE='sessionid="\\000"')
    elif where == "file's field":
        response = client.post("/rete/alfa/modifica/", {f"logo{BELL}": SimpleUploadedFile("a.png", b"x")})
    else:
        response = {
            "path": lambda: client.get("/rete/%00/"),
            "name": lambda: client.get("/rete/", {f"q{NUL}": "x"}),
            "value": lambda: client.get("/rete/", {"q": f"x{BELL}"}),
            "null": lambda: client.get("/rete/", {"q": NUL}),
            "posted name": lambda: client.post("/rete/alfa/modifica/", {f"q{NUL}": "x"}),
            "posted value": lambda: client.post("/rete/alfa/modifica/", {"name": f"x{BELL}"}),
        }[where]()
    assert response.status_code == 400
    assert "caratteri che non si possono leggere" in response.content.decode()


@pytest.mark.parametrize("sign", [NUL, BELL, "&#7;", "\x7f", "\ufffe"])
def test_the_name_of_a_file_arrives_without_what_nothing_can_store(rf, sign):
    file = SimpleUploadedFile("a.png", b"x")
    file.name = f"a{sign}b.png"
    assert rf.post("/", {"logo": file}).FILES["logo"].name == "ab.png"


def test_the_refusal_needs_no_database(client, db):
    """It is noted where it can be; a database that is away stops nobody from being told."""

    def away(*asked):
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        assert client.get("/%00").status_code == 400


def test_breaks_of_a_word_processor_are_plain_breaks(cast):
    client = client_of(cast, "owner")
    client.post("/rete/alfa/proponi-termine/", {"term": "Sabbiatura", "note": "prima\x0bseconda\x0cterza"})
    assert cast["alfa"].term_proposals.get().note == "prima\nseconda\nterza"


def test_a_host_that_is_not_ours_is_told_so_in_italian(client, db):
    response = client.get("/", HTTP_HOST="altrove.example")
    assert (response.status_code, "Questa richiesta non si legge" in response.content.decode()) == (400, True)


def test_without_the_middleware_pages_break(cast, settings):
    """The negative control: the door is what stands between a NUL and a 500."""
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "ReasonableRequests" not in each]
    client = client_of(cast, "owner")
    with transaction.atomic():
        broken = client.post("/richieste/nuova/", {"key": "", "a": "x"}, QUERY_STRING="a=%00").status_code
        transaction.set_rollback(True)
    assert broken == 500


def test_what_only_the_database_finds_out_is_refused_too(rf):
    from django.db import DataError

    door = ReasonableRequests(lambda request: None)
    assert door.process_exception(rf.get("/"), DataError("integer out of range")).status_code == 400
    assert door.process_exception(rf.get("/"), ZeroDivisionError()) is None


# The door of every field ----------------------------------------------------------------------------------------------
def test_every_text_field_refuses_control_characters():
    """Forms of ours, of the packages, of the admin: a field made anywhere asks the same question."""
    for field in (
        forms.CharField(),
        forms.EmailField(),
        forms.SlugField(),
        forms.URLField(),
        forms.CharField(strip=False),
    ):
        with pytest.raises(ValidationError) as refused:
            field.clean("alfa@alfa.example\x01")
        assert "caratteri che non si possono scrivere" in str(refused.value)
    for field in (models.CharField(max_length=9), models.TextField(), models.EmailField(), models.URLField()):
        with pytest.raises(ValidationError):
            field.run_validators("a\x01")


def test_every_form_of_the_portal_asks(db):
    """Whichever class a form's text field has, it is one that asks."""
    asking = forms.CharField.run_validators
    for form in _all_forms(forms.BaseForm):
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.CharField):
                assert type(field).run_validators is asking, f"{form}.{name}"
    assert asking.asks_for_control_characters


def _all_forms(kind):
    for form in kind.__subclasses__():
        yield form
        yield from _all_forms(form)


def test_without_the_question_a_field_takes_them(monkeypatch):
    """The negative control."""
    monkeypatch.setattr(text_fields, "no_control_characters", lambda value: None)
    assert forms.CharField().clean("a\x01") == "a\x01"


# Old rows -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def old_rows(cast):
    """Rows from before anybody asked: written past every door."""
    text = "Titolo\x01\x0b\x1f con\ufffe controllo"
    kept = {"title": text, "text": text, "place": text, "kind": "call", "published_at": now()}
    Opportunity.objects.filter(pk=cast.opportunity.pk).update(**kept)
    type(cast.announcement).objects.filter(pk=cast.announcement.pk).update(title=text, body=f"<p>{text}</p>")
    Organization.objects.filter(slug="alfa").update(name=text, description=text)
    return cast


@pytest.mark.parametrize("url", ["/opportunita/bandi.rss", "/notizie/rss/"])
def test_a_feed_is_whole_with_old_rows(client, old_rows, url):
    from xml.etree import ElementTree

    response = client.get(url)
    assert response.status_code == 200
    assert "con controllo" in ElementTree.fromstring(response.content).find("channel/item/title").text


def test_a_feed_without_the_protection_breaks(client, old_rows, monkeypatch):
    from django.utils.xmlutils import UnserializableContentError

    monkeypatch.setattr("members.safety.feeds.readable", lambda text: text)
    with pytest.raises(UnserializableContentError):
        client.get("/opportunita/bandi.rss")


def test_a_calendar_is_whole_with_old_rows(client, old_rows):
    response = client.get(f"/opportunita/{old_rows.opportunity.slug}/evento.ics")
    assert "\x01" not in response.content.decode()
    assert Calendar.from_ical(response.content).walk("VEVENT")


@pytest.mark.parametrize("url", ["/", "/opportunita/", "/rete/", "/rete/alfa/", "/notizie/", "/dati-aperti/"])
def test_pages_are_shown_with_old_rows(client, old_rows, url):
    assert client.get(url).status_code == 200


def test_a_number_of_five_thousand_digits_is_no_number(cast):
    """Python itself refuses to read it: whoever forgets `is_key` meets the door."""
    response = client_of(cast, "financier").post("/richieste/silenziati/", {"remove": "9" * 5000})
    assert response.status_code == 302
    with pytest.raises(ValueError, match="Exceeds the limit") as found:
        int("9" * 5000)
    door = ReasonableRequests(lambda request: None)
    assert door.process_exception(RequestFactory().post("/"), found.value).status_code == 400
    assert door.process_exception(RequestFactory().post("/"), ValueError("another mistake")) is None  # the control
