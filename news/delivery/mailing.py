"""The one door through which mail leaves the portal.

PostgreSQL is the truth: a `Delivery` row is queue, ledger and archive in one. Whoever has something to say calls this
module; it makes rows and rings the bell. `sender` takes the rows and hands them over, `smtp` talks to the mail server.
Celery is only the bell.
"""

import secrets
from collections import Counter

from css_inline import inline
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils import timezone, translation

from members.bells import ring_after_commit

from ..models import Brake, Campaign, Delivery, Subscription, Suppression, Told
from . import mail_compiler, sender

Lane, Purpose, Reason, State = Delivery.Lane, Delivery.Purpose, Delivery.Reason, Delivery.State

one_line = mail_compiler.one_line
recover = sender.recover


# One mail -------------------------------------------------------------------------------------------------------------
def queue_mail(addressee, occasion, subject, text, html, told=(), **fields) -> bool:
    """Queue one mail and note what it tells, in one transaction. Asked twice for an occasion, it queues one mail.

    `addressee` is a Subscription, or an address for a notice that needs none. `told` gives (kind, object id); `fields`
    are further fields of the Delivery (purpose, lane, not_before, reply_to). Says whether the mail was queued now.
    """
    whom, content = _whom(addressee)
    content |= {"subject": one_line(subject)[:200], "text": _plain(text), "html": _plain(html), **fields}
    with transaction.atomic():
        delivery, is_new = Delivery.objects.get_or_create(**whom, occasion=occasion, defaults=content)
        if is_new and told:
            Told.objects.bulk_create(
                Told(delivery=delivery, subscription=addressee, kind=kind, object_id=key) for kind, key in told
            )
    return is_new


def _plain(text):
    return str(text).replace("\x00", "")  # PostgreSQL stores every character but this one


def send_account_mail(address, subject, text, html) -> None:
    """Queue a mail that somebody waits for at the screen, ahead of everything else, and ring at once."""
    occasion = f"account:{secrets.token_urlsafe(16)}"
    queue_mail(address, occasion, subject, text, html, purpose=Purpose.ACCOUNT, lane=Lane.URGENT)
    ring_urgent()


