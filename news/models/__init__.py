"""WHO HEARS: what the Consorzio says, who wants to hear it, and who got what."""

from .announcements import Announcement
from .brakes import Brake
from .campaigns import Campaign
from .consent import Consent
from .deliveries import Batch, Delivery, DeliveryCount, Pace, Progress, Told
from .history import Step
from .newsletters import Newsletter, NewsletterItem
from .notifications import MutedKind, Notification
from .segments import Segment
from .set_aside import SetAside
from .subscriptions import Subscription
from .suppressions import Suppression, Waking

__all__ = [
    "Announcement",
    "Batch",
    "Brake",
    "Campaign",
    "Consent",
    "Delivery",
    "DeliveryCount",
    "MutedKind",
    "Newsletter",
    "NewsletterItem",
    "Notification",
    "Pace",
    "Progress",
    "Segment",
    "SetAside",
    "Step",
    "Subscription",
    "Suppression",
    "Told",
    "Waking",
]
