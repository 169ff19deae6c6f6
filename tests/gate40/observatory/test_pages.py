"""The observatory's pages, for the staff, for a partner of the Consorzio and for everybody else."""

import csv
import io
import json
import re
import zlib
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gate40 import policy
from gate40.observatory import closing, gaps, months, report, week
from gate40.observatory.documents import pdf
from gate40.observatory.models import BaselineNote, Cost, Experiment, Snapshot, Target
from members.models import Adhesion, Network, Organization, UnmetSearch
from news.models import Delivery
from tests.cast import approve_trial, close_trial, give, person, say_again
from tests.test_permissions import CANARY, METHODS, answer, ask, expected, objects_for, our_pages

pytestmark = pytest.mark.django_db
READ = {"observatory"}


@pytest.fixture
def partner(cast):
    """Somebody of a Comune, with an account and the group of the partners."""
    user = person("assessora@comune.example")
    user.groups.add(Group.objects.get(name="Soci del Consorzio"))
    return user


def client_of(user):
    client = Client()
    client.force_login(user)
    say_again(client)
    return client


def partner_sees(page, partner, cast):
    """Every way in which a page shows a partner more than whoever has an account and nothing else."""
    client, cell = client_of(partner), "A" if page.policy in READ else policy.rights()[page.policy]["pending"]
    for kwargs, owner, is_published in objects_for(page, cast):
        url, allowed = reverse(page.name, kwargs=kwargs), expected(cell, "pending", owner, is_published)
        for method in METHODS:
            response, written = ask(client, method, url)
            is_missing = response.status_code == 404 and "A" in allowed
            if answer(response) not in allowed and response.status_code != 405 and not is_missing:
                yield f"{method} {url}: {response.status_code}"
            if leaked := CANARY.findall(response.content.decode(errors="replace")):
                yield f"{method} {url}: shows {leaked}"
            if written and method == "GET":
                yield f"{method} {url}: wrote {written}"


def test_a_partner_sees_the_observatory_and_of_the_rest_what_any_account_sees(cast, partner):
    assert cast.experiment
    assert [fault for page in our_pages() for fault in partner_sees(page, partner, cast)] == []


def test_the_partners_walk_sees_a_page_left_open(cast, partner, monkeypatch):
    monkeypatch.setitem(policy.rights()["people"], "pending", "A")
    monkeypatch.setitem(policy.rights()["observatory.staff"], "pending", "A")
    pages = [page for page in our_pages() if page.policy == "observatory.staff"]
    assert [fault for page in pages for fault in partner_sees(page, partner, cast)]


def test_a_partner_reads_no_contact_and_no_figure_of_a_handful_of_firms(cast, partner):
    client = client_of(partner)
    tell(cast["alfa"])
    shown = [client.get(url).content.decode() for url in (home_url(cast), reverse("observatory:gaps"))]
    shown.append(client.get(cast.experiment.get_absolute_url()).content.decode())
    assert all("@alfa.example" not in page and "posta@" not in page for page in shown)
    assert all("non è ancora finito" in page for page in shown)  # no month is over yet
    months.publish_month(cast.experiment, timezone.localdate())
    shown = [client.get(url).content.decode() for url in (home_url(cast), reverse("observatory:gaps"))]
    assert HIDDEN in shown[0] and HIDDEN in shown[1]
    close_trial(cast.experiment)
    page = client.get(cast.experiment.get_absolute_url()).content.decode()
    assert HIDDEN in page and "@alfa.example" not in page and "posta@" not in page
    assert client.get(reverse("observatory:firms", args=["zone"])).status_code == 403
    assert Client().get(reverse("observatory:home")).status_code == 302


HIDDEN = '<abbr title="non pubblicato">n.p.</abbr>'


def tell(organization):
    """A mail arrives: one firm is informed, and one is a handful."""
    address, now = organization.contact_email, timezone.now()
    Delivery.objects.create(address=address, purpose="newsletter", occasion="prova", state="sent", sent_at=now)


def home_url(cast):
    assert cast.experiment
    return reverse("observatory:home")


def test_the_staff_read_every_figure_with_its_list(cast):
    client = client_of(cast.people["desk"])
    page = client.get(home_url(cast))
    assert HIDDEN not in page.content.decode()
    link = reverse("observatory:firms", args=["zone"])
    assert link in page.content.decode()
    listed = client.get(link).content.decode()
    assert "Alfa" in listed and "Beta" in listed and "Gamma" not in listed
    assert "Come si legge:" in listed and "Mese per mese:" in listed and "<polyline" in listed


@pytest.mark.parametrize("query", ["al=2999-01-01", "al=mai", "provincia=ZZ", "al=1999-01-01&provincia=MS"])
def test_a_wrong_day_or_province_gets_a_truthful_page(cast, query):
    page = client_of(cast.people["desk"]).get(f"{home_url(cast)}?{query}")
    assert page.status_code == 200
    if "2999" in query:
        assert "non è ancora venuto" in page.content.decode()


