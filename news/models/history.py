from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Step(models.Model):
    """A change of state of an announcement or of a newsletter: who, when, from what to what."""

    announcement = models.ForeignKey(
        "news.Announcement", models.CASCADE, null=True, related_name="steps", verbose_name=_("annuncio")
    )
    newsletter = models.ForeignKey(
        "news.Newsletter", models.CASCADE, null=True, related_name="steps", verbose_name=_("numero")
    )
    before = models.CharField(_("da"), max_length=10)
    after = models.CharField(_("a"), max_length=10)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("chi"), related_name="+"
    )
    at = models.DateTimeField(_("quando"), default=timezone.now)
    note = models.CharField(_("nota"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("passaggio")
        verbose_name_plural = _("passaggi")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(announcement=None, newsletter__isnull=False)
                | Q(announcement__isnull=False, newsletter=None),
                name="step_of_one_thing",
            )
        ]

    def __str__(self):
        return f"{self.before} → {self.after}"
