"""How people come to speak for an organization, change role and leave; what is theirs, and how it is erased."""

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from members.models import Claim, Organization, Representative, RepresentativeInvitation, User
from members.people import claims, personal_data, team
from news.delivery import mailing
from tests.cast import person


@pytest.fixture(autouse=True)
def _mails_stay_here(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def signed_in(client, cast, role):
    client.force_login(cast.people[role])
    return client


def url(page, *args):
    return reverse(f"members:{page}", args=args)


def claimed(client, note):
    """The answer to a claim on Ombra by somebody who has typed its number, as its page asks."""
    client.post(url("start"), {"vat_number": "00743110157"})
    return client.post(url("claim", "ombra"), {"note": note})


def test_a_claim_changes_nothing_until_staff_approve_it(client, cast, django_capture_on_commit_callbacks):
    claimed(signed_in(client, cast, "pending"), "Sono il titolare")
    assert client.get(url("profile", "ombra")).status_code == 404
    assert client.get(url("edit", "ombra")).status_code == 404
    claim = Claim.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert claims.approve_claim(claim, cast.people["manager"])
    assert Organization.objects.get(slug="ombra").status == "published"
    assert client.get(url("edit", "ombra")).status_code == 200
    mailing.send_due()
    assert [message.to for message in mail.outbox] == [["pending@persone.example"]]


def test_a_decision_is_taken_once(cast):
    claim = claims.claim_organization(cast.shadow, cast.people["pending"])
    assert claims.refuse_claim(claim, cast.people["manager"])
    assert not claims.approve_claim(claim, cast.people["manager"])
    assert Organization.objects.get(slug="ombra").is_shadow and not cast.shadow.representatives.exists()


def test_a_second_claim_is_refused_with_a_way_to_ask_the_staff(client, cast, settings):
    claims.claim_organization(cast.shadow, cast.people["pending"])
    page = claimed(signed_in(client, cast, "exmember"), "Anch'io")
    assert page.status_code == 409
    assert f"mailto:{settings.PORTAL['contact_email']}" in page.content.decode()
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "status", "target"),
    [
        ("IT 00743110157", 302, "/rete/ombra/rivendica/"),
        ("39602300012", 302, "/rete/nuova/?vat_number=39602300012"),
        ("17308390461", 409, ""),
    ],
    ids=["a shadow", "unknown", "already represented"],
)
def test_the_first_step_finds_the_organization_by_its_vat_number(client, cast, number, status, target):
    Organization.objects.filter(slug="alfa").update(vat_number="17308390461")
    answer = signed_in(client, cast, "pending").post(url("start"), {"vat_number": number})
    assert (answer.status_code, answer.headers.get("Location", "")) == (status, target)


def test_a_new_organization_is_a_draft_of_whoever_made_it(client, cast):
    fields = {"kind": "firm", "name": "Inizia", "vat_number": "39602300012", "municipality": "carrara"}
    signed_in(client, cast, "pending").post(url("create"), fields)
    made = Organization.objects.get(name="Inizia")
    assert (made.status, made.slug, made.municipality) == ("draft", "inizia-2", cast.carrara)
    assert made.representatives.get().role == "owner"


def test_a_vat_number_that_is_taken_is_refused_at_its_field(client, cast):
    fields = {"kind": "firm", "name": "Doppia", "vat_number": "00743110157", "municipality": "Carrara"}
    page = signed_in(client, cast, "pending").post(url("create"), fields)
    assert "già un'organizzazione" in page.content.decode().replace("&#x27;", "'")
    assert not Organization.objects.filter(name="Doppia").exists()


def test_an_invitation_goes_out_by_mail_and_its_link_works_once(client, cast, django_capture_on_commit_callbacks):
    signed_in(client, cast, "owner")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("invite", "alfa"), {"email": "nuova@persone.example", "role": "editor"})
    invitation = RepresentativeInvitation.objects.get(email="nuova@persone.example")
    mailing.send_due()
    assert mail.outbox[0].to == ["nuova@persone.example"] and invitation.token in mail.outbox[0].body
    new = person("nuova@persone.example")
    client.force_login(new)
    assert client.get(url("invitation", invitation.token)).status_code == 200
    assert not new.representations.exists()  # looking accepts nothing
    client.post(url("invitation", invitation.token))
    assert new.representations.get().role == "editor"
    assert client.get(url("invitation", invitation.token)).status_code == 404


