"""From draft to published: one function per step, each won by one person only, each with its row of history.

A step is a conditional UPDATE: of two people who press at once one wins, the other is told.
"""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.transitions import move_state

from ..models import Announcement, Step

State = Announcement.State


class Refused(Exception):
    """The step cannot be taken; the message says why, for the page."""


def submit_announcement(announcement, by):
    """Ask a colleague to read it."""
    move(announcement, State.DRAFT, State.SUBMITTED, by, approved_content=announcement.content_hash)


def approve_announcement(announcement, by):
    """Publish it, now or at the moment it names. The author cannot; what was edited since it was read cannot be."""
    refuse_author(announcement, by)
    move(
        announcement,
        State.SUBMITTED,
        State.PUBLISHED,
        by,
        only=Q(approved_content=announcement.content_hash),
        approver=by,
        published_at=announcement.published_at or timezone.now(),
    )


def send_back_announcement(announcement, by, note=""):
    """Back to its author, with a word."""
    move(announcement, State.SUBMITTED, State.DRAFT, by, note)


def withdraw_announcement(announcement, by, note=""):
    """Off the pages, at once."""
    move(announcement, State.PUBLISHED, State.DRAFT, by, note, approver=None, approved_content="")


def refuse_author(thing, by):
    if thing.author_id == by.pk:
        raise Refused(_("Chi scrive non approva: serve una seconda persona."))


def move(thing, before, after, by, note="", only=None, **fields):
    """Move an announcement or a newsletter from one state to another, if it still is in the first. Raises Refused:
    here a step has further reasons not to happen, and the page says whichever it was."""

    def trace(left):
        note_step(thing, left, after, by, note)

    if not move_state(thing, [before], after, only=only, trace=trace, **fields):
        raise Refused(_("Nel frattempo è cambiato: ricaricate la pagina e guardate com'è adesso."))


def note_step(thing, before, after, by=None, note=""):
    Step.objects.create(**{thing._meta.model_name: thing}, before=before, after=after, by=by, note=note[:300])
