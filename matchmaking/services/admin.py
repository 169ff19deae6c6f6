"""The staff's view of the tailored services."""

from django.contrib import admin

from members.readonly import OnlyRead

from ..models import Service, ServiceRequest


@admin.register(ServiceRequest)
class ServiceRequestAdmin(OnlyRead):
    """To be found and counted; taken in hand and brought to an end on its page in the site ("Vedi sul sito")."""

    list_display = ["organization", "service", "state", "assigned_to", "asked_at"]
    list_filter = ["state", "service", "assigned_to"]
    list_select_related = ["organization", "service", "assigned_to"]
    search_fields = ["organization__name", "text"]


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):
    """What the Consorzio does for one organization at a time. One that is no longer offered is switched off."""

    list_display = ["name", "summary", "is_active", "position"]
    list_editable = ["is_active", "position"]
    prepopulated_fields = {"slug": ["name"]}

    def has_delete_permission(self, request, obj=None):
        return False
