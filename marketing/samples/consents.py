"""Who agreed to be written to, in which words, and who did not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from django.utils import timezone

from crm.models import Contact
from marketing.models import Consent, Suppression
from marketing.services import consents, signatures

POLICY = "2026-03"
WORDING = {
    "en": (
        "Yes, Northlight may write to me by mail about its products, at most once a month. "
        "I can end this at any time with the link in every mail."
    ),
    "zh": "我同意 Northlight 通过邮件向我介绍其产品，每月最多一封。我可随时点击邮件中的链接退订。",
}
TAKEN_BACK = {"en": "Please take me off your list.", "zh": "请不要再给我发邮件。"}
NEVER_ASKED, WITHDREW = 9, 17  # every ninth contact was never asked; every seventeenth took it back
BARRED = ((5, Suppression.Reason.BY_HAND), (23, Suppression.Reason.BOUNCED))


def give(contacts: Sequence[Contact]) -> None:
    """Note who agreed, months ago, before the first mail went out; a few took it back, two addresses are suppressed."""
    dice, now = Random(3), timezone.now()  # seeded: the same sample each time
    for number, contact in enumerate(contacts):
        language = "zh" if contact.language.startswith("zh") else "en"
        if number % NEVER_ASKED == NEVER_ASKED - 1:
            continue
        row = consents.give(contact, wording=WORDING[language], policy=POLICY, source="form")
        Consent.objects.filter(pk=row.pk).update(
            at=now - timedelta(days=dice.randint(70, 130), minutes=dice.randint(0, 999))
        )
        if number % WITHDREW == WITHDREW - 1:
            back = consents.withdraw(contact, source="person", wording=TAKEN_BACK[language])
            if back is not None:
                Consent.objects.filter(pk=back.pk).update(at=now - timedelta(days=dice.randint(55, 65)))
    for place, reason in BARRED:
        if place < len(contacts):
            consents.suppress(contacts[place].email, reason)


def forget() -> None:
    """Take away the suppressions of addresses that go with the sample."""
    addresses = Contact.objects.filter(sample=True).exclude(email="").values_list("email", flat=True)
    digests = [digest for address in addresses for digest in signatures.digests(address)]
    Suppression.objects.filter(digest__in=digests).delete()
