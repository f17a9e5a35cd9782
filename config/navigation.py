"""The entries of the sidebar, the palette and the page "More", in their order."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# (group, URL name, label, icon, first part of the addresses it stands for, key after "g", for whom: everyone, marketing, staff, samples)
NAVIGATION = [
    ("main", "day", _("My day"), "sun", "", "d", "everyone"),
    ("main", "leads", _("Leads"), "list-details", "leads", "l", "everyone"),
    ("main", "radar", _("Requirements"), "quote", "requirements", "r", "everyone"),
    ("main", "contacts", _("Contacts"), "users", "contacts", "", "everyone"),
    ("main", "companies", _("Companies"), "building", "companies", "", "everyone"),
    ("main", "pitches", _("Pitches"), "writing", "pitches", "p", "everyone"),
    ("main", "claims", _("Claims"), "shield-check", "claims", "c", "everyone"),
    ("main", "competitors", _("Competitors"), "swords", "competitors", "", "everyone"),
    ("main", "audiences", _("Audiences"), "target-arrow", "audiences", "", "marketing"),
    ("main", "campaigns", _("Campaigns"), "speakerphone", "campaigns", "m", "marketing"),
    ("below", "outbox", _("Outbox"), "send", "outbox", "o", "everyone"),
    ("below", "jobs", _("Jobs"), "activity", "jobs", "j", "everyone"),
    ("below", "hub", _("Model hub"), "cpu", "hub", "h", "everyone"),
    ("below", "samples", _("Sample data"), "database", "samples", "", "samples"),
    ("below", "admin:index", pgettext_lazy("place", "Admin"), "settings", "admin", "", "staff"),
]
