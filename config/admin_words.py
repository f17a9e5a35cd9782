"""Words of the Django admin that neither Django nor unfold translates into Chinese, listed so that our catalogue can: it goes
before those of packages. `tests/core/test_admin_words.py` says when a package has changed or dropped one."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

ADMIN_WORDS = [
    _("Add new item"), _("Add row"), _("All applications"), _("Apply Filters"), _("Click to cancel"),
    _("Click to download"), _("Collapse"), _("Date from"), _("Date to"), _("Expand row"), _("False"), _("General"),
    _("Go back"), _("Loading more results..."), _("Model name"), _("No data"), _("No recent searches"),
    _("No results found"), _("No results matching your query"), _("Object"), _("Recent searches"),
    _("Reset filters"), _("Reset to default"), _("Return to site"), _("Revert"), _("Search apps and models..."),
    _("Select action"), _("Select action to run"), _("Select all rows"), _("Select record"), _("Select value"),
    _("Submit"), _("System"), _("This item will be deleted."), _("Toggle password visibility"), _("True"),
    _("Type to search"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("You have been successfully logged out from the administration"),
    _("After you've created a user, you’ll be able to edit more user options."),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _('Raw passwords are not stored, so there is no way to see this user’s password, but you can change the password using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'),
]  # fmt: skip
