from django.contrib import admin

from ..models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
    """A ledger: staff read it, nobody writes it."""

    list_display = ["address", "occasion", "state", "reason", "attempts", "queued_at", "sent_at", "smtp_code", "error"]
    list_filter = ["state", "reason", "purpose", "queued_at"]
    search_fields = ["address", "occasion"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
