"""Pages of the admin that are only to be read."""

from django.contrib import admin


class OnlyRead(admin.ModelAdmin):
    """Computed, kept by the portal itself or said by others: staff read it, nobody writes it here."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
