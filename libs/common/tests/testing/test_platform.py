"""What a person may say to the platform of one machine."""

from pathlib import Path

import pytest

from lienthong.common.testing.errors import ServersError
from lienthong.common.testing.platform import read_settings


def test_settings_of_a_folder_are_read_as_a_shell_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    assert read_settings(path) == {}
    path.write_text("# policy\n\nLIENTHONG_SCANNER=clamd:/run/clamd.ctl  # Debian\nLIENTHONG_A='b c=d'\nLIENTHONG_B=\n")
    assert read_settings(path) == {
        "LIENTHONG_SCANNER": "clamd:/run/clamd.ctl",
        "LIENTHONG_A": "b c=d",
        "LIENTHONG_B": "",
    }


@pytest.mark.parametrize("line", ["SCANNER=none", "LIENTHONG_SCANNER none", "LIENTHONG_SCANNER", "LIENTHONG_A='b", "="])
def test_a_line_that_is_no_setting_is_told_by_its_number(line: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    path.write_text(f"LIENTHONG_A=b\n{line}\n")
    with pytest.raises(ServersError, match=":2: not a setting"):
        read_settings(path)
