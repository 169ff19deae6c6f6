"""The staff's view of what is said and who heard it."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import Announcement, Delivery, Subscription


@admin.register(Announcement)
class AnnouncementAdmin(admin.ModelAdmin):
    list_display = ["title", "published_at", "author"]
    list_filter = ["published_at"]
    search_fields = ["title", "body"]
    prepopulated_fields = {"slug": ["title"]}
    actions = ["publish"]

    @admin.action(description=_("Pubblica adesso"))
    def publish(self, request, queryset):
        count = queryset.filter(published_at=None).update(published_at=timezone.now())
        self.message_user(request, _("Annunci pubblicati: %(count)d.") % {"count": count}, messages.SUCCESS)

    def save_model(self, request, announcement, form, change):
        announcement.author = announcement.author or request.user
        super().save_model(request, announcement, form, change)


@admin.register(Subscription)
class SubscriptionAdmin(admin.ModelAdmin):
    list_display = ["email", "organization", "purpose", "confirmed_at", "ended_at"]
    list_filter = ["purpose"]
    list_select_related = ["organization"]
    search_fields = ["email", "organization__name"]
    autocomplete_fields = ["organization"]
    readonly_fields = ["confirmed_at", "ended_at"]  # only the addressee confirms or leaves


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
