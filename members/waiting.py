"""What waits for the staff, heap by heap: each app knows its own, and the roof shows them as one list."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from .backoffice import duplicates
from .models import Claim, Organization, TermProposal
from .models.organizations import AGES


@dataclass(frozen=True)
class Heap:
    """All that waits of one kind: rows of `model` with the moment each began to wait.

    `query` is the filter of the model's list in the admin that shows exactly these rows.
    """

    label: str
    model: type[Model]
    query: str
    rows: list[tuple[datetime, Model]]

    @property
    def count(self):
        return len(self.rows)

    @property
    def url(self):
        return f"{self._page('changelist')}?{self.query}"

    def url_of(self, row):
        return self._page("change", row.pk)

    def is_work_of(self, user) -> bool:
        meta = self.model._meta
        return any(user.has_perm(f"{meta.app_label}.{power}_{meta.model_name}") for power in ("change", "view"))

    def _page(self, page, *args):
        return reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_{page}", args=args)


def since(rows, moment):
    """The rows of a queryset, each with the value of its field `moment`."""
    return [(getattr(row, moment), row) for row in rows]


def heaps() -> list[Heap]:
    """Profiles, claims, doubles and words that wait, in six queries however many they are."""
    organizations, waiting = Organization.objects, "state__exact=waiting"
    drafts = organizations.filter(status=Organization.Status.DRAFT).only("name", "created_at")
    doubles = organizations.filter(pk__in=duplicates.ids()).only("name", "created_at")
    claims = Claim.objects.waiting().select_related("organization", "user")
    stale = [(_midnight(one.reviewed_on + AGES), one) for one in organizations.stale().only("name", "reviewed_on")]
    terms = TermProposal.objects.filter(state=TermProposal.State.WAITING)
    return [
        Heap(_("Profili da convalidare"), Organization, "status__exact=draft", since(drafts, "created_at")),
        Heap(_("Rivendicazioni"), Claim, waiting, since(claims, "created_at")),
        Heap(_("Doppioni"), Organization, "doppioni=si", since(doubles, "created_at")),
        Heap(_("Profili da rivedere"), Organization, "invecchiate=si", stale),
        Heap(_("Termini proposti"), TermProposal, waiting, since(terms, "created_at")),
    ]


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))
