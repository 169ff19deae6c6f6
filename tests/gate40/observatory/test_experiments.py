"""Where an experiment began is written once: the database and the admin see to it."""

from datetime import date

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client
from django.urls import reverse

from gate40.observatory.models import BaselineNote, Experiment, First, Snapshot
from tests.cast import close_trial, say_again

pytestmark = pytest.mark.django_db


def refused(change):
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        change()


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "change", ["baseline_members = 5", "baseline_organizations = 141", "starts_on = '2020-01-01'", "network_id = 999"]
)
def test_the_database_refuses_to_change_the_baseline(cast, change):
    trial = cast.experiment
    refused(lambda: sql(f"UPDATE observatory_experiment SET {change} WHERE id = %s", trial.pk))
    refused(lambda: sql("DELETE FROM observatory_experiment WHERE id = %s", trial.pk))
    Experiment.objects.filter(pk=trial.pk).update(proposal="Si continua.")  # the texts may change


def test_a_closed_experiment_and_its_report_change_no_more(cast):
    trial = cast.experiment
    snapshot = close_trial(trial)
    refused(lambda: Experiment.objects.filter(pk=trial.pk).update(proposal="Un'altra."))
    refused(lambda: Snapshot.objects.filter(pk=snapshot.pk).update(content="{}"))
    refused(lambda: Snapshot.objects.filter(pk=snapshot.pk).delete())
    BaselineNote.objects.create(experiment=trial, text="Annotata anche dopo.")


def test_a_content_changed_behind_the_triggers_is_found_by_its_fingerprint(cast):
    snapshot = close_trial(cast.experiment)
    assert snapshot.is_whole
    snapshot.content = snapshot.content.replace('"version":2', '"version":3')
    assert not snapshot.is_whole


def test_notes_and_firsts_stay_as_written(cast):
    note = BaselineNote.objects.create(experiment=cast.experiment, text="Una nota.")
    refused(lambda: BaselineNote.objects.filter(pk=note.pk).update(text="Un'altra."))
    refused(note.delete)
    First.objects.create(organization_id=1, kind="match", at="2025-01-01T00:00Z")
    refused(lambda: First.objects.update(at="2024-01-01T00:00Z"))
    refused(lambda: First.objects.all().delete())


@pytest.mark.parametrize(
    "fields", [{"ends_on": date(2024, 1, 1)}, {"baseline_members": 200}, {"baseline_organizations": 0}]
)
def test_an_experiment_that_makes_no_sense_is_refused(cast, fields):
    values = {"starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31), **fields}
    refused(lambda: Experiment.objects.create(name="Senza senso", network=cast.experiment.network, **values))


def form(trial, **fields):
    """What the admin's page sends, without inline rows."""
    values = {
        **{name: getattr(trial, name) for name in ("name", "decision", "work", "proposal", "fee")},
        "ends_on": trial.ends_on.isoformat(),
        **{f"{prefix}-{name}": "0" for prefix in PREFIXES for name in ("TOTAL_FORMS", "INITIAL_FORMS")},
    }
    return {**values, **fields}


PREFIXES = ["notes", "targets", "amendments", "costs"]


def test_the_admin_annotates_the_baseline_and_does_not_edit_it(cast):
    trial, client = cast.experiment, Client()
    client.force_login(cast.people["manager"])
    say_again(client)
    url = reverse("admin:observatory_experiment_change", args=[trial.pk])
    assert 'name="baseline_members"' not in client.get(url).content.decode()
    note = {"notes-TOTAL_FORMS": "1", "notes-0-text": "Quattro, una in trasloco.", "notes-0-experiment": trial.pk}
    sent = client.post(url, form(trial, baseline_members="99", proposal="Si continua.", **note))
    assert sent.status_code == 302
    trial.refresh_from_db()
    assert (trial.baseline_members, trial.proposal) == (4, "Si continua.")
    assert trial.notes.get().author == cast.people["manager"]
    assert client.post(reverse("admin:observatory_experiment_delete", args=[trial.pk])).status_code == 403


def test_the_admin_opens_an_experiment_and_shows_a_closed_one_without_fields(cast):
    trial, client = cast.experiment, Client()
    client.force_login(cast.people["manager"])
    values = form(trial, name="Nuova", network=trial.network_id, starts_on="2030-01-01", ends_on="2029-01-01")
    values |= {"baseline_members": "4", "baseline_organizations": "140"}
    add = reverse("admin:observatory_experiment_add")
    assert "viene dopo il primo" in client.post(add, values).content.decode()
    assert client.post(add, {**values, "ends_on": "2030-12-31"}).status_code == 302
    close_trial(trial)
    page = client.get(reverse("admin:observatory_experiment_change", args=[trial.pk])).content.decode()
    assert 'name="proposal"' not in page and 'name="notes-' in page
