"""Lists as an office has them: understood or asked about, the good rows in, the others back with their reasons."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from stdnum import luhn

from members.backoffice import list_import, list_template
from members.backoffice.list_places import Places
from members.models import Adhesion, Claim, ImportBatch, ListUpload, ListWord, Offer, Organization
from members.rules import spreadsheets
from news.models import Delivery, Subscription
from tests.cast import competence, municipality, say_again

IMPORT = reverse("admin:members_organization_import")
HEAD = "denominazione,partita_iva,comune,provincia,email\n"
GOOD = HEAD + "Torneria Uno (esempio),00743110157,Carrara,MS,posta@uno.example\nDue (esempio),,Pisa,,\n"


def vat_number(number):
    digits = f"{number + 1:07d}045"  # seven of the firm, three of the province
    return digits + luhn.calc_check_digit(digits)


def sheet(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(content):
    """{row number: row} of a list, judged; nothing is written but the file."""
    content = content.encode() if isinstance(content, str) else content
    return {row.number: row for row in list_import.Judge(list_import.receive("elenco", content)).rows()}


def told(row):
    return {fault.column: f"{fault.value}: {fault.message}" for fault in row.faults}


def line(**values):
    """One row with these columns, judged."""
    values = {"denominazione": "Prova", "comune": "Carrara", **values}
    [row] = read(sheet(list(values), list(values.values()))).values()
    return row


@pytest.fixture
def desk(client, cast):
    cast.shadow.delete()  # its partita IVA is the one of the list
    client.force_login(cast.people["manager"])
    return client


def load(client, content, name="elenco.csv"):
    """The page that the file leads to."""
    content = content.encode() if isinstance(content, str) else content
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)}, follow=True)


def check_url(page):
    return reverse("admin:members_organization_import_check", args=[ListUpload.objects.latest("pk").pk])


def bring_in(client, content):
    return client.post(check_url(load(client, content)), {"bring": "1"}, follow=True)


def loaded():
    return list(Organization.objects.filter(imported__isnull=False).values_list("name", "status", "vat_number"))


# What a file may look like --------------------------------------------------------------------------------------------
def test_a_list_is_shown_before_it_is_brought_in(desk):
    page = load(desk, GOOD)
    assert "Torneria Uno (esempio)" in page.content.decode()
    assert loaded() == []
    bring_in(desk, GOOD)
    assert loaded() == [("Due (esempio)", "shadow", ""), ("Torneria Uno (esempio)", "shadow", "00743110157")]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        "sep=;\r\n" + GOOD.replace(",", ";"),
        GOOD.replace(",", "\t").encode("utf-16"),
        GOOD.replace("denominazione", "  RAGIONE   Sociale ").replace("partita_iva", "P. IVA"),
        "Elenco del Consorzio, novembre\n\n" + GOOD,
        GOOD + "\n,,,,\nTOTALE,,,,\n",
    ],
)
def test_however_the_file_is_written_the_same_two_firms_are_read(cast, content):
    cast.shadow.delete()
    rows = read(content)
    assert [(row.name, row.faults) for row in rows.values()] == [("Torneria Uno (esempio)", []), ("Due (esempio)", [])]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850", "mac_roman"])
def test_accents_survive_whatever_the_code_page(cast, encoding):
    rows = read("denominazione;comune\nSocietà Pietà è più S.r.l.;Carrara\n".encode(encoding))
    assert [row.name for row in rows.values()] == ["Società Pietà è più S.r.l."]


def test_rows_are_numbered_as_excel_numbers_them(cast):
    rows = read(sheet(["Elenco"], [], ["Ditta", "Città"], ["Uno", "Carrara"], [], ["Due", "Pisa"], ["TOTALE", None]))
    assert {number: row.name for number, row in rows.items()} == {4: "Uno", 6: "Due"}


def test_control_characters_never_come_in(cast):
    row = next(iter(read("denominazione;comune;attività\nUno\x00\x07;Carrara;a\x0bb\x1bc\n").values()))
    assert row.name == "Uno"
    assert row.values["description"] == "a\nbc"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "vecchio tipo"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "non si legge"),
        (b"PK\x03\x04 not a zip", "non si legge"),
        (b"\x00\x01\x02\x03" * 50, "non si legge"),
        (b"\n\n", "non c'è un elenco"),
    ],
)
def test_a_file_that_is_no_list_says_so_at_its_field(desk, content, message):
    [error] = load(desk, content, "elenco.xlsx").context["form"].errors["file"]
    assert message in error
    assert not ListUpload.objects.exists()


def test_more_rows_than_a_list_may_have_are_refused_in_words(desk, monkeypatch):
    monkeypatch.setattr(list_import, "MOST_ROWS", 1)
    page = load(desk, GOOD)
    assert "più di 1 righe" in page.content.decode()


def test_a_file_that_breaks_further_down_says_so_and_nothing_comes_in(desk):
    content = GOOD + "Tre,,Carrara,MS,\n" * 40 + "X" * 200_000 + ",,Carrara,MS,\n"
    page = load(desk, content)
    assert "non si legge" in page.content.decode()
    url = reverse("admin:members_organization_import_check", args=[ListUpload.objects.get().pk])
    assert "non si legge" in desk.post(url, {"bring": "1"}, follow=True).content.decode()
    assert desk.get(url.rstrip("/") + "/scartate/").status_code == 302
    assert loaded() == []


def test_a_word_that_was_taught_can_be_taken_away(desk, cast):
    list_import.remember_place("Avenza", cast.carrara)
    word = ListWord.objects.get()
    say_again(desk)  # what is deleted is deleted by somebody who has just said who they are
    desk.post(reverse("admin:members_listword_delete", args=[word.pk]), {"post": "yes"})
    assert not ListWord.objects.exists()


# What a cell may say --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("P.IVA", 743110157, "vat_number", "00743110157"),
        ("P.IVA", "743110157", "vat_number", "00743110157"),
        ("P.IVA", "IT 00743110157", "vat_number", "00743110157"),
        ("P.IVA", "007.431.101-57", "vat_number", "00743110157"),
        ("P.IVA", "n.d.", "vat_number", None),
        ("Sito web", "www.prova.example", "website", "https://www.prova.example"),
        ("Sito web", "HTTP://Prova.example/a", "website", "http://Prova.example/a"),
        ("Sito web", "-", "website", None),
        ("Tel.", 585000001, "phone", "0585000001"),
        ("Tel.", 3331234567, "phone", "3331234567"),
        ("Tel.", 390585000001, "phone", "+390585000001"),
        ("Tel.", "tel. 0585 000002 (ufficio)", "phone", "0585 000002"),
        ("E-mail", " uff@prova.example; acq@prova.example ", "contact_email", "uff@prova.example"),
        ("E-mail", "mailto:uff@prova.example", "contact_email", "uff@prova.example"),
        ("N. addetti", "1.200", "workers", 1200),
        ("N. addetti", 12.0, "workers", 12),
        ("N. addetti", "12 dipendenti", "workers", 12),
        ("CAP", 54033, "postal_code", "54033"),
        ("CAP", 187, "postal_code", "00187"),
        ("Indirizzo PEC", "prova@pec.example", "pec", "prova@pec.example"),
        ("Indirizzo", "'=via", "street", "=via"),
        ("Alla c.a.", "Dott.ssa Prova", "addressee", None),
        ("Referente", "Dott.ssa Prova", "addressee", "Dott.ssa Prova"),
    ],
)
def test_a_cell_is_understood(cast, column, cell, field, value):
    cast.shadow.delete()
    row = line(**{column: cell})
    assert (told(row), row.values.get(field)) == ({}, value)


@pytest.mark.parametrize("cell", [743110157, "585000001 int. 3", "a@b.example, c@d.example"])
def test_what_was_changed_in_reading_is_shown_before_it_comes_in(cast, cell):
    cast.shadow.delete()
    column = {int: "P.IVA"}.get(type(cell), "E-mail" if "@" in str(cell) else "Tel.")
    assert line(**{column: cell}).notes


@pytest.mark.parametrize(
    ("column", "cell", "field", "message"),
    [
        ("P.IVA", "00743110158", "vat_number", "non torna"),
        ("P.IVA", 743110158, "vat_number", "11 cifre"),  # padded it does not hold: nobody guesses
        ("P.IVA", "123", "vat_number", "11 cifre"),
        ("P.IVA", "DE123456789", "vat_number", "estero (DE)"),
        ("P.IVA", "7,43E+08", "vat_number", "abbreviato"),
        ("Comune", "Atlantide", "municipality", "elenco ISTAT"),
        ("Comune", None, "municipality", "Manca il comune"),
        ("Provincia", "PI", "municipality", "provincia di MS, non di PI"),
        ("E-mail", "manca-la-chiocciola.example", "contact_email", "non è un indirizzo"),
        ("Sito web", "info@prova.example", "website", "e-mail"),
        ("Sito web", "il sito è in costruzione", "website", "indirizzo di un sito"),
        ("N. addetti", "dodici", "workers", "«dodici»"),
        ("N. addetti", "=6+6", "workers", "formula"),
        ("CAP", "540", "postal_code", None),
        ("CAP", "Massa", "postal_code", "5 cifre"),
        ("Denominazione", None, "name", "Manca la denominazione"),
        ("Denominazione", "X" * 161, "name", "troppo lungo"),
        ("Tipo", "bar", "kind", "non è un tipo"),
    ],
)
def test_what_cannot_be_is_told_with_its_value(cast, column, cell, field, message):
    name = {"Comune": "comune", "Denominazione": "denominazione"}.get(column, column)
    row = line(**{name: cell}) if cell is not None or column != "Comune" else line(comune=None, provincia="MS")
    if message is None:
        assert told(row) == {}  # the zeros of a CAP can be put back without doubt
        return
    assert list(told(row)) == [field]
    assert message in told(row)[field]
    assert cell is None or str(cell)[:80] in told(row)[field] or column == "Provincia"


@pytest.mark.parametrize(
    ("text", "province"),
    [
        ("CASTEL SAN NICCOLO'", "AR"),
        ("Castel San Niccolò", None),
        ("castel san niccolo`", "Arezzo"),
        ("Castel S. Niccolò (AR)", None),
        ("52018 Castel San Niccolo’ (ar)", None),
        ("Castel San Niccolò - AR", "prov. di Arezzo"),
    ],
)
def test_a_place_is_found_however_it_is_written(cast, text, province):
    wanted = _place("Castel San Niccolò")
    _place("San Niccolò")
    assert Places().find(text, province) == wanted


def _place(name):
    from members.models import Municipality, Province

    arezzo, _is_new = Province.objects.get_or_create(code="AR", defaults={"name": "Arezzo", "region": "Toscana"})
    return Municipality.objects.create(name=name, province=arezzo)


def test_a_saint_may_be_short(cast):
    wanted = municipality("San Giuliano Terme", "PI")
    assert Places().find("S. Giuliano Terme") == wanted


def test_a_hamlet_is_asked_about_once_and_understood_from_then_on(desk, cast):
    content = "denominazione;comune;provincia\nUno;Marina di Carrara;MS\nDue;Marina di Carrara;MS\n"
    page = load(desk, content)
    [asked] = page.context["asked"]
    assert (asked["place"], asked["suggestion"], asked["count"], asked["number"]) == (
        "Marina di Carrara",
        cast.carrara,
        2,
        2,
    )
    desk.post(check_url(page), {"place": "Marina di Carrara", "answer": "Carrara (MS)"})
    row = read(content)[2]
    assert (row.faults, row.values["municipality"], row.values["locality"]) == ([], cast.carrara, "Marina di Carrara")


def test_an_answer_that_is_no_comune_is_told_beside_it(desk):
    page = load(desk, "denominazione;comune\nUno;Avenza\n")
    page = desk.post(check_url(page), {"place": "Avenza", "answer": "Boh"})
    assert page.context["asked"][0]["wrong"][0] == "Boh"
    assert not ListWord.objects.exists()


# Doubles --------------------------------------------------------------------------------------------------------------
def test_two_firms_of_one_name_with_different_numbers_are_two_firms(cast):
    rows = read(f"{HEAD}Prova S.r.l.,{vat_number(1)},Carrara,MS,\nProva S.n.c.,{vat_number(2)},Carrara,MS,\n")
    assert [told(row) for row in rows.values()] == [{}, {}]


@pytest.mark.parametrize(
    ("second", "column"),
    [(f"Altro nome,{vat_number(1)},Pisa,PI,", "vat_number"), ("PROVA srl,,Carrara,MS,", "name")],
)
def test_a_double_is_told_with_the_row_that_it_repeats(cast, second, column):
    rows = read(f"{HEAD}Prova S.r.l.,{vat_number(1)},Carrara,MS,\n{second}\n")
    assert told(rows[2]) == {}
    assert list(told(rows[3])) == [column]
    assert "riga 2 («Prova S.r.l.»)" in told(rows[3])[column]


def test_whoever_has_a_profile_already_is_not_touched_by_a_list(cast):
    [row] = read(f"{HEAD}alfa S.r.l.,,Carrara,MS,nuova@alfa.example\n").values()
    assert "non è più precaricata" in told(row)["name"]


# The good come in, the others go back --------------------------------------------------------------------------------
MIXED = HEAD + f"Buona,{vat_number(1)},Carrara,MS,\nStrana,123,Carrara,MS,\n"


def test_the_good_rows_come_in_and_the_others_leave_as_a_sheet_with_the_reason(desk):
    bring_in(desk, MIXED)
    assert [name for name, *_rest in loaded()] == ["Buona"]
    upload = ListUpload.objects.get()
    answer = desk.get(reverse("admin:members_organization_import_refused", args=[upload.pk]))
    head, row = openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    assert head[:3] == ("Riga", "Motivo", "denominazione")
    assert row[0] == 3 and "11 cifre" in row[1] and row[2] == "Strana"


def test_the_sheet_of_the_others_comes_in_once_it_is_mended(desk):
    bring_in(desk, MIXED)
    book = openpyxl.load_workbook(io.BytesIO(bytes(ListUpload.objects.get().refused)))
    book.active["D2"] = vat_number(2)
    out = io.BytesIO()
    book.save(out)
    bring_in(desk, out.getvalue())
    assert [name for name, *_rest in loaded()] == ["Buona", "Strana"]


def test_twice_the_same_button_brings_in_once(desk):
    url = check_url(load(desk, GOOD))
    desk.post(url, {"bring": "1"})
    desk.post(url, {"bring": "1"})
    assert len(loaded()) == 2 and ImportBatch.objects.count() == 1


def test_who_came_in_between_preview_and_confirmation_stays_outside(desk):
    url = check_url(load(desk, GOOD))
    Organization.objects.filter(slug="beta").update(vat_number="00743110157")
    desk.post(url, {"bring": "1"})
    assert [name for name, *_rest in loaded()] == ["Due (esempio)"]
    assert ListUpload.objects.get().refused_count == 1


def test_what_has_no_field_of_its_own_is_kept_in_the_private_notes(desk):
    bring_in(desk, "denominazione;comune;email\nUno;Carrara;uff@uno.example / acq@uno.example\n")
    one = Organization.objects.get(name="Uno")
    assert (one.contact_email, one.private_notes) == ("uff@uno.example", "Dall'elenco: acq@uno.example")


def test_nobody_of_the_list_gets_a_mail_or_is_seen(desk, client, django_capture_on_commit_callbacks):
    before = Subscription.objects.count(), Delivery.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        bring_in(desk, GOOD.replace("email", "PEC"))
    assert (Subscription.objects.count(), Delivery.objects.count()) == before
    client.logout()
    assert client.get("/rete/", {"q": "torneria uno"}).context["count"] == 0


# The page of the columns ----------------------------------------------------------------------------------------------
STRANGE = "Chi;Dove;Boh\nUno;Carrara;x\n"


def test_columns_that_nobody_knows_are_asked_about_and_remembered(desk):
    page = load(desk, STRANGE)
    assert [field.label for field in page.context["form"]][1:] == ["Chi", "Dove", "Boh"]
    url = page.redirect_chain[-1][0]
    answer = desk.post(url, {"head_row": 1, "column0": "name", "column1": "municipality", "column2": ""}, follow=True)
    assert answer.context["found"].new_count == 1
    assert read(STRANGE)[2].name == "Uno"


@pytest.mark.parametrize(
    ("choice", "message"),
    [({"column0": "name"}, "comune"), ({"column0": "name", "column1": "name"}, "è già un")],
)
def test_a_column_that_is_needed_or_said_twice_is_told(desk, choice, message):
    url = load(desk, STRANGE).redirect_chain[-1][0]
    assert message in str(desk.post(url, {"head_row": 1, **choice}).context["form"].errors)


@pytest.mark.parametrize(("row", "columns"), [("2", 2), ("99", 3), ("x", 3)])
def test_another_row_may_hold_the_headers(desk, row, columns):
    url = load(desk, "Chi;Dove;Boh\nDitta;Città\nUno;Carrara\n").redirect_chain
    upload = ListUpload.objects.get()
    ListUpload.objects.filter(pk=upload.pk).update(head_row=1, columns=["", "", ""])
    where = reverse("admin:members_organization_import_columns", args=[upload.pk])
    page = desk.post(where, {"head_row": row}, follow=True)
    assert url and len(page.context["form"].headers) == columns


# Again, for whoever is here ------------------------------------------------------------------------------------------
PHONES = "denominazione;comune;telefono;indirizzo\nOmbra;Carrara;0585 9;Via Nuova 1\n"


@pytest.fixture
def again(client, cast):
    client.force_login(cast.people["manager"])
    return client


def test_a_second_list_changes_only_the_chosen_columns_of_whoever_is_unclaimed_and_goes_back(again, cast):
    before = Organization.objects.filter(pk=cast.shadow.pk).values().get()
    page = load(again, PHONES)
    assert page.context["found"].refused_count == 1  # without a column chosen nothing changes
    url = check_url(page)
    page = again.post(url, {"choose_updates": "1", "updates": ["street", "name"]}, follow=True)
    [(row, changes)] = page.context["changes"]
    assert changes == [("indirizzo", "", "Via Nuova 1")]
    again.post(url, {"bring": "1"})
    after = Organization.objects.get(pk=cast.shadow.pk)
    assert (after.street, after.phone) == ("Via Nuova 1", before["phone"])
    act(again, "importbatch", "undo", ImportBatch.objects.get())
    now = Organization.objects.filter(pk=cast.shadow.pk).values().get()
    assert {name for name in now if now[name] != before[name]} == {"version"}


def test_a_change_that_somebody_wrote_over_since_is_not_taken_back(again, cast):
    url = check_url(load(again, PHONES))
    again.post(url, {"choose_updates": "1", "updates": ["street"]})
    again.post(url, {"bring": "1"})
    Organization.objects.filter(pk=cast.shadow.pk).update(street="Via Terza 3")
    page = act(again, "importbatch", "undo", ImportBatch.objects.get())
    assert "già state lavorate: Ombra" in page.content.decode()
    assert Organization.objects.get(pk=cast.shadow.pk).street == "Via Terza 3"


def test_an_empty_cell_wipes_nothing_out(again, cast):
    url = check_url(load(again, PHONES.replace("0585 9", "")))
    page = again.post(url, {"choose_updates": "1", "updates": ["phone"]}, follow=True)
    assert (page.context["found"].same_count, page.context["found"].changed_count) == (1, 0)


# Taking back ----------------------------------------------------------------------------------------------------------
def act(client, model, action, *rows):
    """An action of the admin, with the yes that it asks for."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], "confirmed": len(rows)}
    return client.post(reverse(f"admin:members_{model}_changelist"), data, follow=True)


