"""From the opening to the vote: promises stay visible, each step has its moment, and the file is recognised."""

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gate40.observatory import closing, report
from gate40.observatory.documents import minutes, paper
from gate40.observatory.forms import AmendmentForm, ApprovalForm
from gate40.observatory.models import Amendment, Approval, Experiment, Paper, Snapshot, Target
from gate40.observatory.tasks import keep_paper
from tests.cast import approve_trial, close_trial, person, say_again

pytestmark = pytest.mark.django_db
SETTINGS = "gate40.settings"


@pytest.fixture
def trial(cast):
    """A trial whose last day is today, with its texts and a target."""
    today = timezone.localdate()
    made = Experiment.objects.create(
        name="Prova di un anno",
        network=cast.experiment.network,
        starts_on=today - timedelta(days=90),
        ends_on=today,
        decision="Si prova.",
        work="Si è provato.",
        proposal="Si continua.",
    )
    Target.objects.create(experiment=made, measure="members", value=20)
    return made


@pytest.fixture
def client(cast):
    made = Client()
    made.force_login(cast.people["manager"])
    say_again(made)
    return made


def refused(change):
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        change()


def page_of(trial):
    return reverse("observatory:close", args=[trial.pk])


def seen_on(client, trial):
    return client.get(page_of(trial)).context["seen"]


# What was promised ----------------------------------------------------------------------------------------------------
def test_a_promise_is_written_once_and_a_target_only_at_the_opening(trial):
    rows = Experiment.objects.filter(pk=trial.pk)
    refused(lambda: rows.update(ends_on=trial.ends_on + timedelta(days=1)))
    refused(lambda: rows.update(fee=10))
    refused(lambda: rows.update(proposal="Altro."))
    refused(lambda: Target.objects.filter(experiment=trial).update(value=2))
    refused(lambda: Target.objects.filter(experiment=trial).delete())
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        older = Experiment.objects.create(
            name="Più vecchia", network=trial.network, starts_on=trial.starts_on, ends_on=trial.ends_on
        )
    refused(lambda: Target.objects.create(experiment=older, measure="outcome", value=1))
    Experiment.objects.filter(pk=older.pk).update(proposal="La prima parola.")  # was empty


def amends(trial, **sent):
    form = AmendmentForm({"reason": "Deciso dal consiglio.", **sent}, instance=Amendment(experiment=trial))
    return form, form.is_valid() and form.save()


def test_an_amendment_holds_and_the_first_word_stays_beside_it(trial):
    last = trial.ends_on + timedelta(days=30)
    assert amends(trial, what="target", measure="members", after="15")[1]
    assert amends(trial, what="target", measure="outcome", after="3")[1]
    assert amends(trial, what="ends_on", after=last.strftime("%d/%m/%Y"))[1]
    assert amends(trial, what="proposal", after="Si ferma.")[1]
    trial = Experiment.objects.get(pk=trial.pk)
    assert (trial.ends_on, trial.promise("ends_on")) == (last - timedelta(days=30), last)
    told = report.build(trial)
    assert [(row["first"], row["value"]) for row in told["targets"]] == [(20, 15), (None, 3)]
    assert told["experiment"]["proposal"] == "Si ferma." and told["experiment"]["ends_on"] == last.isoformat()
    assert (told["amendments"][0]["before"], told["amendments"][0]["after"]) == ("20", "15")
    assert "Si continua." in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"what": "ends_on", "after": "mai"}, "Scrivere un giorno"),
        ({"what": "ends_on", "after": "01/01/1999"}, "viene dopo il primo"),
        ({"what": "fee", "after": "tanto"}, "Scrivere un importo"),
        ({"what": "fee", "after": "NaN"}, "Scrivere un importo"),
        ({"what": "target", "measure": "members", "after": "-3"}, "numero intero"),
        ({"what": "target", "measure": "members", "after": "20"}, "È già così"),
        ({"what": "target", "after": "3"}, "La misura si indica"),
        ({"what": "work", "measure": "members", "after": "Altro."}, "La misura si indica"),
    ],
)
def test_an_amendment_that_makes_no_sense_is_refused_in_words(trial, sent, words):
    form, saved = amends(trial, **sent)
    assert not saved and words in str(form.errors)


def test_amendments_stay_and_end_with_the_closing(trial):
    _form, made = amends(trial, what="work", after="Di più.")
    refused(lambda: Amendment.objects.filter(pk=made.pk).update(reason="Altro."))
    refused(made.delete)
    close_trial(trial)
    refused(lambda: amends(trial, what="work", after="Ancora di più."))


