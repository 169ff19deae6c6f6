"""WHO HEARS: what the Consorzio says, who wants to hear it, and who got what."""

from .announcements import Announcement
from .campaigns import Campaign
from .deliveries import Batch, Delivery, Pace, Told
from .subscriptions import Subscription
from .suppressions import Suppression

__all__ = ["Announcement", "Batch", "Campaign", "Delivery", "Pace", "Subscription", "Suppression", "Told"]
