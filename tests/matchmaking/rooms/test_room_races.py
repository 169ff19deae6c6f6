"""Over real connections, all at once: one room for two yeses, one line for a double click, one end for a service."""

import threading
import uuid

import pytest
from django.db import connection

from matchmaking.models import Introduction, Message, Room, Service, ServiceRequest
from matchmaking.rooms import introductions, rooms
from matchmaking.services import services
from tests.cast import Cast

ROUNDS, AT_ONCE = 8, 6


@pytest.fixture
def cast(transactional_db):
    return Cast()


def together(acts):
    """Each act in a thread and on a connection of its own, all let go at one moment. Their answers, in order."""
    barrier, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait()
            answers[place] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_last_two_yeses_at_once_open_one_room(cast):
    for number in range(1, ROUNDS + 1):
        pair = [cast["alfa"], cast["gamma"]]
        introduction = introductions.introduce_two(cast.people["desk"], pair, "T", "P", uuid.uuid4())
        yes = [
            lambda made=introduction, side=side, role=role: introductions.answer_introduction(
                made, side, cast.people[role], True
            )
            for side, role in zip(pair, ("owner", "research"), strict=True)
        ]
        assert sum(together(yes * (AT_ONCE // 2))) == 2
        assert Room.objects.count() == number


def test_a_message_sent_six_times_at_once_is_one_line_and_closing_has_one_winner(cast):
    made = Introduction.objects.create(title="T", text="P", broker=cast.people["desk"])
    room = Room.objects.create(introduction=made, asker=cast["alfa"], answerer=cast["gamma"], title="T")
    for number in range(1, ROUNDS + 1):
        key = uuid.uuid4()
        say = [
            lambda key=key: rooms.write_message(room, cast.people["owner"], cast["alfa"], "Una volta", key=key)
        ] * AT_ONCE
        assert sum(answer is not None for answer in together(say)) == 1
        assert Message.objects.count() == number
    close = [lambda: rooms.close_room(room, cast.people["owner"], cast["alfa"], "contract")] * AT_ONCE
    assert sum(together(close)) == 1


def test_a_service_is_finished_declined_or_withdrawn_by_exactly_one(cast):
    services.make_ready()
    for _round in range(ROUNDS):
        told = {"service": Service.objects.first(), "organization": cast["alfa"], "by": cast.people["owner"]}
        asked = ServiceRequest.objects.create(**told, text="x", state="assigned", assigned_to=cast.people["desk"])
        ends = [
            lambda asked=asked: services.finish_service(asked, cast.people["desk"], "Fatto"),
            lambda asked=asked: services.decline_service(asked, cast.people["manager"], "No"),
            lambda asked=asked: services.withdraw_service(asked, cast.people["owner"]),
        ]
        assert sum(together(ends * 2)) == 1
        assert asked.steps.count() == 1
