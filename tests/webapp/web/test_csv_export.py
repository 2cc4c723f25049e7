"""Tables for spreadsheets."""

import pytest

from webapp.web.csv_export import write_csv


@pytest.mark.parametrize("mark", "=+-@\t\r")
def test_what_a_spreadsheet_would_compute_is_text(mark):
    table = write_csv(["Name"], [[f"{mark}1+1"]])

    assert table.decode("utf-8-sig").startswith(("Name\r\n'", "Name\r\n\"'"))
