"""WHO HEARS: what the Consorzio says, who wants to hear it, and who got what."""

from .announcements import Announcement
from .deliveries import Delivery, Told
from .subscriptions import Subscription

__all__ = ["Announcement", "Delivery", "Subscription", "Told"]
