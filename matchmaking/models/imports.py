from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .opportunities import Opportunity


class ImportedQuerySet(models.QuerySet):
    def changed(self):
        """Those whose source says something new that staff have not judged yet."""
        return self.exclude(pending={})


class Imported(models.Model):
    """What a source said of an opportunity when it was last read, and what it says anew that staff must yet judge."""

    opportunity = models.OneToOneField(
        Opportunity, models.CASCADE, primary_key=True, related_name="imported", verbose_name=_("opportunità")
    )
    values = models.JSONField(_("come dice la fonte"), encoder=DjangoJSONEncoder)
    pending = models.JSONField(_("modifiche da valutare"), default=dict, encoder=DjangoJSONEncoder)
    read_at = models.DateTimeField(_("letta il"), default=timezone.now)

    objects = ImportedQuerySet.as_manager()

    class Meta:
        verbose_name = _("bando importato")
        verbose_name_plural = _("bandi importati")
        ordering = ["-read_at", "-pk"]

    def __str__(self):
        return str(self.opportunity)
