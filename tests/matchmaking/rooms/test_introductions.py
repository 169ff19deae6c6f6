"""Three-way introductions: two yeses open a room, and before that nobody sees how to reach the other."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from matchmaking.models import Introduction, Room
from matchmaking.rooms import introductions
from news.models import Delivery, Notification


@pytest.fixture
def heard(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        yield


def introduce(cast, key=None):
    words = ("Misure in cava", "Vi completate.")
    return introductions.introduce_two(cast.people["desk"], [cast["alfa"], cast["gamma"]], *words, key or uuid.uuid4())


def client_of(cast, role):
    client = Client()
    client.force_login(cast.people[role])
    return client


def answer(cast, role, introduction, word):
    return client_of(cast, role).post(reverse("matchmaking:answer_introduction", args=[introduction.code]), {word: "1"})


def test_each_side_gets_its_own_mail_and_no_address_of_the_other(cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        introduce(cast)
    mails = {mail.address: mail for mail in Delivery.objects.all()}
    assert set(mails) == {cast.people[role].email for role in ("owner", "editor", "reader", "research")}
    ours, theirs = mails[cast.people["owner"].email], mails[cast.people["research"].email]
    assert "Gamma" in ours.subject and "Alfa" in theirs.subject
    hidden = [cast.people["research"].email, cast["gamma"].contact_email, cast["gamma"].phone]
    assert not [word for word in hidden if word in ours.text + ours.html + ours.reply_to]
    hidden = [cast.people["owner"].email, cast["alfa"].contact_email, cast["alfa"].phone]
    assert not [word for word in hidden if word in theirs.text + theirs.html + theirs.reply_to]


def test_before_both_have_agreed_no_page_shows_the_others_address(cast):
    introduction = introduce(cast)
    answer(cast, "owner", introduction, "yes")
    for url in (introduction.get_absolute_url(), cast["gamma"].get_absolute_url()):
        said = client_of(cast, "owner").get(url).content.decode()
        assert cast["gamma"].phone not in said and cast.people["research"].email not in said
    assert not Room.objects.exists()


def test_two_yeses_open_a_room_and_the_contacts(cast):
    introduction = introduce(cast)
    answer(cast, "owner", introduction, "yes")
    answer(cast, "research", introduction, "yes")
    room = Room.objects.get()
    assert (room.introduction, {room.asker, room.answerer}) == (introduction, {cast["alfa"], cast["gamma"]})
    assert cast["gamma"].phone in client_of(cast, "owner").get(cast["gamma"].get_absolute_url()).content.decode()
    assert room.get_absolute_url() in client_of(cast, "owner").get(introduction.get_absolute_url()).content.decode()
    assert client_of(cast, "desk").get(room.get_absolute_url()).status_code == 404


def test_a_no_is_the_end_and_the_first_word_stands(cast):
    introduction = introduce(cast)
    answer(cast, "research", introduction, "no")
    answer(cast, "research", introduction, "yes")
    answer(cast, "owner", introduction, "yes")
    assert not Room.objects.exists()
    assert {side.organization.slug: side.state for side in introduction.sides.all()} == {
        "alfa": "agreed",
        "gamma": "declined",
    }


def test_the_broker_hears_each_answer(cast, django_capture_on_commit_callbacks):
    introduction = introduce(cast)
    with django_capture_on_commit_callbacks(execute=True):
        answer(cast, "owner", introduction, "yes")
        answer(cast, "research", introduction, "no")
    told = Notification.objects.filter(user=cast.people["desk"]).order_by("pk")
    assert [one.title for one in told] == ["Alfa: d'accordo", "Gamma: no, grazie"]


def test_a_reader_does_not_answer_for_the_organization(cast):
    introduction = introduce(cast)
    assert answer(cast, "reader", introduction, "yes").status_code == 404
    assert "Sì, presentateci" not in client_of(cast, "reader").get(introduction.get_absolute_url()).content.decode()


def test_sent_twice_it_asks_once_and_only_two_published_ones(cast):
    key = uuid.uuid4()
    assert introduce(cast, key) and introduce(cast, key) is None
    assert Introduction.objects.count() == 1
    for pair in ([cast["alfa"], cast["alfa"]], [cast["alfa"], cast["bozza"]]):
        with pytest.raises(ValueError, match="two published"):
            introductions.introduce_two(cast.people["desk"], pair, "x", "y", uuid.uuid4())


def test_the_broker_introduces_from_a_page_that_says_what_is_wrong(cast):
    client = client_of(cast, "desk")
    page = client.get("/presentazioni/nuova/")
    sent = {"key": page.context["form"]["key"].value(), "first": "alfa", "second": "alfa", "title": "T", "text": "P"}
    assert client.post("/presentazioni/nuova/", sent).context["form"].errors["second"]
    assert client.post("/presentazioni/nuova/", {**sent, "second": "gamma"}).status_code == 302
    assert "Gamma: in attesa" in client.get("/presentazioni/").content.decode()
