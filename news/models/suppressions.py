import hashlib
import hmac

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .deliveries import Delivery


def key_of(address) -> str:
    """The keyed hash of an address: recognised when it comes back, unreadable for whoever finds it."""
    return hmac.new(settings.MAIL_LINK_KEY.encode(), address.strip().lower().encode(), hashlib.sha256).hexdigest()


class SuppressionQuerySet(models.QuerySet):
    def of(self, *addresses):
        return self.filter(key__in={key_of(address) for address in addresses})

    @transaction.atomic
    def add(self, address, reason):
        """From now on nothing but account mails leaves for this address; what waits for it is skipped."""
        self.get_or_create(key=key_of(address), defaults={"reason": reason})
        held = Delivery.objects.of_address(address).filter(state__in=[*Delivery.WAITING, Delivery.State.CLAIMED])
        held.exclude(purpose=Delivery.Purpose.ACCOUNT).update(
            state=Delivery.State.SKIPPED, reason=Delivery.Reason.SUPPRESSED
        )


class Suppression(models.Model):
    """An address that must get nothing but what its owner asks for at the screen. Survives erasure and re-import."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", _("l'indirizzo non esiste")
        FEEDBACK = "feedback", _("segnalata come indesiderata")
        ERASURE = "erasure", _("dati cancellati su richiesta")
        STAFF = "staff", _("decisione del personale")

    key = models.CharField(_("impronta dell'indirizzo"), max_length=64, unique=True)
    reason = models.CharField(_("motivo"), max_length=10, choices=Reason)
    since = models.DateTimeField(_("dal"), default=timezone.now)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("indirizzo sospeso")
        verbose_name_plural = _("indirizzi sospesi")
        ordering = ["-since"]

    def __str__(self):
        return f"{self.key[:12]}…: {self.get_reason_display()}"
