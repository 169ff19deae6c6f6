"""A use case that rings names its task as text: the task calls the use case, and an import would go in a circle."""

from celery import current_app


def ring_after_commit(task: str, *args) -> None:
    """Tell a worker when the transaction is through. `task` is a registered name: else NotRegistered is raised."""
    current_app.tasks[task].delay_on_commit(*args)
