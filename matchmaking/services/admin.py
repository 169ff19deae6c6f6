"""The staff's view of the tailored services."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from members.backoffice.list_export import LeavingMixin
from members.readonly import OnlyRead

from ..models import Service, ServiceRequest


@admin.register(ServiceRequest)
class ServiceRequestAdmin(LeavingMixin, OnlyRead):
    """To be found and counted; taken in hand and brought to an end on its page in the site ("Vedi sul sito")."""

    list_display = ["organization", "service", "state", "assigned_to", "asked_at"]
    list_filter = ["state", "service", "assigned_to"]
    list_select_related = ["organization", "service", "assigned_to"]
    search_fields = ["organization__name", "text"]
    columns_out = [
        (_("organizzazione"), "organization.name"), (_("servizio"), "service.name"), (_("stato"), "get_state_display"),
        (_("chiesto da"), "by.email"), (_("chiesto il"), "asked_at"), (_("assegnato a"), "assigned_to.email"),
        (_("che cosa serve"), "text"),
    ]  # fmt: skip

    def rows_out(self, queryset):
        return queryset.select_related("organization", "service", "by", "assigned_to")


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):
    """What the Consorzio does for one organization at a time. One that is no longer offered is switched off."""

    list_display = ["name", "summary", "is_active", "position"]
    list_editable = ["is_active", "position"]
    prepopulated_fields = {"slug": ["name"]}

    def has_delete_permission(self, request, obj=None):
        return False
