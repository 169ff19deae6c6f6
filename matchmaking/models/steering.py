"""What people say about matches: the organization that reads them, the staff, and the limits of financiers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Organization, Stage

from ..algorithms import financier_limits


class FeedbackQuerySet(models.QuerySet):
    def dismissals(self):
        """Answers after which the partner leaves the suggestions of whoever answered."""
        return self.filter(verdict__in=Feedback.DISMISSING)


class Feedback(models.Model):
    """What an organization answers about a suggested partner. It concerns its own list and no other."""

    class Verdict(models.TextChoices):
        USEFUL = "useful", pgettext_lazy("abbinamento", "Utile")
        NOT_USEFUL = "not_useful", _("Non utile")
        KNOWN = "known", _("Già li conosciamo")

    DISMISSING = (Verdict.NOT_USEFUL, Verdict.KNOWN)

    seeker = models.ForeignKey(Organization, models.CASCADE, related_name="feedback", verbose_name=_("chi risponde"))
    partner = models.ForeignKey(Organization, models.CASCADE, related_name="+", verbose_name=_("partner"))
    verdict = models.CharField(_("risposta"), max_length=12, choices=Verdict)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("di")
    )
    said_at = models.DateTimeField(_("il"), default=timezone.now)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("risposta a un abbinamento")
        verbose_name_plural = _("risposte agli abbinamenti")
        ordering = ["-said_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["seeker", "partner"], name="one_answer_per_pair")]

    def __str__(self):
        return f"{self.seeker} → {self.partner}: {self.get_verdict_display()}"


class InterventionQuerySet(models.QuerySet):
    def mutes(self):
        return self.filter(kind=Intervention.Kind.MUTE)


class Intervention(models.Model):
    """The staff's hand on the suggestions: a partner put first or taken away, for one seeker or for everybody."""

    class Kind(models.TextChoices):
        PIN = "pin", _("In evidenza")
        MUTE = "mute", _("Silenziato")

    kind = models.CharField(_("che cosa"), max_length=4, choices=Kind)
    partner = models.ForeignKey(
        Organization, models.CASCADE, related_name="interventions", verbose_name=_("organizzazione suggerita")
    )
    seeker = models.ForeignKey(
        Organization,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("a chi"),
        help_text=_("Vuoto: a tutti. In evidenza per tutti vale solo dove c'è un punteggio."),
    )
    reason = models.CharField(_("motivo"), max_length=300)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("deciso da"),
    )
    created_at = models.DateTimeField(_("deciso il"), default=timezone.now, editable=False)

    objects = InterventionQuerySet.as_manager()

    class Meta:
        verbose_name = _("intervento sugli abbinamenti")
        verbose_name_plural = _("interventi sugli abbinamenti")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "seeker"],
                nulls_distinct=False,
                name="one_intervention_per_pair",
                violation_error_message=_("C'è già un intervento per questa coppia: modificate quello."),
            ),
            models.CheckConstraint(
                condition=Q(seeker=None) | ~Q(seeker=models.F("partner")),
                name="nobody_is_suggested_to_themselves",
                violation_error_message=_("Un'organizzazione non si suggerisce a sé stessa."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="intervention_has_a_reason",
                violation_error_message=_("Serve un motivo."),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.partner} → {self.seeker or _('tutti')}"


class Exclusion(models.Model):
    """A firm outside the hard limits of a financier, and why: kept so that the staff can answer for it."""

    financier = models.ForeignKey(
        Organization, models.CASCADE, related_name="exclusions", verbose_name=_("operatore finanziario")
    )
    firm = models.ForeignKey(Organization, models.CASCADE, related_name="excluded_by", verbose_name=_("impresa"))
    reasons = models.JSONField(_("limiti"))
    found_at = models.DateTimeField(_("dal"), default=timezone.now)

    class Meta:
        verbose_name = _("impresa fuori dai limiti")
        verbose_name_plural = _("imprese fuori dai limiti")
        ordering = ["financier__name", "firm__name"]
        constraints = [models.UniqueConstraint(fields=["financier", "firm"], name="one_exclusion_per_pair")]

    def __str__(self):
        return f"{self.financier} ✕ {self.firm}"

    @property
    def why(self) -> str:
        """Every limit in words, one sentence each."""
        names = {code: str(label).lower() for code, label in Stage.choices}
        return "; ".join(financier_limits.sentence(reason, names, gettext) for reason in self.reasons)
