"""URLs of experiments, relative to the site's root."""

from django.urls import path

from assistants_app.web.experiments import acts, cells, form, gates, grading, page
from assistants_app.web.experiments import list as experiments

EXPERIMENTS = "p/<str:project_id>/experiments"
EXPERIMENT = f"{EXPERIMENTS}/<str:experiment_id>"

GATE = "p/<str:project_id>/assistants/<str:assistant_id>/gate"

urlpatterns = [
    path(f"{EXPERIMENTS}/", experiments.index, name="experiments"),
    path(f"{EXPERIMENTS}/new/", form.new, name="new_experiment"),
    path(f"{EXPERIMENTS}/variants/", form.variants, name="experiment_variants"),
    path(f"{EXPERIMENTS}/plan/", form.plan, name="experiment_plan"),
    path(f"{EXPERIMENT}/", page.experiment, name="experiment"),
    path(f"{EXPERIMENT}/progress/", page.progress, name="experiment_progress"),
    path(f"{EXPERIMENT}/charts/", page.charts, name="experiment_charts"),
    path(
        f"{EXPERIMENT}/rows/<int:row>/<int:variant>/",
        cells.cell,
        name="experiment_cell",
    ),
    path(f"{EXPERIMENT}/variants/<int:variant>/", cells.variant, name="experiment_variant"),
    path(f"{EXPERIMENT}/start/", acts.start, name="start_experiment"),
    path(f"{EXPERIMENT}/pause/", acts.pause, name="pause_experiment"),
    path(f"{EXPERIMENT}/resume/", acts.resume, name="resume_experiment"),
    path(f"{EXPERIMENT}/cancel/", acts.cancel, name="cancel_experiment"),
    path(f"{EXPERIMENT}/extend/", acts.extend, name="extend_experiment"),
    path(f"{EXPERIMENT}/retry/", acts.retry, name="retry_cells"),
    path(f"{EXPERIMENT}/rename/", acts.rename, name="rename_experiment"),
    path(f"{EXPERIMENT}/budget/", acts.budget, name="change_budget"),
    path(f"{EXPERIMENT}/delete/", acts.delete, name="delete_experiment"),
    path(f"{EXPERIMENT}/grading/", grading.queue, name="grading"),
    path(f"{EXPERIMENT}/grading/grade/", grading.grade, name="grade_reply"),
    path(f"{EXPERIMENT}/grading/prefer/", grading.prefer, name="prefer_reply"),
    path(f"{EXPERIMENT}/grading/undo/", grading.undo, name="undo_grade"),
    path(f"{EXPERIMENT}/grading/correct/", grading.correct, name="correct_reply"),
    path(f"{GATE}/", gates.gate, name="publish_gate"),
    path(f"{GATE}/remove/", gates.remove, name="remove_gate"),
]
