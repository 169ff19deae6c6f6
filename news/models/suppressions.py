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

    def wake(self, address, source, by="", note="") -> bool:
        """The holder of the address wants it again: it wakes, unless staff let it rest. Says whether it slept."""
        return self.wake_rows(self.of(address).exclude(reason=Suppression.Reason.STAFF), source, by, note)

    @transaction.atomic
    def wake_rows(self, rows, source, by="", note="") -> bool:
        """They are written to again; why, and by whose hand, stays as a line of history. Says whether any slept."""
        asleep = list(rows.select_for_update())
        Waking.objects.bulk_create(
            Waking(key=one.key, reason=one.reason, since=one.since, source=source[:200], by=by, note=note[:300])
            for one in asleep
        )
        return bool(self.filter(pk__in=[one.pk for one in asleep]).delete()[0])


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


class Waking(models.Model):
    """A suspension that ended: since when, why, who ended it and with what words. Of the address only the hash."""

    key = models.CharField(_("impronta dell'indirizzo"), max_length=64, db_index=True)
    reason = models.CharField(_("motivo"), max_length=10, choices=Suppression.Reason)
    since = models.DateTimeField(_("dal"))
    woken_at = models.DateTimeField(_("fino al"), default=timezone.now)
    source = models.CharField(_("da dove"), max_length=200)
    by = models.CharField(_("chi ha agito"), max_length=254, blank=True)
    note = models.CharField(_("perché"), max_length=300, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("sospensione tolta")
        verbose_name_plural = _("sospensioni tolte")
        ordering = ["-woken_at", "-pk"]

    def __str__(self):
        return f"{self.key[:12]}…: {self.get_reason_display()}"