def test_before_there_is_an_experiment_every_page_says_so(cast):
    client = client_of(cast.people["super"])
    for name in ("home", "gaps", "what_if", "week"):
        page = client.get(reverse(f"observatory:{name}"))
        assert page.status_code == 200
        if name != "week":
            assert "Nessuna sperimentazione" in page.content.decode()


def test_an_empty_portal_makes_a_report_without_dividing_by_nought(db):
    network = Network.objects.create(name="Vuota", slug="vuota")
    empty = Experiment.objects.create(
        name="Vuota", network=network, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31), baseline_members=0
    )
    made = report.build(empty)
    assert made["members"]["home"] == 0 and made["members"]["share"] is None
    assert made["gaps"]["count"] == 0
    assert [row["counts"] for row in made["funnel"]["rows"]] == [[0, 0]] * 8
    user = person("super@vuota.example", is_staff=True, is_superuser=True)
    assert "Nessun divario" in client_of(user).get(empty.get_absolute_url()).content.decode()


def test_the_page_of_gaps_names_who_has_it_elsewhere_and_what_to_do(cast):
    cast.experiment  # noqa: B018 - it is made when it is asked for
    give(cast["gamma"], offers={"ADD.01.01": 4}), give(cast["beta"], needs={"ADD.01.01": 2})
    page = client_of(cast.people["desk"]).get(reverse("observatory:gaps") + "?ramo=ADD").content.decode()
    assert '<span class="badge-plain gap-word">solo fuori provincia</span>' in page and "Gamma" in page
    assert str(gaps.ACTIONS[gaps.Status.ELSEWHERE]) in page
    assert client_of(cast.people["desk"]).get(reverse("observatory:gaps") + "?stato=boh&ramo=XX").status_code == 200


def test_a_blind_need_is_in_no_page_with_its_owner(cast, partner):
    cast.experiment  # noqa: B018
    Organization.objects.filter(slug="alfa").update(name="Alfa canarino-alfa-riservato")
    months.publish_month(cast.experiment, timezone.localdate())
    for user, is_counted in ((partner, False), (cast.people["desk"], True)):
        page = client_of(user).get(reverse("observatory:gaps") + "?ramo=MAT").content.decode()
        assert ("MAT.02.03" in page) is is_counted and "canarino-alfa" not in page


def test_the_simulation_says_that_it_is_one_and_writes_nothing(cast):
    cast.experiment  # noqa: B018
    client, before = client_of(cast.people["desk"]), Adhesion.objects.count()
    page = client.get(reverse("observatory:what_if"), {"o": [cast["gamma"].pk, "x", "-1"]}).content.decode()
    assert "È una simulazione" in page
    assert "Adesioni in più: 0; centri in più: 1." in page
    assert Adhesion.objects.count() == before


def test_each_figure_of_the_week_is_the_length_of_its_list(cast):
    UnmetSearch.objects.create(text="una parola")
    client = client_of(cast.people["super"])
    for figure in week.figures():
        listed = client.get(figure.url)
        assert listed.status_code == 200, figure.url
        assert listed.context["cl"].result_count == figure.count, figure.label
    assert "Risposte inviate" in client.get(reverse("observatory:week")).content.decode()


# The report -----------------------------------------------------------------------------------------------------------
def test_the_report_says_what_was_decided_done_and_proposed_with_a_note_for_every_figure(cast):
    trial = cast.experiment
    Experiment.objects.filter(pk=trial.pk).update(decision="Si prova un anno.", proposal="Si continua.")
    Cost.objects.create(experiment=trial, label="Ospitalità", amount=0)
    Target.objects.create(experiment=trial, measure="members", value=20)
    BaselineNote.objects.create(experiment=trial, text="Una delle quattro si è trasferita.")
    page = client_of(cast.people["manager"]).get(trial.get_absolute_url()).content.decode()
    for words in (
        "Si prova un anno.",
        "Si continua.",
        "4 su 140",
        "il\xa02,86\xa0%",
        "quota è zero",
        "Ospitalità",
        "si è trasferita",
    ):
        assert words in page
    noted = set(re.findall(r'href="#nota-(\d+)"', page))
    assert noted <= set(re.findall(r'id="nota-(\d+)"', page)) and len(noted) == 13


def test_what_happens_after_the_closing_changes_nothing_of_the_report(cast):
    trial, client = cast.experiment, client_of(cast.people["manager"])
    snapshot = close_trial(trial)
    before = main_of(client, trial)
    gamma = cast["gamma"].name
    assert gamma in before
    give(cast["bozza"], needs={"ADD.01.01": 3})
    cast["gamma"].delete(), cast["beta"].delete()
    after = main_of(client, trial)
    assert gamma not in after
    assert figures(after) == figures(before)
    assert Snapshot.objects.get(pk=snapshot.pk).is_whole
    assert closing.close_experiment(trial).pk == snapshot.pk


def main_of(client, trial):
    page = client.get(trial.get_absolute_url()).content.decode()
    return page[page.index("<article") : page.index("<footer")]


def figures(page):
    return re.findall(r'class="number">(.*?)</td>', page, re.DOTALL)


def test_a_report_holds_no_name_and_no_address(cast):
    content = close_trial(cast.experiment).content
    for organization in cast.organizations.values():
        assert organization.name not in content and f"@{organization.slug}.example" not in content