def test_a_list_that_nobody_touched_is_taken_back_whole(desk):
    before = Organization.objects.count()
    bring_in(desk, GOOD)
    page = act(desk, "importbatch", "undo", ImportBatch.objects.get())
    assert "2 organizzazioni" in page.content.decode()
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
def test_a_list_with_one_organization_that_somebody_worked_on_stays(desk, cast, work):
    bring_in(desk, GOOD)
    work(Organization.objects.get(name="Due (esempio)"), cast)
    page = act(desk, "importbatch", "undo", ImportBatch.objects.get())
    assert "già state lavorate: Due (esempio)" in page.content.decode()
    assert len(loaded()) == 2


def test_files_are_not_kept_for_long(desk):
    load(desk, GOOD)
    assert list_import.forget_uploads() == 0
    assert list_import.forget_uploads(now=timezone.now() + timedelta(days=31)) == 1


# Adhesions ------------------------------------------------------------------------------------------------------------
ADHESIONS = HEAD.strip() + ",rete,stato_adesione,adesione_dal\n"


def test_a_list_may_say_where_each_stands_with_a_network_and_goes_back_with_it(desk):
    bring_in(desk, ADHESIONS + "Uno,,Carrara,MS,,Gate 4.0,Interessata,09/03/2025\nDue,,Pisa,,,gate-4-0,aderente,\n")
    rows = Adhesion.objects.filter(organization__imported__isnull=False).order_by("organization__name")
    assert [(row.state, row.until) for row in rows] == [("member", None), ("interested", None)]
    assert rows[1].since == date(2025, 3, 9)
    assert list_import.undo_import(ImportBatch.objects.get()) == 2


