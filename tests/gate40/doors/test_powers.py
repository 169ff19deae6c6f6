"""Whoever gains or loses a power is noted where it is stored, whichever page did it, with whoever did it."""

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models.signals import post_save
from django.urls import reverse

from gate40.doors import powers
from members.models import Representative, SecurityEvent, User
from members.people import claims
from members.safety import events
from tests.cast import person
from tests.test_permissions import client_of

ROLE = SecurityEvent.Kind.ROLE


def roles_after(change):
    before = SecurityEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    change()
    return list(SecurityEvent.objects.filter(kind=ROLE, pk__gt=before).order_by("pk"))


def person_form(user, **fields):
    """As the admin's page of a person sends it."""
    kept = {"email": user.email, "full_name": user.full_name, "is_active": "on" if user.is_active else ""}
    return {**kept, **fields}


def test_the_admin_cannot_hand_out_powers_unseen(cast):
    cast.give_factors()
    client, user = client_of(cast, "super"), cast.people["pending"]
    url, group = reverse("admin:members_user_change", args=[user.pk]), Group.objects.get(name="Gestione")
    noted = roles_after(lambda: client.post(url, person_form(user, is_staff="on", groups=[group.pk])))
    assert [event.user for event in noted] == [cast.people["super"]] * 2
    assert [f"person {user.pk}: " in event.about for event in noted] == [True, True]
    assert "is_staff False → True" in noted[0].about
    assert f"add [{group.pk}]" in noted[1].about
    assert "is_active True → False" in roles_after(lambda: client.post(url, person_form(user, is_active="")))[0].about


def test_who_speaks_for_an_organization_is_noted_in_the_admin_too(cast):
    """The rows below an organization, the approval of a claim, an invitation that is accepted, an account erased."""
    mine = cast["alfa"].representatives.get(user=cast.people["editor"])
    mine.role = "reader"
    [noted] = roles_after(mine.save)
    assert noted.about == f"person {mine.user_id}: alfa: editor → reader"
    claim = claims.claim_organization(cast.shadow, cast.people["pending"])
    [noted] = roles_after(lambda: claims.approve_claim(claim, cast.people["super"]))
    assert noted.about == f"person {cast.people['pending'].pk}: ombra: – → owner"
    [noted] = roles_after(lambda: cast["alfa"].representatives.filter(pk=mine.pk).delete())
    assert noted.about.endswith("reader → –")
    assert roles_after(lambda: cast.people["reader"].delete())[0].about.endswith("reader → –")


def test_what_changes_no_power_is_no_event(cast):
    user = cast.people["super"]
    assert roles_after(lambda: user.save(update_fields=["last_login"])) == []
    assert roles_after(user.save) == []
    assert roles_after(lambda: person("uno@persone.example")) == []
    assert len(roles_after(lambda: person("due@persone.example", is_staff=True))) == 1


def test_without_the_ear_nothing_is_noted(cast):
    """The negative control: it is this receiver that hears, and no page by itself."""
    post_save.disconnect(powers.note_role, sender=Representative, dispatch_uid="roles are noted")
    try:
        made = Representative(user=cast.people["pending"], organization=cast["alfa"], role="owner")
        assert roles_after(made.save) == []
    finally:
        post_save.connect(powers.note_role, sender=Representative, dispatch_uid="roles are noted")
    assert User.objects.filter(representations=made).exists()


def test_whoever_erases_themself_leaves_no_row_that_points_nowhere(cast):
    """An event by the account that goes would be a key to nothing: the database would refuse the whole erasure."""
    gone = cast.people["reader"]
    asked = events.asking.set(events.Asking(user=gone))
    try:
        noted = roles_after(gone.delete)
    finally:
        events.asking.reset(asked)
    assert [event.user for event in noted] == [None]
    connection.check_constraints()
