"""Lists of organizations: in as a whole or not at all, back as a whole, out without live formulas."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from stdnum import luhn

from members.backoffice import import_export
from members.models import Adhesion, Claim, Export, ImportBatch, Offer, Organization
from news.models import Delivery, Subscription
from tests.cast import competence, say_again

IMPORT = reverse("admin:members_organization_import")
PROCESS = reverse("admin:members_organization_process_import")
EXPORT = reverse("admin:members_organization_export")
HEAD = "denominazione,partita_iva,comune,provincia,email\n"
GOOD = HEAD + "Torneria Uno (esempio),00743110157,Carrara,MS,posta@uno.example\nDue (esempio),,Pisa,,\n"


@pytest.fixture
def staff(client, cast):
    cast.shadow.delete()  # its partita IVA is the one of the list
    client.force_login(cast.people["manager"])
    say_again(client)
    return client


def preview(client, content, name="elenco.csv", number="0"):
    content = content.encode() if isinstance(content, str) else content
    return client.post(IMPORT, {"import_file": SimpleUploadedFile(name, content), "format": number, "resource": ""})


def bring_in(client, content):
    confirm = preview(client, content).context["confirm_form"]
    return client.post(PROCESS, confirm.initial)


def loaded():
    return list(Organization.objects.filter(imported__isnull=False).values_list("name", "status", "vat_number"))


def test_a_list_is_shown_before_it_is_brought_in(staff):
    page = preview(staff, GOOD)
    assert "Torneria Uno (esempio)" in page.content.decode()
    assert loaded() == []
    bring_in(staff, GOOD)
    assert loaded() == [("Due (esempio)", "shadow", ""), ("Torneria Uno (esempio)", "shadow", "00743110157")]


def test_a_list_with_semicolons_and_a_mark_in_front_is_read_too(staff):
    bring_in(staff, "\ufeff" + GOOD.replace(",", ";"))
    assert len(loaded()) == 2


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("X,00743110158,Carrara,MS,", "partita_iva", "non torna"),
        ("X,123,Carrara,MS,", "partita_iva", "11 cifre"),
        ("X,,Atlantide,,", "comune", "non c'è nell'elenco"),
        ("X,,,,", "comune", "Manca il comune"),
        ("X,,Carrara,PI,", "comune", "non c'è nell'elenco"),
        ("X,,Carrara,MS,non-un-indirizzo", "email", "indirizzo email valido"),
        (",,Carrara,MS,", "denominazione", "vuoto"),
        ("X\x00,,Carrara,MS,", "denominazione", "caratteri"),
        ("X" * 100_000 + ",,Carrara,MS,", "denominazione", "troppo lungo"),
        ("alfa S.r.l.,,Carrara,MS,", "denominazione", "stesso comune"),
        ("Torneria  uno (esempio),,Carrara,MS,", "denominazione", "stesso comune"),
        ("X,00743110157,Carrara,MS,", "partita_iva", "già"),
    ],
)
def test_a_wrong_row_is_told_at_its_column_and_nothing_is_written(staff, row, column, message):
    page = preview(staff, GOOD + row + "\n")
    [invalid] = page.context["result"].invalid_rows
    assert invalid.number == 3
    assert list(invalid.field_specific_errors) == [column]
    assert message in str(invalid.field_specific_errors[column][0])
    assert "confirm_form" not in page.context
    assert loaded() == [] and not ImportBatch.objects.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD.replace("Uno", "Unó").encode("latin-1"), "UTF-8"),
        (GOOD.replace("comune", "città"), "mancano queste colonne: comune"),
        (GOOD + "a,b,c,d,e,f,g,h\n", "non si legge"),
        (GOOD + "X" * 200_000 + ",,Carrara,MS,\n", "non si legge"),
    ],
)
def test_a_file_that_is_no_list_says_so_at_its_field(staff, content, message):
    [error] = preview(staff, content).context["form"].errors["import_file"]
    assert message in error
    assert loaded() == []


def test_a_picture_named_xlsx_is_no_list(staff):
    form = preview(staff, b"%!PS-Adobe-3.0 EPSF-3.0", "elenco.xlsx", "1").context["form"]
    assert "non si legge" in form.errors["import_file"][0]


def test_what_changed_between_preview_and_confirmation_stops_the_whole_list(staff, cast):
    confirm = preview(staff, GOOD).context["confirm_form"]
    Organization.objects.filter(slug="beta").update(vat_number="00743110157")
    page = staff.post(PROCESS, confirm.initial, follow=True)
    assert "non è stato importato niente" in page.content.decode()
    assert loaded() == [] and not ImportBatch.objects.exists()


def test_nobody_of_the_list_gets_a_mail_or_is_seen(
    staff, client, settings, tmp_path, django_capture_on_commit_callbacks
):
    before = Subscription.objects.count(), Delivery.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        bring_in(staff, GOOD)
    assert (Subscription.objects.count(), Delivery.objects.count()) == before
    assert not (tmp_path / "posta").exists() or list((tmp_path / "posta").iterdir()) == []
    client.logout()
    assert client.get("/rete/", {"q": "torneria uno"}).context["count"] == 0


def test_a_list_that_nobody_touched_is_taken_back_whole(staff):
    before = Organization.objects.count()
    bring_in(staff, GOOD)
    page = act(staff, "importbatch", "undo", ImportBatch.objects.get())
    assert "tolte 2" in page.content.decode()
    assert Organization.objects.count() == before and not ImportBatch.objects.exists()


def _save(organization, cast):
    organization.save()


def _claim(organization, cast):
    Claim.objects.create(organization=organization, user=cast.people["pending"])


def _offer(organization, cast):
    Offer.objects.create(organization=organization, competence=competence("PRD.01.04"))


def _publish(organization, cast):
    Organization.objects.filter(pk=organization.pk).update(status="published")


@pytest.mark.parametrize("work", [_save, _claim, _offer, _publish])
def test_a_list_with_one_organization_that_somebody_worked_on_stays(staff, cast, work):
    bring_in(staff, GOOD)
    work(Organization.objects.get(name="Due (esempio)"), cast)
    page = act(staff, "importbatch", "undo", ImportBatch.objects.get())
    assert "già state lavorate: Due (esempio)" in page.content.decode()
    assert len(loaded()) == 2


def act(client, model, action, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(reverse(f"admin:members_{model}_changelist"), data, follow=True)


FORMULAS = ["=1+1", "+39 0585", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("number", ["0", "1"])
def test_no_formula_lives_in_what_is_taken_out(staff, text, number):
    Organization.objects.filter(slug="alfa").update(phone=text, description=text)
    answer = staff.post(EXPORT, {"format": number, "resource": ""})
    if number == "0":
        assert f"'{text}" in answer.content.decode()
        return
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active.rows for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert [cell.value for cell in cells if str(cell.value or "").startswith(import_export.LIVE)] == []


def test_a_list_leaves_only_with_whoever_has_just_said_again_who_they_are(client, cast):
    client.force_login(cast.people["manager"])
    for answer in (client.get(EXPORT), client.post(EXPORT, {"format": "0", "resource": ""})):
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_reauthenticate"))
    assert not Export.objects.exists()
    say_again(client)
    assert "Alfa" in client.post(EXPORT, {"format": "0", "resource": ""}).content.decode()


def test_every_list_taken_out_leaves_a_row_that_says_who_when_and_what(staff, cast):
    asking = staff.get(EXPORT).content.decode()
    assert "Le colonne del file:" in asking and "stato_adesione" not in asking
    assert not Export.objects.exists()
    staff.post(f"{EXPORT}?status__exact=published&kind__exact=firm", {"format": "0", "resource": ""})
    row = Export.objects.get()
    assert (row.made_by, row.rows, row.file_format) == (cast.people["manager"], 2, "csv")
    assert row.filters == "status__exact=published&kind__exact=firm"
    assert "email" in row.columns
    page = staff.get(reverse("admin:members_export_changelist")).content.decode()
    assert str(cast.people["manager"]) in page and "status__exact=published" in page
    assert staff.post(reverse("admin:members_export_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


ADHESIONS = HEAD.strip() + ",rete,stato_adesione,adesione_dal\n"


def test_a_list_may_say_where_each_stands_with_a_network_and_goes_back_with_it(staff):
    bring_in(staff, ADHESIONS + "Uno,,Carrara,MS,,Gate 4.0,Interessata,09/03/2025\nDue,,Pisa,,,gate-4-0,aderente,\n")
    rows = Adhesion.objects.filter(organization__imported__isnull=False).order_by("organization__name")
    assert [(row.state, row.until) for row in rows] == [("member", None), ("interested", None)]
    assert rows[1].since == date(2025, 3, 9)
    assert import_export.undo_import(ImportBatch.objects.get()) == 2


def test_an_adhesion_that_went_on_since_holds_the_list_back(staff):
    bring_in(staff, ADHESIONS + "Uno,,Carrara,MS,,Gate 4.0,contattata,09/03/2025\n")
    row = Adhesion.objects.get(organization__name="Uno")
    Adhesion.objects.move(row.organization, row.network, Adhesion.State.MEMBER)
    with pytest.raises(import_export.Edited):
        import_export.undo_import(ImportBatch.objects.get())


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Altra rete,aderente,", "rete"),
        ("Gate 4.0,socia,", "stato_adesione"),
        ("Gate 4.0,,", "stato_adesione"),
        (",aderente,", "rete"),
        ("Gate 4.0,aderente,31/02/2025", "adesione_dal"),
        ("Gate 4.0,aderente,01/01/2999", "adesione_dal"),
    ],
)
def test_a_wrong_adhesion_says_so_at_its_column_and_nothing_comes_in(staff, row, column):
    result = preview(staff, f"{ADHESIONS}Uno,,Carrara,MS,,{row}\n").context["result"]
    assert [list(wrong.field_specific_errors) for wrong in result.invalid_rows] == [[column]]
    assert loaded() == []


def test_what_was_taken_out_comes_in_as_it_was(db):
    assert import_export.TextWidget().clean("'+39 0585") == "+39 0585"
    assert import_export.TextWidget().clean("'ndrina") == "'ndrina"


@pytest.mark.parametrize("role", ["desk", "owner"])
@pytest.mark.parametrize("url", [IMPORT, EXPORT])
def test_lists_are_only_for_who_manages_members(client, cast, role, url):
    client.force_login(cast.people[role])
    assert client.get(url).status_code in (302, 403)


def vat_number(number):
    digits = f"{number + 1:07d}045"  # seven of the firm, three of the province
    return digits + luhn.calc_check_digit(digits)


@pytest.mark.parametrize("rows", [1, 200])
def test_a_list_asks_the_database_no_more_for_more_rows(cast, rows, django_assert_max_num_queries):
    dataset = import_export.ItalianCSV().create_dataset(
        HEAD + "".join(f"Firma {number},{vat_number(number)},Carrara,MS,\n" for number in range(rows))
    )
    with django_assert_max_num_queries(22):
        result = import_export.OrganizationResource().import_data(dataset, rollback_on_validation_errors=True)
    assert result.totals["new"] == rows
