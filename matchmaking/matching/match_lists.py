"""Keeping matches true: whoever changes gets a fresh row and column within seconds, and every night all is remade.

Matches are derived data. Of each seeker the best `KEPT` partners are kept and `SHOWN` are shown. When an organization
changes, its own list is made again, and every other list is patched: the changed partner enters, moves or leaves. A
list that loses a member may owe its place to somebody it has never kept, so it is made again too: what is stored is
always what a full computation would store.

A computation happens in one transaction, behind a lock that lets one in at a time: readers see the old lists or the new
ones, and one that dies half-way leaves the old ones whole. Only differences are written, so a computation that changes
nothing writes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import contextmanager

import numpy as np
from django.db import connection, transaction
from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.utils import timezone

from members.models import Organization

from ..algorithms.scoring import Weights
from ..models import Exclusion, Freshness, Match, ProfileChange
from .inputs import Everybody, NotComputable, fingerprint, taxonomy, whole_numbers

KEPT, SHOWN = 32, 20
MANY = 200  # changed organizations at once: beyond this every list is made again
BLOCK = 500  # seekers in a block of the nightly rebuild
LAST = 2**63 - 1
LOCK = 4040  # of PostgreSQL's advisory locks, this one is matching's


def refresh_organization(organization_id: int) -> int:
    """Bring matches up to date if this organization has changed since they were computed. Says how many rows changed.

    Many saves coalesce: the first refresh takes every mark there is, and those after it find nothing and return at
    once. Raises `NotComputable` for an organization that cannot be computed with.
    """
    if not ProfileChange.objects.filter(organization_id=organization_id).exists():
        return 0
    return catch_up(asking=organization_id)


def catch_up(asking: int | None = None) -> int:
    """Bring matches up to date with everything that was marked. Says how many rows changed."""
    with _one_at_a_time():
        # Marks are read before the data and deleted by their ids: what is saved in between leaves a mark that stays.
        marks = dict(ProfileChange.objects.values_list("pk", "organization_id"))
        if not marks:
            return 0
        everybody = Everybody()
        written = _update(everybody, set(marks.values()))
        ProfileChange.objects.filter(pk__in=marks).delete()
    if asking in everybody.refused:  # said only after the commit: one that cannot be computed does not stop the others
        raise NotComputable(everybody.refused[asking])
    return written


def refresh_stale() -> bool:
    """What a lost message left behind, and whether the rules have changed so that everything must be made again."""
    catch_up()
    rules = fingerprint(taxonomy(), Weights())
    return Freshness.objects.exclude(rules__endswith=rules).exists()


def rebuild() -> int:
    """Make every list again, here and now. Says how many rows changed: none, if what is stored is true."""
    # Marks up to here are settled by blocks that all read later; one made while they work may be too late for some.
    last = ProfileChange.objects.order_by("-pk").values_list("pk", flat=True).first()
    written = sum(rebuild_block(*block) for block in blocks())
    if last:
        ProfileChange.objects.filter(pk__lte=last).delete()
    return written


def blocks() -> list[tuple[int, int]]:
    """(first id, the id it ends before) of each block of rows; together they hold every id, published or not."""
    ids = Organization.objects.published().order_by("pk").values_list("pk", flat=True)
    starts = list(ids)[BLOCK::BLOCK]
    return list(zip([0, *starts], [*starts, LAST], strict=True))


def rebuild_block(first: int, before: int) -> int:
    """Make again the lists of the seekers from `first` to before `before`. Says how many rows changed."""
    with _one_at_a_time():
        everybody = Everybody()
        seekers = [id for id in everybody.ids if first <= id < before]
        lists = _whole_lists(everybody, seekers)
        gone = Match.objects.filter(seeker__gte=first, seeker__lt=before).exclude(seeker__in=seekers)
        written = _delete(gone) + _write(everybody, lists, everything=True)
        Freshness.objects.filter(pk__gte=first, pk__lt=before).exclude(pk__in=seekers).delete()
        return written + _write_exclusions(everybody, Q(financier__gte=first, financier__lt=before), seekers, None)


@contextmanager
def _one_at_a_time():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield


# --- Which lists a change touches -------------------------------------------------------------------------------------
# A list is {partner: (points, is pinned)}; its rank is by (−points, id) among those that are not pinned.


def _update(everybody: Everybody, changed: set[int]) -> int:
    """Write what the change of these organizations changes. Says how many rows."""
    gone = [id for id in changed if id not in everybody.row_of]
    written = _delete(Match.objects.filter(seeker__in=gone))
    Freshness.objects.filter(pk__in=gone).delete()
    lists = _changed_lists(everybody, changed)
    written += _write(everybody, lists, touching=changed)
    return written + _write_exclusions(everybody, Q(financier__in=changed) | Q(firm__in=changed), changed, changed)


def _changed_lists(everybody, changed) -> dict[int, dict[int, tuple[int, bool]]]:
    present = [id for id in everybody.ids if id in changed]
    states = _States(everybody)
    if len(present) > MANY:  # a column costs as much as a row: with so many, whole lists are cheaper than patches
        return _whole_lists(everybody, everybody.ids)
    columns = {id: _column(everybody, id) for id in present}
    touched = {seeker for seeker in _holding(changed) if seeker in everybody.row_of}
    touched |= {everybody.ids[row] for id in present for row in states.entered_by(id, columns[id])}
    # Patching compares new points with stored ones, so both must be of the same rules; and pinned partners stand
    # outside the rank by which a patch decides. Such lists are made whole.
    again = set(present) | set(states.never_computed())
    again |= {id for id in touched - again if not states.is_current(id) or everybody.pinned(id)}
    patched, lost = _patched(everybody, states, touched - again, changed, columns)
    return patched | _whole_lists(everybody, sorted(again | lost))


def _holding(changed: set[int]) -> set[int]:
    """Who keeps one of these as a partner, and who kept one that has been deleted and whose rows went with it."""
    holding = set(Match.objects.filter(partner__in=changed).values_list("seeker", flat=True))
    # A deleted organization took its rows along: no row says who held it. A list that has fewer than it kept does.
    if len(changed) != Organization.objects.filter(pk__in=changed).count():
        unpinned = Count("organization__matches", filter=Q(organization__matches__is_pinned=False))
        short = Freshness.objects.annotate(now=unpinned).filter(now__lt=F("kept"))
        holding |= set(short.values_list("pk", flat=True))
    return holding


class _States:
    """How each kept list was computed, as arrays by row; `kept` is −1 for a list that was never computed."""

    def __init__(self, everybody):
        self.everybody = everybody
        is_current = Case(When(rules=everybody.rules, then=Value(1)), default=Value(0), output_field=IntegerField())
        columns = ("pk", "kept", "last_points", "last_partner", is_current)
        found = whole_numbers(Freshness.objects.order_by("pk").values_list(*columns))
        ids = np.array(everybody.ids, np.int64)
        # Both are in order of id; the −1 at the end stands where searchsorted points past the last.
        row = np.searchsorted(ids, found[:, 0])
        known = np.append(ids, -1)[row] == found[:, 0]
        self.kept = np.full(len(ids), -1, np.int64)
        self.points, self.partner, self.current = (np.zeros(len(ids), np.int64) for _column in range(3))
        for name, column in zip(("kept", "points", "partner", "current"), found[known, 1:].T, strict=True):
            getattr(self, name)[row[known]] = column

    def never_computed(self) -> Iterable[int]:
        return (self.everybody.ids[row] for row in np.flatnonzero(self.kept < 0).tolist())

    def is_current(self, id) -> bool:
        return bool(self.current[self.everybody.row_of[id]])

    def last(self, id) -> tuple[int, int] | None:
        """(−points, id) of the last partner of a full list: nobody left out comes before it. None if it is not full."""
        row = self.everybody.row_of[id]
        return (-int(self.points[row]), int(self.partner[row])) if self.kept[row] >= KEPT else None

    def entered_by(self, partner: int, column: np.ndarray) -> list[int]:
        """The rows of the lists that this partner belongs in, with the points of its column."""
        if self.everybody.is_pinned_everywhere(partner):
            return np.flatnonzero(column > 0).tolist()
        before_last = (column > self.points) | ((column == self.points) & (partner <= self.partner))
        return np.flatnonzero((column > 0) & ((self.kept < KEPT) | before_last)).tolist()


def _column(everybody, partner: int) -> np.ndarray:
    """(n,): the points of a partner for every seeker to whom it may be suggested, else 0."""
    column = everybody.engine.column(everybody.row_of[partner]).astype(np.int64)
    column[[everybody.row_of[seeker] for seeker in everybody.seekers_barred_to(partner)]] = 0
    return column


def _patched(everybody, states, seekers, changed, columns):
    """The lists of these seekers with the changed partners in their place; and the seekers whose list is not enough."""
    stored = defaultdict(dict)
    kept = Match.objects.filter(seeker__in=seekers, is_pinned=False).exclude(partner__in=changed)
    for seeker, partner, points in kept.values_list("seeker", "partner", "points"):
        stored[seeker][partner] = points
    patched, lost = {}, set()
    for seeker in seekers:
        row = everybody.row_of[seeker]
        found = stored[seeker] | {id: int(column[row]) for id, column in columns.items() if column[row]}
        best = sorted((-points, partner) for partner, points in found.items())[:KEPT]
        # Nobody who was left out comes before the stored last. As long as the patched list ends no lower, it is true;
        # when it ends lower or is short, somebody we have never kept may belong there: only a whole list can tell.
        last = states.last(seeker)
        if last and (len(best) < KEPT or best[-1] > last):
            lost.add(seeker)
        else:
            patched[seeker] = {partner: (-points, False) for points, partner in best}
    return patched, lost


def _whole_lists(everybody, seekers: Collection[int]) -> dict[int, dict[int, tuple[int, bool]]]:
    """The lists of these seekers from everybody's points: pinned partners, and the best of the others."""
    engine, row_of = everybody.engine, everybody.row_of
    pinned = {seeker: everybody.pinned(seeker) for seeker in seekers}
    hidden = {
        row_of[seeker]: [row_of[id] for id in everybody.barred(seeker) | pinned[seeker] if id in row_of]
        for seeker in seekers
    }
    rows = [row_of[seeker] for seeker in seekers]
    best = engine.named(rows, engine.top(rows, KEPT, hidden))
    lists = {seeker: {partner: (points, False) for partner, points in best[seeker]} for seeker in seekers}
    for seeker, partners in pinned.items():
        lists[seeker] |= _pinned_entries(everybody, seeker, partners)
    return lists


