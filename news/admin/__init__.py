"""The staff's view of what is said and who hears it: a module for each thing."""

from . import announcements, deliveries, newsletters, subscriptions

__all__ = ["announcements", "deliveries", "newsletters", "subscriptions"]
