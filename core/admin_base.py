"""What all pages of the admin share: rights from the one table of core.scoping, and an audit entry for every change."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from core.models import User
from core.scoping import may
from core.services import audit


def sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The admin has no door of its own: the application's sign-in, with its second factor and its lock."""
    if request.user.is_authenticated:
        raise PermissionDenied(_("Only admins may enter the admin. Ask one of them for what you need."))
    return redirect_to_login(request.GET.get("next") or request.get_full_path())


def sign_out(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Sign out of the application as a whole."""
    if request.method == "POST":
        logout(request)
    return redirect("account_login")


class HouseAdmin(ModelAdmin):
    """Rows of the house: who may edit the noun group may do everything with them that the class allows."""

    group = "house"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may edit the group."""
        return isinstance(request.user, User) and may(request.user, self.group, "edit")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may edit the group; the others have the pages of the application."""
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may edit the group."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may edit the group."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may edit the group."""
        return self.has_module_permission(request)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        """Save, and write down what changed; a password is never written down."""
        names = [name for name in form.changed_data if "password" not in name]
        before = {name: form.initial.get(name) for name in names} if change else {}
        super().save_model(request, obj, form, change)
        after = {name: form.cleaned_data.get(name) for name in names}
        audit.record("change" if change else "add", obj, by=_person(request), before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Write down, then delete."""
        audit.record("delete", obj, by=_person(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete one by one, so that each is written down."""
        for obj in queryset:
            self.delete_model(request, obj)


class ReadOnlyAdmin(HouseAdmin):
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
