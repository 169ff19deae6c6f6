"""Tailored services: asked by a member, taken by one of the staff, brought to an end, each step on record."""

import pytest
from django.test import Client
from django.urls import reverse

from matchmaking.models import Service, ServiceRequest
from matchmaking.services import services
from news.models import Delivery, Notification


def client_of(cast, role):
    client = Client()
    client.force_login(cast.people[role])
    return client


@pytest.fixture
def service(cast):
    services.make_ready()
    return Service.objects.get(slug="check-up-4-0")


def ask(client, service, text="Una linea vecchia."):
    key = client.get(service.get_absolute_url()).context["form"]["key"].value()
    for _click in range(2):
        client.post(service.get_absolute_url(), {"key": key, "text": text})
    return ServiceRequest.objects.latest("pk")


def handle(client, asked, **fields):
    return client.post(reverse("matchmaking:handle_service", args=[asked.code]), fields)


def test_the_catalogue_holds_what_the_district_promised_and_what_staff_change_stays(service):
    service.name, service.is_active = "Altro nome", False
    service.save()
    services.make_ready()
    assert set(Service.objects.values_list("slug", flat=True)) == {
        "check-up-4-0",
        "scouting-partner",
        "sportello-bandi",
    }
    assert Service.objects.get(slug="check-up-4-0").name == "Altro nome"
    assert "Altro nome" not in Client().get("/servizi/").content.decode()


def test_a_request_goes_from_the_member_to_one_of_the_staff_and_back(cast, service, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        asked = ask(client_of(cast, "owner"), service)
        desk = client_of(cast, "desk")
        handle(desk, asked, assign="1", person=cast.people["manager"].pk)
        handle(client_of(cast, "manager"), asked, finish="1", note="Fatto: tre priorità.")
    asked.refresh_from_db()
    assert (asked.state, asked.assigned_to, ServiceRequest.objects.count()) == ("done", cast.people["manager"], 1)
    assert [(step.before, step.after, step.by) for step in asked.steps.all()] == [
        ("", "asked", cast.people["owner"]),
        ("asked", "assigned", cast.people["desk"]),
        ("assigned", "done", cast.people["manager"]),
    ]
    assert Delivery.objects.filter(address="sportello@consorzio.example").count() == 1
    assert Notification.objects.filter(user=cast.people["owner"], kind="service").count() == 2
    assert [one.title for one in Notification.objects.filter(user=cast.people["manager"])] == [
        "Check-up 4.0 per Alfa: in carico"
    ]
    assert "Fatto: tre priorità." in client_of(cast, "reader").get(asked.get_absolute_url()).content.decode()


def test_what_is_over_stays_over(cast, service):
    asked = ask(client_of(cast, "owner"), service)
    assert not services.finish_service(asked, cast.people["desk"], "Prima di prenderla")
    assert services.withdraw_service(asked, cast.people["owner"])
    assert not services.assign_service(asked, cast.people["desk"], cast.people["desk"])
    assert not services.decline_service(asked, cast.people["desk"], "No")
    assert [step.after for step in asked.steps.all()] == ["asked", "withdrawn"]


def test_the_staffs_list_shows_who_has_how_much_in_hand(cast, service):
    for _number in range(2):
        asked = ask(client_of(cast, "owner"), service)
        services.assign_service(asked, cast.people["desk"], cast.people["desk"])
    page = client_of(cast, "desk").get("/servizi/richieste/?vedi=mie")
    assert {person.email: person.in_hand for person in page.context["load"]}["desk@persone.example"] == 2
    assert len(page.context["requests"]) == 2
    assert len(client_of(cast, "manager").get("/servizi/richieste/?vedi=mie").context["requests"]) == 0


def test_only_the_staff_take_requests_in_hand_and_an_end_needs_a_word(cast, service):
    asked = ask(client_of(cast, "owner"), service)
    page = handle(client_of(cast, "desk"), asked, assign="1", person=cast.people["owner"].pk)
    assert page.context["assign_form"].errors["person"]
    assert handle(client_of(cast, "desk"), asked, decline="1", note=" ").context["note_form"].errors["note"]
    with pytest.raises(ValueError, match="only the staff"):
        services.assign_service(asked, cast.people["desk"], cast.people["owner"])


def test_one_member_does_not_see_what_another_asks(cast, service):
    asked = ask(client_of(cast, "owner"), service)
    client = client_of(cast, "other_firm")
    assert client.get(asked.get_absolute_url()).status_code == 404
    assert list(client.get("/servizi/richieste/").context["requests"]) == []


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_queries_however_long(cast, service, count, django_assert_num_queries):
    for _number in range(count):
        told = {"service": service, "organization": cast["alfa"], "by": cast.people["owner"], "text": "x"}
        ServiceRequest.objects.create(**told, state="assigned", assigned_to=cast.people["desk"])
    client = client_of(cast, "owner")
    client.get("/servizi/richieste/")
    with django_assert_num_queries(5):
        assert len(client.get("/servizi/richieste/").context["requests"]) == count
