"""The list of notices in the site: the events of the mails, one's own alone, read by a button, never by looking."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from matchmaking.models import Bookmark
from matchmaking.opportunities import publication
from members.signals import announce_claim_decided
from news.models import Delivery, MutedKind, Notification
from news.notices import notices

LIST = "/avvisi/"


@pytest.fixture
def owner(cast, client):
    client.force_login(cast.people["owner"])
    return client


def told(cast, role="owner", number=1, **fields):
    values = {"kind": "opportunity", "title": f"Avviso {number}", "link": "/opportunita/bando-aperto/", **fields}
    return Notification.objects.create(user=cast.people[role], occasion=f"prova:{number}", **values)


def follow(cast, role):
    return Bookmark.objects.create(user=cast.people[role], organization=cast["alfa"], opportunity=cast.opportunity)


def move(cast, days, commits):
    cast.opportunity.deadline = timezone.localdate() + timedelta(days=days)
    with commits(execute=True):
        publication.save_opportunity(cast.opportunity, cast.people["desk"])


def test_what_is_told_by_mail_stands_in_the_list_of_whoever_was_told(cast, django_capture_on_commit_callbacks):
    follow(cast, "owner")
    move(cast, 50, django_capture_on_commit_callbacks)
    move(cast, 50, django_capture_on_commit_callbacks)
    [notification] = Notification.objects.all()
    delivery = Delivery.objects.get(occasion=notification.occasion)
    assert (notification.user, notification.organization) == (cast.people["owner"], cast["alfa"])
    assert (notification.title, notification.link) == (delivery.subject, "/opportunita/bando-aperto/")


def test_a_muted_kind_comes_without_a_mail_and_the_others_with_it(cast):
    MutedKind.objects.create(user=cast.people["owner"], kind="opportunity")
    context = {"opportunity": cast.opportunity, "before": None, "after": timezone.localdate()}
    for role in ("owner", "editor"):
        notices.send_notice(cast.people[role], cast["alfa"], "prova", "deadline_moved", context)
        notices.send_notice(cast.people[role], cast["alfa"], "prova", "deadline_moved", context)
    assert [one.address for one in Delivery.objects.all()] == [cast.people["editor"].email]
    assert {one.user for one in Notification.objects.all()} == {cast.people["owner"], cast.people["editor"]}


def test_whoever_switched_the_mail_on_again_does_not_hear_yesterdays_news(cast):
    muted = MutedKind.objects.create(user=cast.people["owner"], kind="opportunity")
    context = {"event": cast.event}
    notices.send_notice(cast.people["owner"], cast["alfa"], "prova", "place_found", context)
    muted.delete()
    assert notices.send_notice(cast.people["owner"], cast["alfa"], "prova", "place_found", context) is False
    assert not Delivery.objects.exists()


def test_every_kind_of_notice_has_its_mail_and_every_mail_its_kind():
    from django.template.loader import get_template

    for mail in notices.KINDS:
        for part in ("subject.txt", "txt", "html"):
            get_template(f"emails/{mail}.{part}")


def test_a_decided_claim_is_told_to_whoever_claimed(cast, django_capture_on_commit_callbacks):
    claim = cast.shadow.claims.create(user=cast.people["pending"], state="refused", decided_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        announce_claim_decided(claim)
    assert Notification.objects.get(user=cast.people["pending"]).title == "Ombra: respinta"


def test_looking_at_the_list_marks_nothing_and_the_button_marks_one_and_leads_there(owner, cast):
    first, second = told(cast, number=1), told(cast, number=2)
    page = owner.get(LIST)
    assert [one.pk for one in page.context["notifications"]] == [second.pk, first.pk]
    assert Notification.objects.unread().count() == 2
    answer = owner.post(reverse("news:notification", args=[first.pk]))
    assert answer["Location"] == "/opportunita/bando-aperto/"
    assert list(Notification.objects.unread()) == [second]
    owner.post(reverse("news:notification", args=[first.pk]), {"unread": "1"})
    assert Notification.objects.unread().count() == 2


def test_all_at_once_are_one_persons_and_nobody_elses(owner, cast):
    told(cast, number=1), told(cast, number=2)
    others = told(cast, role="editor")
    owner.post("/avvisi/letti/")
    assert list(Notification.objects.unread()) == [others]
    assert list(owner.get(LIST, {"vedi": "da-leggere"}).context["notifications"]) == []


def test_a_colleagues_notice_is_nowhere(owner, cast):
    others = told(cast, role="editor", title="Solo per la collega")
    assert owner.post(reverse("news:notification", args=[others.pk])).status_code == 404
    assert "Solo per la collega" not in owner.get(LIST).content.decode()
    others.refresh_from_db()
    assert others.read_at is None


def test_the_header_counts_what_is_unread_and_says_nothing_to_strangers(owner, cast, client):
    told(cast, number=1), told(cast, number=2), told(cast, role="editor")
    assert '<span class="bell-count">2<' in owner.get("/notizie/").content.decode()
    Notification.objects.bulk_create(
        Notification(user=cast.people["owner"], occasion=f"molti:{n}", kind="room", title="x") for n in range(150)
    )
    assert '<span class="bell-count">99+<' in owner.get("/notizie/").content.decode()
    owner.logout()
    with connection.execute_wrapper(asked := Asked()):
        assert "/avvisi/" not in owner.get("/notizie/").content.decode()
    assert not asked.sql


class Asked:
    """Which questions were about notifications."""

    def __init__(self):
        self.sql = []

    def __call__(self, execute, sql, params, many, context):
        if "news_notification" in sql:
            self.sql.append(sql)
        return execute(sql, params, many, context)


def test_each_kind_can_be_switched_off_and_on_again(owner, cast):
    assert set(owner.get("/avvisi/preferenze/").context["form"].initial["by_mail"]) == set(Notification.Kind.values)
    owner.post("/avvisi/preferenze/", {"by_mail": ["room", "outcome"]})
    muted = MutedKind.objects.filter(user=cast.people["owner"]).values_list("kind", flat=True)
    assert set(muted) == {"opportunity", "request", "service", "people"}
    owner.post("/avvisi/preferenze/", {"by_mail": Notification.Kind.values})
    assert not MutedKind.objects.exists()
    owner.post("/avvisi/preferenze/")
    assert set(muted.all()) == set(Notification.Kind.values)
    assert owner.post("/avvisi/preferenze/", {"by_mail": ["inventata"]}).status_code == 200


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_queries_however_long(owner, cast, count, django_assert_num_queries):
    for number in range(count):
        told(cast, number=number, organization=cast["alfa"])
    owner.get(LIST)
    with django_assert_num_queries(6):  # session, person, the list and its length, one's organization, the header
        owner.get(LIST)
