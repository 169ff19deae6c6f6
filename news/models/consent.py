import hashlib
import json

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .subscriptions import Subscription


class ConsentQuerySet(models.QuerySet):
    def wishes(self):
        """What was asked and waits for its addressee's yes, by whoever typed the address."""
        return self.filter(act__in=[Consent.Act.ASKED, Consent.Act.ENTERED])

    def of_address(self, address):
        """Everything about one address, the oldest first."""
        return self.filter(email=address.strip().lower()).order_by("pk")


class Consent(models.Model):
    """A line of the ledger: what an address was told, asked, confirmed or withdrew, in the words it read.

    Append-only: triggers of the database refuse UPDATE, DELETE and TRUNCATE; only the lines of an address that never
    said yes nor no may go, all of them together, when their time is over. The lines of one address are a chain,
    each holding the sha256 of the one before, so that a line altered behind the triggers' back is found.
    Written by `news.consent.ledger` alone.
    """

    class Act(models.TextChoices):
        ASKED = "asked", _("chiesta")
        ENTERED = "entered", _("inserita dal personale")
        CONFIRMED = "confirmed", _("confermata")
        WITHDRAWN = "withdrawn", _("revocata")
        SET = "set", _("cambiata")

    CHAINED = [
        "email", "act", "purpose", "organization_name", "wording", "version", "at", "ip", "source", "by", "previous",
    ]  # fmt: skip

    email = models.CharField(_("indirizzo"), max_length=254, db_index=True)
    act = models.CharField(_("che cosa"), max_length=10, choices=Act)
    purpose = models.CharField(_("per che cosa"), max_length=12, choices=Subscription.Purpose)
    subscription_id = models.BigIntegerField(_("iscrizione"))  # no foreign key: the ledger outlives what it tells of
    organization_name = models.CharField(_("per conto di"), max_length=160, blank=True)
    wording = models.TextField(_("testo letto"))
    version = models.CharField(_("versione del testo"), max_length=20)
    wording_hash = models.CharField(_("sha256 del testo"), max_length=64)
    at = models.DateTimeField(_("quando"), default=timezone.now)
    ip = models.GenericIPAddressField(_("IP"), null=True)
    source = models.CharField(_("da dove"), max_length=200)
    by = models.CharField(_("chi ha agito"), max_length=254, blank=True)
    previous = models.CharField(_("riga prima"), max_length=64, blank=True)
    chain = models.CharField(_("impronta"), max_length=64)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("riga del registro dei consensi")
        verbose_name_plural = _("registro dei consensi")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.email}: {self.get_purpose_display()}, {self.get_act_display()}"

    def seal(self):
        """The sha256 of the line and of the one before it."""
        values = [str(getattr(self, name) if getattr(self, name) is not None else "") for name in self.CHAINED]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()
