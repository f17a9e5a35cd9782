"""The rows that two or more apps share."""

from core.models.audit import AuditEntry
from core.models.base import Owned, Row
from core.models.jobs import Job
from core.models.needs import Need
from core.models.segments import Segment
from core.models.tokens import ApiToken
from core.models.users import Team, User

__all__ = ["ApiToken", "AuditEntry", "Job", "Need", "Owned", "Row", "Segment", "Team", "User"]
