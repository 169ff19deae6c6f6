"""The experiment on which the assembly votes, and what is kept so that its figures stay what they were."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Network

BASELINE = ["network", "starts_on", "baseline_members", "baseline_organizations", "follows"]
DATED = ["ends_on", "fee"]
TEXTS = ["decision", "work", "proposal"]
# Nothing is hidden from this condition by another spelling of the same: it compares what is stored.
PROMISE_BROKEN = " OR ".join(
    [f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in DATED]
    + [f"(OLD.{name} <> '' AND OLD.{name} IS DISTINCT FROM NEW.{name})" for name in TEXTS]
)
CLOSED_CHANGED = "OLD.state = 'closed' AND ROW({}) IS DISTINCT FROM ROW({})".format(
    *(", ".join(f"{row}.{name}" for name in ["name", *DATED, *TEXTS, "opened_at"]) for row in ("OLD", "NEW"))
)


def _only(name, when, words):
    """A trigger that lets a row be added only `when` its experiment is so."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            IF NOT EXISTS (SELECT 1 FROM observatory_experiment WHERE id = NEW.experiment_id AND {when}) THEN
                RAISE EXCEPTION '{words}';
            END IF;
            RETURN NEW;
        """,
    )


class ExperimentQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def current(self):
        """The one that runs, else the last one that ran, else one that is still to begin; None before there is any."""
        begun = Case(When(starts_on__lte=timezone.localdate(), then=0), default=1)
        return self.order_by(begun, F("closed_at").desc(nulls_first=True), "-starts_on", "-pk").first()


class Experiment(models.Model):
    """A trial of the portal, from a first to a last day, that the assembly decides upon.

    Where it began (the baseline) and what was promised (last day, fee, texts, targets) are written once: triggers of
    the database refuse to change them, whoever asks. Notes may be added, and each change is an `Amendment` beside the
    first word. Once closed the report is its `Snapshot`; only the assembly's `Approval` publishes it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("in corso")
        READY = "ready", _("pronta da chiudere")
        CLOSED = "closed", _("chiusa, da approvare")
        APPROVED = "approved", _("approvata")

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
    state = models.CharField(
        _("stato"), max_length=10, choices=State, default=State.OPEN, db_default=State.OPEN, editable=False
    )
    ready_at = models.DateTimeField(_("pronta il"), null=True, blank=True, editable=False)
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
                name="promises_are_written_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(PROMISE_BROKEN),
            ),
            pgtrigger.Protect(
                name="closed_is_closed", operation=pgtrigger.Update, condition=pgtrigger.Condition(CLOSED_CHANGED)
            ),
            pgtrigger.Protect(
                name="approved_is_approved",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'approved'"),
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
    def is_approved(self):
        return self.state == self.State.APPROVED

    @property
    def has_begun(self):
        return self.starts_on <= timezone.localdate()

    @property
    def snapshot(self):
        """The report that stands; None before there is one, and after it was withdrawn."""
        return self.snapshots.filter(withdrawn_at=None).first()

    @property
    def last_day(self):
        """The day that a report of today speaks of: never the future, never after the end."""
        return max(min(self.promise("ends_on"), timezone.localdate()), self.starts_on)

    def promise(self, what):
        """What holds today of the last day, the fee or a text: the first word, or that of the last amendment."""
        if self.pk is None:
            return getattr(self, what)
        changed = [one for one in self.amendments.all() if one.what == what]
        return changed[-1].value if changed else getattr(self, what)

    @property
    def last_promised_day(self):
        return self.promise("ends_on")

    def promised_targets(self) -> dict[str, tuple[int | None, int]]:
        """{measure: (the first number, the one that holds)}; the first is None where an amendment added it."""
        found = {target.measure: (target.value, target.value) for target in self.targets.all()}
        for one in self.amendments.all():
            if one.what == Amendment.What.TARGET:
                found[one.measure] = (found.get(one.measure, (None,))[0], one.value)
        return found


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
        triggers = [
            pgtrigger.Protect(name="target_stays", operation=pgtrigger.Update | pgtrigger.Delete),
            _only(
                "targets_are_set_at_the_opening",
                "state = 'open' AND opened_at > now() - interval '1 day'",
                "targets are written on the day of the opening: later ones are amendments",
            ),
        ]

    def __str__(self):
        return f"{self.get_measure_display()}: {self.value}"


class Amendment(models.Model):
    """A change of what was promised, with its reason. Added, never changed; the first word stays beside it."""

    class What(models.TextChoices):
        ENDS_ON = "ends_on", _("Ultimo giorno")
        FEE = "fee", _("Quota chiesta alle imprese (euro)")
        DECISION = "decision", _("Che cosa è stato deciso")
        WORK = "work", _("Che cosa è stato fatto")
        PROPOSAL = "proposal", _("Proposta all'assemblea")
        TARGET = "target", _("Obiettivo")

    experiment = models.ForeignKey(
        Experiment, models.PROTECT, related_name="amendments", verbose_name=_("sperimentazione")
    )
    what = models.CharField(_("che cosa cambia"), max_length=10, choices=What)
    measure = models.CharField(
        _("misura"), max_length=12, choices=Target.Measure, blank=True, help_text=_("Solo per un obiettivo.")
    )
    before = models.TextField(_("prima"), blank=True, editable=False)
    after = models.TextField(_("dopo"), max_length=3000)
    reason = models.CharField(_("perché"), max_length=500)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("di")
    )
    at = models.DateTimeField(_("il"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("modifica a quanto promesso")
        verbose_name_plural = _("modifiche a quanto promesso")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(what="target") & ~Q(measure="") | ~Q(what="target") & Q(measure=""),
                name="only_a_target_has_a_measure",
                violation_error_message=_("La misura si indica per un obiettivo, e solo per quello."),
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="amendment_stays_as_written",
                fields=["experiment", "what", "measure", "before", "after", "reason", "at"],
            ),
            pgtrigger.Protect(name="amendment_stays", operation=pgtrigger.Delete),
            _only("amended_while_open", "state = 'open'", "a closed experiment is amended no more"),
        ]

    def __str__(self):
        return f"{self.get_what_display()}: {self.reason}"

    @property
    def value(self):
        """`after` as what it is: a day, an amount, a number or a text."""
        kinds = {self.What.ENDS_ON: date.fromisoformat, self.What.FEE: Decimal, self.What.TARGET: int}
        return kinds.get(self.what, str)(self.after)


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


