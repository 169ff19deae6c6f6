"""The staff's view of opportunities; that of matches is in `matches_admin`."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from . import matches_admin  # noqa: F401
from .models import Opportunity, Requirement


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
