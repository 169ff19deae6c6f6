"""An issue from its first line to its last figure: rendered, rehearsed, approved, sent, reported.

The steps are those of `approval`: conditional UPDATEs with a row of history. From `start` on, the campaign of the
delivery engine knows how far it has come; this module asks it and keeps no second account.
"""

import hashlib
import json
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from matchmaking.models import Opportunity

from ..delivery import mailing
from ..models import Campaign, Delivery, Newsletter, Subscription, Suppression
from ..models.announcements import moment
from ..models.suppressions import key_of
from ..parsers import rich_text
from ..parsers.pec import is_pec
from .approval import Refused, move, note_step, refuse_author, refuse_unseen, tell_author

State, Phase = Newsletter.State, Campaign.State


# What it says ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Issue:
    """An issue ready to send: one text for all, with the engine's merge fields where addressees differ."""

    subject: str
    text: str
    html: str


def render_issue(newsletter) -> Issue:
    """Subject, plain text and html (css inlined), in Italian: the same links in both."""
    context = {
        "newsletter": newsletter,
        "intro_html": mark_safe(rich_text.sanitize(newsletter.intro)),
        "intro_text": rich_text.to_text(newsletter.intro),
        "things": [item.thing for item in newsletter.entries()],
    }
    with timezone.override(settings.TIME_ZONE):
        parts = mailing.render_parts("newsletter", context, "txt", "html")
    return Issue(mailing.one_line(newsletter.subject), *parts)


def problems(newsletter) -> list[str]:
    """What keeps it from being sent, in words for staff: asked before approval and again before it leaves."""
    from ..delivery.mail_compiler import complaints

    issue, things = render_issue(newsletter), [item.thing for item in newsletter.entries()]
    found = complaints(issue.subject, issue.text, issue.html)
    if not things and not newsletter.intro:
        found.append(_("È vuota: aggiungete almeno una voce o un'introduzione."))
    hidden = [thing.title for thing in things if not _is_public(thing)]
    found += [
        _("«%(title)s» non è pubblica: chi riceve la newsletter non la potrebbe aprire.") % {"title": t} for t in hidden
    ]
    late = [thing.title for thing in things if _is_over(thing, newsletter.send_at)]
    return found + [_("«%(title)s» è già scaduta: toglietela, o correggete la data.") % {"title": t} for t in late]


def _is_over(thing, send_at):
    """A call whose deadline is past or an event that has ended, now or when the issue is to leave."""
    now = max(timezone.now(), send_at or timezone.now())
    if isinstance(thing, Opportunity):
        return bool(thing.deadline) and thing.deadline < timezone.localdate(now)
    ends_at = thing.ends_at or thing.starts_at
    return bool(ends_at) and timezone.localdate(ends_at) < timezone.localdate(now)


def _is_public(thing):
    return thing.is_public if hasattr(thing, "is_public") else thing.status == thing.Status.PUBLISHED