def test_the_extension_begins_where_the_first_ended_and_stands_beside_it(cast):
    trial, client = cast.experiment, client_of(cast.people["manager"])
    Target.objects.create(experiment=trial, measure="members", value=20)
    url = reverse("observatory:extend", args=[trial.pk])
    assert "quando l&#x27;assemblea" in client.get(url, follow=True).content.decode()
    approve_trial(trial, decision="extended")
    assert "viene dopo il primo" in client.post(url, {"name": "Bis", "ends_on": "2000-01-01"}).content.decode()
    assert "già una sperimentazione" in client.post(url, {"name": "Prova", "ends_on": "2099-01-01"}).content.decode()
    page = client.post(url, {"name": "Bis", "ends_on": "2099-01-01"}, follow=True)
    second = Experiment.objects.get(name="Bis")
    assert second.follows_id == trial.pk and second.starts_on == timezone.localdate() + timedelta(days=1)
    assert second.targets.get().value == 20
    assert second.baseline_members == 4  # Alfa, Beta, Delta and the draft, of the cast
    assert "fianco a fianco" in page.content.decode()


def test_the_pdf_is_tagged_italian_and_short_where_it_can_be_made(cast):
    page = client_of(cast.people["manager"]).get(reverse("observatory:report_pdf", args=[cast.experiment.pk]))
    if page.status_code == 501:
        pytest.skip("PDF skipped: no Pango on this machine")
    content = unpacked(page.content)
    assert page.content.startswith(b"%PDF") and b"/StructTreeRoot" in content and b"/Lang (it)" in content
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) <= 8


def unpacked(content):
    """The PDF with its packed objects laid open."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return content + b"\n".join(unzipped(each) for each in packed)


def unzipped(data):
    try:
        return zlib.decompress(data)
    except zlib.error:
        return b""


def test_where_pango_is_missing_the_page_says_so_in_italian(cast, monkeypatch):
    import builtins

    real = builtins.__import__

    def without_pango(name, *args, **kwargs):
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    page = client_of(cast.people["manager"]).get(reverse("observatory:report_pdf", args=[cast.experiment.pk]))
    assert page.status_code == 501
    assert "manca la libreria Pango" in page.content.decode() and "libpango-1.0-0" in page.content.decode()


def test_a_report_fetches_nothing_but_its_fonts():
    for url in ("file:///etc/passwd", "http://127.0.0.1/", "file:///etc/../etc/hostname"):
        with pytest.raises(ValueError):
            pdf._our_fonts(url)


# Open data ------------------------------------------------------------------------------------------------------------
def test_before_the_first_approved_report_the_open_data_say_that_there_is_none(cast):
    assert "i dati escono con la prima" in Client().get(reverse("observatory:open_data")).content.decode()
    assert Client().get(reverse("observatory:open_data_file", args=["imbuto.csv"])).status_code == 404
    assert Client().get(reverse("observatory:open_data_catalogue")).json()["@graph"][0]["dcat:dataset"] == []


def test_anybody_reads_the_approved_aggregates_as_csv_and_json(cast):
    tell(cast["alfa"])
    approve_trial(cast.experiment)
    for name in ("imbuto", "divari"):
        table = list(csv.DictReader(io.StringIO(get_file(f"{name}.csv").content.decode())))
        data = get_file(f"{name}.json").json()["dati"]
        assert len(table) == len(data) > 0
        assert [list(row) for row in data] == [list(row) for row in table]
        assert not any(str(value) in ("1", "2") for row in data for key, value in row.items() if key in FIRMS)
    assert any(row["imprese"] is None for row in get_file("imbuto.json").json()["dati"])


FIRMS = {"imprese", "bisogni_in_provincia", "bisogni_altrove", "richieste", "ricerche_senza_risposta"}


def get_file(name):
    return Client().get(reverse("observatory:open_data_file", args=[name]))


def test_the_description_has_what_dcat_ap_it_demands(cast):
    approve_trial(cast.experiment)
    graph = json.loads(Client().get(reverse("observatory:open_data_catalogue")).content)["@graph"]
    demanded = {
        "dcatapit:Catalog": {"dct:title", "dct:description", "dct:publisher", "dct:modified", "dcat:dataset"},
        "dcatapit:Dataset": {
            *("dct:title", "dct:description", "dct:identifier", "dcat:theme", "dct:rightsHolder"),
            *("dct:accrualPeriodicity", "dct:modified", "dcat:distribution"),
        },
        "dcatapit:Distribution": {"dcat:accessURL", "dct:format", "dct:license"},
        "dcatapit:Agent": {"dct:identifier", "foaf:name"},
        "dcatapit:LicenseDocument": {"dct:type", "foaf:name"},
    }
    for kind, properties in demanded.items():
        nodes = [node for node in graph if kind in node["@type"]]
        assert nodes and all(properties <= set(node) for node in nodes), kind
    known = {node["@id"] for node in graph}
    assert all(one["@id"] in known for node in graph for one in node.get("dcat:distribution", []))
