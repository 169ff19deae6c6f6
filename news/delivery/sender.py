"""The engine: takes waiting rows, hands them to the mail server one by one, and writes down what became of each.

A worker claims a batch under a session lock of PostgreSQL, so its death is seen at once. Before each body leaves, one
committed UPDATE moves its cursor there, and only if the addressee still wants the mail. Whoever finds a dead worker's
batch thus knows: before the cursor sent, at the cursor uncertain, behind it untouched.

The cursor outlives the worker but not a crash of PostgreSQL: so it waits for no disk. Against that crash the batch's
window is on the disk before its first mail leaves. A worker that survives the crash knows better than any row what it
has handed over, and is given time to say so; when it dies as well, the window is uncertain, and nothing else.
"""

import logging
import os
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Batch, Brake, Campaign, Delivery, Progress, Subscription, Suppression
from ..models.suppressions import key_of
from ..parsers import bounces
from . import mail_compiler, pace, smtp

logger = logging.getLogger(__name__)

BATCH = 200
SLICE = 5  # seconds that a batch may take: then whoever waits at the screen is looked after first
MOST_LOSSES = 3  # answers after the final dot that never came; then a person decides
PATIENCE = 20  # seconds a call goes on taking batches: far below the broker's visibility timeout
GRACE = timedelta(seconds=10)  # in which a worker comes back after a crash of PostgreSQL and settles its own batch
COMING_BACK = 60  # seconds that it tries
RETRY_AFTER = [timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8)]
TOO_MANY_ERRORS = 20
AFTER_THE_END = timedelta(days=1)  # in which a batch may still give back rows of a campaign that was called off
SLOTS, BATCHES = 0x6A7E_0001 << 28, 0x6A7E_0002 << 28  # ranges of advisory lock numbers
URGENT_SLOT = SLOTS + (1 << 20)  # a counter of their own for those who wait at the screen

Lane, Purpose, Reason, State = Delivery.Lane, Delivery.Purpose, Delivery.Reason, Delivery.State


class Halt(Exception):
    """This batch goes no further now; what is left of it goes back to wait."""


def send_claimed(patience=PATIENCE) -> int:
    """Send what waits, batch after batch. Says how many mails the server accepted.

    Surplus callers leave at once: MAIL_SENDERS may send at the same time.
    """
    with _slot([SLOTS + number for number in range(settings.MAIL_SENDERS)]) as is_free:
        if not is_free:
            return 0
        recover()
        sent = _send_until(time.monotonic() + patience, Lane.values)
        close_finished()
    return sent


def send_urgent(patience=PATIENCE) -> int:
    """Send what somebody waits for at the screen, whatever the others are doing: they may stand before a slow relay."""
    with _slot([URGENT_SLOT]) as is_free:
        return _send_until(time.monotonic() + patience, [Lane.URGENT]) if is_free else 0


def _send_until(deadline, lanes) -> int:
    """One batch after the other, until nothing is due or the time is over. A halt ends it: the next tick goes on."""
    sent, last = 0, dict.fromkeys(lanes, 0)
    while time.monotonic() < deadline and (held := _claim_next(last)):
        try:
            held.send()
        except Halt:
            break
        finally:
            sent += len(held.accepted)
            last[held.lane] = held.reached
    return sent


def _claim_next(last):
    """The urgent lane is looked at first, between all batches. What went back to wait is found by the next call."""
    is_braked = Brake.objects.pulled().exists()
    for lane, after in last.items():
        if not (is_braked and lane != Lane.URGENT) and (held := claim(lane, after=after)):
            return held
    return None


