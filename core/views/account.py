"""The account page: one's own name, language, time zone, theme, and API tokens."""

from __future__ import annotations

from copy import copy

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from core.forms import ProfileForm, TokenForm
from core.models import ApiToken, User
from core.services import profile, tokens


def back(request: HttpRequest) -> HttpResponse:
    """Return to where the form stood; never to another site."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    return redirect(target)


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show and change one's own settings."""
    form = ProfileForm(request.POST or None, instance=copy(request.user))
    if request.method == "POST" and form.is_valid():
        profile.change(request.user, **form.cleaned_data)
        with override(request.user.language or None):
            messages.success(request, _("Your settings are kept."))
        return redirect("account")
    return _page(request, form, TokenForm())


def _page(request: HttpRequest, form: ProfileForm, token_form: TokenForm, secret: str = "") -> HttpResponse:
    live = request.user.api_tokens.filter(revoked_at=None)
    return render(
        request, "core/account.html", {"form": form, "token_form": token_form, "tokens": live, "secret": secret}
    )


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark; `toggle` is what the button sends without a script."""
    wanted = request.POST.get("theme", "")
    if wanted == "toggle":
        wanted = profile.other_theme(request.user)
    if wanted not in User.Theme.values:
        return HttpResponseBadRequest(_("There is no such theme."), content_type="text/plain; charset=utf-8")
    profile.change(request.user, theme=wanted)
    return (
        HttpResponse(status=204)
        if request.accepts("application/json") and not request.accepts("text/html")
        else back(request)
    )


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language, for a person or, before they sign in, for this browser."""
    wanted = request.POST.get("language", "")
    if not profile.is_language(wanted):
        return HttpResponseBadRequest(_("There is no such language."), content_type="text/plain; charset=utf-8")
    if request.user.is_authenticated:
        profile.change(request.user, language=wanted)
    response = back(request)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=31_536_000,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


@login_required
@require_POST
def token_new(request: HttpRequest) -> HttpResponse:
    """Make an API token and show its secret, this once."""
    form = TokenForm(request.POST)
    profile_form = ProfileForm(instance=request.user)
    if not form.is_valid():
        return _page(request, profile_form, form)
    _token, secret = tokens.make(
        request.user, form.cleaned_data["name"], read_only=form.cleaned_data["read_only"], expires_at=form.expires_at
    )
    return _page(request, profile_form, TokenForm(), secret)


@login_required
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of one's own tokens."""
    token = get_object_or_404(ApiToken, pk=pk, user=request.user, revoked_at=None)
    tokens.revoke(token, by=request.user)
    messages.success(request, _("The token “%(name)s” no longer works.") % {"name": token.name})
    return redirect("account")
