"""The admin gives no more than it grants: every action names its permission, each group is offered its own alone."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import RequestFactory

import gate40.urls  # noqa: F401 - the admin is guarded once its addresses are known
from gate40.staff import GROUPS
from members.models import Organization, User
from tests.cast import person

REMOVAL = "delete_selected"
OFFERED = {  # group → table → its actions, beside the removal of what the group may delete
    "Redazione": {"matchmaking.opportunity": {"publish", "refuse", "close", "confirm_competences"}},
    "Gestione": {
        "matchmaking.opportunity": {"publish", "refuse", "close", "confirm_competences"},
        "members.organization": {"publish", "unpublish", "merge_two", "tell_apart"},
        "members.claim": {"approve", "refuse"},
        "members.termproposal": {"accept"},
        "members.alias": {"mark_reviewed"},
        "members.importbatch": {"undo"},
        "news.subscription": {"end"},
        "news.delivery": {"send_uncertain_again", "take_uncertain_as_sent"},
        "news.campaign": {"pause", "resume", "cancel", "send_uncertain_again", "take_uncertain_as_sent"},
    },
    "Soci del Consorzio": {},
}


def member_of(group):
    user = person("uno@consorzio.example", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return User.objects.get(pk=user.pk)


def offered_to(user):
    """Table → the actions that its list offers to this person, the common removal aside."""
    request = RequestFactory().get("/")
    request.user = user
    found = {model._meta.label_lower: set(one.get_actions(request)) for model, one in admin.site._registry.items()}
    return {table: actions - {REMOVAL} for table, actions in found.items() if actions - {REMOVAL}}


def without_permission():
    """Every action of every table that anybody who sees the table may take."""
    for model, one in admin.site._registry.items():
        for action, name, _description in one._get_base_actions():
            if not getattr(action, "allowed_permissions", None):
                yield f"{model._meta.label_lower}: {name}"


def test_every_action_names_its_permission():
    assert list(without_permission()) == []


def test_an_action_that_names_none_is_seen(monkeypatch):
    def planted(model_admin, request, queryset):
        """As `publish` was."""

    monkeypatch.setattr(admin.site._registry[Organization], "actions", [planted])
    assert list(without_permission()) == ["members.organization: planted"]


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_is_offered_its_own_actions(db, group):
    user = member_of(group)
    assert offered_to(user) == OFFERED[group]
    removable = {label for label, rights in GROUPS[group].items() if "delete" in rights.split()}
    request = RequestFactory().get("/")
    request.user = user
    shown = {m._meta.label_lower for m, one in admin.site._registry.items() if REMOVAL in one.get_actions(request)}
    assert shown <= removable


def test_whoever_may_only_look_is_offered_nothing(db):
    user = person("guarda@consorzio.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    assert offered_to(User.objects.get(pk=user.pk)) == {}


def test_whoever_may_only_look_publishes_nothing(client, cast):
    user = person("guarda@consorzio.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    client.post(
        "/gestione/members/organization/", {"action": "publish", "_selected_action": [cast["bozza"].pk]}, follow=True
    )
    assert not Organization.objects.get(slug="bozza").is_published