# Batches --------------------------------------------------------------------------------------------------------------
def claim(lane, after=0, limit=BATCH):
    """Take up to `limit` waiting rows of a lane, in a batch of ours; None when nothing waits."""
    with transaction.atomic():
        due = Delivery.objects.due().filter(lane=lane, pk__gt=after).order_by("pk")
        # What another worker holds is skipped, not waited for: workers must not queue up behind each other.
        taken = list(due.select_for_update(skip_locked=True, of=["self"]).values_list("pk", flat=True)[:limit])
        if not taken:
            return None
        worker = f"{socket.gethostname()}:{os.getpid()}"
        batch = Batch.objects.create(worker=worker, window_from=taken[0], window_to=taken[0])
        # Of the session, and before the commit that shows the batch: a batch seen without its lock has a dead worker.
        _ask("pg_advisory_lock", BATCHES + batch.pk)
        Progress.objects.create(batch=batch)
        Delivery.objects.filter(pk__in=taken).update(state=State.CLAIMED, batch=batch)
    return Held(batch, taken, lane)


def recover() -> int:
    """Settle the batches whose worker is dead: its session, and with it its lock, is gone. Says how many rows."""
    freed = 0
    for batch in Batch.objects.filter(closed_at=None).order_by("pk"):
        if _ask("pg_try_advisory_lock", BATCHES + batch.pk):
            try:
                freed += _settle(batch)
            finally:
                _ask("pg_advisory_unlock", BATCHES + batch.pk)
    return freed


@transaction.atomic
def _settle(batch) -> int:
    """Close a dead worker's batch by what its cursor says, or by its window when the cursor is gone as well."""
    # Read anew under its lock: between our look and now its worker may have closed it itself.
    batch = Batch.objects.select_for_update().filter(pk=batch.pk, closed_at=None).first()
    if batch is None:
        return 0
    # Held, then deleted: a worker that only seemed dead finds no row to move its cursor in, and hands over nothing.
    # The table is unlogged, so the row is missing after a crash of PostgreSQL: then its worker may be alive.
    progress = Progress.objects.select_for_update().filter(batch=batch).first()
    if progress is None and not _is_given_up(batch):
        return 0
    first, last = (progress.cursor, progress.cursor) if progress else (batch.window_from, batch.window_to)
    # Before the cursor every mail had its answer, or it would not have moved; what was refused is no longer claimed.
    # After a crash only the window is left: what lies before it was settled before the window was written.
    held = batch.deliveries.filter(state=State.CLAIMED)
    _write_sent(held.filter(pk__lt=first))
    freed = _leave_uncertain(held.filter(pk__range=(first, last)), "the worker died on the way", timezone.now())
    freed += held.update(state=State.PENDING, batch=None)
    _end(batch)
    logger.warning("batch %s of %s: its worker died, %d deliveries freed", batch.pk, batch.worker, freed)
    return freed


def _is_given_up(batch) -> bool:
    """PostgreSQL has crashed, and the worker has had its time to come back since somebody first missed it."""
    if batch.missed_at is None:  # the clock starts at the first look, not at the crash: the portal may have been down
        Batch.objects.filter(pk=batch.pk).update(missed_at=timezone.now())
        return False
    return batch.missed_at < timezone.now() - GRACE


def _end(batch) -> bool:
    """Close it and take back the licence to hand over. Says whether it was open."""
    Progress.objects.filter(batch=batch).delete()  # whoever closes takes it along: no licence outlives its batch
    return bool(Batch.objects.filter(pk=batch.pk, closed_at=None).update(closed_at=timezone.now()))


def _write_sent(deliveries):
    """They have left."""
    now = {"state": State.SENT, "sent_at": timezone.now(), "smtp_code": smtp.OK, "attempts": F("attempts") + 1}
    deliveries.update(**now, error="", reason="")


def _leave_uncertain(deliveries, error, again_at) -> int:
    """Nobody knows whether it arrived: the campaign says whether to send again or to keep it for staff.

    Lost for the third time it is kept, whatever it is: a server that takes mails without a word must not repeat one
    for ever.
    """
    lost = {"error": error, "attempts": F("attempts") + 1, "losses": F("losses") + 1}
    held_back = deliveries.filter(Q(campaign__on_uncertain=Campaign.OnUncertain.HOLD) | Q(losses__gte=MOST_LOSSES - 1))
    changed = held_back.update(state=State.UNCERTAIN, **lost)
    return changed + deliveries.filter(state=State.CLAIMED).update(state=State.RETRY, not_before=again_at, **lost)


