"""A district that does not exist: 140 organizations, 4 of them in Massa-Carrara, the same ones every time.

Every name ends in "(esempio)". The competences are those of the real taxonomy, the comuni are real places.
"""

import random
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from stdnum import luhn

from matchmaking.consortia import memberships, partnerships
from matchmaking.matching import match_lists
from matchmaking.models import Opportunity, PartnershipRule, Requirement
from members.models import (
    Adhesion,
    Competence,
    EconomicActivity,
    Facility,
    FinancierTerms,
    FirmDetails,
    LegalForm,
    Municipality,
    Need,
    Network,
    Offer,
    Organization,
    Province,
    Representative,
    User,
)
from members.reference.loaders import CHIEF_TOWNS, load_taxonomy, load_usual_legal_forms
from news.models import Announcement, Subscription
from news.newsletters import segments
from news.parsers import rich_text

from . import desk, meetings, requests, year
from .details import ACTIVITIES, CERTIFICATIONS, FACILITIES, SECTOR_ACTIVITIES, SHADOWS, TERMS
from .places import PROVINCES, municipalities
from .stories import (
    ANNOUNCEMENTS,
    CONDITIONS,
    CONSORTIUM,
    EVENTS,
    OPPORTUNITIES,
    SECTORS,
    SIGNS,
    TOGETHER,
)

PASSWORD = "gate40-demo"
FIRMS, RESEARCH_CENTERS, FINANCIERS = 112, 22, 6
HOME_FIRMS = 4  # as in the real district: four firms of Massa-Carrara
ELSEWHERE = sorted(set(PROVINCES) - {"MS"})
PARTNER = -1  # of the Consorzio: speaks for no organization
LOGINS = {  # e-mail: who, which organization they speak for (by place in the district), what the login shows
    "impresa@demo.example": ("Gina Prova", 0, "impresa di Carrara"),
    "centro@demo.example": ("Rino Prova", FIRMS, "centro di ricerca"),
    "finanza@demo.example": ("Fina Prova", FIRMS + RESEARCH_CENTERS, "operatore finanziario"),
    "consorzio@demo.example": ("Cora Prova", None, "personale del Consorzio"),
    "redazione@demo.example": ("Dina Prova", None, "chi scrive per il Consorzio"),
    "socio@demo.example": ("Lina Prova", PARTNER, "socio del Consorzio, sola lettura"),
}


def exists() -> bool:
    return User.objects.filter(email="consorzio@demo.example").exists()


@transaction.atomic
def build() -> None:
    """Make the whole demo: taxonomy, places, organizations, people, opportunities, announcements, matches."""
    load_taxonomy()
    load_usual_legal_forms()
    chance = random.Random(40)
    organizations = _organizations(chance, _places())
    _details(random.Random(41), organizations)
    _shadows()
    _claims(chance, organizations)
    _adhesions(chance, organizations)
    _people(organizations)
    _opportunities()
    _announcements()
    year.open_experiment()
    requests.build(
        organizations[0], organizations[1], organizations[FIRMS], organizations[FIRMS + RESEARCH_CENTERS], _person_of
    )
    segments.make_ready()
    desk.fill()
    match_lists.rebuild()
    _consortium(organizations)
    people = {person.email: person for person in User.objects.filter(email__in=LOGINS)}
    meetings.build(organizations[0], *organizations[FIRMS : FIRMS + 2], people)


def _places():
    """Province code → its municipalities."""
    for code, name in PROVINCES.items():
        latitude, longitude = CHIEF_TOWNS[code]
        Province.objects.get_or_create(
            code=code, defaults={"name": name, "region": "Toscana", "latitude": latitude, "longitude": longitude}
        )
    known = {(found.name, found.province_id) for found in Municipality.objects.all()}
    Municipality.objects.bulk_create(
        Municipality(name=name, province_id=code)
        for code in PROVINCES
        for name in municipalities(code)
        if (name, code) not in known
    )
    return {code: list(Municipality.objects.in_province(code)) for code in PROVINCES}


