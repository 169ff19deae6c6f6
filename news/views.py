"""Pages about what the Consorzio says and who hears it."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from members.guards import public

from .models import Announcement, Subscription

PER_PAGE = 20


@public("announcements")
def announcements(request):
    page = Paginator(Announcement.objects.published(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "news/announcements.html", {"announcements": page})


@public("announcement")
def announcement(request, slug):
    found = get_object_or_404(Announcement.objects.visible_to(request.user), slug=slug)
    return render(request, "news/announcement.html", {"announcement": found})


@public("mail.preferences")
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request, token):
    """Whoever holds the link decides, without a password. Opening the page changes nothing."""
    subscription = get_object_or_404(Subscription.objects.select_related("organization"), token=token)
    if request.method == "POST":
        subscription.resume() if "resume" in request.POST else subscription.stop()
    is_changed = request.method == "POST"
    return render(request, "news/preferences.html", {"subscription": subscription, "is_changed": is_changed})


# RFC 8058: the mailbox provider posts here, without a session, a cookie or a redirect; twice is as good as once.
@csrf_exempt
@public("mail.unsubscribe")
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    if request.method != "POST":
        return preferences(request, token)
    if subscription := Subscription.objects.filter(token=token).first():
        subscription.stop()
    return HttpResponse(status=200)
