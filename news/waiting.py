"""What waits for the staff among announcements, issues and sendings."""

from datetime import timedelta

from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from members.waiting import Heap, since

from .models import Announcement, Brake, Campaign, Delivery, Newsletter, SetAside, Step

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
        *_rare_heaps(),
    ]


def _rare_heaps():
    """What seldom happens is not on the list while there is none of it."""
    sent_back = since(_sent_back_issues(), "sent_back_at")
    keys = ",".join(str(issue.pk) for _since, issue in sent_back)
    set_aside = SetAside.objects.only("sender", "subject", "arrived_at")
    braked = "pulled_at__isnull=False&released_at__isnull=True"
    found = [
        Heap(_("Newsletter rimandate"), Newsletter, f"id__in={keys}", sent_back),
        Heap(_("Freno degli invii"), Brake, braked, since(Brake.objects.pulled(), "pulled_at")),
        Heap(_("Posta messa da parte"), SetAside, "", since(set_aside, "arrived_at")),
    ]
    return [heap for heap in found if heap.count]


def _sent_back_issues():
    """Drafts whose last step led back from a colleague's desk, or from the day on which they were to leave."""
    last = Step.objects.filter(newsletter=OuterRef("pk")).order_by("-pk")
    drafts = Newsletter.objects.filter(state=Newsletter.State.DRAFT)
    with_last = drafts.annotate(
        came_from=Subquery(last.values("before")[:1]), sent_back_at=Subquery(last.values("at")[:1])
    )
    return with_last.filter(came_from__in=[Newsletter.State.SUBMITTED, Newsletter.State.APPROVED])
