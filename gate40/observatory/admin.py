"""Experiments in the eyes of the staff: opened once, annotated, never rewritten."""

from django.contrib import admin

from members.readonly import OnlyRead

from .models import BASELINE, BaselineNote, Cost, Experiment, Snapshot, Target


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


class TargetInline(WhileOpen):
    model = Target


class CostInline(WhileOpen):
    model = Cost


@admin.register(Experiment)
class ExperimentAdmin(admin.ModelAdmin):
    list_display = ["name", "starts_on", "ends_on", "baseline_members", "baseline_organizations", "closed_at"]
    inlines = [NoteInline, TargetInline, CostInline]

    def get_readonly_fields(self, request, obj=None):
        """The baseline once it is written; everything once the experiment is closed."""
        if obj and obj.is_closed:
            return [field.name for field in Experiment._meta.fields if field.name != "id"]
        return [*BASELINE, "closed_at"] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if not obj.is_closed:
            super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        for row in formset.save(commit=False):
            if isinstance(row, BaselineNote):
                row.author = request.user
            row.save()
        for row in formset.deleted_objects:
            row.delete()


@admin.register(Snapshot)
class SnapshotAdmin(OnlyRead):
    """What was approved: read, never written."""

    list_display = ["experiment", "at", "sha256"]
    fields = ["experiment", "at", "sha256", "content"]
