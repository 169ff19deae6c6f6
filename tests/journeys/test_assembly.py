"""Staff open the trial, a year goes by, they close it and hand over the report; what comes later changes nothing."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from gate40.demo import district, year
from gate40.observatory.models import Experiment, Snapshot
from members.models import Organization
from tests.journeys.conftest import sign_in


@pytest.fixture
def demo(transactional_db, monkeypatch, settings):
    """The demo district, before anybody has opened a trial."""
    settings.IS_DEMO = True
    monkeypatch.setattr(year, "open_experiment", lambda: None)
    district.build()


def open_the_trial(page):
    """In the admin, as on the first day of the trial."""
    today = timezone.localdate()
    page.goto("/osservatorio/")
    page.get_by_role("link", name="Apri la sperimentazione").click()
    page.locator("#id_name").fill("Prova di un anno")
    page.locator("#id_network").select_option(label="Gate 4.0")
    page.locator("#id_starts_on").fill((today - timedelta(days=364)).strftime("%d/%m/%Y"))
    page.locator("#id_ends_on").fill(today.strftime("%d/%m/%Y"))
    for name, words in (
        ("decision", "Si prova."),
        ("work", "Si è provato."),
        ("proposal", "Si propone di continuare."),
    ):
        page.locator(f"#id_{name}").fill(words)
    page.locator("#id_targets-0-measure").select_option("members")
    page.locator("#id_targets-0-value").fill("20")
    page.locator("input[name=_save]").click()
    page.wait_for_url("**/observatory/experiment/")


FIGURES = "table.funnel tbody td.number a"


def funnel(page):
    return [int(text) for text in page.locator(FIGURES).all_inner_texts()]


def rows(page):
    """The figures of the report, as they stand on the page."""
    return page.locator("article.report td.number").all_inner_texts()


def open_data(page, name):
    answer = page.request.get(f"/dati-aperti/{name}")
    return answer.status, answer.text()


def test_the_trial_is_opened_lived_closed_and_its_report_stays_as_approved(browser_page, demo):
    page = browser_page
    sign_in(page, "consorzio@demo.example")
    open_the_trial(page)
    trial = Experiment.objects.get()
    assert (trial.baseline_members, trial.baseline_organizations) == (4, 140)
    assert open_data(page, "imbuto.csv")[0] == 404

    year.live(trial)
    page.goto("/osservatorio/")
    now = funnel(page)
    lived = [year.FIRMS, *(count for count, _day in year.DEPTHS.values())]
    assert now == sorted(now, reverse=True) and all(n >= count for n, count in zip(now, lived, strict=True))
    page.locator(FIGURES).nth(6).click()
    assert page.locator("ul.claims li").count() == now[6]

    in_spring = timezone.localdate() - timedelta(days=265)  # of the simulated year
    page.goto(f"/osservatorio/?al={in_spring.isoformat()}&provincia=MS")
    earlier = funnel(page)
    assert earlier == sorted(earlier, reverse=True)
    assert all(before <= n for before, n in zip(earlier, now, strict=True)) and earlier[2] < now[2]

    page.goto(f"/osservatorio/sperimentazioni/{trial.pk}/")
    assert "4 su 140" in page.inner_text("article.report") and "Relazione provvisoria" in page.inner_text("main")
    page.get_by_role("link", name="Chiudi sperimentazione").click()
    with page.expect_navigation():  # what cannot be undone asks again who it is
        page.locator("input[type=password]").press_sequentially("gate40-demo\n")
    page.get_by_role("button", name="Segna come pronta").click()
    page.get_by_role("link", name="Chiudi sperimentazione").click()
    page.locator("#id_name").fill("Prova di un anno")
    page.get_by_role("button", name="Chiudi sperimentazione").click()
    assert "queste cifre non cambiano più" in page.inner_text("main")
    assert open_data(page, "divari.csv")[0] == 404
    page.get_by_role("link", name="Approvazione").click()
    page.locator("#id_approved_on").fill(timezone.localdate().isoformat())
    page.locator("#id_decision").select_option("goes_on")
    page.get_by_role("button", name="Registra l'approvazione").click()
    assert "Approvata dall'assemblea" in page.inner_text("article.report")
    approved, published = rows(page), open_data(page, "divari.csv")
    assert published[0] == 200 and list(csv.DictReader(io.StringIO(published[1])))

    paper = page.request.get(f"/osservatorio/sperimentazioni/{trial.pk}/relazione.pdf")
    assert paper.status == 501 or paper.body().startswith(b"%PDF")

    gone = Organization.objects.filter(municipality__province="MS", status="published").order_by("pk")
    names = [organization.name for organization in gone]
    gone.delete()
    page.reload()
    assert rows(page) == approved
    assert open_data(page, "divari.csv") == published
    assert not any(name in page.content() for name in names)
    assert Snapshot.objects.get().is_whole
    assert re.search(r"sha256 [0-9a-f]{64}", page.inner_text("main"))