@dataclass(eq=False)
class Mail:
    """What a hand-over needs to know of a delivery, its subscription and their organization."""

    pk: int
    address: str
    purpose: str
    campaign_id: int | None
    subscription_id: int | None
    token: object
    reply_to: str
    attempts: int
    has_turn: bool
    subject: str
    text: str
    html: str
    key: str | None
    organization: str | None
    state: str = State.CLAIMED

    COLUMNS = [
        "pk", "address", "purpose", "campaign_id", "subscription_id", "token", "reply_to", "attempts", "has_turn",
        "subject", "text", "html", "subscription__token", "subscription__organization__name",
    ]  # fmt: skip


class Window:
    """How many mails may be under way: as few as keep the wait for the disk to a tenth of the time.

    With a slow relay that is one, with a fast one up to `most`; one as well when nobody may hear twice.
    """

    def __init__(self, most):
        self.most, self.size = most, 1
        self.cost, self.opened_at = 0, time.monotonic()

    def begin(self):
        # The next window is sized by what the last one took: the wait for the disk, `cost`, against a mail's own time.
        now = time.monotonic()
        for_each = (now - self.opened_at) / self.size
        self.size = max(1, min(self.most, int(10 * self.cost / for_each)))
        self.opened_at = now

    def is_on_disk(self):
        now = time.monotonic()
        self.cost, self.opened_at = now - self.opened_at, now


