"""Organizations that stand twice: found by partita IVA, then by name and comune. Two become one; nothing is lost."""

import re
import unicodedata
from collections import defaultdict
from itertools import combinations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Adhesion, FormerAddress, Organization, Representative, ToldApart
from ..signals import announce_profile

LEGAL_FORMS = {"srl", "srls", "spa", "sas", "snc", "sapa", "scarl", "scrl", "scpa", "coop", "onlus", "soc", "societa"}
ROLES = [Representative.Role.READER, Representative.Role.EDITOR, Representative.Role.OWNER]  # the least first
DERIVED = {"SearchDocument", "Match", "Freshness"}  # made anew from what is kept
EMPTY = (None, "", [])
FILLED = [
    "municipality", "description", "vat_number", "tax_code", "legal_form", "founded_on", "size_class", "workers",
    "website", "phone", "contact_email", "street", "postal_code", "locality", "pec", "addressee", "logo",
]  # fmt: skip


class Unmergeable(Exception):
    """These two cannot become one: the message says why."""


def name_key(name) -> str:
    """ "MARMI Apuani S.r.l." and "Marmi apuani srl" are one: letters and digits, no accents, no legal form."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    words = re.findall(r"\w+", re.sub(r"\b(\w)\.\s?(?=\w\b)", r"\1", plain))
    return " ".join(word for word in words if word not in LEGAL_FORMS) or plain


def groups() -> list[tuple[int, ...]]:
    """Ids of organizations that look like the same one, in groups of two or more, the oldest first. Whoever has been
    told apart from all the others of a group is not in it."""
    alike: dict[tuple, list[int]] = defaultdict(list)
    fields = "pk", "vat_number", "tax_code", "name", "municipality_id"
    for pk, vat_number, tax_code, name, municipality in Organization.objects.order_by("pk").values_list(*fields):
        for number in {vat_number, tax_code} - {""}:
            alike["number", number].append(pk)
        if municipality:
            alike["name", name_key(name), municipality].append(pk)
    apart = set(ToldApart.objects.values_list("one", "other"))
    left = (tuple(_still_alike(found, apart)) for found in alike.values())
    return sorted({found for found in left if found})


def _still_alike(group, apart) -> list[int]:
    pairs = [pair for pair in combinations(group, 2) if pair not in apart]
    return sorted({pk for pair in pairs for pk in pair})


def tell_apart(organizations, by=None) -> int:
    """These look alike and are not the same: their pairs leave the list of doubles. Says how many pairs were new."""
    pairs = list(combinations(sorted(one.pk for one in organizations), 2))
    known = ToldApart.objects.count()
    ToldApart.objects.bulk_create(
        [ToldApart(one_id=one, other_id=other, told_by=by) for one, other in pairs], ignore_conflicts=True
    )
    return ToldApart.objects.count() - known


def ids() -> set[int]:
    """Every organization that looks like another one."""
    return {pk for group in groups() for pk in group}


@transaction.atomic
def merge_organizations(gone, keep) -> None:
    """`gone` becomes part of `keep`: every row that named it names `keep`, what `keep` did not say is filled in, and
    where both said it, `keep`'s word stands and the other's goes into the private notes. History keeps `gone`.

    The people of a draft do not come along, nor whom they have invited: nobody has checked who they are, and a
    stranger's draft with a firm's name must not become its owner.

    Raises `Unmergeable` for a merge into itself, of two kinds, of a published one into one that is not, or while a
    claim on each waits for its answer.
    """
    if gone.pk == keep.pk or gone.kind != keep.kind:
        raise Unmergeable(_("Si uniscono due organizzazioni diverse dello stesso tipo."))
    if gone.claims.waiting().exists() and keep.claims.waiting().exists():
        raise Unmergeable(_("Su tutte e due aspetta una rivendicazione: prima decidi quelle."))
    locked = Organization.objects.select_for_update().order_by("pk").in_bulk([gone.pk, keep.pk])
    gone, keep = locked[gone.pk], locked[keep.pk]
    _leave_unchecked_people(gone, keep)
    _settle_conflicts(gone, keep)
    _settle_details(gone, keep)
    for relation in Organization._meta.related_objects:
        name = relation.related_model.__name__
        if not name.endswith("Event") and name not in DERIVED:
            _bring_over(relation, gone, keep)
    Organization.objects.filter(pk=gone.pk).delete()
    FormerAddress.objects.create(slug=gone.slug, organization=keep)
    _fill_in(gone, keep)
    announce_profile(keep)


def _leave_unchecked_people(gone, keep):
    if gone.is_published and not keep.is_published:
        raise Unmergeable(_("Resta quella pubblicata: le persone dell'altra non le ha ancora verificate nessuno."))
    if not gone.is_published:
        gone.representatives.all().delete()
        gone.representative_invitations.all().delete()


def _settle_conflicts(gone, keep):
    """Where a row can stand only once, what both rows say goes into one."""
    for adhesion in gone.adhesions.filter(until=None, network__in=keep.adhesions.current().values("network")):
        adhesion.until = max(adhesion.since, timezone.localdate())
        Adhesion.objects.filter(pk=adhesion.pk).update(until=adhesion.until)
    for person in keep.representatives.all():
        other = gone.representatives.filter(user=person.user).first()
        if other and ROLES.index(other.role) > ROLES.index(person.role):
            keep.representatives.filter(pk=person.pk).update(role=other.role)
    for rows, field in (("offers", "level"), ("needs", "priority")):
        for row in getattr(keep, rows).all():
            other = getattr(gone, rows).filter(competence=row.competence_id).first()
            if other and getattr(other, field) > getattr(row, field):
                getattr(keep, rows).filter(pk=row.pk).update(**{field: getattr(other, field)})


def _settle_details(gone, keep):
    """What a kind's own card of `keep` leaves empty is filled from the other's; lists take in both."""
    for name in ("firm_details", "terms"):
        theirs, ours = getattr(gone, name, None), getattr(keep, name, None)
        if theirs is None or ours is None:
            continue
        for field in ours._meta.concrete_fields:
            if getattr(ours, field.attname) in EMPTY:
                setattr(ours, field.attname, getattr(theirs, field.attname))
        for field in ours._meta.many_to_many:
            getattr(ours, field.name).add(*getattr(theirs, field.name).all())
        ours.save()


def _bring_over(relation, gone, keep):
    """Each row alone: one that `keep` has already stays behind and goes with `gone`."""
    name = relation.field.name
    for row in relation.related_model._default_manager.filter(**{name: gone}):
        try:
            with transaction.atomic():
                type(row)._default_manager.filter(pk=row.pk).update(**{name: keep})
        except IntegrityError:
            continue


def _fill_in(gone, keep):
    notes = [keep.private_notes, gone.private_notes, *_differences(gone, keep)]
    for field in FILLED:
        if not getattr(keep, field):
            setattr(keep, field, getattr(gone, field))
    if gone.is_published:
        keep.status = Organization.Status.PUBLISHED
    keep.private_notes = "\n".join(note for note in notes if note)[:4000]
    keep.version += 1
    keep.save()


def _differences(gone, keep):
    for field in ["name", *FILLED]:
        theirs, ours = getattr(gone, field), getattr(keep, field)
        if field != "logo" and theirs and ours and theirs != ours:
            yield f"{Organization._meta.get_field(field).verbose_name}: {theirs}"