def content_hash(newsletter) -> str:
    """sha256 of everything that an approver answers for: what it says, to whom, and when it leaves.

    The same for whoever looks, in whatever language and zone.
    """
    issue = render_issue(newsletter)
    with translation.override(settings.LANGUAGE_CODE), timezone.override(settings.TIME_ZONE):
        rule = str(newsletter.segment.rule())
    text, html = (part.replace("\r\n", "\n") for part in (issue.text, issue.html))
    content = [issue.subject, text, html, rule, moment(newsletter.send_at)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def void_if_changed(newsletter, by) -> bool:
    """After an edit: back to draft if it no longer is what was asked for or approved. Says whether it is."""
    if newsletter.state not in (State.SUBMITTED, State.APPROVED) or newsletter.approved_content == content_hash(
        newsletter
    ):
        return False
    with transaction.atomic():
        move(newsletter, newsletter.state, State.DRAFT, by, _("modificata"), approver=None, approved_content="")
    return True


# To whom --------------------------------------------------------------------------------------------------------------
def audience(newsletter):
    """The subscriptions that it goes to, consent or not: the delivery engine takes the active ones among them."""
    return Subscription.objects.newsletters().filter(newsletter.segment.addressees())


@dataclass(frozen=True)
class Addressee:
    """A line of the rehearsal: who, yes or no, and why."""

    email: str
    organization: str
    gets_it: bool
    why: str


def rehearse(newsletter) -> list[Addressee]:
    """Everybody whom the rule reaches, every address once, with yes or no and why. Writes nothing.

    Organizations that the rule reaches and that have no subscription stand there too, without an address.
    """
    subscriptions = list(audience(newsletter).select_related("organization").order_by("pk"))
    keys = {subscription.pk: key_of(subscription.email) for subscription in subscriptions}
    suppressed = set(Suppression.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    lines, seen = {}, set()
    for subscription in sorted(
        subscriptions, key=lambda one: not one.is_active
    ):  # an active one speaks for its address
        address = subscription.email.lower()
        if address not in lines:
            why = _refusal(subscription, keys[subscription.pk] in suppressed)
            name = subscription.organization.name if subscription.organization else ""
            lines[address] = Addressee(subscription.email, name, not why, why or _("iscrizione confermata"))
        seen.add(subscription.organization_id)
    silent = newsletter.segment.organizations().exclude(pk__in=seen - {None})
    lines_without = [Addressee("", one.name, False, _("nessuno si è iscritto per suo conto")) for one in silent]
    return sorted(lines.values(), key=lambda line: (not line.gets_it, line.email)) + lines_without


def _refusal(subscription, is_suppressed):
    """Why a subscription gets nothing; blank when it does."""
    if subscription.confirmed_at is None:
        return _("non ha ancora confermato")
    if subscription.ended_at is not None:
        return _("si è disiscritto")
    if is_suppressed:
        return _("indirizzo sospeso")
    return _("indirizzo PEC") if is_pec(subscription.email) else ""


# Its steps ------------------------------------------------------------------------------------------------------------
def submit_issue(newsletter, by):
    """Ask a colleague to read it. What is plainly wrong is said now."""
    refuse_problems(newsletter)
    move(newsletter, State.DRAFT, State.SUBMITTED, by, approved_content=content_hash(newsletter))


def approve_issue(newsletter, by, seen=None):
    """Good as it is: this content, these addressees. Its author cannot.

    `seen`: the fingerprint of what the approver had before their eyes.
    """
    refuse_author(newsletter, by)
    refuse_problems(newsletter)
    content = content_hash(newsletter)
    only = Q(approved_content=content)
    refuse_unseen(seen, content)
    move(newsletter, State.SUBMITTED, State.APPROVED, by, only=only, approver=by)


def send_back_issue(newsletter, by, note=""):
    """Back to draft, with a word: from a colleague's desk, or before it leaves. Its author hears of it."""
    before = State.APPROVED if newsletter.state == State.APPROVED else State.SUBMITTED
    move(newsletter, before, State.DRAFT, by, note, approver=None, approved_content="")
    tell_author(newsletter, by, note)


def start_issue(newsletter, by=None) -> int:
    """Send exactly what was approved. Says to how many; pressed twice, it starts once."""
    refuse_problems(newsletter)
    issue, only = render_issue(newsletter), Q(approved_content=content_hash(newsletter))
    with transaction.atomic():
        move(newsletter, State.APPROVED, State.STARTED, by, only=only)
        newsletter.campaign = Campaign.objects.create(
            occasion=newsletter.occasion, subject=issue.subject, text=issue.text, html=issue.html
        )
        newsletter.save(update_fields=["campaign"])
        return mailing.start_campaign(newsletter.campaign, audience(newsletter).exclude(pk__in=_certified(newsletter)))


def _certified(newsletter):
    """PEC addresses that came in by some other way than our forms."""
    addresses = audience(newsletter).active().values_list("pk", "email")
    return [pk for pk, email in addresses if is_pec(email)]


def start_due_issues(now=None) -> int:
    """Start the approved issues whose moment has come. Says how many; what cannot start is sent back with the why."""
    due = Newsletter.objects.filter(state=State.APPROVED, send_at__lte=now or timezone.now())
    return sum(_start_or_send_back(newsletter) for newsletter in due)


def _start_or_send_back(newsletter) -> bool:
    try:
        start_issue(newsletter)
    except Refused as refusal:
        newsletter.refresh_from_db()
        if newsletter.state == State.APPROVED:
            send_back_issue(newsletter, None, str(refusal))
        return False
    return True


def refuse_problems(newsletter):
    if found := problems(newsletter):
        raise Refused(" ".join(found))


def pause_issue(newsletter, by):
    _steer(newsletter, by, mailing.pause_campaign, _("pausa"))


def resume_issue(newsletter, by):
    _steer(newsletter, by, mailing.resume_campaign, _("ripresa"))


def cancel_issue(newsletter, by):
    """Whoever has not had it will not get it."""
    _steer(newsletter, by, mailing.cancel_campaign, _("annullamento"))


def _steer(newsletter, by, lever, note):
    if newsletter.campaign is None or not lever(newsletter.campaign):
        raise Refused(_("Nel frattempo è cambiato: ricaricate la pagina e guardate com'è adesso."))
    note_step(newsletter, State.STARTED, newsletter.campaign.state, by, note)


def send_test(newsletter, user) -> bool:
    """One copy to whoever asks, as an addressee would get it; its links for leaving lead to the subscriptions page."""
    issue, occasion = preview_issue(render_issue(newsletter)), f"prova:{newsletter.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
    subject = _("[Prova] ") + issue.subject
    sent = mailing.queue_mail(user.email, occasion, subject, issue.text, issue.html, lane=Delivery.Lane.URGENT)
    mailing.ring()
    return sent


def preview_issue(issue) -> Issue:
    """The issue with its merge fields filled for the eye of staff."""
    page = settings.PORTAL_BASE_URL + reverse("news:subscribe")
    fields = {"unsubscribe_url": page, "preferences_url": page, "organization": settings.PORTAL["institution"]}
    return Issue(issue.subject, _filled(issue.text, fields), _filled(issue.html, fields))


def _filled(text, fields):
    for name, value in fields.items():
        text = text.replace("{{ " + name + " }}", value)
    return text


# What became of it ----------------------------------------------------------------------------------------------------
def report(newsletter) -> dict:
    """The engine's account, the reasons behind it, and who left because of it. `is_balanced` says that it adds up."""
    campaign = newsletter.campaign
    rows = Delivery.objects.filter(campaign=campaign)
    counted = (
        rows.exclude(reason="").values_list("state", "reason").annotate(count=Count("pk")).order_by("state", "reason")
    )
    reasons = [(Delivery.State(s).label, Delivery.Reason(r).label, count) for s, r, count in counted]
    left = rows.filter(subscription__ended_at__gte=campaign.started_at or campaign.created_at).count()
    return {"account": mailing.accounting(campaign), "reasons": reasons, "unsubscribed": left}


def troubles(newsletter):
    """The deliveries that staff may want to look at: refused, uncertain, skipped, returned."""
    rows = Delivery.objects.filter(campaign=newsletter.campaign)
    ended = [Delivery.State.FAILED, Delivery.State.UNCERTAIN, Delivery.State.SKIPPED, Delivery.State.RETRY]
    return rows.filter(Q(state__in=ended) | Q(bounced_at__isnull=False)).order_by("state", "address")