def _organizations(chance, places):
    kinds = ["firm"] * FIRMS + ["research_center"] * RESEARCH_CENTERS + ["financier"] * FINANCIERS
    signs = [f"{sign} {number}" if number else sign for number in ("", "Due", "Tre") for sign in SIGNS]
    organizations = [
        _organization(chance, kind, signs[index], _where(chance, places, index)) for index, kind in enumerate(kinds)
    ]
    return Organization.objects.bulk_create(organizations)


def _where(chance, places, index):
    """The first firms are at home, the first in Carrara, the next in Massa; everybody else is elsewhere in Toscana."""
    if index < HOME_FIRMS:
        name = ("Carrara", "Massa", "Carrara", "Aulla")[index]
        return next(place for place in places["MS"] if place.name == name)
    return chance.choice(places[chance.choice(ELSEWHERE)])


def _organization(chance, kind, sign, place):
    sector = _sector(chance, kind, place)
    name = f"{sector['title']} {sign} (esempio)"
    return Organization(
        kind=kind,
        name=name,
        slug=slugify(name.removesuffix("(esempio)")),
        status=Organization.Status.PUBLISHED,
        municipality=place,
        description=f"{sector['text']} Sede a {place.name}. Organizzazione inventata, per la dimostrazione.",
        reviewed_on=timezone.localdate() - timedelta(days=chance.randrange(0, 300)),
    )


def _sector(chance, kind, place):
    if place.name == "Carrara" and kind == "firm":
        return SECTORS["firm"][0]
    return chance.choice(SECTORS[kind])


def _details(chance, organizations):
    """What each kind says of itself: size and ATECO code, laboratories, tickets."""
    codes = {
        code: EconomicActivity.objects.get_or_create(code=code, defaults={"title_it": title, "level": 3})[0]
        for code, title in ACTIVITIES.items()
    }
    for index, organization in enumerate(organizations):
        {"firm": _firm, "research_center": _center, "financier": _financier}[organization.kind](
            chance, organization, index, codes
        )
    Organization.objects.bulk_update(
        organizations, ["size_class", "workers", "legal_form", "founded_on", "vat_number", "is_visible_to_financiers"]
    )


def _firm(chance, organization, index, codes):
    organization.workers = chance.choice([4, 7, 9, 12, 18, 26, 35, 48, 60, 110, 240, 320])
    organization.size_class = size_class(organization.workers)
    organization.legal_form = LegalForm.objects.get(code=chance.choice(["1.3.10", "1.3.20", "1.3.20", "1.2.20"]))
    organization.founded_on = date(chance.randrange(1948, 2024), chance.randrange(1, 13), 1)
    organization.vat_number = vat_number(index)
    organization.is_visible_to_financiers = chance.random() < 0.6
    details = FirmDetails.objects.create(
        organization=organization,
        plants=1 + organization.workers // 90,
        certifications="\n".join(chance.sample(CERTIFICATIONS, chance.randint(0, 2))),
        stage=chance.choice(["start", "growth", "growth", "mature", "mature", "relaunch"]),
        capital_sought=chance.choice([None, None, 150_000, 400_000, 1_200_000]),
    )
    sector = next(sector for sector in SECTOR_ACTIVITIES if organization.name.startswith(sector))
    details.activities.add(codes[SECTOR_ACTIVITIES[sector]])


def _center(chance, organization, index, codes):
    organization.workers = chance.choice([8, 15, 30, 45])
    sector = next(sector for sector in FACILITIES if organization.name.startswith(sector))
    Facility.objects.bulk_create(
        Facility(
            organization=organization,
            kind=kind,
            name=name,
            competence=Competence.objects.get(code=code),
            availability=chance.choice(["Su prenotazione", "Due giorni al mese", "Con un nostro tecnico"]),
            is_open_to_third_parties=chance.random() < 0.7,
        )
        for kind, name, code in FACILITIES[sector]
    )


