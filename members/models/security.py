"""What happened around accounts and rights, for whoever looks afterwards."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SecurityEvent(models.Model):
    """One line of what the log says too, kept for ninety days. Never a password, a token or what somebody wrote."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("accesso riuscito")
        SIGN_IN_FAILED = "sign_in_failed", _("accesso fallito")
        DENIED = "denied", _("accesso negato")
        REFUSED = "refused", _("richiesta rifiutata")
        LIMIT = "limit", _("limite del giorno raggiunto")
        EXPORT = "export", _("esportazione")
        ROLE = "role", _("ruolo o potere cambiato")
        CREDENTIAL = "credential", _("modo di accedere cambiato")
        MERGE = "merge", _("unione di organizzazioni")
        CLOSING = "closing", _("chiusura di una sperimentazione")
        RELEASE = "release", _("indirizzo tolto dai bloccati")
        BROKEN = "broken", _("errore del portale")

    at = models.DateTimeField(_("quando"), auto_now_add=True, db_index=True)
    kind = models.CharField(_("che cosa"), max_length=20, choices=Kind)
    request_id = models.CharField(_("richiesta"), max_length=36, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("persona")
    )
    address = models.GenericIPAddressField(_("indirizzo di rete"), null=True)
    about = models.CharField(_("dettagli"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("evento di sicurezza")
        verbose_name_plural = _("eventi di sicurezza")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.at:%Y-%m-%d %H:%M}"