def _pinned_entries(everybody, seeker, partners):
    if not partners:
        return {}
    points = everybody.engine.row(everybody.row_of[seeker])
    found = {partner: int(points[everybody.row_of[partner]]) for partner in partners}
    return {
        partner: (points, True)
        for partner, points in found.items()
        if points or not everybody.is_pinned_everywhere(partner)
    }


# --- Writing ----------------------------------------------------------------------------------------------------------


def _write(everybody, lists, touching: Collection[int] = (), everything=False) -> int:
    """Store these lists over those of the same seekers, writing what differs. Says how many rows were written.

    Reasons are made again for pairs that touch a changed organization, for lists of other rules, or for all.
    """
    now, current = timezone.now(), _current(everybody, lists)
    stored = {
        (seeker, partner): (key, points, pinned)
        for key, seeker, partner, points, pinned in Match.objects.filter(seeker__in=lists).values_list(
            "pk", "seeker", "partner", "points", "is_pinned"
        )
    }
    wanted = {(seeker, partner): values for seeker, its in lists.items() for partner, values in its.items()}
    doubtful = {
        pair
        for pair in wanted
        if everything or pair[0] not in current or pair[0] in touching or pair[1] in touching or pair not in stored
    }
    doubtful |= {pair for pair in wanted.keys() - doubtful if stored[pair][1:] != wanted[pair]}
    details = dict(
        Match.objects.filter(pk__in=[stored[pair][0] for pair in doubtful if pair in stored]).values_list(
            "pk", "detail"
        )
    )
    matches = [_match(everybody, pair, wanted[pair], now) for pair in sorted(doubtful)]
    matches = [each for each in matches if not _is_stored(each, stored, details)]
    written = _delete(Match.objects.filter(pk__in=[stored[pair][0] for pair in stored.keys() - wanted.keys()]))
    Match.objects.bulk_create(
        matches,
        update_conflicts=True,
        unique_fields=["seeker", "partner"],
        update_fields=["points", "is_pinned", "detail", "updated_at"],
        batch_size=2000,
    )
    _remember(everybody, lists, now)
    return written + len(matches)