class Held:
    """A batch in our hands."""

    def __init__(self, batch, taken, lane):
        self.batch, self.lane = batch, lane
        self.ends_at = time.monotonic() + SLICE
        self.database = _prepared()
        rows = Delivery.objects.filter(pk__in=taken).order_by("pk").values_list(*Mail.COLUMNS)
        self.deliveries = [Mail(*row) for row in rows]
        self.campaigns = Campaign.objects.in_bulk({row.campaign_id for row in self.deliveries if row.campaign_id})
        is_held = any(one.on_uncertain == Campaign.OnUncertain.HOLD for one in self.campaigns.values())
        # After a crash all of a window is uncertain. Where staff must decide about each of those, it is one mail.
        self.window = Window(1 if is_held else settings.MAIL_WINDOW)
        self.accepted = []  # written in one UPDATE at the end; until then the cursor stands in for it
        self.uncounted = 0  # accepted ones that the brake does not know of
        self.reached = taken[-1]
        self.session = None
        self.losses = 0

    def send(self) -> int:
        """Hand over all that is wanted. However it ends, the rows say what became of them."""
        try:
            self._skip_suppressed()
            self._hand_over_all(self._letters())
            if self.session:
                self.session.close()
        except BaseException as error:  # a signal to stop, too: a half-told letter must not be left on an open line
            logger.warning("batch %s stops: %r", self.batch.pk, error)
            self._hang_up()
            raise
        finally:
            self._close()
        return len(self.accepted)

    def _close(self):
        """Write down what we know, even when PostgreSQL has just crashed under us: nobody knows better than we."""
        give_up_at = time.monotonic() + COMING_BACK
        while time.monotonic() < give_up_at:
            with suppress(OperationalError, InterfaceError):
                return self._close_once()
            # The new session has no lock any more; whether the batch is still ours says the fence in `_close_once`.
            connection.close()
            time.sleep(0.2)
        return self._close_once()

    def _close_once(self):
        """In one transaction: accepted rows are sent, the rest waits again. Fenced: a settled batch is not ours."""
        with transaction.atomic():
            if _end(self.batch):
                _write_sent(self.batch.deliveries.filter(pk__in=self.accepted, state=State.CLAIMED))
                self.batch.deliveries.filter(state=State.CLAIMED).update(state=State.PENDING, batch=None)
            Brake.count_accepted(self.uncounted)
        self.uncounted = 0
        _ask("pg_advisory_unlock", BATCHES + self.batch.pk)

    # Before the conversation
    def _skip_suppressed(self):
        """Whoever is suppressed gets only what they ask for at the screen."""
        keys = {row: key_of(row.address) for row in self.deliveries if row.purpose != Purpose.ACCOUNT}
        resting = set(Suppression.objects.filter(key__in=set(keys.values())).values_list("key", flat=True))
        for row in (row for row, key in keys.items() if key in resting):
            self._mark(row, state=State.SKIPPED, reason=Reason.SUPPRESSED)

    def _letters(self):
        """(delivery, letter) of all that can be written; one bad row fails alone."""
        compiled = {}
        for delivery in self.deliveries:
            if delivery.state != State.CLAIMED or not (self._is_urgent or pace.is_its_turn(delivery)):
                continue
            try:
                content = self.campaigns.get(delivery.campaign_id, delivery)
                key = delivery.campaign_id or delivery.pk
                # One text is kept at a time: rows of a campaign lie together, and bodies are large.
                if key not in compiled:
                    compiled = {key: mail_compiler.compiled(content, delivery.purpose, content is not delivery)}
                yield (
                    delivery,
                    compiled[key].letter(delivery, mail_compiler.values_for(delivery.key, delivery.organization)),
                )
            except ValidationError as error:
                self._mark(delivery, state=State.FAILED, reason=Reason.BAD_ADDRESS, error=" ".join(error.messages))
            except (ValueError, LookupError, TypeError) as error:  # a text that cannot be written as a mail
                logger.exception("delivery %s cannot be written", delivery.pk)
                self._mark(delivery, state=State.FAILED, reason=Reason.BAD_MESSAGE, error=str(error))

    # The conversation
    def _hand_over_all(self, letters):
        """One after the other, until the time of the batch is over; the next envelope is announced while a body is on
        its way, unless a pace is set.
        """
        # With a pace set, what is announced now would be sent much later: then it is written when its moment comes.
        present = next(letters, None)
        while present and self._has_turn():
            self.reached = present[0].pk
            following = None if pace.is_set() or self._is_over else next(letters, None)
            self._hand_over(*present, following[1] if following else None)
            present = following or (None if self._is_over else next(letters, None))
        if present is None and not self._is_over:
            self.reached = self.deliveries[-1].pk

    @property
    def _is_urgent(self):
        return self.lane == Lane.URGENT

    @property
    def _is_over(self):
        return time.monotonic() > self.ends_at

    def _has_turn(self):
        """Wait for the pace; whoever waits at the screen takes a turn and does not wait for it."""
        if self._is_urgent:
            pace.pass_by()
            return True
        return pace.wait(makes_way=_somebody_waits)

    def _hand_over(self, delivery, letter, following):
        """One mail to its end: accepted, refused, or lost on the way. An idle connection that went away is renewed."""
        try:
            self._converse(delivery, letter, following)
        except smtp.Lost as error:
            self._hang_up()
            self.losses += 1
            # A server hangs up on whoever was idle: that says nothing of the mail, so it has a second line at once.
            # When the body may have arrived, a second try could be a second mail: that is for the rows to decide.
            if not error.is_ambiguous and self.losses == 1:
                return self._hand_over(delivery, letter, following)
            self._after_loss(delivery, error)
        except (DatabaseError, Halt):
            raise
        except Exception as error:  # one mail fails, the others go on; it does not come back for ever
            logger.exception("delivery %s", delivery.pk)
            self._hang_up()
            self._fail_or_retry(delivery, isinstance(error, ValueError), reason=Reason.BAD_MESSAGE, error=repr(error))
            self._count_error(delivery)

    def _converse(self, delivery, letter, following):
        self.session = self.session or self._session()
        reply = self.session.invite(letter)
        # Consent is looked at after the server has said "go ahead" and before the first byte of the body: as late as
        # can be. To take back an announced body there is no word in SMTP, so the line is dropped.
        if reply.code == smtp.GO_AHEAD:
            is_wanted = self._may_leave(delivery)
            reply = self.session.deliver(letter, following) if is_wanted else self._hang_up()
        if reply:
            (self._note_accepted if reply.is_positive else self._put_off)(delivery, reply)

    def _session(self):
        try:
            return smtp.open_session()
        except smtp.Lost as error:
            held = self.batch.deliveries.filter(state=State.CLAIMED).exclude(pk__in=self.accepted)
            held.update(error=mail_compiler.one_line(error)[:300])
            raise Halt(f"no mail server: {error}") from error

    def _note_accepted(self, delivery, reply):
        self.accepted.append(delivery.pk)
        self.uncounted += 1
        self.losses = 0
        campaign = self.campaigns.get(delivery.campaign_id)
        if campaign and campaign.errors_in_a_row:  # only then: else every mail would write its campaign's row
            Campaign.objects.filter(pk=campaign.pk).update(errors_in_a_row=0)
            campaign.errors_in_a_row = 0

    def _may_leave(self, delivery) -> bool:
        """The last look, in the UPDATE that moves the cursor: still ours, still wanted, still in motion."""
        if delivery.pk > self.batch.window_to:
            self._open_window(delivery)
        self.database.execute("EXECUTE gate40_hand_over (%s, %s)", [self.batch.pk, delivery.pk])
        if self.database.rowcount:
            return True
        self._say_why_not(delivery)
        return False

    def _open_window(self, delivery):
        """All before this delivery is settled; this one and those that follow may be under way from now on."""
        # Its commit waits for the disk, unlike the cursor's: what may leave is known there before any of it leaves.
        self.window.begin()
        following = [row.pk for row in self.deliveries if row.pk >= delivery.pk][: self.window.size]
        self.batch.window_from, self.batch.window_to = delivery.pk, following[-1]
        mine = Batch.objects.filter(pk=self.batch.pk, closed_at=None)
        if not mine.update(window_from=self.batch.window_from, window_to=self.batch.window_to):
            raise Halt("somebody else settled it")
        self.window.is_on_disk()

    def _say_why_not(self, delivery):
        if not Progress.objects.filter(batch=self.batch).exists():
            raise Halt("somebody else settled it")
        if delivery.campaign_id and not Campaign.objects.filter(pk=delivery.campaign_id, state="sending").exists():
            raise Halt("its campaign is paused or over")
        self._mark(delivery, state=State.SKIPPED, reason=Reason.UNSUBSCRIBED)

    def _put_off(self, delivery, reply):
        """Refused: for good when the server says so of this addressee, otherwise for a while.

        What speaks about us (the sender, the client, a policy) condemns nobody, and too much of it pulls the brake.
        """
        is_refused = reply.code >= 500
        is_about_us = is_refused and reply.about == "sender"
        reason = Reason.POLICY if is_about_us else bounces.reason_of(reply.code, reply.text)
        is_final = is_refused and reason != Reason.POLICY
        self._fail_or_retry(delivery, is_final, reason=reason, smtp_code=max(reply.code, 0), error=reply.text)
        if reply.about == "recipient" and is_final and bounces.condemns_address(reply.code, reply.text):
            Suppression.objects.add(delivery.address, Suppression.Reason.BOUNCE)
        if is_refused and reason == Reason.POLICY:
            self._feel_brake(reply)
        elif is_refused:
            self._count_error(delivery)

    def _feel_brake(self, reply):
        is_pulled = Brake.count_refused(f"{max(reply.code, 0)} {mail_compiler.one_line(reply.text)}", self.uncounted)
        self.uncounted = 0
        if is_pulled and not self._is_urgent:
            raise Halt("too many refusals that speak about us")

    def _after_loss(self, delivery, error):
        """The second loss in a row ends the batch: the server has a bad moment."""
        if error.is_ambiguous:
            mine = self.batch.deliveries.filter(pk=delivery.pk, state=State.CLAIMED)
            _leave_uncertain(mine, mail_compiler.one_line(error)[:300], timezone.now() + _patience(delivery.attempts))
            self._count_error(delivery)
        else:
            self._fail_or_retry(delivery, False, reason=Reason.TEMPORARY, error=error)
            self._count_error(delivery)
        if self.losses > 1:
            raise Halt(f"the mail server: {error}")

    def _fail_or_retry(self, delivery, is_final, **fields):
        is_final = is_final or delivery.attempts >= len(RETRY_AFTER)
        again_at = timezone.now() + _patience(delivery.attempts)
        state = State.FAILED if is_final else State.RETRY
        self._mark(delivery, state=state, attempts=delivery.attempts + 1, not_before=again_at, **fields)

    def _mark(self, delivery, **fields):
        fields["error"] = mail_compiler.one_line(fields.get("error", ""))[:300]
        # Through the batch and only while claimed: a batch that was settled meanwhile is not overwritten.
        self.batch.deliveries.filter(pk=delivery.pk, state=State.CLAIMED).update(**fields)
        delivery.state = fields["state"]

    def _count_error(self, delivery):
        """After too many in a row the campaign pauses itself: better a quiet hour than a thousand refusals."""
        if campaign := self.campaigns.get(delivery.campaign_id):
            # Counted in the database: other workers hand over other batches of the same campaign.
            campaign.errors_in_a_row += 1
            mine = Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.SENDING)
            mine.update(errors_in_a_row=F("errors_in_a_row") + 1)
            if mine.filter(errors_in_a_row__gt=TOO_MANY_ERRORS).exists():
                campaign.pause(_("Più di %(count)d errori di fila.") % {"count": TOO_MANY_ERRORS})
                raise Halt("too many errors in a row")

    def _hang_up(self):
        if self.session:
            self.session.drop()
        self.session = None


