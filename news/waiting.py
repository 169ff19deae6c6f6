"""What waits for the staff among announcements, issues and sendings."""

from datetime import timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members.waiting import Heap, since

from .models import Announcement, Campaign, Delivery, Newsletter

SHOWN = ["address", "occasion", "state"]  # never the text
BOUNCES_STAY = timedelta(days=30)  # whoever has not mended an address by then will not


def heaps() -> list[Heap]:
    """What a second person has to read, sendings that stopped, and mails that came back."""
    announcements = Announcement.objects.waiting().annotate(submitted_at=Max("steps__at"))
    issues = Newsletter.objects.filter(state=Newsletter.State.SUBMITTED).annotate(submitted_at=Max("steps__at"))
    paused = Campaign.objects.filter(state=Campaign.State.PAUSED).only("subject", "started_at")
    uncertain = Delivery.objects.filter(state=Delivery.State.UNCERTAIN).only(*SHOWN, "queued_at")
    first = timezone.localdate() - BOUNCES_STAY
    returned = Delivery.objects.filter(bounced_at__date__gte=first).only(*SHOWN, "bounced_at")
    return [
        Heap(_("Annunci da approvare"), Announcement, "state__exact=submitted", since(announcements, "submitted_at")),
        Heap(_("Newsletter da approvare"), Newsletter, "state__exact=submitted", since(issues, "submitted_at")),
        Heap(_("Invii in pausa"), Campaign, "state__exact=paused", since(paused, "started_at")),
        Heap(_("Consegne incerte"), Delivery, "state__exact=uncertain", since(uncertain, "queued_at")),
        Heap(_("E-mail tornate indietro"), Delivery, f"bounced_at__date__gte={first}", since(returned, "bounced_at")),
    ]
