"""Building a partnership on a call: who is proposed, what the page says, and what it never shows."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from matchmaking.consortia import partnerships
from matchmaking.consortia.partnerships import Call
from matchmaking.models import Consortium, Exclusion, Feedback, Intervention, Opportunity, PartnershipRule, Requirement
from matchmaking.opportunities.admin import PartnershipRuleForm
from members.models import FinancierTerms, Need, Offer, Organization
from tests.cast import canary, competence, give

URL = "/opportunita/bando-aperto/partenariato/"
ASKED = {"PRD.01.04": 3, "QLT.01.02": 2, "DIG.01.03": 1}


@pytest.fixture
def call(cast):
    """A call that asks what Alfa and Beta do, and two things that Gamma and Delta do."""
    for code, weight in list(ASKED.items())[1:]:
        Requirement.objects.create(opportunity=cast.opportunity, competence=competence(code), weight=weight)
    return cast.opportunity


@pytest.fixture
def page(client, cast, call):
    client.force_login(cast.people["editor"])
    return lambda query="": client.get(f"{URL}{query}")


def names(sheet):
    return [partner.organization.slug for partner in sheet.partners]


def rule(call, kind, value=1, any_of=()):
    return PartnershipRule.objects.create(opportunity=call, kind=kind, value=value, any_of=list(any_of))


def planned(call, lead):
    asked = Call(call)
    [own] = partnerships.partners(asked, [lead])
    return partnerships.plan(asked, own, partnerships.everybody(asked, lead))


def test_the_smallest_team_is_the_lead_with_whoever_covers_the_rest(page):
    sheet = page().context["sheet"]
    assert len(sheet.partners) == 2 and names(sheet)[0] == "alfa" and names(sheet)[1] in ("gamma", "delta")
    assert sheet.is_whole and page().context["plan"].is_exact


def test_the_arrays_and_the_reference_agree_on_every_coverage(cast, call):
    asked = Call(call)
    quick = {each.organization.pk: each.coverage for each in partnerships.everybody(asked, cast["alfa"])}
    published = Organization.objects.published().exclude(pk=cast["alfa"].pk)
    assert quick == {each.organization.pk: each.coverage for each in partnerships.partners(asked, published)}
    assert any(any(coverage) for coverage in quick.values())


def test_partners_added_and_removed_change_the_coverage(page):
    alone = page("?con=")
    assert names(alone.context["sheet"]) == ["alfa"] and len(alone.context["sheet"].holes) == 2
    both = page("?con=&con=beta&con=gamma")
    assert names(both.context["sheet"]) == ["alfa", "beta", "gamma"] and both.context["sheet"].is_whole
    assert "scoperta" in alone.content.decode() and "scoperta:" not in both.content.decode()


def test_whoever_would_fill_a_hole_comes_first_among_those_to_add(page):
    others = page("?con=").context["others"]
    assert {partner.organization.slug for partner, fills in others[:2] if fills == 2} == {"gamma", "delta"}


def test_a_rule_about_research_brings_in_the_centre(page, call):
    rule(call, "min_research")
    response = page()
    assert names(response.context["sheet"]) == ["alfa", "gamma"]
    assert "Centri di ricerca: almeno 1" in response.content.decode()


def test_a_missing_size_is_to_be_checked_and_a_hidden_one_is_never_told(page, cast, call):
    rule(call, "min_smes", 2)
    checked = page("?con=beta").context["sheet"]
    assert checked.word == "da verificare" and "2 da verificare" in checked.answers[0].found
    Organization.objects.filter(slug__in=["alfa", "beta"]).update(size_class="small")
    assert page("?con=beta").context["sheet"].verdict == "eligible"
    Organization.objects.filter(slug="beta").update(visibility={"size_class": "nobody"})
    assert page("?con=beta").context["sheet"].verdict == "to_check"


def test_a_competence_that_nobody_covers_is_named(page, call):
    Requirement.objects.create(opportunity=call, competence=competence("SOS.01.03"))
    text = page().content.decode()
    assert "Nessuna squadra può coprire tutto" in text and competence("SOS.01.03").name_it in text


def test_rules_that_no_team_can_keep_are_named_and_a_team_is_shown_all_the_same(page, call):
    rule(call, "min_research", 5)
    response = page()
    assert response.context["plan"].is_without_rules and len(response.context["sheet"].partners) == 2
    assert "Nessuna squadra rispetta tutte le regole" in response.content.decode()
    assert response.context["sheet"].verdict == "not_eligible"


def test_a_call_without_competences_has_a_truthful_page(page, call):
    call.requirements.all().delete()
    rule(call, "min_partners", 2)
    response = page()
    assert response.status_code == 200
    assert "non indica ancora competenze" in response.content.decode()
    assert len(response.context["sheet"].partners) == 2


def test_an_application_field_is_no_competence_to_cover(page, call):
    Requirement.objects.create(opportunity=call, competence=competence("APP.01.01"))
    assert len(page().context["sheet"].columns) == 3


@pytest.mark.parametrize(
    "query", ["?soglia=x", "?costo=molto", "?con=nessuno&con=bozza&con=alfa", "?soglia=999&costo=-1"]
)
def test_an_address_that_makes_no_sense_is_answered_all_the_same(page, query):
    response = page(query)
    assert response.status_code == 200
    assert names(response.context["sheet"])[0] == "alfa"


def test_a_cost_that_is_no_amount_is_said_at_its_field(page):
    assert "Scrivi un importo in euro interi" in page("?costo=molto").content.decode()


def test_a_draft_is_never_a_partner_nor_is_a_shadow(page):
    others = {partner.organization.slug for partner, _fills in page("?con=").context["others"]}
    assert others == {"beta", "gamma", "delta"}


def test_limits_and_mutes_keep_apart_and_a_refusal_is_never_proposed(cast, call):
    Exclusion.objects.create(financier=cast["delta"], firm=cast["alfa"], reasons=[])
    assert names(planned(call, cast["alfa"]).team) == ["alfa", "gamma"]
    Feedback.objects.create(seeker=cast["alfa"], partner=cast["gamma"], verdict="not_useful")
    assert len(planned(call, cast["alfa"]).uncoverable) == 2
    Feedback.objects.update(verdict="known")
    assert names(planned(call, cast["alfa"]).team) == ["alfa", "gamma"]
    Intervention.objects.create(kind="mute", partner=cast["gamma"], reason="prova")
    assert cast["gamma"] not in partnerships.candidates_for(cast["alfa"])


def test_a_financier_is_shown_only_the_firms_that_agreed(client, cast, call):
    client.force_login(cast.people["financier"])
    slugs = {each.slug for each in partnerships.candidates_for(cast["delta"])}
    assert slugs == {"gamma"}
    assert "Beta" not in client.get(URL).content.decode()
    Organization.objects.filter(slug="beta").update(is_visible_to_financiers=True)
    assert "Beta" in client.get(URL).content.decode()


def test_blind_needs_leave_no_trace(page, cast):
    before = page().content
    Need.objects.filter(is_blind=True).delete()
    assert len(page().content) == len(before)


@pytest.mark.parametrize("count", [1, 40])
def test_the_page_costs_the_same_queries_however_many_partners(client, cast, call, count):
    for number in range(count):
        one = Organization.objects.create(
            kind="firm", name=f"Impresa {number}", slug=f"impresa-{number}", status="published"
        )
        give(one, offers={"QLT.01.02": 4})
    client.force_login(cast.people["editor"])
    query = "&".join(f"con=impresa-{number}" for number in range(count))
    client.get(f"{URL}?{query}")
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"{URL}?{query}")
    assert len(response.context["sheet"].partners) == count + 1
    assert len(queries) <= 30


def test_a_reader_looks_and_does_not_create(client, cast, call):
    client.force_login(cast.people["reader"])
    assert client.get(URL).status_code == 200
    assert client.post(URL, {"con": "gamma"}).status_code == 404
    assert not Consortium.objects.filter(name=call.title).exists()


def test_an_event_is_not_answered_together(client, cast):
    client.force_login(cast.people["editor"])
    assert client.get(f"/opportunita/{cast.event.slug}/partenariato/").status_code == 404


def test_the_page_of_a_call_leads_to_the_builder_and_to_who_could_take_part(client, cast, call):
    client.force_login(cast.people["editor"])
    assert f'href="{URL}"' in client.get(call.get_absolute_url()).content.decode()
    client.force_login(cast.people["manager"])
    assert "/opportunita/bando-aperto/chi-potrebbe-partecipare/" in client.get(call.get_absolute_url()).content.decode()
    Opportunity.objects.filter(pk=cast.request.pk).update(kind="collaboration")
    client.force_login(cast.people["owner"])
    assert "chi-potrebbe-partecipare" in client.get(cast.request.get_absolute_url()).content.decode()


@pytest.mark.parametrize("role", ["desk", "manager", "super"])
def test_staff_write_the_rules_beside_the_call(client, cast, call, role):
    client.force_login(cast.people[role])
    form = f"/gestione/matchmaking/opportunity/{call.pk}/change/"
    assert 'name="partnership_rules-TOTAL_FORMS"' in client.get(form, follow=True).content.decode()


def test_the_form_of_a_rule_keeps_sorts_for_the_rule_that_has_some(call):
    made = PartnershipRuleForm(
        {"kind": "at_least_one", "value": 1, "any_of": ["large"]}, instance=rule(call, "min_smes")
    )
    assert made.save().any_of == ["large"]
    assert PartnershipRuleForm({"kind": "min_smes", "value": 2, "any_of": ["large"]}).is_valid()
    assert "any_of" in PartnershipRuleForm({"kind": "at_least_one", "value": 1}).errors


def test_a_call_that_has_closed_is_looked_at_and_not_answered(client, cast, call):
    Consortium.objects.all().delete()
    Opportunity.objects.filter(pk=call.pk).update(status="closed")
    client.force_login(cast.people["editor"])
    assert "Crea lo spazio e invita" not in client.get(URL).content.decode()
    assert "Il bando non è aperto" in client.post(URL, {"con": "gamma"}, follow=True).content.decode()
    assert not Consortium.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "at_least_one", "value": 1}, "any_of"),
        ({"kind": "research_share", "value": 120}, "__all__"),
        ({"kind": "min_smes", "value": 0}, "value"),
        ({"kind": "a_whim", "value": 1}, "kind"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_at_its_field(call, values, field):
    with pytest.raises(ValidationError) as refused:
        PartnershipRule(opportunity=call, **values).full_clean()
    assert field in refused.value.message_dict


# --- What the call leaves to be paid ---------------------------------------------------------------------------------


@pytest.fixture
def cofunded(cast, call):
    Opportunity.objects.filter(pk=call.pk).update(cofunding_rate=40)
    FinancierTerms.objects.create(organization=cast["delta"], ticket_min=100_000, ticket_max=500_000)
    call.refresh_from_db()
    return call


def test_the_arithmetic_is_written_out_with_the_financiers_whose_ticket_covers_the_rest(page, cofunded):
    text = page("?costo=400.000").content.decode()
    assert "Costo 400.000 €, contributo 40 % = 160.000 €, resta 240.000 €" in text
    assert "ticket 100.000–500.000 €" in text and "Delta" in text


@pytest.mark.parametrize("cost", [100_000, 900_000])
def test_a_ticket_that_does_not_cover_the_rest_is_not_named(page, cofunded, cost):
    assert page(f"?costo={cost}").context["financiers"] == []


def test_a_call_that_pays_more_than_half_leaves_nothing_to_look_for(page, cofunded):
    Opportunity.objects.filter(pk=cofunded.pk).update(cofunding_rate=51)
    assert "part" not in page("?costo=400000").context


def test_a_contribution_stops_at_what_the_call_gives_at_most(page, cofunded):
    Opportunity.objects.filter(pk=cofunded.pk).update(amount_max=100_000)
    part = page("?costo=400000").context["part"]
    assert (part.contribution, part.rest, part.is_capped) == (100_000, 300_000, True)


def test_one_firm_outside_a_hard_limit_is_enough_and_hidden_terms_are_not_used(page, cast, cofunded):
    terms = FinancierTerms.objects.get()
    terms.provinces.set(["PI"])
    assert page("?con=gamma&costo=400000").context["financiers"] == []
    terms.provinces.set(["MS"])
    assert len(page("?con=beta&costo=400000").context["financiers"]) == 1
    Organization.objects.filter(slug="beta").update(municipality=cast.pisa)
    assert page("?con=beta&costo=400000").context["financiers"] == []
    assert len(page("?con=gamma&costo=400000").context["financiers"]) == 1
    Organization.objects.filter(slug="delta").update(visibility={"terms": "nobody"})
    assert page("?con=gamma&costo=400000").context["financiers"] == []


def test_a_firm_reads_it_on_the_page_of_the_call_too(client, cast, cofunded):
    Opportunity.objects.filter(pk=cofunded.pk).update(expense_max=400_000)
    client.force_login(cast.people["editor"])
    assert "resta 240.000 €" in client.get(cofunded.get_absolute_url()).content.decode()
    client.force_login(cast.people["research"])
    assert "resta 240.000 €" not in client.get(cofunded.get_absolute_url()).content.decode()


def test_no_page_of_a_partnership_shows_what_is_private(client, cast, cofunded):
    Organization.objects.update(visibility={"size_class": "nobody"}, description="")
    client.force_login(cast.people["editor"])
    text = client.get(f"{URL}?con=beta&con=gamma&costo=400000").content.decode()
    assert not any(canary(slug) in text for slug in ("beta", "gamma", "delta", "bozza", "ombra"))


def test_the_coverage_halves_what_nobody_declared(cast, call):
    Offer.objects.filter(organization=cast["gamma"]).update(is_declared=False, level=5)
    [gamma] = partnerships.partners(Call(call), [cast["gamma"]])
    assert max(gamma.coverage) == 50
