"""Whether a file is a report that the assembly approved: by its fingerprint, and by nothing else."""

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import Snapshot, canonical, fingerprint
from . import paper


@dataclass(frozen=True)
class Judgement:
    """What a file is, in words."""

    words: str
    is_approved: bool = False


def judge_file(content: bytes) -> Judgement:
    """Recognize the figures (JSON, in whatever order and spacing) or the PDF, byte for byte."""
    if content.startswith(b"%PDF"):
        return _judge_pdf(content)
    try:
        told = json.loads(content, object_pairs_hook=_once, parse_constant=_refuse)
    except ValueError:
        return Judgement(_("Non è né una relazione in JSON né un PDF."))
    seal = fingerprint(canonical(told))
    snapshot = Snapshot.objects.filter(sha256=seal).order_by("withdrawn_at").last()
    if not snapshot:
        return Judgement(_("NON è una relazione del portale: l'impronta di queste cifre (%s) non è fra le sue.") % seal)
    return _judge(snapshot)


def _judge_pdf(content):
    for snapshot in Snapshot.objects.select_related("experiment"):
        if any(bytes(kept.content) == content for kept in snapshot.papers.filter(is_approved=True)):
            return _judge(snapshot)
        if any(bytes(kept.content) == content for kept in snapshot.papers.filter(is_approved=False)):
            return Judgement(_("È la relazione di «%s» come fu chiusa, prima dell'approvazione.") % snapshot)
        if not snapshot.papers.exists() and _drawn(snapshot) == content:
            return _judge(snapshot)
    return Judgement(_("NON è un PDF del portale, o una sua cifra è cambiata."))


def _drawn(snapshot):
    """For reports that were closed where no PDF could be made: drawn now."""
    try:
        return paper.draw(snapshot.experiment, snapshot)
    except paper.Missing:
        return None


def _judge(snapshot):
    if not snapshot.is_whole:
        return Judgement(_("La relazione di «%s» nel portale non è più quella che fu chiusa.") % snapshot)
    if snapshot.withdrawn_at:
        return Judgement(_("È una relazione di «%s» la cui chiusura fu ritirata.") % snapshot)
    if not snapshot.verdict:
        return Judgement(_("È la relazione chiusa di «%s»: l'assemblea non l'ha approvata.") % snapshot)
    words = {"name": snapshot, "day": paper.spoken(snapshot.verdict.approved_on), "sha": snapshot.sha256}
    return Judgement(_("È la relazione di «%(name)s» approvata il %(day)s. sha256 %(sha)s") % words, is_approved=True)


def _once(pairs):
    """Two values under one name could show one figure and prove another."""
    if len({name for name, _value in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _refuse(constant):
    raise ValueError(constant)
