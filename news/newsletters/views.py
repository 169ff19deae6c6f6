"""What the Consorzio says, for everybody."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render

from members.guards import public

from ..models import Announcement

PER_PAGE = 20


@public("announcements")
def announcements(request):
    page = Paginator(Announcement.objects.published(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "news/announcements.html", {"announcements": page})


@public("announcement")
def announcement(request, slug):
    found = get_object_or_404(Announcement.objects.visible_to(request.user), slug=slug)
    return render(request, "news/announcement.html", {"announcement": found})
