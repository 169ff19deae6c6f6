"""The pages of tailored services: what a member, a reader, a stranger and the staff meet there."""

import pytest
from django.urls import reverse

from matchmaking.models import Service, ServiceRequest


@pytest.fixture
def as_(client, cast):
    def as_(role):
        client.force_login(cast.people[role])
        return client

    return as_


def page(name, *args):
    return reverse(f"matchmaking:{name}", args=args)


def test_the_catalogue_is_open_to_everybody_and_shows_what_is_offered(client, cast):
    Service.objects.create(slug="spento", name="Servizio spento", text="No.", is_active=False)
    text = client.get(page("services")).content.decode()
    assert cast.service.name in text and "Servizio spento" not in text


def test_what_is_no_longer_offered_cannot_be_asked(as_, cast):
    Service.objects.filter(pk=cast.service.pk).update(is_active=False)
    for method in (as_("owner").get, as_("owner").post):
        assert method(page("ask_service", cast.service.slug)).status_code == 404


def test_an_empty_request_is_told_at_its_field(as_, cast):
    answer = as_("owner").post(page("ask_service", cast.service.slug), {"text": " "})
    assert answer.status_code == 200 and "text" in answer.context["form"].errors
    assert not ServiceRequest.objects.exists()


def test_the_member_sees_the_steps_and_withdraws_once(as_, cast):
    asked = cast.service_request
    text = as_("owner").get(asked.get_absolute_url()).content.decode()
    assert asked.text in text
    for _time in range(2):
        as_("owner").post(page("withdraw_service", asked.code))
    asked.refresh_from_db()
    assert asked.state == "withdrawn" and asked.steps.filter(after="withdrawn").count() == 1


@pytest.mark.parametrize("role", ["reader", "other_firm", "desk", "exmember"])
def test_only_whoever_writes_for_the_member_withdraws(as_, cast, role):
    asked = cast.service_request
    assert as_(role).post(page("withdraw_service", asked.code)).status_code == 404
    asked.refresh_from_db()
    assert asked.is_open


def test_a_reader_looks_and_finds_no_button(as_, cast):
    answer = as_("reader").get(cast.service_request.get_absolute_url())
    assert answer.status_code == 200 and answer.context["may_withdraw"] is False


def test_the_staff_narrow_the_list_to_what_is_theirs_and_widen_it_to_what_is_over(as_, cast):
    asked, desk = cast.service_request, as_("desk")
    handle = page("handle_service", asked.code)
    shown = lambda query: list(desk.get(page("service_requests") + query).context["requests"])  # noqa: E731
    assert (shown(""), shown("?vedi=mie")) == ([asked], [])
    desk.post(handle, {"assign": "1", "person": cast.people["desk"].pk})
    assert shown("?vedi=mie") == [asked]
    desk.post(handle, {"finish": "1", "note": "Fatto."})
    assert (shown(""), shown("?vedi=tutte")) == ([], [asked])


def test_nobody_finishes_what_nobody_has_taken(as_, cast):
    handle = page("handle_service", cast.service_request.code)
    answer = as_("desk").post(handle, {"finish": "1", "note": "Fatto."}, follow=True)
    assert "Prima va presa in carico, o è già finita." in answer.content.decode()
    assert ServiceRequest.objects.get(pk=cast.service_request.pk).state == "asked"


def test_a_person_who_is_not_of_the_staff_is_refused_at_the_field(as_, cast):
    handle = page("handle_service", cast.service_request.code)
    answer = as_("desk").post(handle, {"assign": "1", "person": cast.people["owner"].pk})
    assert answer.status_code == 200 and "person" in answer.context["assign_form"].errors
