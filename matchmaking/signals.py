"""News from the opportunities, heard by the apps above."""

from django.dispatch import Signal

from members import facts

# Sent after commit, when a published opportunity really closes on another day. Arguments: opportunity_id, before, after
# (dates or None).
deadline_moved = Signal()

# Sent after commit, when somebody who waited for an event has got a place. Arguments: registration_id.
place_found = Signal()

# Sent after commit, when an organization is invited to a partnership. Arguments: membership_id.
partner_invited = Signal()

# Sent after commit, when an invited organization has accepted or declined, or a partner has left. Arguments:
# membership_id, state.
partner_answered = Signal()
# Sent after commit, when a request leaves the hands of whoever wrote it. Arguments: request_id.
request_sent = Signal()

# Sent after commit, once for each state that an invitation comes to; a new one comes from "". Arguments: invitation_id,
# before, after (values of Invitation.State), by_id (a user, or None for the clock).
invitation_moved = Signal()

# Sent after commit, when the term of an answer has run for five working days, and for ten. Arguments: invitation_id.
invitation_reminded = Signal()
invitation_escalated = Signal()

# Sent after commit, when whoever asked blindly lets somebody who accepted know who it is. Arguments: invitation_id.
identity_shown = Signal()

# Sent after commit, when a request gets its broker. Arguments: request_id, broker_id.
broker_named = Signal()

# Sent after commit, once for each room. Arguments: room_id.
room_opened = Signal()

# Sent after commit, for the first of the lines that one side writes in a row. Arguments: message_id.
message_written = Signal()

# Sent after commit, when a broker asks two organizations, and for each answer. Arguments: introduction_id, and for an
# answer the organization_id.
introduction_made = Signal()
introduction_answered = Signal()

# Sent after commit, for each step of a request for a service. Arguments: step_id.
service_moved = Signal()


def announce(signal, sender, **arguments) -> None:
    """Tell whoever listens, once the change is safely stored; a listener that fails hears it again."""
    facts.note_fact(facts.path_of(signal, globals()), sender, arguments)
