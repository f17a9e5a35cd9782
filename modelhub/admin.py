"""The hub in the admin: base models, versions, and what serves where. Only who may edit the hub gets in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from core.models import User
from core.scoping import may
from core.services import audit
from modelhub.forms import VersionForm
from modelhub.models import Assignment, BaseModel, ModelVersion
from modelhub.services import engine_words, figures, versions
from modelhub.views import assigning
from modelhub.views import assignment_history as histories


class HubAdmin(ModelAdmin):
    """Rights come from the one table of core.scoping, not from Django's permission rows."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may edit the hub."""
        return isinstance(request.user, User) and may(request.user, "hub", "edit")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may edit the hub; the others have the hub's own pages."""
        return self.has_module_permission(request)

    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may edit the hub."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here: predictions and pitches name their versions. A version is retired."""
        return False


@admin.register(BaseModel)
class BaseModelAdmin(HubAdmin):
    """Pretrained models the versions were made from."""

    list_display = ("name", "kind", "licence", "millions", "source")
    search_fields = ("name", "key")
    readonly_fields = ("sha256", "parameters")

    @display(description=gettext_lazy("parameters"))
    def millions(self, row: BaseModel) -> str:
        """Parameters in millions."""
        return f"{row.parameters / 1e6:.0f} M" if row.parameters else "–"


@admin.register(ModelVersion)
class ModelVersionAdmin(HubAdmin):
    """Versions: add a folder, an adapter or a server; check again; retire."""

    form = VersionForm
    list_display = ("name", "task", "engine", "base", "shown_state", "measured", "agreed", "serves")
    list_filter = ("task", "engine", "state")
    list_select_related = ("base",)
    search_fields = ("name", "key")
    prepopulated_fields = {"key": ("name",)}
    readonly_fields = ("shown_state", "measured", "agreed")
    actions = ["check_again", "retire"]
    fieldsets = (
        (None, {"fields": ("name", "key", ("task", "engine"), "base", "card")}),
        (gettext_lazy("Files"), {"fields": ("folder", "adapter", "languages"), "description": gettext_lazy(
            "A folder with safetensors, configuration and tokeniser. Pickled weights and scripts are refused; the digest "
            "of every file is kept, and a file that changes later stops the version.")}),
        (gettext_lazy("Server"), {"fields": ("address", "own_network", "remote_model", "key_variable", "timeout"),
            "description": gettext_lazy(
            "To verify, a server gives a second opinion on what our own verifier calls supported: it gets the sentence and "
            "its claims, and can only be stricter. Where it does not answer, our own verdict stands and says so.")}),
        (gettext_lazy("State"), {"fields": ("shown_state", "measured", "agreed")}),
    )  # fmt: skip

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with figures gathered once for all its rows."""
        self._gather()
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, with the figures of its version."""
        self._gather()
        return super().changeform_view(request, *args, **kwargs)

    def _gather(self) -> None:
        every = ModelVersion.objects.all()
        self._agreement = figures.agreement()
        self._evaluations = figures.evaluations(every)
        self._serving = Assignment.objects.select_related("segment").order_by("segment__position")

    @display(description=gettext_lazy("state"))
    def shown_state(self, row: ModelVersion) -> SafeString:
        """The state in words, and what is wrong."""
        if not row.pk:
            return format_html("{}", "–")
        return format_html(
            "{}{}", row.get_state_display(), f": {engine_words.told(row.problem)}" if row.problem else ""
        )

    @display(description=gettext_lazy("measured"))
    def measured(self, row: ModelVersion) -> str:
        """Figures of the latest evaluation, with n."""
        rows = self._evaluations.get(row.pk or 0, [])
        return "; ".join(assigning.told(evaluation) for evaluation in rows) or "–"

    @display(description=gettext_lazy("people agree"))
    def agreed(self, row: ModelVersion) -> str:
        """How often people let its needs stand."""
        return assigning.agreement_told(self._agreement.get(row.pk or 0))

    @display(description=gettext_lazy("serves"))
    def serves(self, row: ModelVersion) -> str:
        """Segments it is assigned to."""
        places = [str(made.segment or _("default")) for made in self._serving if made.version_id == row.pk]
        return ", ".join(places) or "–"

    def save_model(self, request: HttpRequest, obj: ModelVersion, form: Any, change: bool) -> None:
        """Save and write it down. What the form checked is ready; a version that was broken is so no more."""
        before = {"problem": form.initial.get("problem", obj.problem)} if change else {}
        if obj.state == ModelVersion.State.BROKEN:
            obj.state, obj.problem = ModelVersion.State.READY, ""
        super().save_model(request, obj, form, change)
        after = {name: str(form.cleaned_data.get(name)) for name in form.changed_data}
        audit.record("change" if change else "add", obj, by=_person(request), before=before, after=after)

    @admin.action(description=gettext_lazy("Check the files again"))
    def check_again(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        """Look at the files of the chosen versions now."""
        for version in queryset:
            if versions.check_again(version, by=_person(request)):
                messages.success(request, _("%(name)s is ready.") % {"name": version.name})
            else:
                messages.error(request, f"{version.name}: {engine_words.told(version.problem)}")

    @admin.action(description=gettext_lazy("Retire"))
    def retire(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        """Take versions out of use, unless they are assigned somewhere."""
        for version in queryset:
            try:
                versions.retire(version, by=_person(request))
            except ValidationError as error:
                messages.error(request, error.messages[0])
                continue
            messages.success(request, _("%(name)s is retired.") % {"name": version.name})


@admin.register(Assignment)
class AssignmentAdmin(HubAdmin):
    """One page instead of a list: the segment tree with what serves each task, and a form to change a place."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What serves where."""
        return assigning.overview(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form of the place that this assignment is made for."""
        row = Assignment.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if row is None:
            return HttpResponseRedirect(reverse("admin:modelhub_assignment_changelist"))
        return HttpResponseRedirect(assigning.place_url(row.task, row.segment_id))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Assignments are made from their place in the tree."""
        return HttpResponseRedirect(reverse("admin:modelhub_assignment_changelist"))

    def get_urls(self) -> list[URLPattern]:
        """The place form, its history and its way back, beside Django's own addresses."""
        pages = {"place": assigning.place, "history": histories.of_place, "rollback": histories.roll_back}
        found: list[URLPattern] = [
            path("history/", self.admin_site.admin_view(lambda request: histories.overall(request, self)),
                 name="modelhub_assignment_history"),
        ]  # fmt: skip
        for name, page in pages.items():
            view = self._view(page)
            end, label = ("", "") if name == "place" else (f"{name}/", f"_{name}")
            found += [
                path(f"place/<slug:task>/{end}", view, name=f"modelhub_assignment_default{label}"),
                path(f"place/<slug:task>/<int:segment>/{end}", view, name=f"modelhub_assignment_place{label}"),
            ]
        return [*found, *super().get_urls()]

    def _view(self, page: Callable[[HttpRequest, ModelAdmin, str, int | None], HttpResponse]) -> Any:
        return self.admin_site.admin_view(lambda request, task, segment=None: page(request, self, task, segment))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (the admin lets nobody else in)
    return request.user