def _patience(attempts):
    return RETRY_AFTER[min(attempts, len(RETRY_AFTER) - 1)]


def _somebody_waits():
    return Delivery.objects.due().filter(lane=Lane.URGENT).exists()


def close_finished() -> int:
    """A campaign of which nothing waits any more is over. What a batch gave back to one called off does not wait."""
    called_off = Campaign.objects.filter(state=Campaign.State.CANCELLED, ended_at__gt=timezone.now() - AFTER_THE_END)
    left_over = Delivery.objects.waiting().filter(campaign__in=list(called_off.values_list("pk", flat=True)))
    left_over.update(state=State.SKIPPED, reason=Reason.CANCELLED)
    open_rows = Delivery.objects.filter(campaign=OuterRef("pk"), state__in=[*Delivery.WAITING, State.CLAIMED])
    over = Campaign.objects.filter(~Exists(open_rows), state=Campaign.State.SENDING)
    return over.update(state=Campaign.State.SENT, ended_at=timezone.now())


# PostgreSQL -----------------------------------------------------------------------------------------------------------
HAND_OVER = """
PREPARE gate40_hand_over (bigint, bigint) AS
UPDATE news_progress SET cursor = $2 WHERE batch_id = $1 AND EXISTS (
    SELECT 1 FROM news_delivery AS d LEFT JOIN news_campaign AS c ON c.id = d.campaign_id
    WHERE d.id = $2 AND d.batch_id = $1 AND d.state = 'claimed'
      AND (d.campaign_id IS NULL OR c.state = 'sending')
      AND (d.subscription_id IS NULL OR EXISTS (
          SELECT 1 FROM ({active}) AS active(id) WHERE active.id = d.subscription_id)))
"""


@cache
def _active_sql():
    """Who is active is said once, by the queryset."""
    return Subscription.objects.active().order_by().values("pk").query.sql_with_params()


def _prepared():
    """A cursor that knows the hand-over by name. Planned once for each batch: planning costs more than doing it, and
    tables grow under old plans.
    """
    active, parameters = _active_sql()
    cursor = connection.cursor()
    cursor.execute("SELECT FROM pg_prepared_statements WHERE name = 'gate40_hand_over'")
    if cursor.rowcount:
        cursor.execute("DEALLOCATE gate40_hand_over")
    cursor.execute(HAND_OVER.format(active=active), parameters)
    return cursor


@contextmanager
def _slot(numbers):
    """One of the places at the counter, held by the session: whoever is killed leaves it."""
    for number in numbers:
        if _ask("pg_try_advisory_lock", number):
            try:
                yield True
            finally:
                _ask("pg_advisory_unlock", number)
            return
    yield False


def _ask(function, number):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
        return cursor.fetchone()[0]
