from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SetAside(models.Model):
    """A message to the address for returned mail that a person has to look at: unreadable, or written by somebody."""

    class Why(models.TextChoices):
        UNREADABLE = "unreadable", _("non si riesce a leggere")
        LETTER = "letter", _("scritta da una persona")

    LONGEST = 100_000  # bytes that are kept: the beginning says who wrote and what

    why = models.CharField(_("perché"), max_length=10, choices=Why)
    sender = models.CharField(_("da chi"), max_length=254, blank=True)
    subject = models.CharField(_("oggetto"), max_length=200, blank=True)
    error = models.CharField(_("errore"), max_length=300, blank=True)
    raw = models.BinaryField(_("messaggio"))
    digest = models.CharField(max_length=64, unique=True, editable=False)  # read twice, it is set aside once
    arrived_at = models.DateTimeField(_("arrivata il"), default=timezone.now)

    class Meta:
        verbose_name = _("posta messa da parte")
        verbose_name_plural = _("posta messa da parte")
        ordering = ["-arrived_at", "-pk"]

    def __str__(self):
        return f"{self.sender}: {self.subject}"

    @property
    def text(self):
        """As it came, as far as bytes can be shown."""
        return bytes(self.raw).decode("utf-8", "replace").replace("\x00", "")
