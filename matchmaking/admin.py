"""The staff's view of matches and opportunities."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from .models import Match, Opportunity, Requirement


class RequirementInline(admin.TabularInline):
    model = Requirement
    extra = 1
    autocomplete_fields = ["competence"]


@admin.register(Opportunity)
class OpportunityAdmin(admin.ModelAdmin):
    list_display = ["title", "kind", "status", "deadline", "issuer"]
    list_filter = ["status", "kind", "source"]
    search_fields = ["title", "text", "source_id"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["published_at"]
    date_hierarchy = "deadline"
    inlines = [RequirementInline]
    actions = ["publish"]

    @admin.action(description=_("Pubblica le opportunità scelte"))
    def publish(self, request, queryset):
        waiting = list(queryset.exclude(status=Opportunity.Status.PUBLISHED))
        for opportunity in waiting:
            opportunity.status = Opportunity.Status.PUBLISHED
            opportunity.save()
        self.message_user(request, _("Opportunità pubblicate: %(count)d.") % {"count": len(waiting)})


@admin.register(Match)
class MatchAdmin(admin.ModelAdmin):
    """Matches are computed: staff read them, nobody writes them."""

    list_display = ["seeker", "partner", "score", "found_at", "updated_at"]
    list_select_related = ["seeker", "partner"]
    search_fields = ["seeker__name", "partner__name"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
