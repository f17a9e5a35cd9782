"""Addresses of the model hub."""

from __future__ import annotations

from django.urls import path

from modelhub.views import datasets, evaluations, example_files, examples, hub, labelling, measuring, runs, sentences

urlpatterns = [
    path("", hub.hub, name="hub"),
    path("versions/<slug:key>/", hub.version, name="hub-version"),
    path("versions/<slug:key>/compare/", evaluations.compare, name="hub-compare"),
    path("versions/<slug:key>/train/", measuring.train_shipped, name="hub-train-shipped"),
    path("versions/<slug:key>/drafts/", measuring.write_drafts, name="hub-drafts"),
    path("versions/<slug:key>/judge/", sentences.judge, name="hub-judge"),
    path("sentences/", sentences.sentence_sets, name="hub-sentences"),
    path("sentences/<int:pk>/remove/", sentences.sentence_set_remove, name="hub-sentences-remove"),
    path("evaluations/<int:pk>/", evaluations.evaluation, name="hub-evaluation"),
    path("datasets/", datasets.dataset_list, name="hub-datasets"),
    path("datasets/new/", datasets.dataset_new, name="hub-dataset-new"),
    path("datasets/<int:pk>/", datasets.dataset_page, name="hub-dataset"),
    path("datasets/<int:pk>/again/", datasets.dataset_again, name="hub-dataset-again"),
    path("datasets/<int:pk>/curve/", evaluations.draw_curve, name="hub-curve"),
    path("examples/", examples.example_list, name="hub-examples"),
    path("examples/load/", example_files.load, name="hub-load"),
    path("examples/loads/<int:pk>/", example_files.report, name="hub-load-report"),
    path("examples/<int:pk>/", examples.example_page, name="hub-example"),
    path("examples/<int:pk>/edit/", examples.example_edit, name="hub-example-edit"),
    path("examples/<int:pk>/remove/", examples.example_remove, name="hub-example-remove"),
    path("label/", labelling.queue, name="hub-label"),
    path("label/<int:pk>/", labelling.label, name="hub-label-save"),
    path("label/<int:pk>/drop/", labelling.drop, name="hub-label-drop"),
    path("runs/", runs.run_list, name="hub-runs"),
    path("runs/new/", runs.run_new, name="hub-run-new"),
    path("runs/<int:pk>/", runs.run_page, name="hub-run"),
    path("runs/<int:pk>/pause/", runs.run_pause, name="hub-run-pause"),
    path("runs/<int:pk>/resume/", runs.run_resume, name="hub-run-resume"),
    path("runs/<int:pk>/cancel/", runs.run_cancel, name="hub-run-cancel"),
    path("predictions/", hub.predictions, name="hub-predictions"),
]
