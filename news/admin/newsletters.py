from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from matchmaking.models import Opportunity

from ..models import Announcement, Campaign, Delivery, Newsletter, NewsletterItem, Segment
from ..newsletters import newsletters
from .steps import StepButton, StepsAdmin

State, Phase = Newsletter.State, Campaign.State
PER_PAGE = 100


@admin.register(Segment)
class SegmentAdmin(admin.ModelAdmin):
    list_display = ["name", "rule", "organizations_today"]
    search_fields = ["name"]
    autocomplete_fields = ["provinces", "municipalities", "competences", "activities"]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """The networks are few: boxes to tick."""
        widget = {"widget": forms.CheckboxSelectMultiple} if db_field.name == "networks" else {}
        return super().formfield_for_manytomany(db_field, request, **widget, **kwargs)

    @admin.display(description=_("organizzazioni, oggi"))
    def organizations_today(self, segment):
        return segment.organizations().count()

    @admin.display(description=_("regola"))
    def rule(self, segment):
        return segment.rule()


class IssueForm(forms.ModelForm):
    """An issue; a merge field that does not exist is refused at the field that holds it."""

    class Meta:
        model = Newsletter
        fields = ["subject", "preheader", "intro", "segment", "send_at"]

    def clean_subject(self):
        return self._without_broken_fields("subject")

    def clean_preheader(self):
        return self._without_broken_fields("preheader")

    def clean_intro(self):
        return self._without_broken_fields("intro")

    def _without_broken_fields(self, name):
        from ..delivery.mail_compiler import complaints

        if found := complaints(self.cleaned_data[name]):
            raise ValidationError(found)
        return self.cleaned_data[name]


