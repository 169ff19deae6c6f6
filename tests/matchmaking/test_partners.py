"""The page "I nostri partner": whom it shows, why, and that the parts make the whole."""

from django.urls import reverse

from matchmaking import matching
from members.models import Need, Offer


def page(client, slug="alfa"):
    return client.get(reverse("matchmaking:partners", args=[slug]))


def test_each_card_says_why_and_its_lines_sum_to_the_score(client, cast):
    matching.rebuild()
    client.force_login(cast.people["reader"])
    matches = page(client).context["matches"].object_list
    assert [match.partner.name for match in matches] == ["Gamma", "Delta"] or [
        match.partner.name for match in matches
    ] == ["Delta", "Gamma"]
    for match in matches:
        assert sum(line.points for line in match.lines) == match.score
        assert match.gives[0].text.startswith("Cercate")
        assert match.takes[0].text.startswith("Cercano")


def test_the_score_is_shown_with_two_decimals_and_a_comma(client, cast):
    matching.rebuild()
    client.force_login(cast.people["owner"])
    response = page(client)
    score = f"{response.context['matches'].object_list[0].score:.2f}".replace(".", ",")
    assert score in response.content.decode()


def test_without_needs_the_page_shows_neighbours_labelled_as_such(client, cast):
    Need.objects.all().delete()
    Offer.objects.all().delete()
    matching.rebuild()
    client.force_login(cast.people["owner"])
    response = page(client)
    assert [organization.slug for organization in response.context["fallback"]] == ["beta", "delta"]
    assert "non per competenze" in response.content.decode()


def test_nobody_sees_the_partners_of_another(client, cast):
    client.force_login(cast.people["other_firm"])
    assert page(client).status_code == 404