class KeptFact(models.Model):
    """What the funnel of a past day needs of an organization that was deleted: a number, a kind and two moments.

    Written as the organization goes (`keeping.py`), never changed; a number and a date name nobody.
    """

    organization_id = models.BigIntegerField(_("organizzazione"))
    network_id = models.BigIntegerField(_("rete"), null=True)
    kind = models.CharField(_("che cosa"), max_length=10)
    since = models.DateTimeField(_("da"))
    until = models.DateTimeField(_("fino a"), null=True)

    class Meta:
        verbose_name = _("fatto di chi non c'è più")
        verbose_name_plural = _("fatti di chi non c'è più")
        indexes = [models.Index(fields=["kind", "since"], name="kept_fact_by_kind")]
        triggers = [pgtrigger.Protect(name="kept_fact_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.organization_id}: {self.kind}"


def canonical(content) -> str:
    """The one text of a JSON value: whoever has the same figures has the same text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Snapshot(models.Model):
    """The report as it was when the experiment was closed, with its sha256. The database refuses to change it.

    It holds totals and texts, and organizations only as numbers: whoever is erased has no name in it to erase. A
    closing made by mistake is withdrawn, with its reason, until the assembly has approved it; the report stays, marked.
    """

    experiment = models.ForeignKey(
        Experiment, models.PROTECT, related_name="snapshots", verbose_name=_("sperimentazione")
    )
    content = models.TextField(_("contenuto"))
    sha256 = models.CharField("sha256", max_length=64)
    at = models.DateTimeField(_("il"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("ritirata il"), null=True, blank=True)
    withdrawal = models.CharField(_("perché è stata ritirata"), max_length=500, blank=True, db_default="", default="")

    class Meta:
        verbose_name = _("relazione chiusa")
        verbose_name_plural = _("relazioni chiuse")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["experiment"], condition=Q(withdrawn_at=None), name="one_standing_report_per_experiment"
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(name="snapshot_is_frozen", fields=["experiment", "content", "sha256", "at"]),
            pgtrigger.Protect(
                name="withdrawn_is_withdrawn",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
            pgtrigger.Protect(name="snapshot_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self):
        return str(self.experiment)

    @property
    def report(self):
        return json.loads(self.content)

    @property
    def is_whole(self):
        """Is the content still the one that was closed?"""
        return fingerprint(self.content) == self.sha256

    @property
    def verdict(self):
        """The approval, if the assembly has spoken."""
        return Approval.objects.filter(snapshot=self).first()


def fingerprint(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


class Approval(models.Model):
    """What the assembly decided on a report. Written once."""

    class Decision(models.TextChoices):
        GOES_ON = "goes_on", _("prosegue")
        STOPS = "stops", _("si ferma")
        EXTENDED = "extended", _("proroga")

    snapshot = models.OneToOneField(
        Snapshot, models.PROTECT, related_name="approval", verbose_name=_("relazione chiusa")
    )
    approved_on = models.DateField(_("approvata dall'assemblea il"))
    decision = models.CharField(_("decisione"), max_length=10, choices=Decision)
    votes_for = models.PositiveIntegerField(_("voti favorevoli"), null=True, blank=True)
    votes_against = models.PositiveIntegerField(_("voti contrari"), null=True, blank=True)
    abstained = models.PositiveIntegerField(_("astenuti"), null=True, blank=True)
    protocol = models.CharField(_("numero di protocollo"), max_length=60, blank=True)
    at = models.DateTimeField(_("registrata il"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("approvazione")
        verbose_name_plural = _("approvazioni")
        ordering = ["-approved_on", "-pk"]
        triggers = [pgtrigger.Protect(name="approval_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.snapshot}: {self.get_decision_display()}"


class Paper(models.Model):
    """A PDF as it was handed out first: a later version of the programs that draw it must not make another."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="papers", verbose_name=_("relazione chiusa"))
    is_approved = models.BooleanField(_("con l'approvazione"))
    content = models.BinaryField(_("PDF"))
    sha256 = models.CharField("sha256", max_length=64)

    class Meta:
        verbose_name = _("PDF conservato")
        verbose_name_plural = _("PDF conservati")
        constraints = [models.UniqueConstraint(fields=["snapshot", "is_approved"], name="one_paper_of_a_kind")]
        triggers = [pgtrigger.Protect(name="paper_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.snapshot}: {self.sha256}"


class Month(models.Model):
    """What readers without contacts see of a closed month: written once, in bands, so that two tell of nobody."""

    experiment = models.ForeignKey(Experiment, models.PROTECT, related_name="months", verbose_name=_("sperimentazione"))
    last_day = models.DateField(_("ultimo giorno del mese"))
    content = models.TextField(_("contenuto"))
    at = models.DateTimeField(_("il"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("mese chiuso")
        verbose_name_plural = _("mesi chiusi")
        ordering = ["-last_day"]
        constraints = [models.UniqueConstraint(fields=["experiment", "last_day"], name="one_content_a_month")]
        triggers = [pgtrigger.Protect(name="month_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.experiment}: {self.last_day}"

    @property
    def report(self):
        return json.loads(self.content)
