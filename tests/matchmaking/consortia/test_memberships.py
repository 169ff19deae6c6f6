"""The shared space of a partnership: who is in, who answers, who sees it, and nobody else."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from matchmaking.consortia import memberships
from matchmaking.models import Consortium, Exclusion, Membership, MembershipChange, Requirement
from members.models import Organization, Representative
from tests.cast import Cast, competence, give, person

BUILDER = "/opportunita/bando-aperto/partenariato/"


@pytest.fixture
def room(cast):
    """Alfa's partnership: Gamma has accepted, Beta is invited; its note holds Alfa's canary."""
    Requirement.objects.create(opportunity=cast.opportunity, competence=competence("QLT.01.02"))
    made = cast.consortium
    Consortium.objects.filter(pk=made.pk).update(name="Insieme")
    for slug in ("beta", "gamma"):
        memberships.invite_partner(made, cast[slug], cast.people["owner"])
    memberships.accept_membership(member(made, cast["gamma"]), cast.people["research"])
    made.refresh_from_db()
    return made


def member(consortium, organization):
    return Membership.objects.get(consortium=consortium, organization=organization)


def state(consortium, organization):
    return member(consortium, organization).state


def as_role(client, cast, role):
    client.force_login(cast.people[role])
    return client


def test_an_editor_makes_the_space_and_the_partners_are_invited(client, cast):
    Consortium.objects.all().delete()
    data = {"con": ["gamma", "bozza", "nessuno"], "soglia": 60, "costo": "400.000"}
    response = as_role(client, cast, "editor").post(BUILDER, data)
    made = Consortium.objects.get()
    assert response["Location"] == made.get_absolute_url()
    assert (made.lead, made.cost, made.threshold) == (cast["alfa"], 400_000, 60)
    assert [each.organization.slug for each in made.memberships.all()] == ["gamma"]


def test_making_it_twice_makes_one_and_invites_nobody_twice(client, cast):
    Consortium.objects.all().delete()
    for _time in range(2):
        as_role(client, cast, "editor").post(BUILDER, {"con": ["gamma"], "soglia": 60})
    assert Consortium.objects.count() == MembershipChange.objects.count() == 1


def test_a_cost_that_is_no_amount_makes_nothing(client, cast):
    Consortium.objects.all().delete()
    response = as_role(client, cast, "editor").post(
        BUILDER, {"con": ["gamma"], "soglia": 60, "costo": "tanto"}, follow=True
    )
    assert "in euro interi" in response.content.decode()
    assert not Consortium.objects.exists() and not Membership.objects.exists()


@pytest.mark.parametrize("button", ["accept", "decline"])
def test_an_invited_partner_answers_and_the_second_answer_changes_nothing(client, cast, room, button):
    as_role(client, cast, "other_firm").post(room.get_absolute_url(), {button: 1})
    said = state(room, cast["beta"])
    assert said == {"accept": "accepted", "decline": "declined"}[button]
    client.post(room.get_absolute_url(), {"accept": 1})
    client.post(room.get_absolute_url(), {"decline": 1})
    assert state(room, cast["beta"]) == said
    assert [each.after for each in member(room, cast["beta"]).history.all()] == [said, "invited"]


def test_only_whoever_writes_for_an_organization_answers_for_it(client, cast, room):
    reader = person("lettore@beta.example")
    Representative.objects.create(user=reader, organization=cast["beta"], role=Representative.Role.READER)
    client.force_login(reader)
    assert client.get(room.get_absolute_url()).status_code == 200
    assert client.post(room.get_absolute_url(), {"accept": 1}).status_code == 404
    assert state(room, cast["beta"]) == "invited"


@pytest.mark.parametrize("role", ["financier", "exmember", "pending", "desk", "manager", "super"])
def test_whoever_is_not_in_it_does_not_find_it(client, cast, room, role):
    for path in (room.get_absolute_url(), f"{room.get_absolute_url()}scheda/"):
        assert as_role(client, cast, role).get(path).status_code == 404
        assert client.post(path, {"accept": 1, "note": 1, "settings": 1}).status_code == 404


@pytest.mark.parametrize("step", [memberships.decline_membership, memberships.revoke_membership])
def test_whoever_declined_or_was_taken_out_does_not_see_it_any_more(client, cast, room, step):
    step(member(room, cast["beta"]), None)
    assert as_role(client, cast, "other_firm").get(room.get_absolute_url()).status_code == 404


def test_an_invited_partner_sees_the_group_and_not_its_notes(client, cast, room):
    text = as_role(client, cast, "other_firm").get(room.get_absolute_url()).content.decode()
    assert "Gamma" in text and "Accetta" in text and "canarino-alfa" not in text
    as_role(client, cast, "other_firm").post(room.get_absolute_url(), {"accept": 1})
    assert "canarino-alfa" in client.get(room.get_absolute_url()).content.decode()


def test_an_invited_partner_does_not_see_who_else_is_only_invited(client, cast, room):
    memberships.invite_partner(room, cast["delta"], None)
    assert "Delta" not in as_role(client, cast, "other_firm").get(room.get_absolute_url()).content.decode()
    assert "Delta" in as_role(client, cast, "research").get(room.get_absolute_url()).content.decode()


def test_a_financier_does_not_see_an_invited_firm_that_has_not_agreed(client, cast, room):
    memberships.invite_partner(room, cast["delta"], None)
    memberships.accept_membership(member(room, cast["delta"]), None)
    assert "Beta" not in as_role(client, cast, "financier").get(room.get_absolute_url()).content.decode()
    Organization.objects.filter(slug="beta").update(is_visible_to_financiers=True)
    assert "Beta" in client.get(room.get_absolute_url()).content.decode()


@pytest.mark.parametrize("button", ["invite", "revoke", "settings"])
def test_what_the_lead_decides_no_partner_decides(client, cast, room, button):
    values = {"invite": "delta", "revoke": member(room, cast["beta"]).pk, "settings": 1}
    data = {button: values[button], "name": "Altro"}
    assert as_role(client, cast, "research").post(room.get_absolute_url(), data).status_code == 404
    assert as_role(client, cast, "editor").post(room.get_absolute_url(), data).status_code == 302


def test_the_lead_invites_again_whoever_declined(client, cast, room):
    memberships.decline_membership(member(room, cast["beta"]), None)
    as_role(client, cast, "editor").post(room.get_absolute_url(), {"invite": "beta"})
    assert state(room, cast["beta"]) == "invited"


def test_whoever_a_limit_keeps_apart_cannot_be_invited(client, cast, room):
    Exclusion.objects.create(financier=cast["delta"], firm=cast["alfa"], reasons=[])
    response = as_role(client, cast, "editor").post(room.get_absolute_url(), {"invite": "delta"}, follow=True)
    assert "Scegli un&#x27;organizzazione" in response.content.decode()
    assert not Membership.objects.filter(organization=cast["delta"]).exists()


def test_a_partner_leaves_and_the_lead_takes_out(client, cast, room):
    as_role(client, cast, "research").post(room.get_absolute_url(), {"leave": 1})
    assert state(room, cast["gamma"]) == "left"
    as_role(client, cast, "editor").post(room.get_absolute_url(), {"revoke": member(room, cast["beta"]).pk})
    assert state(room, cast["beta"]) == "revoked"


def test_partners_write_notes_with_a_day_and_an_empty_one_is_refused(client, cast, room):
    data = {"note": 1, "text": "Stima dei costi", "due_on": "2030-03-09"}
    as_role(client, cast, "research").post(room.get_absolute_url(), data)
    text = as_role(client, cast, "editor").get(room.get_absolute_url()).content.decode()
    assert "Stima dei costi" in text and "9 marzo 2030" in text
    refused = client.post(room.get_absolute_url(), {"note": 1, "text": "", "due_on": "ieri"})
    assert refused.status_code == 400 and room.notes.count() == 2


def test_settings_that_make_no_sense_change_nothing(client, cast, room):
    data = {"settings": 1, "name": "Nuovo", "cost": "-3"}
    response = as_role(client, cast, "editor").post(room.get_absolute_url(), data)
    assert response.status_code == 400 and "euro interi" in response.content.decode()
    room.refresh_from_db()
    assert (room.name, room.cost) == ("Insieme", 400_000)


def test_a_button_that_does_not_exist_is_not_found(client, cast, room):
    assert as_role(client, cast, "editor").post(room.get_absolute_url(), {"whatever": 1}).status_code == 404


def test_the_list_shows_ours_and_nobody_elses(client, cast, room):
    Consortium.objects.filter(pk=cast.consortium_of_beta.pk).update(name="Di Beta")
    text = as_role(client, cast, "research").get("/partenariati/").content.decode()
    assert "Insieme" in text and "Di Beta" not in text
    assert "Di Beta" in as_role(client, cast, "other_firm").get("/partenariati/").content.decode()


# --- The sheet for financiers ---------------------------------------------------------------------------------------


def sheet(client, cast, room):
    return as_role(client, cast, "financier").get(f"{room.get_absolute_url()}scheda/")


def test_a_financier_reads_an_open_sheet_without_the_firms_that_have_not_agreed(client, cast, room):
    Consortium.objects.filter(pk=room.pk).update(is_open_to_financiers=True)
    cast.opportunity.cofunding_rate = 40
    cast.opportunity.save()
    text = sheet(client, cast, room).content.decode()
    assert "resta 240.000 €" in text and "Gamma" in text
    assert "Alfa" not in text and "non si mostra agli operatori finanziari" in text
    assert "Insieme" in client.get("/partenariati/").content.decode()
    Organization.objects.filter(slug="alfa").update(is_visible_to_financiers=True)
    assert "Alfa" in sheet(client, cast, room).content.decode()


def test_a_sheet_is_closed_until_the_lead_opens_it_and_to_whoever_excludes_a_firm_of_it(client, cast, room):
    assert sheet(client, cast, room).status_code == 404
    Consortium.objects.filter(pk=room.pk).update(is_open_to_financiers=True)
    assert sheet(client, cast, room).status_code == 200
    Exclusion.objects.create(financier=cast["delta"], firm=cast["beta"], reasons=[])
    assert sheet(client, cast, room).status_code == 404


def test_a_sheet_holds_no_figure_of_a_firm(client, cast, room):
    Consortium.objects.filter(pk=room.pk).update(is_open_to_financiers=True)
    Organization.objects.filter(slug="alfa").update(is_visible_to_financiers=True, workers=4321, size_class="medium")
    text = sheet(client, cast, room).content.decode()
    assert "4321" not in text and "Media" not in text and "canarino-alfa" not in text


@pytest.mark.parametrize("count", [1, 40])
def test_the_space_costs_the_same_queries_however_many_partners(client, cast, room, count):
    for number in range(count):
        one = Organization.objects.create(
            kind="firm", name=f"Impresa {number}", slug=f"impresa-{number}", status="published", municipality=cast.pisa
        )
        give(one, offers={"QLT.01.02": 4})
        memberships.invite_partner(room, one, None)
    as_role(client, cast, "editor").get(room.get_absolute_url())
    with CaptureQueriesContext(connection) as queries:
        assert client.get(room.get_absolute_url()).status_code == 200
    assert len(queries) <= 26


@pytest.mark.django_db(transaction=True)
def test_of_twenty_answers_at_once_one_wins():
    cast = Cast()
    memberships.invite_partner(cast.consortium, cast["gamma"], None)
    invited, won = member(cast.consortium, cast["gamma"]), []

    def answer(step):
        won.append(step(Membership.objects.get(pk=invited.pk), None))
        connection.close()

    steps = [memberships.accept_membership, memberships.decline_membership] * 10
    threads = [threading.Thread(target=answer, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won.count(True) == 1
    assert MembershipChange.objects.filter(membership=invited).count() == 2
    assert Client().get(cast.consortium.get_absolute_url()).status_code == 302
