"""Which kinds of notice also come by mail."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import MutedKind, Notification


class NoticeChoicesForm(forms.Form):
    """A box for each kind of notice: ticked, it also comes by mail."""

    by_mail = forms.MultipleChoiceField(
        label=_("Per e-mail, oltre che nella lista"),
        choices=Notification.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args, user, **kwargs):
        muted = set(MutedKind.objects.filter(user=user).values_list("kind", flat=True))
        wanted = [kind for kind in Notification.Kind.values if kind not in muted]
        super().__init__(*args, initial={"by_mail": wanted}, **kwargs)
        self.user = user
        self.helper = FormHelper()
        self.helper.form_tag = False

    def apply(self):
        """Set the person's choice, whatever it was before."""
        wanted = self.cleaned_data["by_mail"]
        MutedKind.objects.filter(user=self.user, kind__in=wanted).delete()
        muted = [kind for kind in Notification.Kind.values if kind not in wanted]
        MutedKind.objects.bulk_create((MutedKind(user=self.user, kind=kind) for kind in muted), ignore_conflicts=True)
