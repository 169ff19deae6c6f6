"""Who agreed to what: asked on a page, confirmed by its addressee, withdrawn at any moment, all of it on record.

Asking sends one mail with a link; the link shows a button; the button confirms. Nothing else makes an address hear
from us, and no address that has not confirmed gets any mail but that one.
"""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from ..delivery import mailing
from ..models import Consent, Subscription, Suppression
from ..models.subscriptions import WORDING

Act, Purpose = Consent.Act, Subscription.Purpose

VERSION = "2026-11"
LINK_LASTS = timedelta(days=7)
MAILS_A_DAY = 3  # confirmation mails to one address: a form is not a cannon
ASKS_AN_HOUR = 30  # from one IP
DEPARTED = "non rappresenta più l'organizzazione"  # the source of a line that was nobody's no
SALT = "news.consent"


class TooMany(Exception):
    """Too many requests from one place in an hour."""


# What the addressee does ----------------------------------------------------------------------------------------------
def ask_consent(email, purposes, *, organization=None, source, ip=None, by="", by_staff=False) -> bool:
    """Note what an address asks and send it one mail to confirm. Says whether a mail went out.

    `by_staff`: somebody of the Consorzio typed it, and nobody has read anything yet. Asking again is harmless and looks
    the same from outside, whoever is subscribed already; for an address whose holder had it erased, on the wish of
    others nothing is noted and nothing leaves, and whoever does not say who they are gets one mail a day to it.
    Raises TooMany.
    """
    now = timezone.now()
    asked = Consent.objects.wishes()
    if ip and asked.filter(ip=ip, at__gt=now - timedelta(hours=1)).count() >= ASKS_AN_HOUR:
        raise TooMany
    is_erased = Suppression.objects.of(email).filter(reason=Suppression.Reason.ERASURE).exists()
    if is_erased and by and by.strip().lower() != email.strip().lower():
        return False
    mails_today = asked.of_address(email).filter(at__gt=now - timedelta(days=1)).values("at").distinct().count()
    with transaction.atomic():
        wanted = [_subscription(email, purpose, organization) for purpose in purposes]
        for subscription in wanted:
            record(Act.ENTERED if by_staff else Act.ASKED, subscription, source=source, ip=ip, by=by, at=now)
    if mails_today >= (1 if is_erased else MAILS_A_DAY):
        return False
    _send_link(wanted, now, by_staff)
    return True


def _send_link(wanted, now, by_staff):
    """The one mail that an unconfirmed address gets; it goes out even to an address at rest, for its holder asked."""
    context = {"subscriptions": wanted, "link": confirm_url(wanted), "days": LINK_LASTS.days, "by_staff": by_staff}
    mail = mailing.render_mail("confirm_subscription", context)
    lane, purpose = mailing.Lane.URGENT, mailing.Purpose.ACCOUNT
    occasion = f"conferma:{wanted[0].pk}:{now:%Y%m%d%H%M%S%f}"
    mailing.queue_mail(wanted[0].email, occasion, *mail, lane=lane, purpose=purpose)
    mailing.ring()


def _subscription(email, purpose, organization):
    """The subscription of an address, made when there is none; a double click makes one only."""
    whose = {"purpose": purpose, "organization": organization}
    made, _is_new = Subscription.objects.get_or_create(
        email__iexact=email.strip(), **whose, defaults={"email": email.strip(), **whose}
    )
    return made


def confirm_consent(subscriptions, *, source, ip=None, by_mailed_button=False) -> int:
    """Whoever holds the link has the mailbox. Says how many subscriptions are newly active; twice adds nothing.

    An address that rested because of a bounce, a complaint or its erasure is awake again: its holder said so. By the
    mailed button also when its subscriptions never ended: that the mail arrived is the best proof.
    """
    with transaction.atomic():
        fresh = [subscription for subscription in subscriptions if subscription.resume()]
        for subscription in fresh:
            record(Act.CONFIRMED, subscription, source=source, ip=ip)
        for address in {subscription.email for subscription in (subscriptions if by_mailed_button else fresh)}:
            Suppression.objects.wake(address, source)
    return len(fresh)


def leave_purpose(subscription, *, source, ip=None) -> int:
    """Nothing more of this kind for the address, on whosever account it came. Says how many subscriptions ended."""
    same = Subscription.objects.of_address(subscription.email).filter(purpose=subscription.purpose)
    ended = [one for one in same.select_related("organization") if withdraw_consent(one, source=source, ip=ip)]
    subscription.refresh_from_db(fields=["ended_at"])
    return len(ended)


def withdraw_consent(subscription, *, source, ip=None, by="") -> bool:
    """Nothing more of this kind, at once; the other purposes stay. Says whether that is news."""
    with transaction.atomic():
        is_news = subscription.stop()
        if is_news:
            record(Act.WITHDRAWN, subscription, source=source, ip=ip, by=by)
    return is_news


def set_frequency(subscription, frequency, *, source, ip=None) -> bool:
    """How often the digest comes. Says whether that is news."""
    if subscription.frequency == frequency:
        return False
    with transaction.atomic():
        subscription.frequency = frequency
        subscription.save(update_fields=["frequency"])
        record(Act.SET, subscription, source=f"{source}: {frequency}", ip=ip)
    return True


