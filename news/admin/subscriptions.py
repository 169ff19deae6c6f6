from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from members.backoffice.confirming import asks_first
from members.backoffice.list_export import LeavingMixin
from members.readonly import OnlyRead
from members.rules.texts import as_csv
from members.safety.events import Kind, note_event

from ..consent import ledger
from ..models import Consent, Subscription


class ExportForm(forms.Form):
    email = forms.EmailField()


class EndForm(forms.Form):
    """How the addressee said it: that stands in the ledger, for somebody else acted in their name."""

    HOW = [
        ("per telefono", _("per telefono")),
        ("con una lettera", _("con una lettera")),
        ("di persona", _("di persona")),
        ("con un'e-mail o una PEC", _("con un'e-mail o una PEC")),
    ]
    how = forms.ChoiceField(label=_("Come l'ha chiesto"), choices=HOW, widget=forms.RadioSelect)
    asked_on = forms.DateField(
        label=_("Quando"), initial=timezone.localdate, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=_("Chi era, o il protocollo"), max_length=100, required=False)

    def clean_asked_on(self):
        day = self.cleaned_data["asked_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_now("Questo giorno deve ancora venire."))
        return day

    def source(self):
        told = self.cleaned_data
        note = f" ({told['note']})" if told["note"] else ""
        return f"gestione, chiesto {told['how']} il {told['asked_on']:%d/%m/%Y}{note}"


@admin.register(Subscription)
class SubscriptionAdmin(LeavingMixin, admin.ModelAdmin):
    """Staff may ask an address, and end what its holder asks them to end; only the addressee confirms."""

    actions = ["end"]
    columns_out = [
        (_("e-mail"), "email"), (_("organizzazione"), "organization.name"),
        (_("che cosa riceve"), "get_purpose_display"),
        (_("quanto spesso"), "get_frequency_display"), (_("chiesta il"), "created_at"),
        (_("confermata il"), "confirmed_at"), (_("terminata il"), "ended_at"),
    ]  # fmt: skip

    list_display = ["email", "organization", "purpose", "frequency", "confirmed_at", "ended_at"]
    list_filter = [
        "purpose",
        "frequency",
        ("confirmed_at", admin.EmptyFieldListFilter),
        ("ended_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["organization"]
    search_fields = ["email", "organization__name"]
    autocomplete_fields = ["organization"]
    readonly_fields = ["confirmed_at", "ended_at"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_end_permission(self, request):
        """Whoever may let an address rest may also end one thing that it gets."""
        return request.user.has_perm("news.add_suppression")

    @asks_first(
        _("Togliere: lo chiede chi la riceve, per telefono o per lettera"),
        says=_("Questi indirizzi non ricevono più questa cosa, da subito; le altre iscrizioni restano."),
        way_back=_(
            "Solo chi riceve può iscriversi di nuovo, dal sito. Il registro dei consensi dice chi ha tolto e come."
        ),
        touches=lambda chosen: chosen.filter(ended_at=None),
        form=EndForm,
        permissions=["end"],
    )
    def end(self, request, queryset, form):
        source, by = form.source(), request.user.email
        done = sum(
            ledger.withdraw_consent(one, source=source, by=by) for one in queryset.select_related("organization")
        )
        self.message_user(request, _now("Iscrizioni terminate: %(count)d.") % {"count": done}, messages.SUCCESS)

    def save_model(self, request, subscription, form, change):
        """An address that staff type in is asked; it hears nothing until it says yes."""
        super().save_model(request, subscription, form, change)
        source, by = _now("gestione, dal personale"), request.user.email
        ledger.ask_consent(
            subscription.email,
            [subscription.purpose],
            organization=subscription.organization,
            source=source,
            by=by,
            by_staff=True,
        )


@admin.register(Consent)
class ConsentAdmin(OnlyRead):
    """The ledger: staff read it and hand an addressee their own lines; nobody writes it."""

    list_display = ["email", "act", "purpose", "at", "source", "by", "version"]
    list_filter = ["act", "purpose", "at"]
    search_fields = ["=email"]
    change_list_template = "admin/news/consent/change_list.html"

    def get_urls(self):
        export = path(
            "export/", self.admin_site.admin_view(reauthentication_required(self.export)), name="news_consent_export"
        )
        return [export, *super().get_urls()]

    def export(self, request):
        """Every line of one address as CSV, with the wording in full; who took it stands in the log."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        address = ExportForm(request.POST)
        if not address.is_valid():
            messages.error(request, _now("Scrivete un indirizzo e-mail intero."))
            return redirect(reverse("admin:news_consent_changelist"))
        email = address.cleaned_data["email"].lower()
        note_event(Kind.EXPORT, request.user, "consents of an address")
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(Consent),
            object_repr=email[:200],
            action_flag=CHANGE,
            change_message=_now("Registro dei consensi esportato."),
        )
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="consensi.csv"'
        response.write("\ufeff")
        response.write(as_csv(ledger.export(email), delimiter=";"))
        return response
