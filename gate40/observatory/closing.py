"""From the opening to the vote: ready, closed, approved; withdrawn if it was a mistake; extended if it was decided.

Each step goes through `move_state`: one winner, and the others are told `NotYet`.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.bells import ring_after_commit
from members.transitions import move_state

from . import report
from .documents import paper
from .models import Approval, Experiment, Paper, Snapshot, Target, canonical, fingerprint

State = Experiment.State
KEEP_PAPER = "gate40.observatory.tasks.keep_paper"


class NotYet(Exception):
    """The step makes no sense now: something is missing, or somebody was faster."""


class Changed(Exception):
    """The figures are no longer those that were looked at."""


@dataclass(frozen=True)
class Check:
    """What must hold before an experiment is ready."""

    label: str
    is_met: bool


def checks(experiment) -> list[Check]:
    """What must hold before an experiment is ready, met or not."""
    last, today = experiment.promise("ends_on"), timezone.localdate()
    words = {name: experiment.promise(name) for name in ("decision", "work", "proposal")}
    return [
        Check(_("L'ultimo giorno è arrivato"), last <= today),
        Check(_("È scritto che cosa era stato deciso"), bool(words["decision"])),
        Check(_("È scritto che cosa è stato fatto"), bool(words["work"])),
        Check(_("È scritta la proposta all'assemblea"), bool(words["proposal"])),
        Check(_("C'è almeno un obiettivo"), bool(experiment.promised_targets())),
    ]


def make_ready(experiment) -> None:
    """Say that the work on the report is over. Raises NotYet while something is missing."""
    is_complete = all(check.is_met for check in checks(experiment))
    if not is_complete or not move_state(experiment, [State.OPEN], State.READY, ready_at=timezone.now()):
        raise NotYet


def take_back(experiment) -> None:
    """Back to work: texts and promises may be amended again. Raises NotYet unless it was ready."""
    if not move_state(experiment, [State.READY], State.OPEN, ready_at=None):
        raise NotYet


@transaction.atomic
def close_experiment(experiment, seen: str | None = None) -> Snapshot:
    """Freeze the report. Twice is as good as once: the first report stands. Raises NotYet unless it is ready.

    `seen` is the fingerprint of the figures that were looked at: with others it raises Changed.
    """
    held = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if held.is_closed:
        return held.snapshot
    content = canonical(report.build(held))
    if seen is not None and seen != fingerprint(content):
        raise Changed
    if not move_state(held, [State.READY], State.CLOSED, closed_at=timezone.now()):
        raise NotYet
    snapshot = Snapshot.objects.create(experiment=held, content=content, sha256=fingerprint(content))
    ring_after_commit(KEEP_PAPER, snapshot.pk)
    return snapshot


@transaction.atomic
def withdraw_closing(experiment, reason: str) -> None:
    """Open again what was closed by mistake: the report stays, marked with the reason. Raises NotYet once approved."""
    held = Experiment.objects.select_for_update().get(pk=experiment.pk)
    snapshot = held.snapshot
    if not move_state(held, [State.CLOSED], State.OPEN, closed_at=None, ready_at=None):
        raise NotYet
    Snapshot.objects.filter(pk=snapshot.pk).update(withdrawn_at=timezone.now(), withdrawal=reason)


@transaction.atomic
def approve_report(experiment, **decided) -> Approval:
    """Record what the assembly decided: from here on the figures are public. Raises NotYet unless it is closed."""
    held = Experiment.objects.select_for_update().get(pk=experiment.pk)
    snapshot = held.snapshot
    if not move_state(held, [State.CLOSED], State.APPROVED):
        raise NotYet
    approval = Approval.objects.create(snapshot=snapshot, **decided)
    ring_after_commit(KEEP_PAPER, snapshot.pk)
    return approval


def keep_paper(snapshot) -> None:
    """Keep the PDF as it is handed out now, where this machine can make one.

    A worker does it: no step waits for the pen, and a bell that is lost costs nothing, for the same report is drawn the
    same way whenever it is asked for.
    """
    is_approved = snapshot.verdict is not None
    try:
        content = paper.draw(snapshot.experiment, snapshot)
    except paper.Missing:
        return
    if is_approved == (snapshot.verdict is not None):  # else the assembly spoke meanwhile, and its own bell rings
        kept = {"content": content, "sha256": paper.fingerprint_of(content)}
        Paper.objects.get_or_create(snapshot=snapshot, is_approved=is_approved, defaults=kept)


def may_extend(experiment) -> bool:
    """Once, and when the assembly has decided so."""
    verdict = experiment.snapshot.verdict if experiment.is_approved else None
    is_decided = verdict is not None and verdict.decision == Approval.Decision.EXTENDED
    return is_decided and not Experiment.objects.filter(follows=experiment).exists()


@transaction.atomic
def extend_experiment(experiment, name, ends_on) -> Experiment:
    """A second experiment that begins where the first ended, with its targets. Raises NotYet unless it was decided."""
    held = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if not may_extend(held):
        raise NotYet
    last = report.day_of(held.snapshot.report)
    home, everybody = report.members_on(held, last)
    made = Experiment.objects.create(
        name=name,
        network=held.network,
        starts_on=last + timedelta(days=1),
        ends_on=ends_on,
        baseline_members=home,
        baseline_organizations=max(everybody, 1),
        fee=held.promise("fee"),
        follows=held,
    )
    promised = held.promised_targets().items()
    Target.objects.bulk_create(
        Target(experiment=made, measure=measure, value=value) for measure, (_first, value) in promised
    )
    return made
