"""What the news do when the opportunities tell them something."""

from django.dispatch import receiver

from matchmaking import signals

from . import notices


@receiver(signals.deadline_moved, dispatch_uid="followers hear of a moved deadline")
def followers_hear_of_a_moved_deadline(sender, opportunity_id, before, after, **kwargs):
    notices.deadline_moved(opportunity_id, before, after)


@receiver(signals.place_found, dispatch_uid="whoever waited hears of the place")
def whoever_waited_hears_of_the_place(sender, registration_id, **kwargs):
    notices.place_found(registration_id)
