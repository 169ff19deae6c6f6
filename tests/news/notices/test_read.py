"""Read and not read: whose mark it is, and where a notice leads."""

import pytest
from django.urls import reverse

from news.models import Notification


@pytest.fixture
def owner(cast, client):
    client.force_login(cast.people["owner"])
    return client


def notice(user, occasion, **fields):
    return Notification.objects.create(user=user, kind="opportunity", occasion=occasion, title=occasion, **fields)


def one(notification):
    return reverse("news:notification", args=[notification.pk])


def test_a_notice_leads_where_it_says_and_to_the_list_when_it_says_nothing(owner, cast):
    leads = notice(cast.people["owner"], "con-pagina", link="/opportunita/bando-aperto/")
    stays = notice(cast.people["owner"], "senza")
    assert owner.post(one(leads)).url == "/opportunita/bando-aperto/"
    assert owner.post(one(stays)).url == reverse("news:notifications")


def test_reading_twice_keeps_the_first_moment_and_it_can_be_put_back(owner, cast):
    found = notice(cast.people["owner"], "una")
    owner.post(one(found))
    first = Notification.objects.get(pk=found.pk).read_at
    owner.post(one(found))
    assert first and Notification.objects.get(pk=found.pk).read_at == first
    owner.post(one(found), {"unread": "1"})
    assert Notification.objects.get(pk=found.pk).read_at is None


def test_the_list_of_those_to_read_holds_no_others(owner, cast):
    read, unread = (notice(cast.people["owner"], name) for name in ("letto", "nuovo"))
    owner.post(one(read))
    shown = owner.get(reverse("news:notifications") + "?vedi=da-leggere").context["notifications"]
    assert list(shown) == [unread]
    assert set(owner.get(reverse("news:notifications")).context["notifications"]) == {read, unread}


def test_all_at_once_says_how_many_were_new(owner, cast):
    for name in ("a", "b"):
        notice(cast.people["owner"], name)
    for count in (2, 0):
        page = owner.post(reverse("news:read_all"), follow=True).content.decode()
        assert f"Avvisi segnati come letti: {count}." in page


@pytest.mark.parametrize("fields", [{}, {"unread": "1"}])
def test_another_s_notice_is_not_found_and_not_marked(owner, cast, fields):
    theirs = notice(cast.people["editor"], "altrui")
    assert owner.post(one(theirs), fields).status_code == 404
    assert Notification.objects.get(pk=theirs.pk).read_at is None


def test_looking_at_a_button_s_address_marks_nothing(owner, cast):
    found = notice(cast.people["owner"], "una")
    assert owner.get(one(found)).status_code == owner.get(reverse("news:read_all")).status_code == 405
    assert Notification.objects.get(pk=found.pk).read_at is None
