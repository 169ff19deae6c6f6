"""The delivery engine in the eyes of staff: who got what, and the hand on a sending."""

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from members.backoffice.confirming import asks_first
from members.readonly import OnlyRead
from members.safety.events import Kind, note_event

from ..delivery import mailing
from ..models import Brake, Campaign, Delivery, SetAside, Suppression, Waking


@admin.register(Delivery)
class DeliveryAdmin(OnlyRead):
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
    actions = ["send_uncertain_again", "take_uncertain_as_sent"]

    def has_steer_permission(self, request):
        return request.user.has_perm("news.send_newsletter")

    @asks_first(
        _("Incerte: mandare di nuovo"),
        says=_("Le consegne di cui non si sa se siano arrivate partono ancora: qualcuno può ricevere due volte."),
        permissions=["steer"],
    )
    def send_uncertain_again(self, request, queryset):
        _tell_how_many(self, request, mailing.settle_deliveries(queryset, is_sent=False))

    @admin.action(description=_("Incerte: considerarle arrivate"), permissions=["steer"])
    def take_uncertain_as_sent(self, request, queryset):
        _tell_how_many(self, request, mailing.settle_deliveries(queryset, is_sent=True))


def _tell_how_many(page, request, count):
    page.message_user(request, _("Cambiati: %(count)d.") % {"count": count}, messages.SUCCESS)


class NoteForm(forms.Form):
    """The words that go with a decision."""

    note = forms.CharField(label=_("Perché"), max_length=300, strip=True)


