"""The staff's hands on the network: who hands out powers, what the actions of the lists do, and to whom they show."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from members.models import Alias, Claim, Organization, TermProposal, User
from members.people import claims
from tests.cast import act_in_admin, competence, person, say_again


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def act(client, model, action, *chosen, **fields):
    """What the list of a model sends when somebody ticks rows, chooses an action, and says yes where it asks."""
    return act_in_admin(client, reverse(f"admin:{model}_changelist"), action, chosen, **fields)


# Powers ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def clerk(cast):
    """Somebody of the staff who may change accounts, and is no superuser."""
    user = person("ufficio@persone.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="members", codename__endswith="_user"))
    return user


def powers(**fields):
    group = Group.objects.get(name="Gestione").pk
    return {"email": "lettrice@persone.example", "full_name": "Lettrice", "is_active": "on", **fields} | {
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [group],
    }


def change(client, user, **fields):
    return client.post(reverse("admin:members_user_change", args=[user.pk]), powers(**fields))


def test_a_superuser_hands_out_powers(cast):
    change(client_of(cast.people["super"]), cast.people["reader"])
    found = User.objects.get(pk=cast.people["reader"].pk)
    assert (found.is_staff, found.is_superuser, found.groups.count()) == (True, True, 1)


def test_whoever_is_none_changes_the_name_and_no_power_whatever_the_form_sends(cast, clerk):
    assert change(client_of(clerk), cast.people["reader"]).status_code == 302
    found = User.objects.get(pk=cast.people["reader"].pk)
    assert found.full_name == "Lettrice"
    assert (found.is_staff, found.is_superuser, found.groups.count()) == (False, False, 0)


def test_an_account_that_somebody_adds_has_no_power(cast, clerk):
    fields = {"usable_password": "true", "password1": "parola-lunga-1", "password2": "parola-lunga-1"}
    client_of(clerk).post(reverse("admin:members_user_add"), powers(email="nuova@persone.example", **fields))
    made = User.objects.get(email="nuova@persone.example")
    assert (made.is_staff, made.is_superuser, made.groups.count()) == (False, False, 0)


@pytest.mark.parametrize("role", ["manager", "super"])
@pytest.mark.parametrize("page", ["change", "delete", "password"])
def test_nobody_takes_a_power_by_changing_its_holder(cast, clerk, role, page):
    """With another address, or another password, the account would be theirs, even to whoever has just signed in."""
    holder = cast.people[role]
    names = {"password": ("auth_user_password_change", {"password1": "altra-parola-1", "password2": "altra-parola-1"})}
    name, fields = names.get(page, (f"members_user_{page}", powers(post="yes")))
    client = client_of(clerk)
    say_again(client)
    assert client.post(reverse(f"admin:{name}", args=[holder.pk]), fields).status_code == 403
    left = User.objects.get(pk=holder.pk)
    assert left.email == holder.email and left.check_password("parola-lunga")


def test_the_manager_reads_accounts_and_changes_none(cast):
    client = client_of(cast.people["manager"])
    assert client.get(reverse("admin:members_user_change", args=[cast.people["reader"].pk])).status_code == 200
    assert change(client, cast.people["reader"]).status_code == 403


# Actions --------------------------------------------------------------------------------------------------------------
OURS = {"members", "matchmaking", "news", "observatory"}


def actions():
    """(model, action) of every action of the admin that is ours."""
    for model, model_admin in admin.site._registry.items():
        for action, name, _description in model_admin._get_base_actions():
            if name != "delete_selected" and model._meta.app_label in OURS:
                yield f"{model._meta.label}.{name}", action


def test_every_action_says_which_right_it_needs():
    """Without one it shows to whoever may only look at the list."""
    found = dict(actions())
    assert len(found) > 10
    assert [name for name, action in found.items() if not getattr(action, "allowed_permissions", [])] == []


def test_the_chosen_profiles_are_published_and_those_that_are_already_do_not_count(cast):
    page = act(client_of(cast.people["manager"]), "members_organization", "publish", cast["bozza"], cast["alfa"])
    assert Organization.objects.get(slug="bozza").status == "published"
    assert "Profili pubblicati: 1." in page.content.decode()


def test_whoever_only_reads_profiles_publishes_none(cast):
    act(client_of(cast.people["desk"]), "members_organization", "publish", cast["bozza"])
    assert Organization.objects.get(slug="bozza").status == "draft"


def test_proposed_terms_become_synonyms_once_and_only_where_a_competence_was_named(cast):
    terms = [
        TermProposal.objects.create(
            term="Filo a Spirale", competence=competence("PRD.01.04"), organization=cast["alfa"]
        ),
        TermProposal.objects.create(term="Non so dove", organization=cast["alfa"]),
    ]
    client = client_of(cast.people["manager"])
    for count in (1, 0):
        page = act(client, "members_termproposal", "accept", *terms)
        assert f"Sinonimi aggiunti: {count}." in page.content.decode()
    assert Alias.objects.get(term="filo a spirale").competence == competence("PRD.01.04")
    assert {each.term: each.state for each in TermProposal.objects.all()} == {
        "Filo a Spirale": "accepted",
        "Non so dove": "waiting",
    }


@pytest.mark.parametrize(
    ("action", "state", "status"), [("approve", "approved", "published"), ("refuse", "refused", "shadow")]
)
def test_claims_are_decided_once_and_the_row_says_by_whom(cast, action, state, status):
    claim = claims.claim_organization(cast.shadow, cast.people["pending"])
    for _time in range(2):
        act(client_of(cast.people["manager"]), "members_claim", action, claim)
    claim = Claim.objects.get(pk=claim.pk)
    assert (claim.state, claim.decided_by, claim.organization.status) == (state, cast.people["manager"], status)
    other = "refuse" if action == "approve" else "approve"
    act(client_of(cast.people["super"]), "members_claim", other, claim)
    assert Claim.objects.get(pk=claim.pk).decided_by == cast.people["manager"]
