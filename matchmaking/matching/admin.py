"""The staff's view of matches: how they are spread, what was said of them, and the staff's own hand on them."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Organization
from members.readonly import OnlyRead

from ..models import Exclusion, Feedback, Intervention, Match
from .exposure import exposed, gini
from .match_lists import SHOWN
from .tasks import refresh_matches


@admin.register(Match)
class MatchAdmin(OnlyRead):
    list_display = ["seeker", "partner", "score", "is_pinned", "found_at", "updated_at"]
    list_filter = ["is_pinned", "partner__kind"]
    list_select_related = ["seeker", "partner"]
    search_fields = ["seeker__name", "partner__name"]
    change_list_template = "admin/matchmaking/match/change_list.html"

    def get_urls(self):
        exposure = path("esposizione/", self.admin_site.admin_view(self.exposure), name="matchmaking_match_exposure")
        return [exposure, *super().get_urls()]

    def exposure(self, request):
        """How often each organization is suggested, and how unevenly."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = request.GET.get("tipo", "")
        kind = kind if kind in Organization.Kind.values else ""
        everybody = exposed()
        counts = {key: [one.times for one in everybody if one.organization.kind == key] for key, _label in KINDS}
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Esposizione: chi viene suggerito, e quanto"),
            "opts": self.model._meta,
            "rows": [one for one in everybody if not kind or one.organization.kind == kind],
            "unevenness": [(key, label, gini(counts[key]), len(counts[key])) for key, label in KINDS],
            "whole": gini([one.times for one in everybody]),
            "never": sum(not one.times for one in everybody),
            "shown": SHOWN,
            "kind": kind,
        }
        return TemplateResponse(request, "admin/matchmaking/match/exposure.html", context)


KINDS = Organization.Kind.choices


@admin.register(Intervention)
class InterventionAdmin(admin.ModelAdmin):
    """Whom the staff put first or took away, with the reason and who decided it."""

    list_display = ["partner", "to", "kind", "reason", "author", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["partner", "seeker", "author"]
    search_fields = ["partner__name", "seeker__name", "reason"]
    autocomplete_fields = ["partner", "seeker"]
    readonly_fields = ["author", "created_at"]

    @admin.display(description=_("a chi"), ordering="seeker__name")
    def to(self, intervention):
        return intervention.seeker or gettext("a tutti")

    def save_model(self, request, obj, form, change):
        obj.author = request.user
        super().save_model(request, obj, form, change)
        _refresh(obj)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        _refresh(obj)

    def delete_queryset(self, request, queryset):
        gone = list(queryset)
        super().delete_queryset(request, queryset)
        for intervention in gone:
            _refresh(intervention)


def _refresh(intervention):
    """Everybody's lists follow within seconds; the triggers have marked both sides."""
    refresh_matches.delay_on_commit(intervention.partner_id)


@admin.register(Feedback)
class FeedbackAdmin(OnlyRead):
    list_display = ["seeker", "partner", "verdict", "said_at"]
    list_filter = ["verdict"]
    list_select_related = ["seeker", "partner"]
    search_fields = ["seeker__name", "partner__name"]


@admin.register(Exclusion)
class ExclusionAdmin(OnlyRead):
    """Firms that a financier is not shown, and the limits that they are outside of."""

    list_display = ["financier", "firm", "why", "found_at"]
    list_select_related = ["financier", "firm"]
    search_fields = ["financier__name", "firm__name"]

    @admin.display(description=_("perché"))
    def why(self, exclusion):
        return exclusion.why
