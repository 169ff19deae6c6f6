"""Announcements for whoever reads them with a feed reader."""

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from members.guards import public
from members.safety.feeds import ReadableRss

from ..delivery import mailing
from ..models import Announcement

LATEST = 30


class AnnouncementFeed(Feed):
    """The latest published announcements, the newest first."""

    feed_type = ReadableRss
    link = reverse_lazy("news:announcements")

    def title(self):
        return _("Notizie di %(institution)s") % {"institution": settings.PORTAL["institution"]}

    def description(self):
        return settings.PORTAL["tagline"]

    def items(self):
        return Announcement.objects.published()[:LATEST]

    def item_title(self, announcement):
        return mailing.one_line(announcement.title)

    def item_description(self, announcement):
        return announcement.body_html

    def item_pubdate(self, announcement):
        return announcement.published_at


announcements = public("announcements")(AnnouncementFeed())
