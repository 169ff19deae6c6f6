"""Staff means staff with the second factor, everywhere; an idle desk is nobody's; what is final asks again who."""

import ast
import re
import time
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from gate40.middleware import IdleStaffAreSignedOut
from gate40.observatory import report
from gate40.observatory.models import Experiment, Snapshot, canonical, fingerprint
from matchmaking.models import CollaborationRequest, Introduction, Opportunity, ServiceRequest
from members.models import Need, Organization, User
from members.models.users import acts_as_staff
from news.models import Announcement
from tests.cast import say_again

ROOT = Path(__file__).resolve().parents[2]
MODEL = "members/models/users.py"
HANDS_OUT = {"members/admin.py", "gate40/demo/district.py", "gate40/doors/powers.py"}  # names the field, reads no power


@pytest.fixture
def sleeper(cast, settings):
    """A superuser whose password alone is known."""
    settings.STAFF_NEED_SECOND_FACTOR = True
    return User.objects.get(pk=cast.people["super"].pk)


def awake(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
    return User.objects.get(pk=user.pk)


def test_without_the_factor_a_superuser_has_no_power_at_all(sleeper):
    assert not acts_as_staff(sleeper) and not sleeper.has_perm("observatory.close_experiment")
    assert not sleeper.has_module_perms("members")
    woken = awake(sleeper)
    assert acts_as_staff(woken) and woken.has_perm("observatory.close_experiment")
    assert not acts_as_staff(AnonymousUser())


@pytest.mark.parametrize(
    "model", [Organization, Need, Opportunity, CollaborationRequest, ServiceRequest, Introduction, Announcement]
)
def test_without_the_factor_every_queryset_shows_what_a_stranger_sees(cast, sleeper, model):
    assert cast.service_request and cast.introduction  # they are there to be seen
    shown = set(model.objects.visible_to(sleeper).values_list("pk", flat=True))
    assert shown == set(model.objects.visible_to(cast.people["pending"]).values_list("pk", flat=True))
    assert shown < set(model.objects.visible_to(awake(sleeper)).values_list("pk", flat=True))  # the control


def test_a_password_alone_does_not_close_the_experiment(client, cast, sleeper):
    client.force_login(sleeper)
    say_again(client)
    page = reverse("observatory:close", args=[cast.experiment.pk])
    assert client.post(page)["Location"] == reverse("mfa_index")
    cast.experiment.refresh_from_db()
    assert cast.experiment.closed_at is None


def test_staff_who_ask_for_nothing_for_eight_hours_are_strangers(client, cast):
    page = reverse("worklist")
    client.force_login(cast.people["super"])
    assert client.get(page).status_code == 200
    for idle, is_let_in in ((8 * 3600 - 60, True), (8 * 3600 + 60, False)):
        session = client.session
        session[IdleStaffAreSignedOut.SEEN] = time.time() - idle
        session.save()
        assert (client.get(page).status_code == 200) is is_let_in


def test_members_stay_signed_in_overnight(client, cast):
    client.force_login(cast.people["owner"])
    session = client.session
    session[IdleStaffAreSignedOut.SEEN] = time.time() - 20 * 3600
    session.save()
    assert client.get(reverse("matchmaking:mine")).status_code == 200


# What cannot be undone ------------------------------------------------------------------------------------------------
def final_pages(cast):
    """(address, what is sent) of everything final: closing, exporting, merging, deleting."""
    names = {model._meta.label_lower.replace(".", "_") for model in admin.site._registry}
    yield from ((reverse(f"admin:{name}_delete", args=[1]), {"post": "yes"}) for name in sorted(names))
    yield reverse("observatory:close", args=[cast.experiment.pk]), {}
    yield reverse("observatory:extend", args=[cast.experiment.pk]), {}
    yield reverse("admin:members_organization_export"), {}
    yield reverse("admin:news_consent_export"), {"email": "a@b.example"}
    organizations = reverse("admin:members_organization_changelist")
    both = [cast["alfa"].pk, cast["beta"].pk]
    yield organizations, {"action": "merge_two", "_selected_action": both}
    announcements = reverse("admin:news_announcement_changelist")
    yield announcements, {"action": "delete_selected", "_selected_action": [cast.announcement.pk], "post": "yes"}
    competence = cast.competence
    yield reverse("admin:members_competence_change", args=[competence.pk]), {"merge_into": competence.pk}


def asks_again(client, url, data):
    answer = client.post(url, data)
    return answer.status_code == 302 and "/account/reauthenticate/" in answer["Location"]


def test_what_cannot_be_undone_asks_again_who_it_is(client, cast):
    from tests.cast import competence

    cast.competence = competence("PRD.01.04")
    client.force_login(cast.people["super"])
    assert [url for url, data in final_pages(cast) if not asks_again(client, url, data)] == []
    say_again(client)  # the control: whoever has just said it is not asked twice
    assert [url for url, data in final_pages(cast) if asks_again(client, url, data)] == []


def test_whoever_has_said_it_goes_on_where_they_were_stopped(client, cast):
    client.force_login(cast.people["super"])
    trial = cast.experiment
    Experiment.objects.filter(pk=trial.pk).update(state="ready")
    seen = fingerprint(canonical(report.build(trial)))
    step = {"step": "close", "name": trial.name, "seen": seen}
    stopped = client.post(reverse("observatory:close", args=[trial.pk]), step)
    assert not Snapshot.objects.exists()
    client.post(stopped["Location"], {"password": "parola-lunga"})
    assert Snapshot.objects.get().experiment == trial


# One function answers it ----------------------------------------------------------------------------------------------
def staff_flag_readers(path, text):
    """Wherever code reads `is_staff` instead of asking `acts_as_staff`."""
    if path == MODEL or "migrations/" in path:
        return
    if path.endswith(".html"):
        yield from (f"{path}: {found.group()}" for found in re.finditer(r"[\w.]*\bis_staff\b", text))
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr == "is_staff":
            yield f"{path}:{node.lineno}"
        named = isinstance(node, ast.Constant) and node.value == "is_staff"
        if path not in HANDS_OUT and (named or isinstance(node, ast.keyword) and node.arg == "is_staff"):
            yield f"{path}: names it"


def test_no_other_code_reads_the_flag():
    files = [path for app in ("gate40", "members", "matchmaking", "news") for path in (ROOT / app).rglob("*.py")]
    files += (ROOT / "templates").rglob("*.html")
    found = [one for path in files for one in staff_flag_readers(path.relative_to(ROOT).as_posix(), path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("news/views.py", "def page(request):\n    return request.user.is_staff"),
        ("members/admin.py", "def may(user):\n    return user.is_staff"),
        ("news/views.py", "people = User.objects.filter(is_staff=True)"),
        ("news/views.py", "getattr(user, 'is_staff')"),
        ("templates/home.html", "{% if user.is_staff %}x{% endif %}"),
    ],
)
def test_the_rule_sees_a_planted_reader(path, text):
    assert list(staff_flag_readers(path, text)) != []