# The steps ------------------------------------------------------------------------------------------------------------
def test_what_is_missing_is_told_and_stops_the_step(cast, client):
    page = client.get(page_of(cast.experiment)).content.decode()
    assert page.count("manca</span>") == 0 and "manca" in page and "disabled" in page
    client.post(page_of(cast.experiment), {"step": "ready"})
    cast.experiment.refresh_from_db()
    assert cast.experiment.state == "open"


def test_a_person_who_types_the_name_closes_what_is_ready_and_was_looked_at(trial, client):
    client.post(page_of(trial), {"step": "ready"})
    wrong = client.post(page_of(trial), {"step": "close", "name": "Altra", "seen": seen_on(client, trial)})
    assert "non è quello della sperimentazione" in wrong.content.decode()
    other = client.post(page_of(trial), {"step": "close", "name": trial.name, "seen": "0" * 64}, follow=True)
    assert "le cifre sono cambiate" in other.content.decode()
    assert not Snapshot.objects.exists()
    client.post(page_of(trial), {"step": "close", "name": trial.name, "seen": seen_on(client, trial)})
    trial.refresh_from_db()
    assert trial.state == "closed" and trial.snapshot.is_whole
    assert Client().get(reverse("observatory:open_data_file", args=["imbuto.csv"])).status_code == 404


@pytest.mark.parametrize("step", ["close", "approve", "withdraw", "back", "nonsense", ""])
def test_a_step_out_of_turn_changes_nothing(trial, client, step):
    sent = {"step": step, "name": trial.name, "seen": "0" * 64, "reason": "Boh.", "decision": "stops"}
    answer = client.post(page_of(trial), {**sent, "approved_on": timezone.localdate().isoformat()}, follow=True)
    trial.refresh_from_db()
    assert answer.status_code == 200 and trial.state == "open" and not Snapshot.objects.exists()


def test_what_is_ready_goes_back_to_work(trial, client):
    client.post(page_of(trial), {"step": "ready"})
    client.post(page_of(trial), {"step": "back"})
    trial.refresh_from_db()
    assert (trial.state, trial.ready_at) == ("open", None)


def test_a_mistaken_closing_is_withdrawn_visibly_and_only_until_it_is_approved(trial, client):
    first = close_trial(trial)
    client.post(page_of(trial), {"step": "withdraw", "reason": "Mancava una voce di costo."})
    trial.refresh_from_db()
    assert trial.state == "open" and trial.snapshot is None
    page = client.get(trial.get_absolute_url()).content.decode()
    assert "Mancava una voce di costo." in page and first.sha256 in page
    refused(lambda: Snapshot.objects.filter(pk=first.pk).update(withdrawal="Altro."))
    approve_trial(trial)
    with pytest.raises(closing.NotYet):
        closing.withdraw_closing(trial, "Troppo tardi.")
    refused(lambda: Experiment.objects.filter(pk=trial.pk).update(state="open"))


def test_the_assembly_decides_on_record_and_only_that_publishes(trial, client):
    close_trial(trial)
    sent = {"step": "approve", "approved_on": timezone.localdate().isoformat(), "decision": "extended"}
    client.post(page_of(trial), {**sent, "votes_for": "9", "votes_against": "1", "abstained": "2", "protocol": "77/A"})
    verdict = Approval.objects.get()
    assert (verdict.decision, verdict.votes_for, verdict.abstained) == ("extended", 9, 2)
    page = client.get(trial.get_absolute_url()).content.decode()
    for words in ("proroga", "Favorevoli 9", "77/A", "non misurabile"):
        assert words in page
    assert Client().get(reverse("observatory:open_data_file", args=["imbuto.csv"])).status_code == 200
    refused(verdict.delete)
    refused(lambda: Approval.objects.update(decision="stops"))


@pytest.mark.parametrize(("days", "words"), [(1, "non è ancora venuto"), (-2, "prima che fosse chiusa")])
def test_the_day_of_the_assembly_is_after_the_closing_and_not_to_come(db, days, words):
    today = timezone.localdate()
    form = ApprovalForm({"approved_on": today + timedelta(days), "decision": "stops"}, closed_on=today)
    assert not form.is_valid() and words in str(form.errors)


@pytest.mark.parametrize(
    ("reached", "value", "verdict"),
    [(20, 20, "reached"), (19, 20, "missed"), (None, 1, "unmeasured"), (0, 1, "missed")],
)
def test_each_target_has_a_verdict(reached, value, verdict):
    assert report.verdict(reached, value) == verdict


def test_an_extension_needs_the_decision_and_does_not_speak_of_tomorrow(trial, client):
    approve_trial(trial, decision="goes_on")
    assert not closing.may_extend(trial)


