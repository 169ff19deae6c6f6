"""A district to search: few things, each with words as people really write them."""

from django.utils import timezone

from matchmaking.models import Opportunity
from members.directory import vocabulary
from members.models import Facility, FirmDetails, Organization
from news.models import Announcement
from tests.cast import give, municipality

FIRMS = {
    "Officina Uno": ("Officina.Torneria.Carpenteria leggera, progettazione CAD/CAM e saldatura TIG/MIG.", "PRD.01.01"),
    "F.lli Prova & C. S.n.c.": ("Lavorazione dell'acciaio AISI 316L e dell’alluminio.", "PRD.03.02"),
    "Marmi Due": ("Segheria di marmo/granito: controllo qualità in città.", "PRD.01.04"),
    "Vernici Tre": ("Verniciatura e macchine Industria4.0 per la nautica.", "PRD.05.02"),
    "Dati Quattro": ("Soluzioni di IA per chi produce.", "DIG.01.02"),
    "Giunti Cinque": ("Saldatura certificata per impianti a pressione.", "PRD.04.01"),
}
CALLS = {
    "Bando per la formazione tecnica": "Contributi alle imprese per corsi di saldatura e controllo qualità.",
    "Aiuti per l'efficienza energetica": "Impianti fotovoltaici, acciai, progettazione CAD/CAM e ISO-9001.",
    "Sostegno alle macchine Industria4.0": "Per chi lavora marmo/granito e l’acciaio AISI316.",
}


def build():
    """Everything public, beside one draft of each kind that must never be found; the vocabulary read off it."""
    place = municipality("Carrara", "MS")
    for number, (name, (description, code)) in enumerate(FIRMS.items()):
        firm = _firm(number, name, description, place)
        give(firm, offers={code: 4})
    FirmDetails.objects.create(organization=firm, certifications="UNI EN ISO 9001:2015")
    Facility.objects.create(organization=firm, name="Forno a vuoto", description="Trattamenti fino a 1.200 gradi.")
    hidden = _firm(50, "Nascosta", "Zigrinatura segretissima.", place, status="draft")
    Facility.objects.create(organization=hidden, name="Zigrinatrice")
    _firm(51, "Riservata", "Niente.", place, private_notes="zigrinatura", visibility={"facilities": "members"})
    Facility.objects.create(organization=Organization.objects.get(name="Riservata"), name="Zigrinatrice grande")
    for number, (title, text) in enumerate(CALLS.items()):
        Opportunity.objects.create(kind="call", status="published", title=title, slug=f"bando-{number}", text=text)
    Opportunity.objects.create(kind="call", title="Zigrinatura", slug="bozza", text="zigrinatura", status="draft")
    Opportunity.objects.create(
        kind="event", status="published", title="Giornata dei droni in cava", slug="droni", text="Voli e rilievi.",
        starts_at=timezone.now() + timezone.timedelta(days=9), place="Carrara",
    )  # fmt: skip
    _announcement("Aperto lo sportello del Consorzio", "published")
    _announcement("Zigrinatura in arrivo", "draft")
    vocabulary.refresh_vocabulary()


def _firm(number, name, description, place, **values):
    values = {"status": "published", **values}
    return Organization.objects.create(
        kind="firm", name=name, slug=f"prova-{number}", description=description, municipality=place, **values
    )


def _announcement(title, state):
    Announcement.objects.create(
        title=title, slug=title.lower().replace(" ", "-"), body="<p>Ogni <strong>martedì</strong>.</p>",
        state=state, published_at=timezone.now(),
    )  # fmt: skip
