from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organization

from .opportunities import Opportunity


class RegistrationQuerySet(models.QuerySet):
    def standing(self):
        """Whoever has a place or waits for one, first come first served."""
        return self.exclude(status=Registration.Status.CANCELLED).order_by("asked_at", "pk")

    def with_place(self):
        return self.filter(status=Registration.Status.REGISTERED)

    def waiting(self):
        return self.filter(status=Registration.Status.WAITING).order_by("asked_at", "pk")


class Registration(models.Model):
    """Somebody takes part in an event for an organization, or waits for a place."""

    class Status(models.TextChoices):
        REGISTERED = "registered", _("Iscritta")
        WAITING = "waiting", _("In lista d'attesa")
        CANCELLED = "cancelled", _("Annullata")

    event = models.ForeignKey(Opportunity, models.CASCADE, related_name="registrations", verbose_name=_("evento"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="registrations", verbose_name=_("persona")
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="registrations", verbose_name=_("organizzazione")
    )
    status = models.CharField(_("stato"), max_length=12, choices=Status)
    asked_at = models.DateTimeField(_("chiesta il"), default=timezone.now)
    attended = models.BooleanField(_("presente"), null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("iscrizione a un evento")
        verbose_name_plural = _("iscrizioni agli eventi")
        ordering = ["event", "asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "user"], name="one_registration_per_person_and_event"),
            models.CheckConstraint(
                condition=Q(attended=None) | Q(status="registered"), name="only_whoever_has_a_place_attends"
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.event}"