def test_an_invitation_is_no_use_to_whoever_has_not_confirmed_that_address(client, cast):
    signed_in(client, cast, "other_firm").post(url("invitation", cast.invitation.token))
    assert not cast.people["other_firm"].representations.filter(organization=cast["alfa"]).exists()


def test_an_old_invitation_is_worth_nothing(cast):
    cast.invitation.created_at -= timedelta(days=15)
    cast.invitation.save()
    assert not team.accept_colleague(cast.invitation, cast.people["pending"])


def test_inviting_again_renews_the_one_invitation(cast):
    again = team.invite_colleague(cast["alfa"], "PENDING@persone.example", "reader", cast.people["owner"])
    assert (again.pk, again.role) == (cast.invitation.pk, "reader")


def test_the_last_owner_cannot_leave_nor_step_down(client, cast):
    signed_in(client, cast, "owner").post(url("leave", "alfa"))
    me = cast["alfa"].representatives.get(user=cast.people["owner"])
    client.post(url("change_person", "alfa"), {"representative": me.pk, "role": "reader"})
    me.refresh_from_db()
    assert me.role == "owner"


def test_an_owner_hands_over_and_leaves(client, cast):
    editor = cast["alfa"].representatives.get(user=cast.people["editor"])
    signed_in(client, cast, "owner").post(url("change_person", "alfa"), {"representative": editor.pk, "role": "owner"})
    assert client.post(url("leave", "alfa")).status_code == 302
    assert [one.user for one in cast["alfa"].representatives.owners()] == [cast.people["editor"]]


def test_whoever_is_removed_loses_access_at_once_in_the_session_that_is_open(client, cast):
    signed_in(client, cast, "editor")
    assert client.get(url("edit", "alfa")).status_code == 200
    team.remove_person(cast["alfa"].representatives.get(user=cast.people["editor"]))
    assert client.get(url("edit", "alfa")).status_code == 404
    assert client.get(url("people", "alfa")).status_code == 404


@pytest.mark.parametrize("role", ["reader", "editor"])
def test_only_an_owner_changes_the_team(client, cast, role):
    signed_in(client, cast, role)
    assert client.post(url("invite", "alfa"), {"email": "x@persone.example", "role": "owner"}).status_code == 404
    assert not RepresentativeInvitation.objects.filter(email="x@persone.example").exists()


def test_nobody_of_another_organization_can_be_changed(client, cast):
    stranger = Representative.objects.get(organization=cast["beta"])
    signed_in(client, cast, "owner").post(
        url("change_person", "alfa"), {"representative": stranger.pk, "role": "remove"}
    )
    assert Representative.objects.filter(pk=stranger.pk).exists()


def sure_of(client, cast, role):
    """Signed in, and asked for the password once more."""
    client.force_login(cast.people[role])
    client.post(reverse("account_reauthenticate"), {"password": "parola-lunga"})
    return client


def test_my_data_come_as_a_file_once_the_password_was_asked_again(client, cast):
    assert signed_in(client, cast, "owner").get(url("my_data")).status_code == 302
    answer = sure_of(client, cast, "owner").get(url("my_data"))
    data = json.loads(answer.content)
    assert data["persona"]["email"] == "owner@persone.example"
    assert data["organizzazioni"] == [{"nome": "Alfa", "ruolo": "Titolare"}]
    assert "attachment" in answer["Content-Disposition"]


def test_an_erased_person_leaves_the_organization_and_no_address(client, cast):
    sure_of(client, cast, "pending").post(url("erase_me"))
    assert not User.objects.filter(email="pending@persone.example").exists()
    assert not RepresentativeInvitation.objects.filter(email="pending@persone.example").exists()
    assert Organization.objects.filter(slug="alfa").exists()


def test_whoever_would_orphan_an_organization_is_told(cast):
    assert personal_data.orphaned_by(cast.people["owner"]) == [cast["alfa"]]
    assert personal_data.orphaned_by(cast.people["editor"]) == []