def _financier(chance, organization, index, codes):
    sector = next(sector for sector in TERMS if organization.name.startswith(sector))
    instruments, stages, tickets, excluded = TERMS[sector]
    least, most = chance.choice(tickets)
    terms = FinancierTerms.objects.create(
        organization=organization,
        instruments=instruments,
        stages=stages,
        ticket_min=least,
        ticket_max=most,
        regions=["Toscana"],
    )
    terms.sectors.set(
        Competence.objects.branches().filter(code__in=chance.sample(["PRD", "ADD", "ROB", "DIG", "SOS"], 3))
    )
    terms.excluded_activities.set(codes[code] for code in excluded)


def size_class(workers):
    return next((size for size, below in (("micro", 10), ("small", 50), ("medium", 250)) if workers < below), "large")


def vat_number(index) -> str:
    """A partita IVA with a right last digit, made up: no firm stands behind it."""
    stem = f"{9_900_000 + index:07d}045"
    return stem + luhn.calc_check_digit(stem)


def _shadows():
    """Three firms of Massa-Carrara that staff loaded and nobody has claimed yet."""
    for index, (name, town, description) in enumerate(SHADOWS):
        Organization.objects.create(
            kind="firm",
            name=name,
            slug=slugify(name.removesuffix("(esempio)")),
            status=Organization.Status.SHADOW,
            municipality=Municipality.objects.get(name=town, province_id="MS"),
            vat_number=vat_number(1000 + index),
            description=description,
            workers=12 + index,
            size_class="small",
        )


def _claims(chance, organizations):
    """Offers inside one's own sector, needs in the branches that complete it."""
    leaves = list(Competence.objects.selectable())
    sectors = {sector["title"]: sector for kind in SECTORS.values() for sector in kind}
    offers, needs = [], []
    for organization in organizations:
        sector = next(sectors[title] for title in sectors if organization.name.startswith(title))
        most = 6 if organization.kind == "firm" else 10
        own = _pick(chance, [leaf for leaf in leaves if leaf.code.startswith(tuple(sector["offers"]))], most - 2, most)
        wished = [leaf for leaf in leaves if leaf.code.startswith(tuple(sector["needs"])) and leaf not in own]
        offers += [_offer(chance, organization, leaf) for leaf in own]
        needs += [_need(chance, organization, leaf) for leaf in _pick(chance, wished, 2, 4)]
    Offer.objects.bulk_create(offers)
    Need.objects.bulk_create(needs)


def _pick(chance, leaves, least, most):
    return chance.sample(leaves, min(len(leaves), chance.randint(least, most)))


def _offer(chance, organization, leaf):
    return Offer(
        organization=organization, competence=leaf, level=chance.randint(2, 5), trl=chance.choice([None, 5, 6, 7, 8, 9])
    )


def _need(chance, organization, leaf):
    return Need(
        organization=organization,
        competence=leaf,
        priority=chance.randint(1, 3),
        trl=chance.choice([None, None, 5, 7]),
        is_blind=chance.random() < 0.1,
    )


def _adhesions(chance, organizations):
    gate = Network.objects.get_or_create(slug="gate-4-0", defaults={"name": "Gate 4.0"})[0]
    Network.objects.get_or_create(slug="marmo", defaults={"name": "Marmo e pietre ornamentali"})
    joined = timezone.localdate() - timedelta(days=400)
    Adhesion.objects.bulk_create(
        Adhesion(
            organization=organization,
            network=gate,
            state=Adhesion.State.MEMBER,
            since=joined + timedelta(days=chance.randrange(300)),
        )
        for organization in organizations
    )