def test_an_adhesion_that_went_on_since_holds_the_list_back(desk):
    bring_in(desk, ADHESIONS + "Uno,,Carrara,MS,,Gate 4.0,contattata,09/03/2025\n")
    row = Adhesion.objects.get(organization__name="Uno")
    Adhesion.objects.move(row.organization, row.network, Adhesion.State.MEMBER)
    with pytest.raises(list_import.Edited):
        list_import.undo_import(ImportBatch.objects.get())


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Altra rete,aderente,", "network"),
        ("Gate 4.0,socia,", "adhesion_state"),
        ("Gate 4.0,,", "adhesion_state"),
        (",aderente,", "network"),
        ("Gate 4.0,aderente,31/02/2025", "adhesion_since"),
        ("Gate 4.0,aderente,01/01/2999", "adhesion_since"),
    ],
)
def test_a_wrong_adhesion_says_so_at_its_column(cast, row, column):
    [judged] = read(f"{ADHESIONS}Uno,,Carrara,MS,,{row}\n").values()
    assert list(told(judged)) == [column]


# Rights, template, size -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["desk", "owner"])
@pytest.mark.parametrize("page", ["import", "import_check", "import_columns", "import_refused", "import_template"])
def test_lists_come_in_only_by_whoever_manages_members(client, cast, role, page):
    upload = list_import.receive("elenco.csv", GOOD.encode())
    client.force_login(cast.people[role])
    numbered = page not in ("import", "import_template")
    url = reverse(f"admin:members_organization_{page}", args=[upload.pk] if numbered else [])
    assert client.get(url).status_code in (302, 403)
    assert client.post(url, {"bring": "1"}).status_code in (302, 403)
    assert loaded() == []


def test_the_template_is_a_list_that_the_portal_understands_whole(cast):
    upload = list_import.receive("modello.xlsx", list_template.workbook())
    assert upload.columns == list_template.ORDER


@pytest.mark.parametrize("rows", [1, 200])
def test_a_list_asks_the_database_no_more_for_more_rows(cast, rows, django_assert_max_num_queries):
    content = HEAD + "".join(f"Firma {number},{vat_number(number)},Carrara,MS,\n" for number in range(rows))
    upload = list_import.receive("elenco.csv", content.encode())
    with django_assert_max_num_queries(22):
        assert list_import.bring_in(upload)["new"] == rows


def test_a_sheet_says_itself_how_large_it_is_and_is_not_believed(cast):
    content = sheet(["Ditta", "Città"], ["Uno", "Carrara"])
    assert [row for _number, row in spreadsheets.sheets(content)[0].rows()][1] == ["Uno", "Carrara"]
