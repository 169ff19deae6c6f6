"""What a source says anew of a call that is here: kept beside it until staff accept or leave it."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from ...models import Imported, Opportunity
from .. import publication


def note_difference(imported, values) -> bool:
    """Remember what the source says anew, beside what was already waiting. False when it says the same as before."""
    said = plain(values)
    new = {name: value for name, value in said.items() if imported.values.get(name) != value}
    if not new:
        return False
    pending = {**imported.pending, **new}
    current = plain({name: getattr(imported.opportunity, name) for name in pending})
    imported.values, imported.read_at = said, timezone.now()
    imported.pending = {name: value for name, value in pending.items() if _same_ends(current[name]) != value}
    return True


def _same_ends(value):
    """A browser ends lines in its own way: that is no difference."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def plain(values) -> dict:
    """Values as JSON keeps them."""
    return json.loads(json.dumps(values, cls=DjangoJSONEncoder))


def accept_difference(imported, by) -> dict:
    """Write what the source says anew into the opportunity, with its history; followers hear if the deadline moved."""
    with transaction.atomic():
        imported = Imported.objects.select_for_update(of=("self",)).select_related("opportunity").get(pk=imported.pk)
        for name, value in imported.pending.items():
            setattr(imported.opportunity, name, Opportunity._meta.get_field(name).to_python(value))
        fields = publication.save_opportunity(imported.opportunity, by, note=imported.opportunity.source)
        leave_difference(imported)
    return fields


def leave_difference(imported) -> None:
    """Keep the opportunity as it is; the same difference is not shown again."""
    Imported.objects.filter(pk=imported.pk).update(pending={})
