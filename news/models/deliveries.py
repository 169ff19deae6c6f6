import uuid

import pgtrigger
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .campaigns import Campaign, Purpose
from .subscriptions import Subscription


class Batch(models.Model):
    """Deliveries that one worker holds, and the window of them that it hands over now.

    Its life is a PostgreSQL session lock of the worker: a killed worker frees it at once. While it is open, deliveries
    before the window are sent, those behind it are untouched; within the window `Progress` knows which one is next.
    """

    worker = models.CharField(_("processo"), max_length=80)
    window_from = models.BigIntegerField(_("in consegna da"), default=0)
    window_to = models.BigIntegerField(_("in consegna fino a"), default=0)
    opened_at = models.DateTimeField(_("aperto il"), default=timezone.now)
    missed_at = models.DateTimeField(_("senza notizie dal"), null=True, blank=True)
    closed_at = models.DateTimeField(_("chiuso il"), null=True, blank=True)

    class Meta:
        verbose_name = _("lotto")
        verbose_name_plural = _("lotti")
        indexes = [models.Index(fields=["id"], condition=models.Q(closed_at=None), name="batches_in_hand")]

    def __str__(self):
        return f"{self.pk} · {self.worker}"


class Progress(models.Model):
    """The delivery that a worker is handing over in this moment, and its licence to do so: no row, no mail.

    An unlogged table: its commits outlive the worker's death and wait for no disk. When PostgreSQL itself crashes they
    are gone, all of them at once, so that nobody takes an old cursor for a new one: the batch's window is left.
    """

    batch = models.OneToOneField(
        Batch, models.CASCADE, primary_key=True, related_name="progress", verbose_name=_("lotto")
    )
    cursor = models.BigIntegerField(_("arrivato a"), default=0)

    class Meta:
        verbose_name = _("avanzamento")
        verbose_name_plural = _("avanzamenti")

    def __str__(self):
        return f"{self.batch_id} · {self.cursor}"


class DeliveryQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(state__in=Delivery.WAITING)

    def due(self, now=None):
        """What may leave now: nothing of a campaign that is paused, cancelled or not yet started."""
        in_motion = models.Q(campaign=None) | models.Q(campaign__state=Campaign.State.SENDING)
        return self.waiting().filter(in_motion, not_before__lte=now or timezone.now())

    def of_address(self, address):
        return self.alias(lowered=Lower("address")).filter(lowered=address.lower())


