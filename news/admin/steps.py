"""Things that go from draft to published under two pairs of eyes: buttons that take a step, rich text, history."""

from dataclasses import dataclass

from csp.constants import NONCE
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset import Media

from ..models.announcements import RichTextField
from ..newsletters.approval import Refused

EDITOR = {
    "extensions": {
        "Bold": True,
        "Italic": True,
        "Heading": {"levels": [2, 3]},
        "BulletList": True,
        "OrderedList": True,
        "ListItem": True,
        "Blockquote": True,
        "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto"]},
        "HardBreak": True,
        "History": True,
    }
}
EDITOR_STYLES = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"


@dataclass(frozen=True)
class StepButton:
    """A step as a button: shown in these states to whoever has the right; `take` does it, `done` says it was done.

    `asks`, where a step is mailed or final, is a function of the thing: the sentence to say yes to, with its numbers.
    """

    name: str
    label: str
    take: object
    done: str
    states: tuple
    right: str = "change"
    is_default: bool = False
    needs_seen: bool = False
    asks: object = None


class RichTextWidget(AdminProseEditorWidget):
    def __init__(self, attrs=None, **kwargs):
        super().__init__(attrs=attrs, config=EDITOR, preset="configurable")


class StepsAdmin(admin.ModelAdmin):
    """Subclasses list their `buttons`. Every step is a POST of its own, refused with a reason when it cannot be."""

    buttons = []
    change_form_template = "admin/news/change_form.html"
    formfield_overrides = {RichTextField: {"widget": RichTextWidget}}

    def get_urls(self):
        steps = [
            path(
                f"<int:object_id>/{button.name}/",
                self.admin_site.admin_view(self._step(button)),
                name=f"news_{self.opts.model_name}_{button.name}",
            )
            for button in self.buttons
        ]
        return [*steps, *super().get_urls()]

    def _step(self, button):
        def view(request, object_id):
            thing = get_object_or_404(self.get_queryset(request), pk=object_id)
            if not self.may(request, button.right):
                raise PermissionDenied
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if button.asks and "confirmed" not in request.POST and thing.state in button.states:
                return self._ask(request, thing, button)
            try:
                self._take(button, thing, request)
                messages.success(request, button.done)
            except Refused as refusal:
                messages.error(request, str(refusal))
            return redirect(self.after(thing))

        return view

    def _take(self, button, thing, request):
        """A step that says yes to a content brings the fingerprint of what was on the page where it was pressed."""
        if button.needs_seen:
            button.take(thing, request.user, seen=request.POST.get("seen", ""))
        else:
            button.take(thing, request.user)

    def fingerprint(self, thing):
        raise NotImplementedError

    def _ask(self, request, thing, button):
        """What cannot be called back says first how many it reaches."""
        context = {
            **self.admin_site.each_context(request),
            "title": button.label,
            "opts": self.opts,
            "says": button.asks(thing),
            "thing": thing,
            "back_url": reverse(f"admin:news_{self.opts.model_name}_change", args=[thing.pk]),
        }
        return render(request, "admin/news/ask.html", context)

    def after(self, thing):
        """Where a step leads: back to the thing."""
        return reverse(f"admin:news_{self.opts.model_name}_change", args=[thing.pk])

    def may(self, request, right):
        return request.user.has_perm(f"news.{right}_{self.opts.model_name}")

    def buttons_for(self, request, thing):
        seen = self.fingerprint(thing)
        return [
            {
                "url": reverse(f"admin:news_{self.opts.model_name}_{button.name}", args=[thing.pk]),
                "button": button,
                "seen": seen if button.needs_seen else "",
            }
            for button in self.buttons
            if thing.state in button.states and self.may(request, button.right)
        ]

    def get_object(self, request, object_id, from_field=None):
        """Whoever saves holds the row: a step that somebody takes meanwhile waits, and then sees what was saved; a save
        that comes second sees the step.
        """
        if request.method == "POST" and connection.in_atomic_block and str(object_id).isdecimal():
            list(self.model.objects.select_for_update().filter(pk=object_id).values_list("pk"))
        return super().get_object(request, object_id, from_field)

    # The editor's import map and its own few styles are all that is inline in the portal: here and only here the one
    # gets the nonce of the page, the other is named by its hash. Another version of the editor has another hash.
    @method_decorator(csp_update({"script-src": [NONCE], "style-src": [EDITOR_STYLES]}))
    def changeform_view(self, request, *args, **kwargs):
        return super().changeform_view(request, *args, **kwargs)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        context["step_buttons"] = self.buttons_for(request, obj) if obj else []
        context["history_steps"] = obj.steps.select_related("by") if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)
