"""Experiments in the eyes of the staff: opened once, annotated, never rewritten."""

from django.contrib import admin

from members.readonly import OnlyRead

from .forms import AmendmentForm
from .models import BASELINE, DATED, TEXTS, Amendment, Approval, BaselineNote, Cost, Experiment, Snapshot, Target


class NoteInline(admin.TabularInline):
    model = BaselineNote
    fields = ["text", "author", "at"]
    readonly_fields = ["author", "at"]
    extra = 0

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class WhileOpen(admin.TabularInline):
    """Rows that may change until the experiment is closed."""

    extra = 0

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and not (obj and obj.is_closed)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.is_closed)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.is_closed)


class TargetInline(admin.TabularInline):
    """Targets are written at the opening; later changes are amendments."""

    model = Target
    extra = 3

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and obj is None

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class AmendmentInline(NoteInline):
    """What changes of the promises, each with its reason; what stood before is noted by itself."""

    model = Amendment
    form = AmendmentForm
    fields = ["what", "measure", "before", "after", "reason", "at"]
    readonly_fields = ["before", "at"]

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and obj is not None and obj.state == Experiment.State.OPEN


class CostInline(WhileOpen):
    model = Cost


@admin.register(Experiment)
class ExperimentAdmin(admin.ModelAdmin):
    list_display = ["name", "starts_on", "ends_on", "baseline_members", "baseline_organizations", "state", "closed_at"]
    inlines = [NoteInline, TargetInline, AmendmentInline, CostInline]

    def get_readonly_fields(self, request, obj=None):
        """What is written once it is written; everything once the experiment is ready or closed."""
        if obj and obj.state != Experiment.State.OPEN:
            return [field.name for field in Experiment._meta.fields if field.name != "id"]
        written = [name for name in TEXTS if obj and getattr(obj, name)]
        return [*BASELINE, *DATED, *written, "state", "closed_at"] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if obj.state == Experiment.State.OPEN:
            super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        for row in formset.save(commit=False):
            if isinstance(row, BaselineNote | Amendment):
                row.author = request.user
            row.save()
        for row in formset.deleted_objects:
            row.delete()


@admin.register(Snapshot)
class SnapshotAdmin(OnlyRead):
    """What was closed: read, never written."""

    list_display = ["experiment", "at", "sha256", "withdrawn_at"]
    fields = ["experiment", "at", "sha256", "withdrawn_at", "withdrawal", "content"]


@admin.register(Approval)
class ApprovalAdmin(OnlyRead):
    """What the assembly decided: read, never written."""

    list_display = ["snapshot", "approved_on", "decision", "protocol"]
