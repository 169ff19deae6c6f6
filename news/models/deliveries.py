import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .subscriptions import Subscription


class DeliveryQuerySet(models.QuerySet):
    def due(self, now=None):
        return self.filter(state=Delivery.State.QUEUED, not_before__lte=now or timezone.now())


class Delivery(models.Model):
    """One mail to one addressee on one occasion: queue, ledger and archive in one.

    `queued → claimed → handed → sent`; `empty` when there was nothing new, `skipped` when the addressee had left in the
    meantime, `failed` when the server refused for good.
    """

    class State(models.TextChoices):
        EMPTY = "empty", _("niente di nuovo")
        QUEUED = "queued", _("in coda")
        CLAIMED = "claimed", _("presa in carico")
        HANDED = "handed", _("in consegna")
        SENT = "sent", _("consegnata")
        SKIPPED = "skipped", _("saltata")
        FAILED = "failed", _("non riuscita")

    subscription = models.ForeignKey(
        Subscription, models.CASCADE, related_name="deliveries", verbose_name=_("iscrizione")
    )
    occasion = models.CharField(_("occasione"), max_length=60)
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.QUEUED)
    subject = models.CharField(_("oggetto"), max_length=200, blank=True)
    text = models.TextField(_("testo"), blank=True)
    html = models.TextField(_("html"), blank=True)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("tentativi"), default=0)
    queued_at = models.DateTimeField(_("messa in coda il"), default=timezone.now)
    not_before = models.DateTimeField(_("non prima del"), default=timezone.now)
    claimed_at = models.DateTimeField(_("presa in carico il"), null=True, blank=True)
    sent_at = models.DateTimeField(_("consegnata il"), null=True, blank=True)
    error = models.CharField(_("errore"), max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("consegna")
        verbose_name_plural = _("consegne")
        ordering = ["-queued_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["subscription", "occasion"], name="one_delivery_per_occasion")]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=models.Q(state="queued"), name="deliveries_that_wait")
        ]

    def __str__(self):
        return f"{self.subscription.email} · {self.occasion}: {self.get_state_display()}"


class Told(models.Model):
    """Something that a delivery told its addressee, so that no digest says it again."""

    class Kind(models.TextChoices):
        MATCH = "match", _("abbinamento")
        OPPORTUNITY = "opportunity", _("opportunità")
        ANNOUNCEMENT = "announcement", _("annuncio")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="told", verbose_name=_("consegna"))
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="told", verbose_name=_("iscrizione"))
    kind = models.CharField(_("che cosa"), max_length=12, choices=Kind)
    object_id = models.BigIntegerField(_("quale"))

    class Meta:
        verbose_name = _("cosa detta")
        verbose_name_plural = _("cose dette")
        constraints = [models.UniqueConstraint(fields=["subscription", "kind", "object_id"], name="told_only_once")]

    def __str__(self):
        return f"{self.kind} {self.object_id}"
