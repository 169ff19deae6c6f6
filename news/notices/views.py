"""A person's own list of notices. Opening the list marks nothing: only the buttons do, and they POST."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members.guards import object_required, signed_in

from ..models import Notification
from .forms import NoticeChoicesForm

PER_PAGE = 20


@signed_in("notices")
def notifications(request):
    mine = Notification.objects.of(request.user).select_related("organization")
    shows_all = request.GET.get("vedi") != "da-leggere"
    page = Paginator(mine if shows_all else mine.unread(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "news/notifications.html", {"notifications": page, "shows_all": shows_all})


def own_notice(request, notification):
    return get_object_or_404(Notification.objects.of(request.user), pk=notification)


@object_required("notices.one", own_notice)
@require_POST
def open_one(request, found):
    """Mark it read and go where it leads; or put it back among those to read."""
    mine = Notification.objects.filter(pk=found.pk)
    if "unread" in request.POST:
        mine.update(read_at=None)
        return redirect("news:notifications")
    mine.mark_read()
    return redirect(found.link or "news:notifications")


@signed_in("notices")
@require_POST
def read_all(request):
    count = Notification.objects.of(request.user).mark_read()
    messages.success(request, _("Avvisi segnati come letti: %(count)d.") % {"count": count})
    return redirect("news:notifications")


@signed_in("notices")
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request):
    """Which kinds of notice also come by mail."""
    sent = request.POST if request.method == "POST" else None  # no box ticked is a choice, too
    form = NoticeChoicesForm(sent, user=request.user)
    if form.is_valid():
        form.apply()
        messages.success(request, _("Fatto: vale dal prossimo avviso."))
        return redirect("news:notice_choices")
    return render(request, "news/notice_choices.html", {"form": form})
