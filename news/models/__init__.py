"""WHO HEARS: what the Consorzio says, who wants to hear it, and who got what."""

from .announcements import Announcement
from .consent import Consent
from .deliveries import Delivery, Told
from .history import Step
from .newsletters import Newsletter, NewsletterItem
from .segments import Segment
from .subscriptions import Subscription

__all__ = [
    "Announcement",
    "Consent",
    "Delivery",
    "Newsletter",
    "NewsletterItem",
    "Segment",
    "Step",
    "Subscription",
    "Told",
]
