from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from ..models import Announcement
from ..newsletters import approval
from .steps import StepButton, StepsAdmin

State = Announcement.State


@admin.register(Announcement)
class AnnouncementAdmin(StepsAdmin):
    list_display = ["title", "standing", "published_at", "starts_at", "author", "approver"]
    list_filter = ["state", "published_at"]
    list_select_related = ["author", "approver"]
    search_fields = ["title", "body"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["standing"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "body", "published_at", "standing"]}),
        (_("Se è un evento"), {"fields": ["starts_at", "ends_at", "place"]}),
    ]
    buttons = [
        StepButton(
            "submit",
            _("Chiedi l'approvazione"),
            approval.submit_announcement,
            _("Ora può leggerlo e approvarlo un collega."),
            (State.DRAFT,),
            is_default=True,
        ),
        StepButton(
            "approve",
            _("Approva e pubblica"),
            approval.approve_announcement,
            _("Approvato."),
            (State.SUBMITTED,),
            right="approve",
            is_default=True,
            needs_seen=True,
        ),
        StepButton(
            "send-back",
            _("Rimanda in bozza"),
            approval.send_back_announcement,
            _("È di nuovo una bozza."),
            (State.SUBMITTED,),
        ),
        StepButton(
            "withdraw",
            _("Ritira dalle pagine"),
            approval.withdraw_announcement,
            _("Ritirato: è di nuovo una bozza."),
            (State.PUBLISHED,),
            right="approve",
        ),
    ]

    @admin.display(description=_("stato"), ordering="state")
    def standing(self, announcement):
        if announcement.state == State.PUBLISHED and not announcement.is_public:
            return _("Approvato: esce da solo")
        return announcement.get_state_display()

    def fingerprint(self, announcement):
        return announcement.content_hash

    def has_delete_permission(self, request, obj=None):
        """What others have approved goes only by their hand."""
        is_free = obj is None or obj.state == State.DRAFT or self.may(request, "approve")
        return is_free and super().has_delete_permission(request, obj)

    def save_model(self, request, announcement, form, change):
        """Whoever wrote the words last is their author: they cannot be the one who approves them."""
        was = announcement.state if change else None
        if not change or set(form.changed_data) & set(Announcement.CONTENT):
            announcement.author = request.user
        super().save_model(request, announcement, form, change)
        if was not in (None, announcement.state):
            approval.note_step(announcement, was, announcement.state, request.user, str(_("modificato")))
            messages.warning(request, _("È cambiato: l'approvazione non vale più. È di nuovo una bozza."))
