"""The door of every text field, of forms, of models (the admin, the imports), ours and the packages'."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..rules import texts


def no_control_characters(value):
    """Nothing that a database, a feed or a calendar could not hold."""
    if isinstance(value, str) and not texts.is_readable(value):
        raise ValidationError(_("Ci sono caratteri che non si possono scrivere: riscrivi il testo."), code="control")


def guard_text_fields():
    """Every text field asks, whoever made it and whenever: the question hangs on the two classes that all share."""
    _ask_first(forms.CharField, "run_validators")
    _ask_first(models.Field, "run_validators")


def _ask_first(kind, name):
    check = getattr(kind, name)
    if getattr(check, "asks_for_control_characters", False):
        return

    def asking(self, value):
        no_control_characters(value)
        return check(self, value)

    asking.asks_for_control_characters = True
    setattr(kind, name, asking)
