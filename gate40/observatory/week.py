"""The few figures of the last seven days that tell the staff what to do, each with the list that it counts."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from matchmaking.models import Interest, Opportunity
from members.models import Adhesion, Claim, Organization, UnmetSearch
from news.models import Delivery

DAYS = 7


@dataclass(frozen=True)
class Figure:
    """`url` is the list in the admin that holds exactly `count` rows, for whoever may open it."""

    label: str
    count: int
    url: str
    permission: str


def figures() -> list[Figure]:
    now, today = timezone.now().replace(microsecond=0), timezone.localdate()
    since, since_day = now - timedelta(days=DAYS), today - timedelta(days=DAYS)
    soon = today + timedelta(days=14)
    return [
        _figure(_("Rivendicazioni da decidere"), Claim, state="waiting"),
        _figure(_("Nuove adesioni"), Adhesion, state="member", until__isnull=True, since__gte=since_day),
        _figure(_("Organizzazioni nuove"), Organization, created_at__gte=since),
        _figure(_("Risposte inviate a opportunità"), Interest, sent_at__gte=since),
        _figure(_("Messaggi tornati indietro"), Delivery, bounced_at__gte=since),
        _figure(
            _("Opportunità che scadono entro due settimane"),
            Opportunity,
            status="published",
            deadline__gte=today,
            deadline__lte=soon,
        ),
        _figure(_("Parole cercate invano"), UnmetSearch, day__gte=since_day),
    ]


def _figure(label, model, **conditions):
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    query = "&".join(f"{field}={_written(value)}" for field, value in conditions.items())
    url = f"{reverse(f'admin:{name}_changelist')}?{query}"
    permission = f"{model._meta.app_label}.view_{model._meta.model_name}"
    return Figure(label, model.objects.filter(**conditions).count(), url, permission)


def _written(value):
    """As the admin reads it in an address: moments in UTC, with the sign of their offset escaped."""
    return value.isoformat().replace("+", "%2B") if hasattr(value, "isoformat") else value