def _people(organizations):
    password = make_password(PASSWORD)
    for email, (name, place, _label) in LOGINS.items():
        user = _person(email, name, password, is_staff=place is None, is_superuser=email.startswith("consorzio@"))
        if place == PARTNER:
            year.make_partner(user)
        elif place is not None:
            Representative.objects.create(user=user, organization=organizations[place], role=Representative.Role.OWNER)
    now = timezone.now()
    for organization in organizations[:HOME_FIRMS]:
        email = f"posta@{organization.slug}.example"
        _person_of(organization).emailaddress_set.create(email=email, verified=True)  # a digest goes to its people
        for purpose in (Subscription.Purpose.DIGEST, Subscription.Purpose.NEWSLETTER):
            Subscription.objects.create(organization=organization, email=email, purpose=purpose, confirmed_at=now)


def _person(email, name, password, **powers):
    user = User.objects.create(email=email, full_name=name, password=password, **powers)
    user.emailaddress_set.create(email=email, verified=True, primary=True)
    return user


def _person_of(organization):
    """Somebody who speaks for the organization: a demo login, or a person made for it."""
    if found := Representative.objects.filter(organization=organization).select_related("user").first():
        return found.user
    user = _person(f"referente@{organization.slug}.example", "Persona di esempio", make_password(None))
    Representative.objects.create(user=user, organization=organization, role=Representative.Role.OWNER)
    return user


def _opportunities():
    now, today = timezone.now(), timezone.localdate()
    competences = {found.code: found for found in Competence.objects.all()}
    for kind, title, issuer, days, text, codes in OPPORTUNITIES:
        opportunity = Opportunity.objects.create(
            kind=kind,
            status=Opportunity.Status.PUBLISHED,
            published_at=now,
            title=title,
            slug=slugify(title)[:120],
            issuer=issuer,
            deadline=today + timedelta(days=days),
            text=f"{text}\n\n{TOGETHER}",
            **_conditions(title),
            **_moment(title, today),
        )
        PartnershipRule.objects.bulk_create(
            PartnershipRule(opportunity=opportunity, kind=rule, value=value, any_of=any_of)
            for rule, value, any_of in CONDITIONS.get(title, ({}, [], []))[2]
        )
        Requirement.objects.bulk_create(
            Requirement(opportunity=opportunity, competence=competences[code], weight=weight)
            for code, weight in codes.items()
        )


def _conditions(title):
    fields, rules, _partnership = CONDITIONS.get(title, ({}, [], []))
    return {**fields, "rules": rules}


def _moment(title, today):
    """When and where an event takes place, and how many may come."""
    if title not in EVENTS:
        return {}
    days, hour, hours, place, places = EVENTS[title]
    starts_at = timezone.make_aware(datetime.combine(today + timedelta(days=days), time(hour)))
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=hours), "place": place, "capacity": places}


def _consortium(organizations):
    """The smallest team for a call, led by the first firm: two have accepted, the others are still to answer.

    The research centre that can sign in is among those invited.
    """
    title, name, note = CONSORTIUM
    lead, center = organizations[0], organizations[FIRMS]
    call = partnerships.Call(Opportunity.objects.get(title=title))
    [own] = partnerships.partners(call, [lead])
    team = partnerships.plan(call, own, partnerships.everybody(call, lead)).team
    partners = list(dict.fromkeys([*(each.organization for each in team.partners[1:]), center]))
    made = memberships.create_partnership(call.opportunity, lead, partners, None, name=name, cost=400_000)
    for membership in made.memberships.exclude(organization=center)[:2]:
        memberships.accept_membership(membership, None)
    memberships.write_note(made, lead, None, note, timezone.localdate() + timedelta(days=10))


def _announcements():
    now = timezone.now()
    for days, (title, body) in enumerate(ANNOUNCEMENTS):
        Announcement.objects.create(
            title=title,
            slug=slugify(title),
            body=rich_text.paragraphs(body),
            state=Announcement.State.PUBLISHED,
            published_at=now - timedelta(days=days * 3),
        )


def logins() -> list[tuple[str, str, str]]:
    """(e-mail, password, what it shows) of the demo logins; nothing where there is no demo."""
    if not settings.IS_DEMO:
        return []
    return [(email, PASSWORD, label) for email, (_name, _place, label) in LOGINS.items()]
