"""The staff's one list of what waits, from every app, the oldest first."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

import matchmaking.waiting
import members.waiting
import news.waiting
from members.guards import staff_required

SHOWN = 100


@dataclass(frozen=True)
class Task:
    """One thing that waits, since a moment."""

    since: datetime
    kind: str
    title: str
    url: str


def heaps(user) -> list[members.waiting.Heap]:
    """What waits for this person's hands, kind by kind."""
    found = members.waiting.heaps() + matchmaking.waiting.heaps() + news.waiting.heaps()
    return [heap for heap in found if heap.is_work_of(user)]


def oldest_first(heaps) -> list[Task]:
    tasks = [Task(since, heap.label, str(row), heap.url_of(row)) for heap in heaps for since, row in heap.rows]
    return sorted(tasks, key=lambda task: (task.since, task.kind, task.title))[:SHOWN]


@staff_required("worklist")
def page(request):
    found = heaps(request.user)
    context = {"title": _("Da fare"), "heaps": found, "tasks": oldest_first(found), "shown": SHOWN}
    return TemplateResponse(request, "admin/work_list.html", {**admin.site.each_context(request), **context})
