from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from matchmaking.models import Outcome
from members.models import Organization, Representative


class Kind(models.TextChoices):
    """What a notice is about: each person says, kind by kind, whether it also comes by mail."""

    OPPORTUNITY = "opportunity", _("Opportunità che segui: scadenze e posti")
    REQUEST = "request", _("Richieste di collaborazione, partenariati e risposte")
    ROOM = "room", _("Stanze: messaggi, file, prossimi passi")
    OUTCOME = "outcome", format_lazy(_("«Com'è andata?», dopo {days} giorni"), days=lazy(Outcome.days_in_words, str)())
    SERVICE = "service", _("Servizi e presentazioni del Consorzio")
    PEOPLE = "people", _("La tua organizzazione e chi la rappresenta")


class NotificationQuerySet(models.QuerySet):
    def of(self, user):
        """A person's own: what was told of an organization, only while they speak for it."""
        speaking = Representative.objects.standing().filter(user=user, organization=OuterRef("organization"))
        return self.filter(Q(organization=None) | Exists(speaking), user=user)

    def unread(self):
        return self.filter(read_at=None)

    def mark_read(self):
        """Says how many were unread until now."""
        return self.unread().update(read_at=timezone.now())


class Notification(models.Model):
    """One thing that one person was told, once: the list in the site. Its mail, if there was one, is a `Delivery`.

    Made by `news.notices.notices` alone, in the transaction that queues the mail; both bear the same occasion.
    """

    Kind = Kind

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", verbose_name=_("persona")
    )
    organization = models.ForeignKey(
        Organization,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name=_("organizzazione"),
    )
    kind = models.CharField(_("di che cosa"), max_length=12, choices=Kind)
    occasion = models.CharField(_("occasione"), max_length=80)
    title = models.CharField(_("che cosa"), max_length=200)
    link = models.CharField(_("dove porta"), max_length=400, blank=True)  # a path of ours
    made_at = models.DateTimeField(_("quando"), default=timezone.now)
    read_at = models.DateTimeField(_("letta il"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("avviso")
        verbose_name_plural = _("avvisi")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization", "occasion"],
                name="one_notification_per_occasion",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["user", "-made_at"], name="notifications_of_somebody"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notifications_unread"),
        ]

    def __str__(self):
        return self.title


class MutedKind(models.Model):
    """A person wants no mail about this kind of notice; the list in the site still shows it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="muted_kinds", verbose_name=_("persona")
    )
    kind = models.CharField(_("di che cosa"), max_length=12, choices=Kind)

    class Meta:
        verbose_name = _("avviso senza e-mail")
        verbose_name_plural = _("avvisi senza e-mail")
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="muted_once")]

    def __str__(self):
        return f"{self.user} · {self.get_kind_display()}"