class Delivery(models.Model):
    """One mail to one addressee on one occasion: queue, ledger and archive in one.

    `pending → claimed → sent`; `retry` when the server asked for patience, `failed` when it refused for good,
    `uncertain` when the connection broke after the last dot and the campaign would rather lose a mail than repeat one,
    `skipped` when the addressee had left or is suppressed, `empty` when there was nothing new to tell.
    """

    class State(models.TextChoices):
        EMPTY = "empty", _("niente di nuovo")
        PENDING = "pending", _("in coda")
        CLAIMED = "claimed", _("presa in carico")
        RETRY = "retry", _("da ritentare")
        SENT = "sent", _("consegnata")
        FAILED = "failed", _("non riuscita")
        UNCERTAIN = "uncertain", _("incerta")
        SKIPPED = "skipped", _("saltata")

    Purpose = Purpose
    WAITING = [State.PENDING, State.RETRY]

    class Lane(models.IntegerChoices):
        """Who overtakes whom: somebody is waiting at the screen for an account mail."""

        URGENT = 0, _("subito")
        NOTICE = 1, _("avvisi")
        BULK = 2, _("invii a molti")

    class Reason(models.TextChoices):
        """Why a delivery was skipped, failed or bounced."""

        UNSUBSCRIBED = "unsubscribed", _("si è disiscritto")
        SUPPRESSED = "suppressed", _("indirizzo sospeso")
        CANCELLED = "cancelled", _("invio annullato")
        BAD_ADDRESS = "bad_address", _("indirizzo non valido")
        BAD_MESSAGE = "bad_message", _("messaggio non valido")
        PERMANENT = "permanent", _("l'indirizzo non esiste")
        TEMPORARY = "temporary", _("errore temporaneo")
        POLICY = "policy", _("rifiutata dalle regole del destinatario")
        FULL = "full", _("casella piena")
        FEEDBACK = "feedback", _("segnalata come indesiderata")

    subscription = models.ForeignKey(
        Subscription, models.CASCADE, null=True, blank=True, related_name="deliveries", verbose_name=_("iscrizione")
    )
    address = models.CharField(_("indirizzo"), max_length=254)
    purpose = models.CharField(_("che cosa"), max_length=12, choices=Purpose)
    occasion = models.CharField(_("occasione"), max_length=80)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="deliveries", verbose_name=_("invio")
    )
    subject = models.CharField(_("oggetto"), max_length=200, blank=True)
    text = models.TextField(_("testo"), blank=True)
    html = models.TextField(_("html"), blank=True)
    reply_to = models.CharField(_("rispondere a"), max_length=254, blank=True)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.PENDING)
    lane = models.PositiveSmallIntegerField(_("corsia"), choices=Lane, default=Lane.NOTICE)
    batch = models.ForeignKey(
        Batch, models.SET_NULL, null=True, blank=True, related_name="deliveries", verbose_name=_("lotto")
    )
    attempts = models.PositiveSmallIntegerField(_("tentativi"), default=0)
    losses = models.PositiveSmallIntegerField(_("risposte mai arrivate"), default=0, db_default=0)
    queued_at = models.DateTimeField(_("messa in coda il"), default=timezone.now)
    not_before = models.DateTimeField(_("non prima del"), default=timezone.now)
    has_turn = models.BooleanField(default=False, editable=False)  # its domain's pace has given it a moment
    sent_at = models.DateTimeField(_("consegnata il"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("tornata indietro il"), null=True, blank=True)
    reason = models.CharField(_("motivo"), max_length=12, choices=Reason, blank=True)
    smtp_code = models.PositiveSmallIntegerField(_("codice SMTP"), null=True, blank=True)
    error = models.CharField(_("errore"), max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("consegna")
        verbose_name_plural = _("consegne")
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "occasion"],
                condition=models.Q(subscription__isnull=False),
                name="one_delivery_per_occasion",
            ),
            models.UniqueConstraint(
                Lower("address"),
                "occasion",
                condition=models.Q(subscription=None, campaign=None),
                name="one_delivery_per_address_and_occasion",
            ),
            models.UniqueConstraint(
                Lower("address"),
                "campaign",
                condition=models.Q(campaign__isnull=False),
                name="one_delivery_per_address_and_campaign",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "id"], condition=models.Q(state__in=["pending", "retry"]), name="deliveries_that_wait"
            ),
            models.Index(Lower("address"), name="deliveries_by_address"),
            models.Index(fields=["id"], condition=models.Q(state="uncertain"), name="deliveries_uncertain"),
        ]
        triggers = [
            # What it told was not heard: the next digest says it again.
            pgtrigger.Trigger(
                name="unheard_is_not_told",
                operation=pgtrigger.UpdateOf("state"),
                when=pgtrigger.After,
                condition=pgtrigger.Q(new__state__in=["failed", "skipped"]) & ~pgtrigger.Q(new__purpose="account"),
                func="DELETE FROM news_told WHERE delivery_id = NEW.id; RETURN NULL;",
            ),
            # A link that resets a password is no archive: however an account mail ends, its text goes.
            pgtrigger.Trigger(
                name="account_mail_leaves_no_secret",
                operation=pgtrigger.UpdateOf("state"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__purpose="account")
                & pgtrigger.Q(new__state__in=["sent", "failed", "skipped", "uncertain"]),
                func="NEW.text := ''; NEW.html := ''; RETURN NEW;",
            ),
        ]

    def __str__(self):
        return f"{self.address} · {self.occasion}: {self.get_state_display()}"


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


class DeliveryCount(models.Model):
    """What is left of deliveries that were kept for their time: numbers, and nobody's address."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, related_name="old_counts", verbose_name=_("invio")
    )
    purpose = models.CharField(_("che cosa"), max_length=12, choices=Purpose)
    state = models.CharField(_("stato"), max_length=10, choices=Delivery.State)
    is_bounced = models.BooleanField(_("tornate indietro"), default=False)
    month = models.DateField(_("mese"))
    count = models.PositiveIntegerField(_("quante"))

    class Meta:
        verbose_name = _("conteggio di consegne")
        verbose_name_plural = _("conteggi di consegne")
        ordering = ["-month", "purpose", "state"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "purpose", "state", "is_bounced", "month"],
                name="one_count_for_each_outcome",
                nulls_distinct=False,
            )
        ]

    def __str__(self):
        return f"{self.month:%Y-%m} {self.purpose} {self.state}: {self.count}"


class Pace(models.Model):
    """When the next mail may leave: for everybody (an empty domain) or to one domain."""

    domain = models.CharField(_("dominio"), max_length=253, unique=True, blank=True)
    next_free_at = models.DateTimeField(_("libero dal"), default=timezone.now)

    class Meta:
        verbose_name = _("ritmo")
        verbose_name_plural = _("ritmi")

    def __str__(self):
        return self.domain or "*"
