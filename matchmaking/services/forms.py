"""Forms of the tailored services: what is asked, who takes it in hand, what became of it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..widgets import KeyedForm
from . import services


class ServiceRequestForm(KeyedForm):
    text = forms.CharField(
        label=_("Che cosa ti serve"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Due righe bastano: ti richiama una persona."),
    )


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, person):
        return _("%(name)s (in carico: %(count)d)") % {"name": person.get_full_name(), "count": person.in_hand}


class AssignForm(forms.Form):
    person = PersonChoice(None, label=_("In carico a"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = services.staff_by_load()


class ServiceNoteForm(forms.Form):
    note = forms.CharField(label=_("Che cosa ne è stato"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
