"""Whether a firm may take part: examples a person can check, and a thousand random cases against another way."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.algorithms.eligibility import (
    CHECK,
    NO,
    YES,
    Applicant,
    EligibilityRule,
    assess,
    either,
    judge,
    sentence,
)

TODAY = date(2026, 11, 22)
CARRARA = Applicant(
    kind="firm",
    size="small",
    workers=40,
    ateco=("28.92",),
    legal_form="S.r.l.",
    municipality="Carrara",
    province="MS",
    region="Toscana",
    founded_on=date(2019, 5, 31),
)


def said(rule, firm=CARRARA, today=TODAY):
    finding = judge(rule, firm, today)
    return finding.verdict, sentence(finding)


@pytest.mark.parametrize(
    ("rule", "verdict", "words"),
    [
        (EligibilityRule("size", ("micro", "small")), YES, "richiede micro o piccola impresa: la vostra è piccola"),
        (EligibilityRule("size", ("micro",)), NO, "richiede micro impresa: la vostra è piccola"),
        (EligibilityRule("ateco", ("28",)), YES, "richiede attività ATECO 28: la vostra è 28.92"),
        (EligibilityRule("ateco", ("C",)), YES, "richiede attività ATECO C: la vostra è 28.92"),
        (EligibilityRule("ateco", ("28.93", "10")), NO, "richiede attività ATECO 28.93 o 10: la vostra è 28.92"),
        (
            EligibilityRule("ateco", ("28.92.01",)),
            CHECK,
            "richiede attività ATECO 28.92.01: la vostra, 28.92, non basta a dirlo",
        ),
        (EligibilityRule("ateco", ("J",)), CHECK, "richiede attività ATECO J: la vostra, 28.92, non basta a dirlo"),
        (EligibilityRule("legal_form", ("s.r.l.",)), YES, "richiede forma giuridica s.r.l.: la vostra è S.r.l."),
        (
            EligibilityRule("territory", ("comune:Carrara (MS)",)),
            YES,
            "richiede sede in Carrara (MS): la vostra è a Carrara",
        ),
        (
            EligibilityRule("territory", ("provincia:MS",)),
            YES,
            "richiede sede in provincia di MS: la vostra è a Carrara",
        ),
        (
            EligibilityRule("territory", ("regione:Umbria", "regione:Lazio")),
            NO,
            "richiede sede in Umbria o Lazio: la vostra è a Carrara",
        ),
        (EligibilityRule("kind", ("research_center",)), NO, "è per un centro di ricerca: siete un'impresa"),
        (EligibilityRule("age", most=60), NO, "richiede costituzione da non più di 5 anni: la vostra è del 31/05/2019"),
        (EligibilityRule("workers", least=10, most=49), YES, "richiede almeno 10 e non più di 49 addetti: ne avete 40"),
    ],
)
def test_each_rule_answers_with_its_sentence(rule, verdict, words):
    assert said(rule) == (verdict, words)


@pytest.mark.parametrize(
    "rule",
    [
        EligibilityRule("size", ("micro",)),
        EligibilityRule("ateco", ("28",)),
        EligibilityRule("legal_form", ("S.p.A.",)),
        EligibilityRule("territory", ("comune:Massa",)),
        EligibilityRule("kind", ("firm",)),
        EligibilityRule("age", most=1),
        EligibilityRule("workers", least=1000),
    ],
)
def test_a_missing_datum_is_to_be_checked_and_never_a_no(rule):
    verdict, words = said(rule, Applicant())
    assert verdict == CHECK
    assert words.startswith(("richiede", "è per")) and "None" not in words


def test_workers_alone_exclude_a_smaller_class_and_promise_none():
    by_workers = Applicant(workers=40)
    assert said(EligibilityRule("size", ("micro",)), by_workers) == (
        NO,
        "richiede micro impresa: la vostra è almeno piccola",
    )
    assert said(EligibilityRule("size", ("small",)), by_workers)[0] == CHECK


def test_a_firm_still_has_its_age_on_the_last_day_even_of_a_short_month():
    february = EligibilityRule("age", most=21)  # founded on 31 May: the last day is 28 February 2021
    assert said(february, today=date(2021, 2, 28))[0] == YES
    assert said(february, today=date(2021, 3, 1))[0] == NO


def test_one_no_is_enough_and_one_doubt_is_enough_to_check():
    fits, never, doubt = (
        EligibilityRule("kind", ("firm",)),
        EligibilityRule("size", ("large",)),
        EligibilityRule("ateco", ("28.92.01",)),
    )
    assert assess([fits], CARRARA, TODAY).verdict == YES
    assert assess([fits, doubt], CARRARA, TODAY).verdict == CHECK
    assert assess([fits, doubt, never], CARRARA, TODAY).verdict == NO
    assert assess([], CARRARA, TODAY).verdict == YES


def test_a_long_list_is_shortened_in_words():
    assert either("abcdefgh", most=3) == "a, b, c o altre 5 voci"
    assert (either("a"), either("ab"), either("abc")) == ("a", "a o b", "a, b o c")


@pytest.mark.parametrize(
    "values",
    [
        {"about": "colour", "any_of": ["red"]},
        {"about": "size"},
        {"about": "age"},
        {"any_of": ["x"]},
        {"about": "size", "colour": 1},
    ],
)
def test_what_is_no_rule_is_refused(values):
    with pytest.raises(ValueError):
        EligibilityRule.from_dict(values)


# --- The oracle: another way to the same answer --------------------------------------------------------------------
# It knows no rule classes: it lists everything a firm can still turn out to be, and counts who would be let in.

CODES = ["10", "28", "28.9", "28.92", "28.92.0", "28.93", "46.1", "46.15"]
PLACES = [
    ("Carrara", "MS", "Toscana"),
    ("Massa", "MS", "Toscana"),
    ("Pisa", "PI", "Toscana"),
    ("La Spezia", "SP", "Liguria"),
    ("", "", ""),
]
TERRITORIES = [
    "comune:Carrara",
    "comune:carrara (ms)",
    "comune:Pisa",
    "provincia:MS",
    "provincia:SP",
    "regione:Toscana",
    "regione:Lazio",
]
SIZE_ORDER = ["micro", "small", "medium", "large"]

firms = st.builds(
    Applicant,
    kind=st.sampled_from(["", "firm", "research_center", "financier"]),
    size=st.sampled_from([None, *SIZE_ORDER]),
    workers=st.one_of(st.none(), st.integers(0, 400)),
    ateco=st.lists(st.sampled_from(CODES), max_size=2).map(tuple),
    legal_form=st.sampled_from(["", "S.r.l.", "S.p.A."]),
    founded_on=st.one_of(st.none(), st.dates(date(2014, 1, 1), date(2026, 11, 22))),
).flatmap(
    lambda firm: st.sampled_from(PLACES).map(
        lambda seat: Applicant(**{**vars(firm), "municipality": seat[0], "province": seat[1], "region": seat[2]})
    )
)


def some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)


def ranged(about, high):
    number = st.one_of(st.none(), st.integers(0, high))
    return (
        st.tuples(number, number)
        .filter(any_given)
        .map(lambda pair: EligibilityRule(about, least=pair[0], most=pair[1]))
    )


def any_given(pair):
    return pair != (None, None)


rules = st.one_of(
    some(SIZE_ORDER).map(lambda asked: EligibilityRule("size", asked)),
    some([*CODES, "C", "A", "N"]).map(lambda asked: EligibilityRule("ateco", asked)),
    some(["S.r.l.", "s.p.a.", "Ditta individuale"]).map(lambda asked: EligibilityRule("legal_form", asked)),
    some(TERRITORIES).map(lambda asked: EligibilityRule("territory", asked)),
    some(["firm", "research_center", "financier"]).map(lambda asked: EligibilityRule("kind", asked)),
    ranged("age", 140),
    ranged("workers", 400),
)


def worlds(rule, firm):
    """Would it be let in? One answer for each thing the firm can still turn out to be."""
    return {
        "size": lambda: [size in rule.any_of for size in possible_sizes(firm)],
        "ateco": lambda: activity_worlds(rule, firm),
        "legal_form": lambda: (
            [firm.legal_form.lower() in [form.lower() for form in rule.any_of]] if firm.legal_form else [True, False]
        ),
        "territory": lambda: [inside(place, firm) for place in rule.any_of] if firm.region else [True, False],
        "kind": lambda: [firm.kind in rule.any_of] if firm.kind else [True, False],
        "age": lambda: [aged(rule, firm.founded_on)] if firm.founded_on else [True, False],
        "workers": lambda: [within(rule, firm.workers)] if firm.workers is not None else [True, False],
    }[rule.about]()


def possible_sizes(firm):
    if firm.size:
        return [firm.size]
    if firm.workers is None:
        return [*SIZE_ORDER, "not known"]
    below = sum(firm.workers >= limit for limit in (10, 50, 250))
    return [*SIZE_ORDER[below:], "not known"]


def activity_worlds(rule, firm):
    """Every full code that begins like one of the firm's, and whether it begins like one that is asked."""
    if not firm.ateco:
        return [True, False]
    per_code = []
    for own in firm.ateco:
        full = [code for code in ALL_CODES if code.startswith(own.replace(".", ""))]
        per_code.append([any(begins(code, asked) for asked in rule.any_of) for code in full])
    if any(all(answers) for answers in per_code if None not in answers):
        return [True]
    doubts = any(True in answers or None in answers for answers in per_code) or "N" in rule.any_of
    return [True, False] if doubts else [False]


