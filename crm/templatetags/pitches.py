"""Words of the verifier in the reader's language, and the form that asks for a draft."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from crm.forms.pitches import DraftForm
from crm.models import Lead, Pitch

register = template.Library()
_QUOTED = re.compile(r'"[^"]*"(?:, "[^"]*")*')

# What the verifier gives as reasons, each “{}” for what it quotes; named here so that the catalogue has them.
REASONS = (
    _("no claim is cited"), _("no claim speaks of this"), _("says more than the claims: {}"), _("says {}, the claim says {}"),
    _("drops the bound: says {}, the claim says {}"), _("adds a figure that no claim has: {}"), _("names {}, which no claim does"),
    _("{} belongs to something else in the claims; here they say {}"), _("adds a date: {}"), _("adds a time: {}"),
    _("adds a superlative: {}"), _("adds a comparison: {}"), _("adds a cause: {}"), _("adds praise: {}"),
    _("turns the comparison round"), _("turns before and after round"), _("says the reverse of the claim about {}"),
    _("drops the condition {}"), _("drops how it is billed"), _("drops {}"), _("drops the caveat {}"),
    _("promises what the claim only states"), _("says it is planned; no claim speaks of a plan"),
    _("states as fact what the claim calls possible"), _("states as fact an effect that the claim calls possible"),
    _("the claim says it is planned or not there yet"), _("widens the scope: {} where the claim says {}"),
    _("widens the scope: {}"), _("adds {}"), _("the verifier could not judge it"),
    _("the second opinion finds no claim that says this"), _("the second opinion reads a claim otherwise: {}"),
    _("no second opinion: {} did not answer"), _("no second opinion: its answer could not be used"),
    _("no second opinion: it quotes what no claim says"), _("no second opinion: this is too long to be asked about"),
)  # fmt: skip


@register.filter
def verifier_words(reason: str) -> str:
    """Show a reason of the verifier, translated where the catalogue has it, with what it quotes left as it is."""
    quoted = [text.replace('"', "“", 1)[:-1] + "”" for text in _QUOTED.findall(reason)]
    shape = gettext(_QUOTED.sub("{}", reason)) if reason else ""
    if shape.count("{}") != len(quoted):
        return reason
    for text in quoted:
        shape = shape.replace("{}", text.replace('", "', "”, “"), 1)
    return shape


@register.simple_tag(takes_context=True)
def draft_form(context: dict[str, Any], lead: Lead) -> DraftForm:
    """Return the form that asks for a pitch of this lead, set as the latest one was."""
    user = context["request"].user
    like = Pitch.objects.for_user(user).filter(lead=lead).first()
    return DraftForm(lead=lead, user=user, like=like, auto_id="draft-%s")
