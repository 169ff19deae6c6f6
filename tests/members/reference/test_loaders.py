"""Loading the reference tables: twice changes nothing, a bad row is named, a bad file loads nothing."""

import csv
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from members.models import Alias, Competence, Complement, EconomicActivity, LegalForm, Municipality, Province
from members.reference import loaders
from members.reference.table_files import Unreadable

pytestmark = pytest.mark.django_db
PLACES = (
    "codice_istat,comune,comune_maiuscolo,sigla,provincia,codice_regione,regione,catastale,popolazione_2011,valido_dal"
)
CARRARA = "045003,Carrara,CARRARA,MS,Massa-Carrara,09,Toscana,B832,62000,1948-01-01"


def write(path, *lines, encoding="utf-8"):
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def test_the_taxonomy_has_thirteen_branches_and_119_leaves():
    assert Competence.objects.filter(parent=None).count() == 13
    assert Competence.objects.filter(children=None).count() == 119
    assert Competence.objects.get(code="PRD.01.04").parent.code == "PRD.01"


def test_loading_the_taxonomy_again_changes_nothing():
    before = Alias.objects.count(), Complement.objects.count()
    report = loaders.load_taxonomy()
    assert (report.created, report.updated, report.rejected) == (0, 0, [])
    assert (Alias.objects.count(), Complement.objects.count()) == before


def test_application_fields_are_no_competence_to_choose():
    assert not Competence.objects.selectable().filter(code__startswith="APP").exists()
    assert Competence.objects.application_fields().count() > 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["A,B,a,a,s", "B,A,b,b,s"], "in a circle: A, B"),
        (["A,,a,a,s", "B,X,b,b,s"], "B hangs below X"),
        (["A,,a,a,s", "A,,b,b,s"], "A stands twice"),
    ],
)
def test_a_crooked_taxonomy_is_refused_and_nothing_is_loaded(tmp_path, rows, said):
    write(tmp_path / "competences.csv", "code,parent_code,name_it,name_en,source", *rows)
    before = Competence.objects.count()
    with pytest.raises(CommandError, match=f"{said}.*Nothing was loaded"):
        call_command("load_taxonomy", tmp_path)
    assert Competence.objects.count() == before


def test_places_bring_their_provinces_and_twice_changes_nothing(tmp_path):
    path = write(
        tmp_path / "comuni.csv", PLACES, CARRARA, "063049,Napoli,NAPOLI,NA,Napoli,15,Campania,F839,1,1948-01-01"
    )
    assert loaders.load_places(path).created == 2
    assert Province.objects.get(code="NA").name == "Napoli"
    again = loaders.load_places(path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


def test_a_place_known_by_name_receives_its_istat_code(tmp_path):
    Province.objects.create(code="MS", name="Massa-Carrara", region="Toscana")
    known = Municipality.objects.create(name="Carrara", province_id="MS")
    loaders.load_places(write(tmp_path / "comuni.csv", PLACES, CARRARA))
    known.refresh_from_db()
    assert (known.istat_code, Municipality.objects.count()) == ("045003", 1)


def test_a_rejected_place_is_named_with_its_line_and_the_others_are_loaded(tmp_path, capsys):
    path = write(tmp_path / "comuni.csv", PLACES, CARRARA.replace("045003", "45"), CARRARA)
    call_command("load_places", path)
    said = capsys.readouterr()
    assert "line 2: «45» is not an ISTAT code" in said.err
    assert "1 created, 0 updated, 0 unchanged, 1 rejected" in said.out


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        ([PLACES, CARRARA.replace("Carrara", "Città")], "latin-1", "not UTF-8"),
        (["codice_istat,comune", "045003,Carrara"], "utf-8", "missing columns: catastale, provincia, regione, sigla"),
        ([PLACES, CARRARA, '045009,"Massa'], "utf-8", "unexpected end of data"),
    ],
)
def test_a_file_that_cannot_be_read_loads_nothing(tmp_path, content, encoding, said):
    path = write(tmp_path / "comuni.csv", *content, encoding=encoding)
    with pytest.raises(CommandError, match=said):
        call_command("load_places", path)
    assert not Municipality.objects.exists()


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(Unreadable, match="there is no such file"):
        loaders.load_places(tmp_path / "none.csv")


def test_ateco_codes_load_once_and_bad_rows_are_named(tmp_path):
    head = "codice,ordine,titolo_it,titolo_en,livello,codice_padre"
    rows = ["C,1,Manifattura,Manufacturing,1,", "28,2,Macchinari,Machinery,2,C", "29,3,Auto,Cars,due,C", ",4,x,x,1,"]
    path = write(tmp_path / "ateco.csv", head, *rows)
    report = loaders.load_ateco(path)
    assert (report.created, [line for line, _reason in report.rejected]) == (2, [4, 5])
    assert loaders.load_ateco(path).unchanged == 2
    assert EconomicActivity.objects.get(code="28").parent_code == "C"


FORMS = "codice_1_livello,codice_3_livello,label_ITA_3_livello"


def test_legal_forms_load_once_and_bad_rows_are_named(tmp_path, capsys):
    rows = ["1,1.3.20,Società a r.l.", "1, ,Senza codice", "1,9.9.10, ", "1,9.9.20,Altra"]
    path = write(tmp_path / "forms.csv", FORMS, *rows)
    call_command("load_legal_forms", path)
    said = "".join(capsys.readouterr())
    assert "3" in said and "4" in said and said.count("a code of three levels and a name are needed") == 2
    assert LegalForm.objects.get(code="1.3.20").name == "Società a r.l."
    assert loaders.load_legal_forms(path).unchanged == 2
    assert not LegalForm.objects.filter(code__in=["", "9.9.10"]).exists()


def test_the_usual_legal_forms_are_there_until_a_file_is_loaded_and_come_once(tmp_path):
    loaders.load_usual_legal_forms()
    before = LegalForm.objects.count()
    assert before >= len(loaders.USUAL_LEGAL_FORMS) and loaders.load_usual_legal_forms().created == 0
    loaders.load_legal_forms(write(tmp_path / "forms.csv", FORMS, f"1,1.3.10,{'Nome ' * 60}"))
    assert LegalForm.objects.count() == before
    assert len(LegalForm.objects.get(code="1.3.10").name) == 160


DATA = os.environ.get("GATE40_DATA")


@pytest.mark.skipif(not DATA, reason="GATE40_DATA names no folder of reference data")
def test_the_real_files_of_istat_load_whole():
    folder = Path(DATA) / "reference"
    with (folder / "comuni_toscana.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sum(1 for _row in csv.DictReader(file))
    report = loaders.load_places(folder / "comuni_toscana.csv")
    assert (report.created, report.rejected) == (rows, [])
    assert Municipality.objects.in_province("MS").count() == 17
    assert loaders.load_ateco(folder / "ateco_2025.csv").rejected == []
