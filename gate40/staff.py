"""The groups of the Consorzio's staff, few permissions each, so that the admin shows everybody only their work; and of
its partners, who read the observatory."""

from django.apps import apps

GROUPS = {
    "Redazione": {
        "news.announcement": "add change delete view",
        "news.newsletter": "add change delete view",
        "news.newsletteritem": "add change delete view",
        "news.segment": "view",
        "matchmaking.opportunity": "add change view",
        "matchmaking.requirement": "add change delete view",
        "matchmaking.partnershiprule": "add change delete view",
        "matchmaking.document": "add change delete view",
        "matchmaking.change": "view",
        "matchmaking.interest": "view",
        "matchmaking.registration": "change view",
        "matchmaking.service": "add change view",
        "matchmaking.servicerequest": "view",
        "members.organization": "view",
        "members.competence": "view",
    },
    "Gestione": {
        "news.announcement": "add change delete view approve",
        "news.newsletter": "add change delete view send",
        "news.newsletteritem": "add change delete view",
        "news.segment": "add change delete view",
        "news.subscription": "view",
        "news.consent": "view",
        "news.suppression": "add change view",
        "news.waking": "view",
        "news.brake": "change view",
        "news.setaside": "delete view",
        "news.delivery": "view",
        "news.campaign": "view",
        "matchmaking.opportunity": "add change delete view",
        "matchmaking.requirement": "add change delete view",
        "matchmaking.partnershiprule": "add change delete view",
        "matchmaking.document": "add change delete view",
        "matchmaking.change": "view",
        "matchmaking.interest": "view",
        "matchmaking.registration": "change view",
        "matchmaking.service": "add change view",
        "matchmaking.servicerequest": "view",
        "matchmaking.collaborationrequest": "change view",
        "matchmaking.match": "view",
        "matchmaking.intervention": "add change delete view",
        "matchmaking.feedback": "view",
        "matchmaking.exclusion": "view",
        "members.organization": "add change view",
        "members.representative": "add change delete view",
        "members.offer": "add change delete view",
        "members.need": "add change delete view",
        "members.firmdetails": "add change delete view",
        "members.facility": "add change delete view",
        "members.financierterms": "add change delete view",
        "members.claim": "change view",
        "members.representativeinvitation": "delete view",
        "members.termproposal": "change view",
        "members.importbatch": "change view",
        "members.export": "view",
        "members.listword": "delete view",
        "members.toldapart": "delete view",
        "members.unmetsearch": "view",
        "members.securityevent": "view",
        "members.crosswalk": "add change delete view",
        "members.legalform": "view",
        "members.economicactivity": "view",
        "members.province": "view",
        "members.adhesion": "add change delete view",
        "members.network": "add change view",
        "members.competence": "add change view",
        "members.alias": "add change delete view",
        "members.complement": "add change delete view",
        "members.municipality": "view",
        "members.user": "view",
        "observatory.experiment": "add change view read close",
        "observatory.baselinenote": "add view",
        "observatory.target": "add view",
        "observatory.amendment": "add view",
        "observatory.approval": "view",
        "observatory.cost": "add change delete view",
        "observatory.snapshot": "view",
    },
    # Region, Comuni, Province, Chamber: no staff, they read reports and aggregates and nothing else.
    "Soci del Consorzio": {"observatory.experiment": "read"},
}


def make_groups(**kwargs):
    """Groups with exactly these permissions; runs after every migration."""
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0)
    known = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, rights in GROUPS.items():
        group, _is_new = Group.objects.get_or_create(name=name)
        group.permissions.set(_permissions(rights, known))


def _permissions(rights, known):
    for model, actions in rights.items():
        app, name = model.split(".")
        yield from (known[app, f"{action}_{name}"] for action in actions.split())
