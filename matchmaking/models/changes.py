from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .interests import Interest
from .opportunities import Opportunity


class Change(models.Model):
    """What happened to an opportunity or to an interest, when, and by whom. Only ever added to.

    `fields` holds {name: [before, after]}; a step from state to state is the field `status`, with its reason as note.
    """

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, null=True, blank=True, related_name="history", verbose_name=_("opportunità")
    )
    interest = models.ForeignKey(
        Interest, models.CASCADE, null=True, blank=True, related_name="history", verbose_name=_("interesse")
    )
    at = models.DateTimeField(_("quando"), default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("da chi")
    )
    fields = models.JSONField(_("che cosa"), default=dict, encoder=DjangoJSONEncoder)
    note = models.CharField(_("motivo"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("modifica")
        verbose_name_plural = _("storia delle modifiche")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opportunity__isnull=False) ^ Q(interest__isnull=False), name="change_of_one_thing"
            )
        ]

    def __str__(self):
        return ", ".join(str(label) for label, _before, _after in self.lines) or self.note

    @property
    def lines(self):
        """Each changed field as (its Italian name, before, after)."""
        model = Opportunity if self.opportunity_id else Interest
        return [(_label(model, name), *_worded(model, name, pair)) for name, pair in self.fields.items()]


def _label(model, name):
    return model._meta.get_field(name).verbose_name


def _worded(model, name, pair):
    words = dict(model._meta.get_field(name).flatchoices)
    return [words.get(value, value) for value in pair]
