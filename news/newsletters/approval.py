"""From draft to published: one function per step, each won by one person only, each with its row of history.

A step is a conditional UPDATE: of two people who press at once one wins, the other is told.
"""

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.transitions import move_state

from ..delivery import mailing
from ..models import Announcement, Step

State = Announcement.State


class Refused(Exception):
    """The step cannot be taken; the message says why, for the page."""


def submit_announcement(announcement, by):
    """Ask a colleague to read it."""
    move(announcement, State.DRAFT, State.SUBMITTED, by, approved_content=announcement.content_hash)


def approve_announcement(announcement, by, seen=None):
    """Publish it, now or at the moment it names. The author cannot; what was edited since it was read cannot be.

    `seen`: the fingerprint of what the approver had before their eyes.
    """
    refuse_author(announcement, by)
    refuse_unseen(seen, announcement.content_hash)
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
    """Back to its author, with a word; they hear of it."""
    move(announcement, State.SUBMITTED, State.DRAFT, by, note)
    tell_author(announcement, by, note)


def withdraw_announcement(announcement, by, note=""):
    """Off the pages, at once."""
    move(announcement, State.PUBLISHED, State.DRAFT, by, note, approver=None, approved_content="")


def refuse_unseen(seen, now):
    """What is approved is what was read: a text that changed between reading and pressing is not."""
    if seen is not None and seen != now:
        raise Refused(_("Il testo è cambiato dopo che l'avete letto: rileggetelo e approvatelo."))


def refuse_author(thing, by):
    if thing.author_id == by.pk:
        raise Refused(_("Chi scrive non approva: serve una seconda persona."))


def tell_author(thing, by, note=""):
    """Whoever wrote it hears by mail that it came back, and why; nobody is told of what they did themselves."""
    author = thing.author
    if author is None or not author.is_active or (by and by.pk == author.pk):
        return
    last = thing.steps.order_by("-pk").values_list("pk", flat=True).first()
    page = reverse(f"admin:news_{thing._meta.model_name}_change", args=[thing.pk])
    context = {"thing": thing, "by": by, "note": note, "url": settings.PORTAL_BASE_URL + page}
    mailing.queue_mail(author.email, f"sent-back:{last}", *mailing.render_mail("sent_back", context))
    mailing.ring()


def move(thing, before, after, by, note="", only=None, **fields):
    """Move an announcement or a newsletter from one state to another, if it still is in the first. Raises Refused:
    here a step has further reasons not to happen, and the page says whichever it was."""

    def trace(left):
        note_step(thing, left, after, by, note)

    if not move_state(thing, [before], after, only=only, trace=trace, **fields):
        raise Refused(_("Nel frattempo è cambiato: ricaricate la pagina e guardate com'è adesso."))


def note_step(thing, before, after, by=None, note=""):
    Step.objects.create(**{thing._meta.model_name: thing}, before=before, after=after, by=by, note=note[:300])