def _current(everybody, seekers) -> set[int]:
    return set(Freshness.objects.filter(pk__in=seekers, rules=everybody.rules).values_list("pk", flat=True))


def _match(everybody, pair, values, now) -> Match:
    """A match with its reasons. Engine and reference must agree: a list is never stored with another's reasons."""
    (seeker, partner), (points, is_pinned) = pair, values
    score = everybody.score(seeker, partner)
    if score.points != points:
        raise RuntimeError(f"engine and reference differ on {seeker} → {partner}: {points} and {score.points}")
    detail = score.as_dict()
    return Match(
        seeker_id=seeker, partner_id=partner, points=points, is_pinned=is_pinned, detail=detail, updated_at=now
    )


def _is_stored(match, stored, details) -> bool:
    key, *values = stored.get((match.seeker_id, match.partner_id), (None,))
    return values == [match.points, match.is_pinned] and details[key] == match.detail


def _remember(everybody, lists, now):
    Freshness.objects.bulk_create(
        [_freshness(everybody, seeker, entries, now) for seeker, entries in lists.items()],
        update_conflicts=True,
        unique_fields=["organization"],
        update_fields=["rules", "kept", "last_points", "last_partner", "computed_at"],
        batch_size=5000,
    )


def _freshness(everybody, seeker, entries, now):
    ranked = sorted((-points, partner) for partner, (points, is_pinned) in entries.items() if not is_pinned)
    points, partner = ranked[-1] if ranked else (0, 0)
    return Freshness(
        organization_id=seeker,
        rules=everybody.rules,
        kept=len(ranked),
        last_points=-points,
        last_partner=partner,
        computed_at=now,
    )


