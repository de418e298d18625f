"""URLs of files, relative to the site's root."""

from django.urls import path

from assistants_app.web.files import list as file_list
from assistants_app.web.files import picker

PROJECT = "p/<str:project_id>"
FILE = f"{PROJECT}/files/<str:file_id>"

urlpatterns = [
    path(f"{PROJECT}/files/", file_list.files, name="files"),
    path(f"{PROJECT}/files/delete/", file_list.delete_selected, name="delete_files"),
    path(f"{PROJECT}/files/pick/", picker.pick, name="pick_files"),
    path(f"{FILE}/delete/", file_list.delete, name="delete_file"),
    path(f"{FILE}/content/", file_list.content, name="file_content"),
    path(f"{FILE}/preview/", file_list.preview, name="file_preview"),
]