def test_an_extension_opened_today_has_no_figures_yet(trial, client):
    approve_trial(trial, decision="extended")
    second = closing.extend_experiment(Experiment.objects.get(pk=trial.pk), "Bis", date(2099, 12, 31))
    assert not second.has_begun
    page = client.get(second.get_absolute_url())
    assert "prima non ci sono cifre" in page.content.decode() and "<article" not in page.content.decode()
    beside = client.get(reverse("observatory:compare", args=[second.pk])).content.decode()
    assert "non ha ancora cifre" in beside
    assert client.get(reverse("observatory:report_pdf", args=[second.pk])).status_code == 404
    assert Experiment.objects.current().pk != second.pk


# The file -------------------------------------------------------------------------------------------------------------
def judged(content, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(content)
    out = io.StringIO()
    try:
        call_command("verify_report", str(file), stdout=out)
    except CommandError as error:
        return False, str(error)
    return True, out.getvalue()


def test_the_approved_figures_are_recognised_a_year_later_and_one_changed_digit_is_not(trial, client, tmp_path):
    close_trial(trial)
    url = reverse("observatory:report_json", args=[trial.pk])
    content = client.get(url).content
    assert judged(content, tmp_path) == (False, f"È la relazione chiusa di «{trial}»: l'assemblea non l'ha approvata.")
    closing.approve_report(trial, approved_on=timezone.localdate(), decision="goes_on")
    with time_machine.travel(timezone.now() + timedelta(days=365)):
        assert judged(content, tmp_path)[0]
        spread = json.dumps(json.loads(content), indent=4, ensure_ascii=True).encode()
        assert judged(spread, tmp_path)[0]  # the same figures, however they are laid out
    for place, byte in enumerate(content):
        if chr(byte).isdigit() and place % 37 == 0:
            other = b"1" if byte != ord("1") else b"2"
            assert not judged(content[:place] + other + content[place + 1 :], tmp_path)[0]
    twice = content.replace(b'{"amendments"', b'{"version":9,"amendments"', 1)
    assert not judged(twice, tmp_path)[0] and not judged(b"\xff\x00", tmp_path)[0]


def test_a_withdrawn_report_is_recognised_as_withdrawn(trial, client, tmp_path):
    content = close_trial(trial).content.encode()
    closing.withdraw_closing(trial, "Uno sbaglio.")
    is_approved, words = judged(content, tmp_path)
    assert not is_approved and "ritirata" in words


@pytest.fixture
def with_pango(cast):
    try:
        return paper.draw(cast.experiment)
    except paper.Missing:
        pytest.skip("PDF skipped: no Pango on this machine")


def test_the_pdf_of_a_closed_report_is_the_same_whenever_and_by_whomever_it_is_made(
    trial, cast, client, with_pango, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as rung:
        keep_paper(close_trial(trial).pk)
        snapshot = approve_trial(trial)
        keep_paper(snapshot.pk)
    assert len(rung) == 2  # a worker is told of each step
    first = client.get(reverse("observatory:report_pdf", args=[trial.pk])).content
    cast["gamma"].delete()
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        assert paper.draw(Experiment.objects.get(pk=trial.pk), snapshot) == first
    assert judged(first, tmp_path)[0]
    assert not judged(first[:-9] + b"0" + first[-8:], tmp_path)[0]
    before = bytes(Paper.objects.get(is_approved=False).content)
    assert before != first and not judged(before, tmp_path)[0]
    refused(lambda: Paper.objects.update(content=b""))
    assert client.get(reverse("observatory:report_pdf", args=[trial.pk])).content == first


def test_the_odt_says_the_same_to_be_edited(trial, client):
    approve_trial(trial)
    content = client.get(reverse("observatory:report_odt", args=[trial.pk])).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist()[0] == "mimetype" and archive.testzip() is None
        text = archive.read("content.xml").decode()
    for words in ("Si continua.", "non misurabile", "Fin dove sono arrivate", "12/2030"):
        assert words in text
    assert "PROVVISORIA" not in text
    assert content == minutes.odt_of(trial, trial.snapshot.report, trial.snapshot)


def test_before_the_closing_documents_are_for_the_staff_alone(trial, cast):
    partner = person("partner@comune.example")
    from django.contrib.auth.models import Group

    partner.groups.add(Group.objects.get(name="Soci del Consorzio"))
    reader = Client()
    reader.force_login(partner)
    for name in ("report_pdf", "report_odt", "report_json"):
        assert reader.get(reverse(f"observatory:{name}", args=[trial.pk])).status_code == 404
    close_trial(trial)
    for name in ("report_odt", "report_json"):
        assert reader.get(reverse(f"observatory:{name}", args=[trial.pk])).status_code == 200


def test_every_process_knows_the_task_that_keeps_the_paper():
    """A web server imports no tasks by itself: without the import in `gate40/apps.py` closing ends in an error."""
    code = "import django; django.setup(); from celery import current_app; from gate40.observatory.closing import *; "
    code += "current_app.tasks[KEEP_PAPER]"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS})