def begins(code, asked):
    if asked.isalpha():
        return code[:2] in {"C": [str(each) for each in range(10, 34)], "A": ["01", "02", "03"]}.get(asked, [])
    return code.startswith(asked.replace(".", ""))


ALL_CODES = [f"{number:06d}" for number in range(280000, 290000)] + [
    f"{n:06d}" for n in (*range(100000, 100100), *range(461000, 462000))
]


def inside(place, firm):
    level, name = place.lower().split(":")
    town = f"{firm.municipality} ({firm.province})".lower()
    return {
        "comune": name in (town, town[:-5]),
        "provincia": name == town[-3:-1],
        "regione": name == firm.region.lower(),
    }[level]


def aged(rule, born):
    """Month by month, as on a calendar."""
    least_ok = rule.least is None or nth_month(born, rule.least) <= TODAY
    return least_ok and (rule.most is None or nth_month(born, rule.most) >= TODAY)


def nth_month(day, months):
    year, month = day.year, day.month
    for _each in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def within(rule, number):
    low = 0 if rule.least is None else rule.least
    high = 10**9 if rule.most is None else rule.most
    return number in range(low, high + 1)


def oracle(rule, firm):
    answers = worlds(rule, firm)
    if rule.about == "territory" and firm.region:
        return YES if any(answers) else NO
    return YES if all(answers) else NO if not any(answers) else CHECK


@settings(max_examples=1000, deadline=timedelta(seconds=5))
@given(firms, rules)
def test_a_thousand_random_firms_and_rules_agree_with_the_oracle(firm, rule):
    finding = judge(rule, firm, TODAY)
    assert finding.verdict == oracle(rule, firm)
    assert "None" not in sentence(finding)
    assert EligibilityRule.from_dict(rule.as_dict()) == rule
