"""What the database itself remembers: every row that appears, changes or goes, however it was written.

A trigger keeps it, so that a bulk update or raw SQL is seen as well as a save. Private fields are left out.
"""

import pghistory


def kept(exclude=None):
    """Class decorator: keep the history of the model in a table of its own, without the fields to `exclude`."""
    events = pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
    return pghistory.track(*events, exclude=exclude)
