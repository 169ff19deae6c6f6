"""What happened around accounts and rights in the last ninety days: read, filtered, never written."""

from datetime import timedelta

from django.utils import timezone

from ..readonly import OnlyRead
from ..safety.events import KEPT_DAYS


class SecurityEventAdmin(OnlyRead):
    list_display = ["at", "kind", "user", "address", "about", "request_id"]
    list_filter = ["kind", "at"]
    search_fields = ["user__email", "address", "about", "request_id"]
    list_select_related = ["user"]
    date_hierarchy = "at"
    show_full_result_count = False

    def get_queryset(self, request):
        return super().get_queryset(request).filter(at__gt=timezone.now() - timedelta(days=KEPT_DAYS))