def send_service_mail(message) -> None:
    """The same for a message that somebody else has written (an EmailMultiAlternatives)."""
    html = next((content for content, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
    for address in message.to:
        send_account_mail(address, message.subject, message.body, html)


def _whom(addressee) -> tuple[dict, dict]:
    """What finds the delivery, and what else it takes from its addressee."""
    if isinstance(addressee, Subscription):
        lane = Lane.BULK if addressee.purpose == Purpose.DIGEST else Lane.NOTICE
        return {"subscription": addressee}, {
            "address": addressee.email,
            "purpose": addressee.purpose,
            "lane": lane,
        }
    whom = {"subscription": None, "campaign": None, "address__iexact": addressee}
    return whom, {"address": addressee, "purpose": Purpose.SERVICE}


# One text for many ----------------------------------------------------------------------------------------------------
EXPAND = """
INSERT INTO news_delivery (campaign_id, subscription_id, address, purpose, occasion, lane, state, token, attempts,
                           queued_at, not_before, subject, text, html, reply_to, reason, error, has_turn)
SELECT %s, s.id, s.email, %s, %s, %s, 'pending', gen_random_uuid(), 0, now(), now(), '', '', '', '', '', '', false
FROM news_subscription AS s WHERE s.id IN ({chosen}) ORDER BY s.id
ON CONFLICT DO NOTHING
"""


def start_campaign(campaign, subscriptions) -> int:
    """Freeze a draft and give every active one of `subscriptions` its row. Says how many there are.

    Started twice, nothing happens; an address that stands there twice gets one mail. A text whose merge fields are
    broken is refused with a ValidationError, before anything is written.
    """
    if found := mail_compiler.complaints(campaign.subject, campaign.text, campaign.html):
        raise ValidationError(found)
    with transaction.atomic():
        if campaign.start():
            campaign.expanded = expand_campaign(campaign, subscriptions)
            campaign.save(update_fields=["expanded"])
            ring()
    return campaign.expanded


def expand_campaign(campaign, subscriptions) -> int:
    """One INSERT … SELECT: the rows of a campaign, for the active ones of a queryset of subscriptions."""
    chosen, parameters = subscriptions.active().order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        head = [campaign.pk, campaign.purpose, campaign.occasion, Lane.BULK]
        cursor.execute(EXPAND.format(chosen=chosen), [*head, *parameters])
        return cursor.rowcount


def pause_campaign(campaign, reason="") -> bool:
    """Nothing more leaves, within a moment. Says whether it was sending."""
    return campaign.pause(reason)


def resume_campaign(campaign) -> bool:
    """Go on where it stopped. Says whether it was paused."""
    is_ours = campaign.resume()
    ring()
    return is_ours


@transaction.atomic
def cancel_campaign(campaign) -> bool:
    """Whoever has not had it will not get it. What is being handed over in this moment still arrives."""
    is_ours = campaign.cancel()
    if is_ours:
        campaign.deliveries.waiting().update(state=State.SKIPPED, reason=Reason.CANCELLED)
    return is_ours


def settle_uncertain(campaign, is_sent) -> int:
    """Staff decide about the mails that were held back: they have arrived, or they are to be sent again."""
    if not is_sent and campaign.state == Campaign.State.CANCELLED:
        called_off = campaign.deliveries.filter(state=State.UNCERTAIN)
        return called_off.update(state=State.SKIPPED, reason=Reason.CANCELLED)
    changed = settle_deliveries(campaign.deliveries.all(), is_sent)
    if is_sent:
        return changed
    Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.SENT).update(
        state=Campaign.State.SENDING, ended_at=None
    )
    ring()
    return changed


def settle_deliveries(deliveries, is_sent) -> int:
    """The same for any of the mails that were held back. An account mail is not sent again: it has lost its text."""
    uncertain = deliveries.filter(state=State.UNCERTAIN)
    if is_sent:
        return uncertain.update(state=State.SENT, sent_at=timezone.now())
    again = {"state": State.RETRY, "not_before": timezone.now(), "losses": 0}
    changed = uncertain.exclude(purpose=Purpose.ACCOUNT).update(**again)
    ring()
    return changed


def accounting(campaign) -> dict:
    """How many rows stand in each state; the states add up to `expanded`, or `is_balanced` says that they do not.

    `erased` are rows that went with a person who asked to be forgotten.
    """
    counted = Counter(dict(campaign.deliveries.values_list("state").annotate(count=Count("pk")).order_by()))
    bounced = campaign.deliveries.filter(bounced_at__isnull=False).count()
    for old in campaign.old_counts.all():
        counted[old.state] += old.count
        bounced += old.count if old.is_bounced else 0
    states = {state: counted[state] for state in State.values if state != State.EMPTY}
    erased = campaign.expanded - sum(states.values())
    return {"expanded": campaign.expanded, **states, "erased": erased, "bounced": bounced, "is_balanced": erased >= 0}


# Whom we must not write to -------------------------------------------------------------------------------------------
def suppress_address(address, reason) -> None:
    """Nothing but account mails leaves for this address from now on, whoever imports it again."""
    Suppression.objects.add(address, reason)


def is_suppressed(address) -> bool:
    return Suppression.objects.of(address).exists()


# The bell -------------------------------------------------------------------------------------------------------------
def send_due() -> int:
    """Send what waits. Says how many mails the server accepted."""
    sent = sender.send_claimed()
    _tell_of_pauses()
    _tell_of_brake()
    _tell_of_held_back()
    if sent and Delivery.objects.due().exists():
        ring()
    return sent


def ring() -> None:
    """Tell a worker that something waits, when the transaction is through. Unheard, the next tick finds it."""
    ring_after_commit("news.tasks.send_due")


def send_urgent() -> int:
    """Send what somebody waits for at the screen, beside whatever else is being sent."""
    return sender.send_urgent()


def ring_urgent() -> None:
    """Ring for a mail that somebody waits for: two bells, for the one who hears the second may be busy for long."""
    ring_after_commit("news.tasks.send_urgent")
    ring()


def _tell_of_pauses():
    """Staff hear once of every campaign that paused itself."""
    alarmed = Campaign.objects.filter(state=Campaign.State.PAUSED, errors_in_a_row__gt=sender.TOO_MANY_ERRORS)
    for campaign in alarmed:
        at = campaign.paused_at or campaign.started_at or campaign.created_at
        tell_staff(f"paused:{campaign.pk}:{at.isoformat()}", "campaign_paused", {"campaign": campaign})


def _tell_of_brake():
    """Staff hear once of a brake that was pulled, by the one lane that still moves."""
    for brake in Brake.objects.pulled():
        tell_staff(f"brake:{brake.pk}", "brake_pulled", {"brake": brake}, lane=Lane.URGENT)


def _tell_of_held_back():
    """Staff hear once a day of mails that nobody knows about."""
    held_back = Delivery.objects.filter(state=State.UNCERTAIN, losses__gte=sender.MOST_LOSSES)
    if count := held_back.count():
        today = timezone.localdate()
        tell_staff(f"held-back:{today.isoformat()}", "mails_held_back", {"count": count})


@transaction.atomic
def release_brake(brake, by, note) -> bool:
    """Let mail flow again, and say so to staff; what was refused because of us leaves at once. Says whether it was
    pulled.
    """
    mine = Brake.objects.pulled().filter(pk=brake.pk)
    if not mine.update(released_at=timezone.now(), released_by=by, note=one_line(note)[:300]):
        return False
    brake.refresh_from_db()
    refused = Delivery.objects.filter(state=State.RETRY, reason=Reason.POLICY)
    refused.update(not_before=timezone.now())
    tell_staff(f"brake-released:{brake.pk}", "brake_released", {"brake": brake}, lane=Lane.URGENT)
    ring_urgent()
    return True


def tell_staff(occasion, name, context, **fields) -> bool:
    """Tell the office of something, once, from the templates emails/NAME.*."""
    return queue_mail(settings.PORTAL["contact_email"], occasion, *render_mail(name, context), **fields)


def render_mail(name, context) -> tuple[str, str, str]:
    """Subject, text and html of `templates/emails/<name>.*`; see `render_parts`."""
    subject, text, html = render_parts(name, context, "subject.txt", "txt", "html")
    return subject.strip(), text, html


def render_parts(name, context, *parts) -> list[str]:
    """Parts of a mail in Italian, css inlined. Every mail knows the `portal` and the `base` of its addresses."""
    context = {**context, "portal": settings.PORTAL, "base": settings.PORTAL_BASE_URL}
    with translation.override(settings.LANGUAGE_CODE):
        texts = {part: render_to_string(f"emails/{name}.{part}", context) for part in parts}
    return [inline(text) if part == "html" else text for part, text in texts.items()]
