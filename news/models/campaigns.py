from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.transitions import move_state


class Purpose(models.TextChoices):
    """What kind of mail: each has its own consent, or needs none."""

    ACCOUNT = "account", _("Accesso e sicurezza")
    SERVICE = "service", _("Avviso di servizio")
    DIGEST = "digest", _("Riepilogo")
    NEWSLETTER = "newsletter", _("Newsletter")


class Campaign(models.Model):
    """One text for many addressees, frozen: 100,000 deliveries share one body.

    `draft → sending ⇄ paused → sent`, or `cancelled`. Whoever composes (a newsletter) makes the draft and starts it
    with `mailing.start_campaign`; the text may hold the merge fields of `mail_compiler` and nothing else that differs.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("non iniziato")
        SENDING = "sending", _("in corso")
        PAUSED = "paused", _("in pausa")
        SENT = "sent", _("concluso")
        CANCELLED = "cancelled", _("annullato")

    class OnUncertain(models.TextChoices):
        """SMTP has no transaction: when the connection breaks after the last dot, nobody knows."""

        RESEND = "resend", _("rimandare: nessuno la perde, qualcuno può averla due volte")
        HOLD = "hold", _("trattenere: nessuno la riceve due volte, decide il personale")

    occasion = models.CharField(_("occasione"), max_length=80, unique=True)
    purpose = models.CharField(_("che cosa"), max_length=12, choices=Purpose, default=Purpose.NEWSLETTER)
    subject = models.CharField(_("oggetto"), max_length=200)
    text = models.TextField(_("testo"))
    html = models.TextField(_("html"))
    reply_to = models.CharField(_("rispondere a"), max_length=254, blank=True)
    on_uncertain = models.CharField(
        _("se non si sa com'è andata"), max_length=8, choices=OnUncertain, default=OnUncertain.RESEND
    )
    state = models.CharField(_("stato"), max_length=10, choices=State, default=State.DRAFT)
    pause_reason = models.CharField(_("perché è in pausa"), max_length=300, blank=True)
    paused_at = models.DateTimeField(_("in pausa dal"), null=True, blank=True)
    errors_in_a_row = models.PositiveIntegerField(_("errori di fila"), default=0)
    expanded = models.PositiveIntegerField(_("destinatari"), default=0)
    created_at = models.DateTimeField(_("creato il"), default=timezone.now)
    started_at = models.DateTimeField(_("iniziato il"), null=True, blank=True)
    ended_at = models.DateTimeField(_("finito il"), null=True, blank=True)

    class Meta:
        verbose_name = _("invio")
        verbose_name_plural = _("invii")
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.subject

    def start(self) -> bool:
        return self._move([self.State.DRAFT], self.State.SENDING, started_at=timezone.now())

    def pause(self, reason="") -> bool:
        return self._move(
            [self.State.SENDING], self.State.PAUSED, pause_reason=str(reason)[:300], paused_at=timezone.now()
        )

    def resume(self) -> bool:
        return self._move([self.State.PAUSED], self.State.SENDING, pause_reason="", errors_in_a_row=0)

    def cancel(self) -> bool:
        origins = [self.State.SENDING, self.State.PAUSED]
        return self._move(origins, self.State.CANCELLED, ended_at=timezone.now())

    def _move(self, origins, target, **fields) -> bool:
        """Of two who press at once one wins, and is told so."""
        won = move_state(self, origins, target, **fields)
        self.refresh_from_db()  # whoever lost shows how it stands, too
        return won
