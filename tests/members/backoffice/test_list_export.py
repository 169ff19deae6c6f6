"""Every list leaves as it stands on the screen: as a sheet or as the CSV of an Italian Excel, without live formulas."""

import csv
import io

import openpyxl
import pytest
from django.urls import reverse

from gate40.staff import GROUPS
from members.backoffice.list_export import LeavingMixin
from members.models import Export, Organization
from members.rules import spreadsheets
from tests.cast import say_again

EXPORT = reverse("admin:members_organization_export")
LISTS = {
    "members_organization": "Alfa",
    "members_user": "owner@persone.example",
    "members_adhesion": "Alfa",
    "matchmaking_opportunity": "bando-aperto",
    "matchmaking_interest": "Alfa",
    "matchmaking_registration": None,
    "matchmaking_collaborationrequest": "Misurare lastre",
    "matchmaking_servicerequest": "Check-up",
    "news_subscription": "posta@alfa.example",
}


@pytest.fixture
def staff(client, cast):
    client.force_login(cast.people["manager"])
    say_again(client)
    return client


def csv_rows(answer):
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";"))


@pytest.mark.parametrize(("name", "word"), LISTS.items())
def test_every_list_leaves_both_ways_and_leaves_a_row(staff, cast, name, word):
    assert cast.service_request and cast.interest
    url = reverse(f"admin:{name}_export")
    assert f'href="{url}' in staff.get(reverse(f"admin:{name}_changelist")).content.decode()
    assert staff.get(url).context["count"] >= bool(word)
    rows = csv_rows(staff.post(url, {"format": "csv"}))
    sheet = openpyxl.load_workbook(io.BytesIO(staff.post(url, {"format": "xlsx"}).content)).active
    assert list(next(sheet.iter_rows(values_only=True))) == rows[0]
    assert sheet.max_row == len(rows)
    assert word is None or word in str(rows[1:])
    assert [(row.made_by, row.rows) for row in Export.objects.all()] == [(cast.people["manager"], len(rows) - 1)] * 2


def test_what_leaves_is_what_the_filters_leave_on_the_screen(staff):
    url = f"{EXPORT}?status__exact=published&kind__exact=firm&q=alfa"
    asking = staff.get(url)
    assert asking.context["count"] == 1
    assert any("Pubblicata" in words for words in asking.context["filters"])
    assert [row[0] for row in csv_rows(staff.post(url, {"format": "csv"}))[1:]] == ["Alfa"]
    assert Export.objects.get().filters == "status__exact=published&kind__exact=firm&q=alfa"


FORMULAS = ["=1+1", "+39 0585", "-2", "@SUM(A1)", "＝1+1"]
STARTS = tuple("=+-@＝＋－＠")  # written here anew: the test holds whatever the code takes for a formula


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_lives_in_what_is_taken_out_and_it_comes_in_as_it_was(staff, text):
    Organization.objects.filter(slug="alfa").update(phone=text, description=text)
    assert f"'{text}" in staff.post(EXPORT, {"format": "csv"}).content.decode()
    answer = staff.post(EXPORT, {"format": "xlsx"})
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active.rows for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert [cell.value for cell in cells if str(cell.value or "").startswith(STARTS)] == []
    assert spreadsheets.plain(f"'{text}") == text and spreadsheets.plain("'ndrina") == "'ndrina"


def test_a_formula_would_live_without_the_apostrophe():
    """The negative control: what the apostrophe keeps from happening."""
    book = openpyxl.Workbook()
    book.active.append(["=1+1"])
    assert book.active["A1"].data_type == "f"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_leaves_only_with_whoever_has_just_said_again_who_they_are(client, cast, name):
    client.force_login(cast.people["manager"])
    url = reverse(f"admin:{name}_export")
    for answer in (client.get(url), client.post(url, {"format": "csv"})):
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_reauthenticate"))
    assert not Export.objects.exists()


@pytest.mark.parametrize("name", LISTS)
def test_whoever_may_not_read_a_list_may_not_take_it(client, cast, name):
    client.force_login(cast.people["desk"])
    say_again(client)
    app, model = name.split("_")
    rights = GROUPS["Redazione"].get(f"{app}.{model}", "")
    may = "change" in rights if model == "organization" else "view" in rights
    assert client.post(reverse(f"admin:{name}_export"), {"format": "csv"}).status_code == (200 if may else 403)


def test_the_log_cannot_be_wiped(staff):
    staff.post(EXPORT, {"format": "csv"})
    row = Export.objects.get()
    assert staff.post(reverse("admin:members_export_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_numbers_stay_numbers_and_moments_are_local(cast):
    from members.backoffice.list_export import value_of

    alfa = cast["alfa"]
    assert value_of(alfa, "pk") == alfa.pk and value_of(alfa, "legal_form.name") == ""
    assert value_of(alfa, "created_at").tzinfo is None
    assert value_of(alfa, "is_visible_to_financiers") == "no"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_queries_however_long_it_is(cast, name, staff, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        staff.post(reverse(f"admin:{name}_export"), {"format": "csv"})


def test_the_lists_of_this_test_are_all_lists_that_leave():
    from django.contrib import admin

    leaving = {
        f"{model._meta.app_label}_{model._meta.model_name}"
        for model, page in admin.site._registry.items()
        if isinstance(page, LeavingMixin)
    }
    assert leaving == set(LISTS)
