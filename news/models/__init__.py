"""WHO HEARS: what the Consorzio says, who wants to hear it, and who got what."""

from .announcements import Announcement
from .campaigns import Campaign
from .consent import Consent
from .deliveries import Batch, Delivery, Pace, Told
from .history import Step
from .newsletters import Newsletter, NewsletterItem
from .notifications import MutedKind, Notification
from .segments import Segment
from .subscriptions import Subscription
from .suppressions import Suppression

__all__ = [
    "Announcement",
    "Batch",
    "Campaign",
    "Consent",
    "Delivery",
    "MutedKind",
    "Newsletter",
    "NewsletterItem",
    "Notification",
    "Pace",
    "Segment",
    "Step",
    "Subscription",
    "Suppression",
    "Told",
]
