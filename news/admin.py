"""The staff's view of what is said and who heard it."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import mailing
from .models import Announcement, Campaign, Delivery, Subscription, Suppression


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


class Ledger(admin.ModelAdmin):
    """Staff read it, nobody writes it."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Delivery)
class DeliveryAdmin(Ledger):
    list_display = ["address", "occasion", "state", "reason", "attempts", "queued_at", "sent_at", "bounced_at", "error"]
    list_filter = ["state", "reason", "purpose", "queued_at"]
    search_fields = ["address", "occasion"]
    fields = [
        *list_display,
        "purpose",
        "not_before",
        "subject",
        "smtp_code",
    ]  # never the text: it may hold a link to an account


@admin.register(Suppression)
class SuppressionAdmin(Ledger):
    list_display = ["key", "reason", "since"]
    list_filter = ["reason"]


@admin.register(Campaign)
class CampaignAdmin(Ledger):
    """How a sending goes, and the three buttons: pause, go on, call off."""

    list_display = ["subject", "state", "expanded", "sums", "started_at", "ended_at"]
    list_filter = ["state"]
    search_fields = ["subject", "occasion"]
    fields = [*list_display, "occasion", "on_uncertain", "pause_reason", "text"]
    actions = ["pause", "resume", "cancel", "send_uncertain_again", "take_uncertain_as_sent"]

    @admin.display(description=_("conti"))
    def sums(self, campaign):
        sums = mailing.accounting(campaign)
        return " · ".join(f"{Delivery.State(name).label}: {sums[name]}" for name in Delivery.State if sums.get(name))

    @admin.action(description=_("Mettere in pausa"))
    def pause(self, request, queryset):
        self._tell(request, sum(mailing.pause(campaign) for campaign in queryset))

    @admin.action(description=_("Riprendere"))
    def resume(self, request, queryset):
        self._tell(request, sum(mailing.resume(campaign) for campaign in queryset))

    @admin.action(description=_("Annullare: chi non l'ha avuto non l'avrà"))
    def cancel(self, request, queryset):
        self._tell(request, sum(mailing.cancel(campaign) for campaign in queryset))

    @admin.action(description=_("Consegne incerte: mandare di nuovo"))
    def send_uncertain_again(self, request, queryset):
        self._tell(request, sum(mailing.settle_uncertain(campaign, is_sent=False) for campaign in queryset))

    @admin.action(description=_("Consegne incerte: considerarle arrivate"))
    def take_uncertain_as_sent(self, request, queryset):
        self._tell(request, sum(mailing.settle_uncertain(campaign, is_sent=True) for campaign in queryset))

    def _tell(self, request, count):
        self.message_user(request, _("Cambiati: %(count)d.") % {"count": count}, messages.SUCCESS)