class NewIssueForm(IssueForm):
    """A new issue in one page: tick what goes in; the order can be changed afterwards."""

    announcements = forms.ModelMultipleChoiceField(
        Announcement.objects.none(), required=False, label=_("Annunci ed eventi"), widget=forms.CheckboxSelectMultiple
    )
    opportunities = forms.ModelMultipleChoiceField(
        Opportunity.objects.none(), required=False, label=_("Opportunità"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        fresh = Announcement.objects.published().order_by("-published_at")[:20].values("pk")
        self.fields["announcements"].queryset = Announcement.objects.filter(pk__in=fresh)
        near = Opportunity.objects.open().order_by("deadline", "pk")[:20].values("pk")
        self.fields["opportunities"].queryset = Opportunity.objects.filter(pk__in=near)

    def make_items(self, newsletter):
        things = [{"announcement": one} for one in self.cleaned_data["announcements"]]
        things += [{"opportunity": one} for one in self.cleaned_data["opportunities"]]
        NewsletterItem.objects.bulk_create(
            NewsletterItem(newsletter=newsletter, position=10 * number, **thing)
            for number, thing in enumerate(things, start=1)
        )


class ItemInline(admin.TabularInline):
    model = NewsletterItem
    extra = 1
    autocomplete_fields = ["announcement", "opportunity"]


def _asks_to_start(newsletter):
    count = sum(line.gets_it for line in newsletters.rehearse(newsletter))
    return ngettext(
        "Il numero parte adesso verso %(count)d indirizzo. Ciò che è partito non si richiama.",
        "Il numero parte adesso verso %(count)d indirizzi. Ciò che è partito non si richiama.",
        count,
    ) % {"count": count}


def _asks_to_cancel(newsletter):
    return _now("Chi non ha ancora ricevuto il numero non lo riceverà più: un invio annullato non riprende.")


@admin.register(Newsletter)
class NewsletterAdmin(StepsAdmin):
    list_display = ["subject", "phase", "segment", "send_at", "author", "approver"]
    list_filter = ["state", "segment"]
    list_select_related = ["segment", "author", "approver", "campaign"]
    search_fields = ["subject"]
    buttons = [
        StepButton(
            "test",
            _("Manda una prova a me"),
            newsletters.send_test,
            _("La prova è in partenza verso il vostro indirizzo."),
            (State.DRAFT, State.SUBMITTED, State.APPROVED),
        ),
        StepButton(
            "submit",
            _("Chiedi l'approvazione"),
            newsletters.submit_issue,
            _("Ora può leggerla e approvarla un collega."),
            (State.DRAFT,),
            is_default=True,
        ),
        StepButton(
            "approve",
            _("Approva"),
            newsletters.approve_issue,
            _("Approvata: vale per questo contenuto e per questi destinatari."),
            (State.SUBMITTED,),
            right="send",
            is_default=True,
            needs_seen=True,
        ),
        StepButton(
            "start",
            _("Invia adesso"),
            newsletters.start_issue,
            _("L'invio è cominciato."),
            (State.APPROVED,),
            right="send",
            is_default=True,
            asks=_asks_to_start,
        ),
        StepButton(
            "send-back",
            _("Rimanda in bozza"),
            newsletters.send_back_issue,
            _("È di nuovo una bozza."),
            (State.SUBMITTED, State.APPROVED),
        ),
        StepButton(
            "pause",
            _("Pausa"),
            newsletters.pause_issue,
            _("In pausa: non parte altro."),
            (State.STARTED,),
            right="send",
        ),
        StepButton(
            "resume", _("Riprendi"), newsletters.resume_issue, _("L'invio riprende."), (State.STARTED,), right="send"
        ),
        StepButton(
            "cancel",
            _("Annulla l'invio"),
            newsletters.cancel_issue,
            _("Annullato: chi non l'ha ancora avuta non la avrà."),
            (State.STARTED,),
            right="send",
            asks=_asks_to_cancel,
        ),
    ]
    PHASES = {"pause": [Phase.SENDING], "resume": [Phase.PAUSED], "cancel": [Phase.SENDING, Phase.PAUSED]}

    # The form ---------------------------------------------------------------------------------------------------------
    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(request, obj, form=IssueForm if obj else NewIssueForm, **kwargs)

    def get_fieldsets(self, request, obj=None):
        texts, whom = ["subject", "preheader", "intro"], ["segment", "send_at"]
        content = [] if obj else [(_("Che cosa contiene"), {"fields": ["announcements", "opportunities"]})]
        return [(None, {"fields": texts}), *content, (_("A chi e quando"), {"fields": whom})]

    def get_inlines(self, request, obj):
        return [ItemInline] if obj else []

    def get_changeform_initial_data(self, request):
        ready = Segment.objects.exclude(provinces=None).first() or Segment.objects.first()
        return {"segment": ready.pk if ready else None, **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request, obj=None):
        """What has left is history."""
        return (obj is None or obj.is_editable) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return (obj is None or obj.state == State.DRAFT) and super().has_delete_permission(request, obj)

    def save_model(self, request, newsletter, form, change):
        """Whoever wrote it last is its author: they cannot be the one who approves it."""
        if not change or form.changed_data:
            newsletter.author = request.user
        super().save_model(request, newsletter, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        newsletter = form.instance
        if not change:
            form.make_items(newsletter)
        if any(formset.has_changed() for formset in formsets) and newsletter.author != request.user:
            newsletter.author = request.user
            newsletter.save(update_fields=["author"])
        if newsletters.void_if_changed(newsletter, request.user):
            messages.warning(request, _now("È cambiata: l'approvazione non vale più. È di nuovo una bozza."))

    def buttons_for(self, request, newsletter):
        phase = newsletter.campaign.state if newsletter.campaign else None
        return [
            each
            for each in super().buttons_for(request, newsletter)
            if each["button"].name not in self.PHASES or phase in self.PHASES[each["button"].name]
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["page_links"] = self.page_links(obj) if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def fingerprint(self, newsletter):
        return newsletters.content_hash(newsletter)

    def after(self, newsletter):
        return self._url("report" if newsletter.campaign_id else "change", newsletter)

    # Its pages --------------------------------------------------------------------------------------------------------
    def get_urls(self):
        pages = [
            path(
                f"<int:object_id>/{name}/",
                self.admin_site.admin_view(self._page(view)),
                name=f"news_newsletter_{name}",
            )
            for name, view in [
                ("preview", self.preview),
                ("html", self.html),
                ("rehearsal", self.rehearsal),
                ("report", self.report),
            ]
        ]
        return [*pages, *super().get_urls()]

    def _page(self, view):
        """A page to look at, for whoever may view newsletters."""

        def page(request, object_id):
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, get_object_or_404(Newsletter.objects.select_related("campaign"), pk=object_id))

        return page

    def _url(self, name, newsletter):
        return reverse(f"admin:news_newsletter_{name}", args=[newsletter.pk])

    def page_links(self, newsletter):
        links = [("preview", _("Anteprima")), ("rehearsal", _("Prova generale: chi la riceve"))]
        if newsletter.campaign_id:
            links.append(("report", _("Andamento e rapporto")))
        return [{"url": self._url(name, newsletter), "label": label} for name, label in links]

    def _context(self, request, newsletter, title):
        buttons = self.buttons_for(request, newsletter)
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "newsletter": newsletter,
            "title": title,
            "step_buttons": buttons,
            "change_url": self._url("change", newsletter),
        }

    def preview(self, request, newsletter):
        context = self._context(request, newsletter, _now("Anteprima"))
        context |= {
            "text": newsletters.preview_issue(newsletters.render_issue(newsletter)).text,
            "html_url": self._url("html", newsletter),
        }
        context["problems"] = newsletters.problems(newsletter) if newsletter.is_editable else []
        return render(request, "admin/news/preview.html", context)

    def html(self, request, newsletter):
        """The issue as a mail client would show it: alone in a frame of ours, running nothing."""
        response = HttpResponse(newsletters.preview_issue(newsletters.render_issue(newsletter)).html)
        response.xframe_options_exempt = True
        response._csp_replace = {
            "default-src": ["'none'"],
            "script-src": ["'none'"],
            "img-src": ["'none'"],
            "style-src": ["'unsafe-inline'"],
            "frame-ancestors": ["'self'"],
        }
        return response

    def rehearsal(self, request, newsletter):
        lines = newsletters.rehearse(newsletter)
        context = self._context(request, newsletter, _now("Prova generale"))
        context |= {
            "lines": Paginator(lines, PER_PAGE).get_page(request.GET.get("p")),
            "yes": sum(line.gets_it for line in lines),
            "no": sum(not line.gets_it for line in lines),
            "rule": newsletter.segment.rule(),
            "now": timezone.now(),
        }
        return render(request, "admin/news/rehearsal.html", context)

    def report(self, request, newsletter):
        context = self._context(request, newsletter, _now("Andamento e rapporto"))
        if newsletter.campaign:
            account = newsletters.report(newsletter)
            labels = Delivery.State
            context |= account | {
                "states": [(label.label, account["account"][label.value]) for label in labels if label != labels.EMPTY],
                "troubles": newsletters.troubles(newsletter)[:PER_PAGE],
                "now": timezone.now(),
            }
        return render(request, "admin/news/report.html", context)
