"""Who gains and who loses a power, heard where it is stored: whichever page, command or action of the admin did it.

Staff, the right to everything, an active account, a group, a place among those who speak for an organization.
"""

from django.contrib.auth.models import Group
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver

from members.models import Representative, User
from members.safety.events import Kind, asking, note_event

POWERS = ("is_staff", "is_superuser", "is_active")
PLAIN = {"is_staff": False, "is_superuser": False, "is_active": True}
BEFORE = "_powers_before"  # on the row that is being stored


def note_power(person_id, about) -> None:
    """By whom, where a request did it; whoever is themself being erased has no row to point to any more."""
    request = asking.get()
    by = request.user if request and request.user and request.user.is_authenticated else None
    note_event(Kind.ROLE, by if by and by.pk != person_id else None, f"person {person_id}: {about}")


def _is_about(names, update_fields):
    return update_fields is None or not set(names).isdisjoint(update_fields)


@receiver(pre_save, sender=User, dispatch_uid="the powers that were")
@receiver(pre_save, sender=Representative, dispatch_uid="the role that was")
def keep_what_was(sender, instance, update_fields=None, **kwargs):
    names = POWERS if sender is User else ("role", "organization_id")
    if _is_about(names, update_fields):
        setattr(instance, BEFORE, sender.objects.filter(pk=instance.pk).values(*names).first() if instance.pk else None)


@receiver(post_save, sender=User, dispatch_uid="powers are noted")
def note_powers(sender, instance, **kwargs):
    """An account that is made as anybody makes one is no event."""
    if BEFORE not in instance.__dict__:  # something else was stored
        return
    was = instance.__dict__.pop(BEFORE) or PLAIN
    if changed := [name for name in POWERS if was[name] != getattr(instance, name)]:
        note_power(instance.pk, ", ".join(f"{name} {was[name]} → {getattr(instance, name)}" for name in changed))


@receiver(post_save, sender=Representative, dispatch_uid="roles are noted")
def note_role(sender, instance, **kwargs):
    if BEFORE not in instance.__dict__:
        return
    was = instance.__dict__.pop(BEFORE)
    if was != {"role": instance.role, "organization_id": instance.organization_id}:
        before = was["role"] if was else "–"
        note_power(instance.user_id, f"{instance.organization.slug}: {before} → {instance.role}")


@receiver(post_delete, sender=Representative, dispatch_uid="whoever leaves is noted")
def note_departure(sender, instance, **kwargs):
    note_power(instance.user_id, f"organization {instance.organization_id}: {instance.role} → –")


@receiver(m2m_changed, sender=User.groups.through, dispatch_uid="groups are noted")
@receiver(m2m_changed, sender=User.user_permissions.through, dispatch_uid="single permissions are noted")
@receiver(m2m_changed, sender=Group.permissions.through, dispatch_uid="what a group may is noted")
def note_groups(sender, instance, action, pk_set, **kwargs):
    if action in ("post_add", "post_remove", "post_clear") and (pk_set or action == "post_clear"):
        whose = instance.pk if isinstance(instance, User) else None
        note_power(whose, f"{instance._meta.model_name} {instance.pk} {action[5:]} {sorted(pk_set or [])}")
