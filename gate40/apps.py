from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class Gate40Config(AppConfig):
    name = "gate40"
    verbose_name = "Gate 4.0"

    def ready(self):
        from . import celery, checks, staff  # noqa: F401 - tasks find their broker, checks are registered
        from .doors import powers, sign_ins  # noqa: F401 - their receivers hear of every sign-in and every power
        from .observatory import tasks  # noqa: F401 - bells know their task in every process

        # Django sends this signal only for apps with models: the members' will do.
        members = apps.get_app_config("members")
        post_migrate.connect(staff.make_groups, sender=members, dispatch_uid="groups of the staff")