class DecisionAdmin(OnlyRead):
    """Rows that end by a decision: a page asks why, and the words stay in the history."""

    decision = ""  # what the button says
    is_final = False  # then whoever decides says again who they are
    explanation = ""
    change_form_template = "admin/news/decide_change_form.html"

    def get_urls(self):
        page = self.admin_site.admin_view(reauthentication_required(self.decide) if self.is_final else self.decide)
        return [path("<int:object_id>/decide/", page, name=f"news_{self.opts.model_name}_decide"), *super().get_urls()]

    def may_decide(self, request, row):
        return request.user.has_perm(f"news.change_{self.opts.model_name}")

    def take_decision(self, request, row, note):
        raise NotImplementedError

    def decide(self, request, object_id):
        row = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.may_decide(request, row):
            raise PermissionDenied
        form = NoteForm(request.POST or None)
        if form.is_valid():
            self.message_user(request, self.take_decision(request, row, form.cleaned_data["note"]), messages.SUCCESS)
            return redirect(f"admin:news_{self.opts.model_name}_changelist")
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": self.decision, "form": form}
        return render(request, "admin/news/decide.html", context | {"row": row, "explanation": self.explanation})

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and self.may_decide(request, obj):
            context["decision"] = self.decision
            context["decision_url"] = reverse(f"admin:news_{self.opts.model_name}_decide", args=[obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(Brake)
class BrakeAdmin(DecisionAdmin):
    """Why mail stands still, and the button that lets it flow again."""

    list_display = ["standing", "said", "refused", "accepted", "pulled_at", "released_at", "released_by", "note"]
    fields = list_display
    decision = _("Togliere il freno")
    explanation = _("Se il server rifiuta ancora, il freno si tira di nuovo da solo.")

    @admin.display(description=_("stato"))
    def standing(self, brake):
        return _("tirato: non parte niente") if brake.is_pulled else _("tolto") if brake.released_at else _("conta")

    def may_decide(self, request, row):
        return row.is_pulled and super().may_decide(request, row)

    def take_decision(self, request, row, note):
        mailing.release_brake(row, request.user, note)
        return _("Freno tolto: gli invii riprendono.")


@admin.register(SetAside)
class SetAsideAdmin(OnlyRead):
    """Returned mail that a person has to look at; looked at, it goes."""

    list_display = ["subject", "sender", "why", "arrived_at", "error"]
    list_filter = ["why"]
    fields = [*list_display, "text"]

    @admin.display(description=_("messaggio"))
    def text(self, message):
        return message.text

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


class SuspendForm(forms.ModelForm):
    address = forms.EmailField(
        label=_("Indirizzo e-mail"),
        help_text=_("Ne resta solo un'impronta: chi la trova non può risalire all'indirizzo."),
    )

    class Meta:
        model = Suppression
        fields = []


@admin.register(Waking)
class WakingAdmin(OnlyRead):
    """The suspensions that ended, found by the whole address."""

    list_display = ["__str__", "since", "woken_at", "source", "by", "note"]
    fields = list_display
    search_fields = ["key"]
    search_help_text = _("Un indirizzo intero.")

    def get_search_results(self, request, queryset, search_term):
        return (queryset.of(search_term) if search_term else queryset), False


@admin.register(Suppression)
class SuppressionAdmin(DecisionAdmin):
    """Addresses cannot be read here: staff type one to find it, or to let it rest; one that is well again is woken."""

    decision = _("Togliere la sospensione")
    is_final = True
    explanation = _("Da quel momento l'indirizzo riceve di nuovo ciò a cui è iscritto.")

    list_display = ["fingerprint", "reason", "since"]
    list_filter = ["reason"]
    search_fields = ["key"]
    search_help_text = _("Un indirizzo intero: si trova se è sospeso.")
    fields = ["fingerprint", "reason", "since"]

    @admin.display(description=_("impronta dell'indirizzo"))
    def fingerprint(self, suppression):
        return f"{suppression.key[:12]}…"

    def get_search_results(self, request, queryset, search_term):
        return (queryset.of(search_term) if search_term else queryset), False

    def may_decide(self, request, row):
        """Whoever had their data erased is woken by nobody else."""
        return row.reason != Suppression.Reason.ERASURE and super().may_decide(request, row)

    def take_decision(self, request, row, note):
        Suppression.objects.wake_rows(
            Suppression.objects.filter(pk=row.pk), source=str(_("gestione")), by=request.user.email, note=note
        )
        note_event(Kind.RELEASE, request.user, f"{row.get_reason_display()}: {note}")
        return _("Sospensione tolta.")

    def has_add_permission(self, request):
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(request, obj, **kwargs) if obj else SuspendForm

    def get_fields(self, request, obj=None):
        return self.fields if obj else ["address"]

    def save_model(self, request, suppression, form, change):
        """Twice is as good as once: the first reason stands."""
        address = form.cleaned_data["address"]
        mailing.suppress_address(address, Suppression.Reason.STAFF)
        suppression.__dict__.update(Suppression.objects.of(address).get().__dict__)


@admin.register(Campaign)
class CampaignAdmin(OnlyRead):
    """How a sending goes, and the three buttons: pause, go on, call off."""

    list_display = ["subject", "state", "expanded", "sums", "started_at", "ended_at"]
    list_filter = ["state"]
    search_fields = ["subject", "occasion"]
    fields = [*list_display, "occasion", "on_uncertain", "pause_reason", "text"]
    actions = ["pause", "resume", "cancel", "send_uncertain_again", "take_uncertain_as_sent"]

    def has_steer_permission(self, request):
        """Whoever may send an issue may also stop it and say what became of it."""
        return request.user.has_perm("news.send_newsletter")

    @admin.display(description=_("conti"))
    def sums(self, campaign):
        sums = mailing.accounting(campaign)
        return " · ".join(f"{Delivery.State(name).label}: {sums[name]}" for name in Delivery.State if sums.get(name))

    @admin.action(description=_("Mettere in pausa"), permissions=["steer"])
    def pause(self, request, queryset):
        self._tell(request, sum(mailing.pause_campaign(campaign) for campaign in queryset))

    @admin.action(description=_("Riprendere"), permissions=["steer"])
    def resume(self, request, queryset):
        self._tell(request, sum(mailing.resume_campaign(campaign) for campaign in queryset))

    @asks_first(
        _("Annullare: chi non l'ha avuto non l'avrà"),
        says=_("Ciò che non è ancora partito non partirà più."),
        permissions=["steer"],
    )
    def cancel(self, request, queryset):
        self._tell(request, sum(mailing.cancel_campaign(campaign) for campaign in queryset))

    @asks_first(
        _("Consegne incerte: mandare di nuovo"),
        says=_("Le consegne di cui non si sa se siano arrivate partono ancora: qualcuno può ricevere due volte."),
        permissions=["steer"],
    )
    def send_uncertain_again(self, request, queryset):
        self._tell(request, sum(mailing.settle_uncertain(campaign, is_sent=False) for campaign in queryset))

    @admin.action(description=_("Consegne incerte: considerarle arrivate"), permissions=["steer"])
    def take_uncertain_as_sent(self, request, queryset):
        self._tell(request, sum(mailing.settle_uncertain(campaign, is_sent=True) for campaign in queryset))

    def _tell(self, request, count):
        self.message_user(request, _("Cambiati: %(count)d.") % {"count": count}, messages.SUCCESS)
