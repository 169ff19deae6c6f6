import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking import limits
from matchmaking.limits import Financed, Limits, Outside, outside

BANK = Limits(
    instruments={"loan", "guarantee"},
    ticket_min=50_000,
    ticket_max=500_000,
    stages={"growth"},
    territory={"MS", "LU"},
    sectors={"23.7", "28"},
    excluded_sectors={"23.70.30"},
)
FIRM = Financed({"loan"}, 200_000, "growth", "MS", {"23.70.10"})


def test_a_firm_within_every_limit_is_inside():
    assert outside(BANK, FIRM) == []


@pytest.mark.parametrize(
    ("change", "reason", "said"),
    [
        ({"instruments": {"equity"}}, "instruments", "strumenti cercati: equity; offerti: guarantee, loan"),
        ({"amount": 49_999}, "ticket_min", "importo cercato 49.999 €, inferiore al minimo di 50.000 €"),
        ({"amount": 500_001}, "ticket_max", "importo cercato 500.001 €, superiore al massimo di 500.000 €"),
        ({"stage": "seed"}, "stages", "fase seed; fasi ammesse: growth"),
        ({"province": "MI"}, "territory", "provincia MI; territorio: LU, MS"),
        ({"sectors": {"62.01"}}, "sectors", "settori 62.01; settori ammessi: 23.7, 28"),
        ({"sectors": {"23.70.10", "23.70.30"}}, "excluded_sectors", "settori 23.70.30, esclusi dall'operatore"),
    ],
)
def test_a_firm_outside_one_limit_knows_which(change, reason, said):
    found = outside(BANK, replace(FIRM, **change))

    assert [each.limit for each in found] == [reason]
    assert limits.sentence(found[0]) == said


def test_every_reason_is_kept():
    found = outside(BANK, Financed({"equity"}, 1, "seed", "MI", {"01.11"}))
    assert [each.limit for each in found] == ["instruments", "ticket_min", "stages", "territory", "sectors"]


@pytest.mark.parametrize("amount", [50_000, 500_000])
def test_both_ends_of_the_ticket_are_inside(amount):
    assert outside(BANK, replace(FIRM, amount=amount)) == []


@pytest.mark.parametrize(
    ("code", "above", "is_under"),
    [("23.70.10", "23.7", True), ("23.70.10", "23", True), ("23.70.10", "23.70.1", True), ("23.7", "23.70", False)],
)
def test_a_sector_stands_for_all_that_begin_with_it(code, above, is_under):
    assert bool(outside(Limits(excluded_sectors={above}), Financed(sectors={code}))) is is_under


codes = st.frozensets(st.sampled_from(["a", "b", "23", "23.7", "23.70.10", "MS", "MI"]), max_size=3)
amounts = st.one_of(st.none(), st.integers(0, 10))
firms = st.builds(Financed, codes, amounts, st.sampled_from([None, "", "a", "b"]), st.sampled_from([None, "MS"]), codes)
tickets = st.tuples(amounts, amounts).filter(lambda ticket: None in ticket or ticket[0] <= ticket[1])
financiers = st.builds(
    lambda ticket, **others: Limits(ticket_min=ticket[0], ticket_max=ticket[1], **others),
    tickets,
    instruments=codes,
    stages=codes,
    territory=codes,
    sectors=codes,
    excluded_sectors=codes,
)


@settings(max_examples=200, deadline=None)
@given(financiers, firms)
def test_what_was_not_said_never_puts_a_firm_outside(financier, firm):
    reasons = {reason.limit for reason in outside(financier, firm)}
    silence = {
        "instruments": {"instruments"},
        "amount": {"ticket_min", "ticket_max"},
        "stage": {"stages"},
        "province": {"territory"},
        "sectors": {"sectors", "excluded_sectors"},
    }

    assert outside(financier, Financed()) == outside(Limits(), firm) == []
    for field in fields(Financed):
        quieter = replace(firm, **{field.name: field.default})
        assert {reason.limit for reason in outside(financier, quieter)} == reasons - silence[field.name]


@settings(max_examples=100, deadline=None)
@given(financiers, firms)
def test_reasons_can_be_stored_and_said(financier, firm):
    for reason in outside(financier, firm):
        assert limits.sentence(reason)
        assert json.loads(json.dumps(reason.as_dict()))["limit"] == reason.limit


def test_a_stored_reason_reads_back_in_order():
    assert Outside("territory", "MI", frozenset({"MS", "LU"})).as_dict() == {
        "limit": "territory",
        "said": "MI",
        "allowed": ["LU", "MS"],
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Limits(ticket_min=2, ticket_max=1), "ticket_min must not exceed ticket_max: 2 > 1"),
        (lambda: Limits(ticket_min=-1), "ticket_min must be whole euros, not -1"),
        (lambda: Limits(ticket_max=1.5), "ticket_max must be whole euros, not 1.5"),
        (lambda: Limits(territory="MS"), "territory must be a set of codes, not 'MS'"),
        (lambda: Limits(sectors={""}), "sectors must be a set of codes"),
        (lambda: Financed(amount=True), "amount must be whole euros, not True"),
    ],
)
def test_what_is_no_limit_is_refused_by_its_name(wrong, said):
    with pytest.raises(ValueError, match=said):
        wrong()
