"""URLs of test sets, relative to the site's root."""

from urllib.parse import unquote

from django.urls import path, register_converter

from assistants_app.web.test_sets import (
    from_threads,
    grid,
    layout,
    many_rows,
    rows,
    sets,
    transfer,
    undo,
)


class RowKeyConverter:
    """The ID of a row, which a file may have brought with a slash in it."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """Return the ID in a path."""
        return unquote(value)

    def to_url(self, value: str) -> str:
        """Return an ID as a part of a path."""
        # The server has decoded a path once when routes are looked up.
        return value.replace("%", "%25").replace("/", "%2F")


register_converter(RowKeyConverter, "row_key")

PROJECT = "p/<str:project_id>"
TESTS = f"{PROJECT}/tests"
SET = f"{TESTS}/<str:set_id>"
ROW = f"{SET}/rows/<row_key:row_key>"
MESSAGE = f"{PROJECT}/threads/<str:thread_id>/messages/<str:message_id>"

urlpatterns = [
    path(f"{TESTS}/", sets.test_sets, name="test_sets"),
    path(f"{TESTS}/sample/", sets.add_sample, name="add_sample_set"),
    path(f"{TESTS}/import/", transfer.import_, name="import_tests"),
    path(f"{SET}/", grid.test_set, name="test_set"),
    path(f"{SET}/cells/", grid.save_cells, name="save_test_cells"),
    path(f"{SET}/update/", sets.update, name="update_test_set"),
    path(f"{SET}/delete/", sets.delete, name="delete_test_set"),
    path(f"{SET}/export/<str:test_format>/", transfer.export, name="export_tests"),
    path(f"{SET}/rows/move/", layout.move, name="move_test_rows"),
    path(f"{SET}/columns/order/", layout.order, name="order_test_columns"),
    path(f"{SET}/columns/rename/", layout.rename, name="rename_test_column"),
    path(f"{SET}/columns/delete/", layout.delete, name="delete_test_column"),
    path(f"{SET}/checks/", many_rows.checks_of_rows, name="test_checks"),
    path(f"{SET}/undo/", undo.undo, name="undo_test_rows"),
    path(f"{SET}/rows/delete/", rows.delete, name="delete_test_rows"),
    path(f"{ROW}/", rows.row, name="test_row"),
    path(f"{ROW}/json/", rows.replace, name="save_test_row_json"),
    path(f"{ROW}/files/", rows.attach, name="attach_test_file"),
    path(f"{ROW}/files/<int:index>/", rows.file_content, name="test_file"),
    path(f"{ROW}/files/<int:index>/detach/", rows.detach, name="detach_test_file"),
    path(f"{MESSAGE}/tests/", from_threads.add, name="add_to_tests"),
]
