"""A few requests of the invented district, in different states: with answers, blind, for money."""

from datetime import timedelta

from django.utils import timezone

from matchmaking.models import CollaborationRequest, Invitation, RequestedCompetence
from matchmaking.requests import invitations, recipients, requests
from members.models import Organization

OPEN = {
    "title": "Vedere le fratture di un blocco prima del taglio (esempio)",
    "text": "Perdiamo una lastra su otto per fratture che si vedono solo dopo il taglio. Cerchiamo un metodo.",
    "expected": "Una prova su dieci blocchi nostri, e una stima del costo per blocco.",
    "trl_min": 5,
    "trl_max": 8,
    "ip": CollaborationRequest.Ip.JOINT,
}
BLIND = {
    "title": "Sostituire un processo che non regge più i volumi (esempio)",
    "text": "Il processo attuale regge metà dei pezzi che ci chiedono. Cerchiamo chi lo ripensi con noi.",
    "expected": "Un sopralluogo e una proposta.",
    "ip": CollaborationRequest.Ip.TO_AGREE,
    "is_blind": True,
}
MONEY = {
    "kind": CollaborationRequest.Kind.FINANCING,
    "title": "Finanziare una seconda linea di taglio (esempio)",
    "text": "La prima linea lavora su tre turni; gli ordini coprono quattordici mesi.",
}
DRAFT = {"title": "Misurare la planarità in linea (esempio)", "text": "Da completare."}
ANSWER = {
    "brings": "Una campagna di misura con i nostri strumenti, e un tecnico.",
    "needs": "Accesso al piazzale per due giorni.",
    "effort": "15 giornate in due mesi",
    "ip": CollaborationRequest.Ip.JOINT,
}


def build(firm, other_firm, center, financier, person_of) -> None:
    """`person_of(organization)` gives somebody who speaks for it, made when there is nobody."""
    wanted = center.offers.order_by("-level", "competence__code").first().competence
    _draft(firm, person_of(firm), DRAFT, wanted)
    _answered(firm, center, wanted, person_of)
    blind = _draft(other_firm, person_of(other_firm), BLIND, wanted)
    requests.send_request(blind, person_of(other_firm), [center])
    _for_money(financier, person_of)


def _draft(organization, author, values, wanted=None):
    closes_on = timezone.localdate() + timedelta(days=45)
    made = CollaborationRequest.objects.create(organization=organization, author=author, closes_on=closes_on, **values)
    if wanted:
        RequestedCompetence.objects.create(request=made, competence=wanted, weight=3)
    return made


def _answered(firm, center, wanted, person_of):
    """Sent nine days ago: one has accepted, one has declined and names another, the demo centre has not answered."""
    request = _draft(firm, person_of(firm), OPEN, wanted)
    others = [fit.organization for fit in recipients.best(request) if fit.organization not in (firm, center)][:3]
    made = {each.organization: each for each in requests.send_request(request, person_of(firm), [center, *others[:2]])}
    _accept(made, others[:1], person_of)
    for organization in others[1:2]:
        named = others[2] if len(others) > 2 else None
        invitations.decline_invitation(
            made[organization], person_of(organization), "capacity", "Fino a marzo siamo pieni.", named
        )
    ago = timezone.now() - timedelta(days=9)
    Invitation.objects.filter(request=request).update(sent_at=ago)
    CollaborationRequest.objects.filter(pk=request.pk).update(opened_at=ago, created_at=ago)


def _accept(made, organizations, person_of):
    for organization in organizations:
        person = person_of(organization)
        invitations.take_invitation(made[organization], person)
        invitations.accept_invitation(made[organization], person, **ANSWER)


def _for_money(financier, person_of):
    """A firm that agrees to be seen, inside the limits of the demo financier."""
    firms = Organization.objects.published().of_kind(Organization.Kind.FIRM).visible_to_financiers().order_by("pk")
    terms = financier.terms
    amount = {"amount": terms.ticket_min or 200_000, "instrument": terms.instruments[0], "stage": terms.stages[0]}
    for firm in firms[:20]:
        request = _draft(firm, person_of(firm), MONEY | amount)
        if recipients.admitted(request).filter(pk=financier.pk).exists():
            requests.send_request(request, person_of(firm), [financier])
            return
        request.delete()