def _write_exclusions(everybody, scope: Q, organizations: Collection[int], changed) -> int:
    """Keep why firms are outside the limits of financiers, for the pairs of these organizations. Says how many changed.

    With `changed` None only their pairs as financiers are looked at.
    """
    finance = everybody.finance
    pairs = {(financier, firm) for financier in finance.terms if financier in organizations for firm in finance.firms}
    if changed is not None:
        firms = [firm for firm in finance.firms if firm in changed] if finance.terms else []
        pairs |= {(financier, firm) for financier in finance.terms for firm in firms}
    wanted = {pair: [r.as_dict() for r in finance.reasons(*pair)] for pair in pairs if finance.reasons(*pair)}
    stored = {
        (financier, firm): (key, reasons)
        for key, financier, firm, reasons in Exclusion.objects.filter(scope).values_list(
            "pk", "financier", "firm", "reasons"
        )
    }
    written = _delete(Exclusion.objects.filter(pk__in=[stored[pair][0] for pair in stored.keys() - wanted.keys()]))
    fresh = [
        Exclusion(financier_id=financier, firm_id=firm, reasons=reasons)
        for (financier, firm), reasons in wanted.items()
        if stored.get((financier, firm), (None, None))[1] != reasons
    ]
    Exclusion.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["financier", "firm"],
        update_fields=["reasons"],
        batch_size=2000,
    )
    return written + len(fresh)


def _delete(queryset) -> int:
    deleted, _by_model = queryset.delete()
    return deleted
