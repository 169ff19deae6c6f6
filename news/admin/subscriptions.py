from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _now

from members.readonly import OnlyRead
from members.rules.texts import as_csv
from members.safety.events import Kind, note_event

from ..consent import ledger
from ..models import Consent, Subscription


class ExportForm(forms.Form):
    email = forms.EmailField()


@admin.register(Subscription)
class SubscriptionAdmin(admin.ModelAdmin):
    """Staff may ask an address; only the addressee confirms or leaves."""

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
