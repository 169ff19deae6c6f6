"""A small district in the database, and edits of it drawn by chance."""

import random
from datetime import timedelta

from django.utils import timezone

from matchmaking.models import Feedback, Intervention
from members.models import Competence, FinancierTerms, FirmDetails, Need, Offer, Organization
from tests.cast import municipality

CODES = ["QLT.01.01", "QLT.01.02", "QLT.02.01", "DIG.01.03", "PRD.01.04", "PRD.01.01", "ROB.01.01", "APP.01.01"]
KINDS = [Organization.Kind.FIRM] * 4 + [Organization.Kind.RESEARCH_CENTER, Organization.Kind.FINANCIER]


class District:
    """Organizations that change by chance: the same seed gives the same history."""

    def __init__(self, seed: int, organizations: int = 12):
        self.chance, self.number = random.Random(seed), 0
        self.competences = {found.code: found for found in Competence.objects.filter(code__in=CODES)}
        self.places = [municipality("Carrara", "MS"), municipality("Pisa", "PI"), None]
        self.author = None
        for _number in range(organizations):
            self.newcomer()

    def newcomer(self):
        self.number += 1
        kind = self.chance.choice(KINDS)
        organization = Organization.objects.create(
            kind=kind,
            name=f"Impresa {self.number}",
            slug=f"impresa-{self.number}",
            status=self.chance.choice(["published"] * 5 + ["draft"]),
            municipality=self.chance.choice(self.places),
            is_visible_to_financiers=self.chance.random() < 0.6,
            reviewed_on=timezone.localdate() - timedelta(days=self.chance.choice([0, 200, 400])),
        )
        for _claim in range(self.chance.randint(0, 3)):
            self.offer(organization)
            self.need(organization)
        if kind == "firm":
            capital = self.chance.choice([None, 50_000, 900_000])
            FirmDetails.objects.create(organization=organization, capital_sought=capital)
        if kind == "financier":
            FinancierTerms.objects.create(organization=organization, ticket_max=self.chance.choice([None, 100_000]))
        return organization

    def someone(self):
        return self.chance.choice(list(Organization.objects.order_by("pk")))

    def competence(self):
        return self.competences[self.chance.choice(CODES)]

    def offer(self, organization):
        values = {"level": self.chance.randint(1, 5), "trl": self.chance.choice([None, 4, 8])}
        Offer.objects.update_or_create(
            organization=organization, competence=self.competence(), defaults=values | {"is_declared": True}
        )

    def need(self, organization):
        values = {"priority": self.chance.randint(1, 3), "is_blind": self.chance.random() < 0.3}
        Need.objects.update_or_create(organization=organization, competence=self.competence(), defaults=values)

    def drop_claims(self, organization):
        self.chance.choice([organization.offers, organization.needs]).all().delete()

    def publish_or_not(self, organization):
        organization.status = "draft" if organization.is_published else "published"
        organization.save()

    def move(self, organization):
        organization.municipality = self.chance.choice(self.places)
        organization.save()

    def review(self, organization):
        organization.reviewed_on = timezone.localdate() - timedelta(days=self.chance.choice([0, 250, 700]))
        organization.save()

    def consent(self, organization):
        organization.is_visible_to_financiers = not organization.is_visible_to_financiers
        organization.save()

    def seek_capital(self, organization):
        FirmDetails.objects.filter(organization=organization).update(
            capital_sought=self.chance.choice([None, 90_000, 110_000])
        )

    def answer(self, organization):
        partner = self.someone()
        if partner != organization:
            verdict = self.chance.choice(Feedback.Verdict.values)
            Feedback.objects.update_or_create(seeker=organization, partner=partner, defaults={"verdict": verdict})

    def intervene(self, organization):
        seeker = self.chance.choice([None, self.someone()])
        if seeker != organization:
            kind = self.chance.choice(Intervention.Kind.values)
            Intervention.objects.update_or_create(
                partner=organization, seeker=seeker, defaults={"kind": kind, "reason": "prova"}
            )

    def stop_intervening(self, organization):
        Intervention.objects.filter(partner=organization).delete()

    def edit(self):
        """One change of one organization, at times of a whole other kind than the one before."""
        often = [self.offer, self.need] * 3
        rarely = [self.drop_claims, self.publish_or_not, self.move, self.review, self.consent, self.seek_capital]
        rarely += [self.answer, self.intervene, self.stop_intervening, Organization.delete]
        organization = self.someone()
        change = self.chance.choice([*often, *rarely, None])
        change(organization) if change else self.newcomer()
