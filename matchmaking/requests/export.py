"""The requests that an organization has received, as a file of its own. Each export is noted where staff see it."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext as _

from members.rules.texts import as_csv
from members.safety.events import Kind, note_event

from ..matching.mutes import Muted
from ..models import Invitation
from .disclosure import asker, received


def export_received(organization, user) -> str:
    """CSV of what the person may see of it now: nothing of a firm that is no longer visible, no name behind a blind
    request. Notes who took it and when."""
    rows = received(Invitation.objects.visible_to(user).filter(organization=organization))
    muted = Muted(organization)
    rows = [each for each in rows.prefetch_related("request__asked__competence") if each not in muted]
    head = [_("richiesta"), _("chi chiede"), _("comune"), _("importo"), _("inviata"), _("entro"), _("stato")]
    _note(organization, user, len(rows))
    return as_csv([head, *map(_row, rows)])


def _row(invitation):
    request, who = invitation.request, asker(invitation)
    return [
        request.title,
        who.name,
        who.place,
        request.amount or "",
        timezone.localdate(invitation.sent_at).isoformat(),
        request.closes_on.isoformat(),
        invitation.get_state_display(),
    ]


def _note(organization, user, count):
    note_event(Kind.EXPORT, user, f"requests of {organization.slug}: {count}")
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(organization),
        object_id=str(organization.pk),
        object_repr=str(organization)[:200],
        action_flag=CHANGE,
        change_message=_("Esportate le richieste ricevute: %(count)d.") % {"count": count},
    )
