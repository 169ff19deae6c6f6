"""The delivery engine in the eyes of staff: who got what, and the hand on a sending."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from members.backoffice.confirming import asks_first
from members.readonly import OnlyRead

from ..delivery import mailing
from ..models import Campaign, Delivery, Suppression


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


class SuspendForm(forms.ModelForm):
    address = forms.EmailField(
        label=_("Indirizzo e-mail"),
        help_text=_("Ne resta solo un'impronta: chi la trova non può risalire all'indirizzo."),
    )

    class Meta:
        model = Suppression
        fields = []


class LiftForm(forms.Form):
    reason = forms.CharField(label=_("Motivo"), max_length=200)


@admin.register(Suppression)
class SuppressionAdmin(OnlyRead):
    """Addresses cannot be read here: staff type one to find it, or to let it rest."""

    list_display = ["fingerprint", "reason", "since"]
    list_filter = ["reason"]
    search_fields = ["key"]
    search_help_text = _("Un indirizzo intero: si trova se è sospeso.")
    fields = ["fingerprint", "reason", "since"]
    actions = ["lift"]

    def has_lift_permission(self, request):
        return request.user.has_perm("news.add_suppression")

    @asks_first(
        _("Togli la sospensione decisa dal personale (con un motivo)"),
        says=_(
            "Questi indirizzi ricevono di nuovo ciò a cui sono iscritti. Una sospensione nata da un rimbalzo, da una "
            "segnalazione o da una cancellazione resta: la toglie solo chi riceve, confermando di nuovo."
        ),
        way_back=_("Si sospende di nuovo con «Aggiungi»."),
        touches=lambda chosen: chosen.filter(reason=Suppression.Reason.STAFF),
        form=LiftForm,
        permissions=["lift"],
    )
    def lift(self, request, queryset, form):
        count = 0
        for suppression in queryset:
            self._log_lifted(request, suppression, form.cleaned_data["reason"])
            count += suppression.delete()[0]
        self.message_user(request, _now("Sospensioni tolte: %(count)d.") % {"count": count}, messages.SUCCESS)

    def _log_lifted(self, request, suppression, reason):
        """The row goes; who lifted it and why stays."""
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(Suppression),
            object_id=str(suppression.pk),
            object_repr=str(suppression)[:200],
            action_flag=DELETION,
            change_message=_now("Sospensione tolta: %(reason)s") % {"reason": reason},
        )

    @admin.display(description=_("impronta dell'indirizzo"))
    def fingerprint(self, suppression):
        return f"{suppression.key[:12]}…"

    def get_search_results(self, request, queryset, search_term):
        return (queryset.of(search_term) if search_term else queryset), False

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

    @admin.display(description=_("conti"))
    def sums(self, campaign):
        sums = mailing.accounting(campaign)
        return " · ".join(f"{Delivery.State(name).label}: {sums[name]}" for name in Delivery.State if sums.get(name))

    @admin.action(description=_("Mettere in pausa"))
    def pause(self, request, queryset):
        self._tell(request, sum(mailing.pause_campaign(campaign) for campaign in queryset))

    @admin.action(description=_("Riprendere"))
    def resume(self, request, queryset):
        self._tell(request, sum(mailing.resume_campaign(campaign) for campaign in queryset))

    @asks_first(
        _("Annullare: chi non l'ha avuto non l'avrà"),
        says=_("Ciò che non è ancora partito non partirà più."),
        permissions=None,
    )
    def cancel(self, request, queryset):
        self._tell(request, sum(mailing.cancel_campaign(campaign) for campaign in queryset))

    @asks_first(
        _("Consegne incerte: mandare di nuovo"),
        says=_("Le consegne di cui non si sa se siano arrivate partono ancora: qualcuno può ricevere due volte."),
        permissions=None,
    )
    def send_uncertain_again(self, request, queryset):
        self._tell(request, sum(mailing.settle_uncertain(campaign, is_sent=False) for campaign in queryset))

    @admin.action(description=_("Consegne incerte: considerarle arrivate"))
    def take_uncertain_as_sent(self, request, queryset):
        self._tell(request, sum(mailing.settle_uncertain(campaign, is_sent=True) for campaign in queryset))

    def _tell(self, request, count):
        self.message_user(request, _("Cambiati: %(count)d.") % {"count": count}, messages.SUCCESS)