def serve(email, organization=None):
    """The service notices of an address: no consent is needed, so they are on until it turns them off.

    That they were turned on, and on what ground, stands in the ledger. Whoever has turned them off hears nothing on a
    new occasion either, not even when the row that said so has had its time: the ledger remembers.
    """
    with transaction.atomic():
        subscription = _subscription(email, Purpose.SERVICE, organization)
        if subscription.confirmed_at is None and subscription.ended_at is None and _has_left(subscription):
            subscription.stop()
            return subscription
        if subscription.ended_at is not None:
            if _words(subscription).values_list("source", flat=True).last() == DEPARTED and subscription.resume():
                record(Act.SET, subscription, source="riaccesi: parla di nuovo per l'organizzazione")
            return subscription
        silent = Subscription.objects.filter(pk=subscription.pk, confirmed_at=None)
        if subscription.confirmed_at is None and silent.update(confirmed_at=timezone.now()):
            record(Act.SET, subscription, source="accesi con ciò che la persona segue o chiede sul portale")
            subscription.refresh_from_db(fields=["confirmed_at"])
    return subscription


def _words(subscription):
    """The lines of its address about this purpose and this organization."""
    name = subscription.organization.name if subscription.organization else ""
    lines = Consent.objects.of_address(subscription.email).filter(purpose=subscription.purpose)
    return lines.filter(organization_name=name)


def _has_left(subscription):
    """The last word about this organization, or about the purpose when nothing of it is active, was no.

    That somebody no longer spoke for an organization was not their word.
    """
    lines = Consent.objects.of_address(subscription.email).filter(purpose=subscription.purpose)
    lines = lines.exclude(source=DEPARTED)
    words = [_words(subscription).exclude(source=DEPARTED).values_list("act", flat=True).last()]
    same = Subscription.objects.of_address(subscription.email).filter(purpose=subscription.purpose)
    if not same.wanted().exists():
        words.append(lines.values_list("act", flat=True).last())
    return Act.WITHDRAWN in words


# Links ----------------------------------------------------------------------------------------------------------------
def confirm_url(subscriptions) -> str:
    """The link of the mail. Signed with its own key: rotating SECRET_KEY leaves the mails on their way alive."""
    token = _signer().sign_object([subscription.token for subscription in subscriptions])
    return settings.PORTAL_BASE_URL + reverse("news:confirm", args=[token])


def subscriptions_of_link(token):
    """The subscriptions that a link confirms; none when it is forged, old or of somebody erased."""
    try:
        tokens = _signer().unsign_object(token, max_age=LINK_LASTS)
    except signing.BadSignature:
        return Subscription.objects.none()
    return Subscription.objects.filter(token__in=tokens).select_related("organization").order_by("pk")


def _signer():
    return signing.TimestampSigner(key=settings.MAIL_LINK_KEY or settings.SECRET_KEY, salt=SALT)


# The ledger -----------------------------------------------------------------------------------------------------------
def record(act, subscription, *, source, ip=None, by="", at=None) -> Consent:
    """Add a line, chained to the last one of the address."""
    email, wording = subscription.email.strip().lower(), "" if act == Act.ENTERED else WORDING[subscription.purpose]
    with transaction.atomic():
        _one_at_a_time(email)
        last = Consent.objects.filter(email=email).order_by("-pk").values_list("chain", flat=True).first()
        line = Consent(
            email=email,
            act=act,
            purpose=subscription.purpose,
            subscription_id=subscription.pk,
            organization_name=subscription.organization.name if subscription.organization else "",
            wording=wording,
            version=VERSION,
            wording_hash=hashlib.sha256(wording.encode()).hexdigest(),
            at=at or timezone.now(),
            ip=ip,
            source=source[:200],
            by=by,
            previous=last or "",
        )
        line.chain = line.seal()
        line.save()
    return line


def _one_at_a_time(email):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"consent:{email}"])


def broken_lines(address=None) -> list[Consent]:
    """The lines whose seal does not hold or that follow no other: none, unless somebody went around us."""
    lines = Consent.objects.of_address(address) if address else Consent.objects.order_by("email", "pk")
    broken, last = [], {}
    for line in lines.iterator():
        if line.chain != line.seal() or line.previous != last.get(line.email, ""):
            broken.append(line)
        last[line.email] = line.chain
    return broken


EXPORTED = ["at", "act", "purpose", "organization_name", "source", "ip", "by", "version", "wording", "wording_hash"]


def export(address) -> list[list[str]]:
    """The ledger of one address for its owner: a head, then a row a line. No cell is a formula."""
    names = [str(Consent._meta.get_field(name).verbose_name) for name in EXPORTED]
    return [names, *([_cell(line, name) for name in EXPORTED] for line in Consent.objects.of_address(address))]


def _cell(line, name):
    show = getattr(line, f"get_{name}_display", None)
    text = show() if show else getattr(line, name)
    text = text.isoformat() if name == "at" else str(text or "")
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
