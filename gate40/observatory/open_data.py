"""What anybody may read and use: the figures of the last approved report, and their description in DCAT-AP_IT.

Only what an assembly has approved is here, not what was merely closed: figures that moved from day to day could be
subtracted from one another.
"""

from django.conf import settings
from django.urls import reverse

from members.rules import texts

from .models import Snapshot

THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatapit": "http://dati.gov.it/onto/dcatapit#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "owl": "http://www.w3.org/2002/07/owl#",
}
DATASETS = {
    "imbuto": (
        "Sperimentazione del portale: imprese per tappa",
        "Quante imprese della provincia hanno raggiunto ciascuna tappa, all'inizio e alla fine della sperimentazione.",
    ),
    "divari": (
        "Competenze richieste e presenti nella provincia",
        "Per ogni competenza richiesta: quanti la cercano, quanti bandi e ricerche la chiedono, e se qui c'è.",
    ),
}


def latest() -> Snapshot | None:
    approved = Snapshot.objects.filter(approval__isnull=False).select_related("experiment", "approval")
    return approved.order_by("-approval__at").first()


def rows(name: str, report: dict) -> list[dict]:
    return {"imbuto": _funnel, "divari": _gaps}[name](report)


def _funnel(report):
    days = report["funnel"]["days"]
    return [
        {"data": day, "tappa": row["key"], "nome": row["label"], "imprese": count}
        for row in report["funnel"]["rows"]
        for day, count in zip(days, row["counts"], strict=True)
    ]


def _gaps(report):
    return [
        {
            "data": report["day"],
            "codice": row["code"],
            "competenza": row["name"],
            "stato": report["gaps"]["words"][row["status"]],
            "divario": row["is_gap"],
            "bisogni_in_provincia": row["needs_home"],
            "bisogni_altrove": row["needs_elsewhere"],
            "bandi_aperti": row["calls"],
            "richieste": row["requests"],
            "ricerche_senza_risposta": row["searches"],
        }
        for row in report["gaps"]["leaves"]
    ]


def as_csv(found: list[dict]) -> str:
    """A hidden cell is empty."""
    return texts.as_csv([list(found[0]), *(row.values() for row in found)]) if found else ""


# The description ------------------------------------------------------------------------------------------------------
def catalogue(snapshot: Snapshot | None) -> dict:
    """A catalogue of DCAT-AP_IT as JSON-LD, with a dataset for each table once there is a report."""
    here = _url("observatory:open_data")
    modified = _day(snapshot.approval.at if snapshot else None)
    holder = _agent()
    node = {
        "@id": f"{here}#catalogo",
        "@type": ["dcatapit:Catalog", "dcat:Catalog"],
        "dct:title": _it(f"Dati aperti di {settings.PORTAL['brand']}"),
        "dct:description": _it(
            "Aggregati delle sperimentazioni approvate. Le celle con meno di tre imprese non ci sono."
        ),
        "dct:publisher": {"@id": holder["@id"]},
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/ITA"},
        "dcat:themeTaxonomy": {"@id": THEMES.rstrip("/")},
        "foaf:homepage": {"@id": here},
        **modified,
        "dcat:dataset": [{"@id": _dataset_id(name)} for name in DATASETS] if snapshot else [],
    }
    graph = [node, holder]
    for name in DATASETS if snapshot else []:
        graph += [_dataset(name, snapshot, holder), *_distributions(name, snapshot)]
    return {"@context": CONTEXT, "@graph": graph + ([_licence()] if snapshot else [])}


def _agent():
    code = settings.PORTAL["institution_code"]
    return {
        "@id": f"{_url('observatory:open_data')}#titolare",
        "@type": ["dcatapit:Agent", "foaf:Agent"],
        "dct:identifier": code,
        "foaf:name": _it(settings.PORTAL["institution"]),
    }


def _dataset(name, snapshot, holder):
    title, description = DATASETS[name]
    return {
        "@id": _dataset_id(name),
        "@type": ["dcatapit:Dataset", "dcat:Dataset"],
        "dct:identifier": f"{settings.PORTAL['institution_code']}:{name}",
        "dct:title": _it(title),
        "dct:description": _it(description),
        "dcat:theme": [{"@id": f"{THEMES}ECON"}, {"@id": f"{THEMES}TECH"}],
        "dct:rightsHolder": {"@id": holder["@id"]},
        "dct:publisher": {"@id": holder["@id"]},
        "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/ANNUAL"},
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/ITA"},
        "dcat:contactPoint": {
            "@type": ["dcatapit:Organization", "vcard:Organization"],
            "vcard:fn": settings.PORTAL["institution"],
            "vcard:hasEmail": {"@id": f"mailto:{settings.PORTAL['contact_email']}"},
        },
        **_day(snapshot.approval.at),
        "dcat:distribution": [{"@id": f"{_dataset_id(name)}-{kind}"} for kind in ("csv", "json")],
    }


def _distributions(name, snapshot):
    for kind in ("csv", "json"):
        url = _url("observatory:open_data_file", f"{name}.{kind}")
        yield {
            "@id": f"{_dataset_id(name)}-{kind}",
            "@type": ["dcatapit:Distribution", "dcat:Distribution"],
            "dct:title": _it(f"{DATASETS[name][0]} ({kind.upper()})"),
            "dct:format": {"@id": f"{FILE_TYPES}{kind.upper()}"},
            "dct:license": {"@id": LICENCE},
            "dcat:accessURL": {"@id": _url("observatory:open_data")},
            "dcat:downloadURL": {"@id": url},
            **_day(snapshot.approval.at),
        }


def _licence():
    return {
        "@id": LICENCE,
        "@type": ["dcatapit:LicenseDocument", "dct:LicenseDocument"],
        "dct:type": {"@id": "http://purl.org/adms/licencetype/Attribution"},
        "foaf:name": _it("Creative Commons Attribuzione 4.0 Internazionale (CC BY 4.0)"),
        "owl:versionInfo": "4.0",
    }


def _day(moment):
    return {"dct:modified": {"@type": "xsd:date", "@value": moment.date().isoformat()}} if moment else {}


def _it(text):
    return {"@language": "it", "@value": text}


def _dataset_id(name):
    return f"{_url('observatory:open_data')}#{name}"


def _url(name, *args):
    return settings.PORTAL_BASE_URL + reverse(name, args=args)
