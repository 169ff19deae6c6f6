"""What one request may cost: every form and upload is sent the largest thing that it should refuse, and is measured."""

import io
import resource
import time
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse

from gate40.doors.middleware import ReasonableRequests
from members.safety import table_sizes
from tests.test_permissions import client_of, objects_for, our_pages

SECONDS, BYTES = 1.0, 50_000_000
REFUSED = {400, 403, 404, 405, 413}


class Body(io.RawIOBase):
    """Many bytes that nobody has to hold: a multipart form with a file of any size."""

    def __init__(self, size):
        self.left = size

    def readable(self):
        return True

    def read(self, size=-1):
        size = self.left if size < 0 else min(size, self.left)
        self.left -= size
        return b"x" * size


def sent(client, url, size):
    body = Body(size)
    request = {"CONTENT_LENGTH": str(size), "wsgi.input": body, "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    return client.request(REQUEST_METHOD="POST", PATH_INFO=url, **request), body


def measured(ask):
    """(answer, seconds of this process, bytes by which its highest memory grew): the machine is shared by others."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    response = ask()
    seconds = time.process_time() - began
    return response, seconds, 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


def largest(role):
    """Each thing that no form takes, as (what, the data that is sent)."""
    yield "rows", {f"{prefix}-{name}": 1060 for prefix in PREFIXES for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    yield "fields", {f"field-{number}": "x" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    yield "text", {"text": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}


PREFIXES = ["offers", "needs", "facilities", "asked", "form", "requirements", "items"]


def forms_of(cast):
    for page in our_pages():
        yield reverse(page.name, kwargs=objects_for(page, cast)[0][0])
    for name in ("members_organization_add", "members_organization_import", "news_newsletter_add"):
        yield reverse(f"admin:{name}")


@pytest.mark.parametrize("role", ["anon", "owner", "super"])
def test_every_form_refuses_the_largest_thing_quickly(cast, role):
    client, found, walked, slowest = client_of(cast, role), [], 0, 0
    limit = settings.LARGEST_BODY[{"anon": "anonymous", "owner": "member", "super": "staff"}[role]]
    for url in forms_of(cast):
        asks = {what: lambda data=data: client.post(url, data) for what, data in largest(role)}  # noqa: B023
        asks["body"] = lambda: sent(client, url, limit + 1)[0]  # noqa: B023
        for what, ask in asks.items():
            response, seconds, most = measured(ask)
            walked, slowest = walked + 1, max(slowest, seconds)
            is_refused = response.status_code in REFUSED or response.status_code == 302
            if not is_refused or seconds > SECONDS or most > BYTES:
                found.append((url, what, response.status_code, round(seconds, 2), most))
    print(f"{role}: {walked} refusals, the slowest {slowest:.2f} s")
    assert found == []


@pytest.mark.parametrize(("role", "limit"), [("anon", "anonymous"), ("owner", "member"), ("super", "staff")])
def test_a_body_beyond_the_role_is_not_read(cast, role, limit):
    response, body = sent(client_of(cast, role), "/iscrizioni/", settings.LARGEST_BODY[limit] + 1)
    assert (response.status_code, body.left) == (413, settings.LARGEST_BODY[limit] + 1)
    assert "manda meno" in response.content.decode()


def test_a_member_sends_what_a_stranger_may_not(cast):
    size = settings.LARGEST_BODY["anonymous"] + 1
    data = {"email": "x@x.example", "newsletter": "x" * size}
    assert client_of(cast, "anon").post("/iscrizioni/", data).status_code == 413
    assert client_of(cast, "owner").post("/iscrizioni/", data).status_code == 200


def test_without_the_limit_a_form_without_end_is_built(cast, settings):
    """The negative control: what the door keeps out is what costs."""
    settings.MOST_ROWS = 10_000
    from members.profiles.forms import OfferFormSet

    rows = {"offers-TOTAL_FORMS": "1060", "offers-INITIAL_FORMS": "0"}
    assert OfferFormSet(rows, prefix="offers", instance=cast["alfa"]).total_form_count() == 120
    unlimited = type("Unlimited", (OfferFormSet,), {"absolute_max": 1060})
    assert unlimited(rows, prefix="offers", instance=cast["alfa"]).total_form_count() == 1060


def test_every_set_of_rows_has_a_limit():
    """No set of rows keeps Django's thousand."""
    from django.forms.models import BaseInlineFormSet

    ours = [
        each for each in BaseInlineFormSet.__subclasses__() if each.__module__.startswith(("members", "matchmaking"))
    ]
    made = [each for base in ours for each in [base, *base.__subclasses__()] if hasattr(each, "absolute_max")]
    assert made
    assert [each for each in made if each.absolute_max > settings.MOST_ROWS] == []


def test_a_length_that_is_none_is_not_a_length(rf, cast):
    request = RequestFactory().post("/iscrizioni/")
    request.META["CONTENT_LENGTH"] = "molto"
    request.user = cast.people["owner"]
    assert ReasonableRequests(lambda request: None).process_view(request, None, (), {}).status_code == 400


# Lists ----------------------------------------------------------------------------------------------------------------
def spreadsheet(rows=1, cells=1, padding=0):
    """A few hundred bytes that unpack to many."""
    file = io.BytesIO()
    archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
    with archive, archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
        for _ in range(rows):
            sheet.write(b"<row>" + b"<c r='A1'/>" * cells + b"</row>")
        for _ in range(padding // 1_000_000):
            sheet.write(b" " * 1_000_000)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    "much", [{"padding": 200_000_000}, {"rows": 30_000}, {"rows": 100, "cells": 5000}], ids=["bytes", "rows", "cells"]
)
def test_a_spreadsheet_is_judged_by_what_it_unpacks_to(much):
    file = spreadsheet(**much)

    def judge():
        with pytest.raises(table_sizes.TooLarge):
            table_sizes.judge_xlsx(file)

    _response, seconds, most = measured(judge)
    assert len(file.getvalue()) < 1_000_000
    assert (seconds <= SECONDS, most <= BYTES) == (True, True)


def test_an_ordinary_list_passes():
    table_sizes.judge_xlsx(spreadsheet(rows=10_000, cells=14))
    table_sizes.judge_csv(b"a,b\n" * 10_000)
    for much in (b"\n" * 30_000, b"," * 200, b"a,b\n" + b",,,\n" * 200_000):
        with pytest.raises(table_sizes.TooLarge):
            table_sizes.judge_csv(much)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_import_says_at_its_field_that_a_list_is_too_long(cast, kind):
    content = spreadsheet(padding=200_000_000).getvalue() if kind == "xlsx" else b"denominazione,comune\n" * 30_000
    data = {"file": SimpleUploadedFile(f"elenco.{kind}", content)}
    client = client_of(cast, "super")
    response, seconds, most = measured(lambda: client.post(reverse("admin:members_organization_import"), data))
    assert "troppo lungo" in response.content.decode()
    assert (seconds <= SECONDS, most <= BYTES) == (True, True)
