"""The experiment on which the assembly votes, and what is kept so that its figures stay what they were."""

import hashlib
import json

import pgtrigger
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Network

BASELINE = ["network", "starts_on", "baseline_members", "baseline_organizations", "follows"]


class ExperimentQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def current(self):
        """The one that runs, else the last one that ran; None before there is any."""
        return self.order_by(F("closed_at").desc(nulls_first=True), "-starts_on", "-pk").first()


class Experiment(models.Model):
    """A trial of the portal, from a first to a last day, that the assembly decides upon.

    Where it began (the baseline) is written once: a trigger of the database refuses to change it, whoever asks; notes
    may be added. Once closed nothing of it changes: the report is its `Snapshot`.
    """

    name = models.CharField(_("nome"), max_length=120, unique=True)
    network = models.ForeignKey(Network, models.PROTECT, related_name="+", verbose_name=_("rete"))
    starts_on = models.DateField(_("primo giorno"))
    ends_on = models.DateField(_("ultimo giorno"))
    baseline_members = models.PositiveIntegerField(_("aderenti della provincia all'inizio"), default=4)
    baseline_organizations = models.PositiveIntegerField(
        _("aderenti in tutto all'inizio"), default=140, validators=[MinValueValidator(1)]
    )
    fee = models.DecimalField(_("quota chiesta alle imprese (euro)"), max_digits=10, decimal_places=2, default=0)
    decision = models.TextField(_("che cosa è stato deciso"), max_length=3000, blank=True)
    work = models.TextField(_("che cosa è stato fatto"), max_length=3000, blank=True)
    proposal = models.TextField(_("proposta all'assemblea"), max_length=3000, blank=True)
    follows = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="extension",
        verbose_name=_("proroga di"),
    )
    opened_at = models.DateTimeField(_("aperta il"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("chiusa il"), null=True, blank=True, editable=False)

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        verbose_name = _("sperimentazione")
        verbose_name_plural = _("sperimentazioni")
        ordering = ["-starts_on", "-pk"]
        permissions = [
            ("read_experiment", _("Può leggere relazioni e aggregati")),
            ("close_experiment", _("Può chiudere e prorogare una sperimentazione")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="experiment_ends_after_it_starts",
                violation_error_message=_("L'ultimo giorno viene dopo il primo."),
            ),
            models.CheckConstraint(
                condition=Q(baseline_organizations__gte=1, baseline_members__lte=F("baseline_organizations")),
                name="baseline_is_a_share",
                violation_error_message=_("Gli aderenti della provincia sono al più quanti gli aderenti in tutto."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="baseline_is_written_once", fields=BASELINE),
            pgtrigger.Protect(
                name="closed_is_closed", operation=pgtrigger.Update, condition=pgtrigger.Q(old__closed_at__isnull=False)
            ),
            pgtrigger.Protect(name="experiment_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("observatory:report", args=[self.pk])

    @property
    def is_closed(self):
        return self.closed_at is not None

    @property
    def last_day(self):
        """The day that a report of today speaks of: never the future, never after the end."""
        return max(min(self.ends_on, timezone.localdate()), self.starts_on)


class BaselineNote(models.Model):
    """What is to be known about the baseline. Added, never changed."""

    experiment = models.ForeignKey(Experiment, models.PROTECT, related_name="notes", verbose_name=_("sperimentazione"))
    text = models.CharField(_("annotazione"), max_length=500)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("di")
    )
    at = models.DateTimeField(_("il"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("annotazione ai valori di partenza")
        verbose_name_plural = _("annotazioni ai valori di partenza")
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.ReadOnly(name="note_stays_as_written", fields=["experiment", "text", "at"]),
            pgtrigger.Protect(name="note_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self):
        return self.text


class Target(models.Model):
    """What the experiment wants to reach, in one of the figures that the report gives."""

    class Measure(models.TextChoices):
        MEMBERS = "members", _("Aderenti della provincia")
        INFORMED = "informed", _("Imprese informate")
        CONSENTED = "consented", _("Imprese che hanno acconsentito")
        COMPLETE = "complete", _("Imprese con il profilo completo")
        ADHESION = "adhesion", _("Imprese che hanno aderito")
        MATCHED = "matched", _("Imprese con un abbinamento")
        ANSWERED = "answered", _("Imprese con una risposta")
        OUTCOME = "outcome", _("Imprese con un esito")

    experiment = models.ForeignKey(
        Experiment, models.PROTECT, related_name="targets", verbose_name=_("sperimentazione")
    )
    measure = models.CharField(_("misura"), max_length=12, choices=Measure)
    value = models.PositiveIntegerField(_("obiettivo"))

    class Meta:
        verbose_name = _("obiettivo")
        verbose_name_plural = _("obiettivi")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["experiment", "measure"], name="one_target_per_measure")]

    def __str__(self):
        return f"{self.get_measure_display()}: {self.value}"


class Cost(models.Model):
    """What the experiment has cost, line by line."""

    experiment = models.ForeignKey(Experiment, models.PROTECT, related_name="costs", verbose_name=_("sperimentazione"))
    label = models.CharField(_("voce"), max_length=120)
    amount = models.DecimalField(_("importo (euro)"), max_digits=10, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("costo")
        verbose_name_plural = _("costi")
        ordering = ["pk"]

    def __str__(self):
        return self.label


class First(models.Model):
    """The first time that something happened to an organization, where nothing else keeps the date.

    Matches are derived data and come and go; that there was one is a fact. Written by triggers of the database,
    never changed; no foreign key, for it outlives the organization. See docs/decisions/0011.
    """

    class Kind(models.TextChoices):
        MATCH = "match", _("primo abbinamento")

    organization_id = models.BigIntegerField(_("organizzazione"))
    kind = models.CharField(_("che cosa"), max_length=10, choices=Kind)
    at = models.DateTimeField(_("quando"))

    class Meta:
        verbose_name = _("prima volta")
        verbose_name_plural = _("prime volte")
        constraints = [models.UniqueConstraint(fields=["organization_id", "kind"], name="one_first_of_a_kind")]
        triggers = [pgtrigger.Protect(name="first_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.organization_id}: {self.get_kind_display()}"


def canonical(content) -> str:
    """The one text of a JSON value: whoever has the same figures has the same text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Snapshot(models.Model):
    """The report as it was when the experiment was closed, with its sha256. The database refuses to change it.

    It holds totals and texts, and organizations only as numbers: whoever is erased has no name in it to erase.
    """

    experiment = models.OneToOneField(
        Experiment, models.PROTECT, related_name="snapshot", verbose_name=_("sperimentazione")
    )
    content = models.TextField(_("contenuto"))
    sha256 = models.CharField("sha256", max_length=64)
    at = models.DateTimeField(_("il"), default=timezone.now)

    class Meta:
        verbose_name = _("relazione approvata")
        verbose_name_plural = _("relazioni approvate")
        ordering = ["-at"]
        triggers = [pgtrigger.Protect(name="snapshot_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return str(self.experiment)

    @property
    def report(self):
        return json.loads(self.content)

    @property
    def is_whole(self):
        """Is the content still the one that was approved?"""
        return hashlib.sha256(self.content.encode()).hexdigest() == self.sha256
