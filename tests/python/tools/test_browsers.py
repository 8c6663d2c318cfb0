"""The browsers of the end-to-end tests: found, fetched, refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from machine import Machine, error_of, fresh_machine

FAKE_BROWSER = "#!/bin/sh\necho Browser 1.0\n"
FAKE_SNAP = "#!/bin/sh\nexec /snap/bin/chromium\n"
FAKE_DRIVER = """#!/bin/sh
[ ! -e "$4/${2%@*}" ] || exit 1
mkdir -p "$4"
printf '#!/bin/sh\\n' >"$4/$2"
chmod +x "$4/$2"
echo "$4/$2"
"""


def find_browsers(machine: Machine, **environment: str) -> subprocess.CompletedProcess[str]:
    return machine.run("browsers.sh", **environment)


def found_browsers(machine: Machine) -> dict[str, str]:
    found: dict[str, str] = json.loads((machine.checkout / "build" / "browsers.json").read_text())
    return found


@pytest.fixture
def tester(tmp_path: Path) -> Machine:
    """A machine with Node (the real one: it writes the file) and the driver's installer, and without any browser."""
    machine = fresh_machine(tmp_path)
    machine.bin.joinpath("node").symlink_to(str(shutil.which("node")))
    machine.bin.joinpath("id").unlink()
    machine.script(machine.bin / "id", "#!/bin/sh\necho 1000\n")
    machine.script(machine.checkout / "extension" / "node_modules" / ".bin" / "browsers", FAKE_DRIVER)
    return machine


def test_installed_browsers_are_used(tester: Machine) -> None:
    chromium = tester.script(tester.root / "Applications/Google Chrome.app/Contents/MacOS/Google Chrome", FAKE_BROWSER)
    firefox = tester.script(tester.bin / "firefox-esr", FAKE_BROWSER)
    result = find_browsers(tester)
    assert result.returncode == 0, result.stderr
    assert found_browsers(tester) == {"chromium": str(chromium), "firefox": str(firefox)}


def test_named_browsers_come_first(tester: Machine) -> None:
    tester.script(tester.bin / "chromium", FAKE_BROWSER)
    tester.script(tester.bin / "firefox", FAKE_BROWSER)
    mine = str(tester.script(tester.root / "my fox", FAKE_BROWSER))
    assert find_browsers(tester, FIREFOX=mine).returncode == 0
    assert found_browsers(tester) == {"chromium": str(tester.bin / "chromium"), "firefox": mine}


def test_a_named_browser_that_does_not_run_is_an_error(tester: Machine) -> None:
    tester.script(tester.bin / "chromium", FAKE_BROWSER)
    assert "CHROMIUM=/nowhere does not run" in error_of(find_browsers(tester, CHROMIUM="/nowhere"))


def test_snaps_and_broken_browsers_are_downloaded_instead_and_kept(tester: Machine) -> None:
    tester.script(tester.bin / "chromium", FAKE_SNAP)
    tester.script(tester.bin / "firefox", "#!/bin/sh\nexit 1\n")
    downloads = tester.checkout / "build" / "browsers"
    (downloads / "chrome" / "half-unpacked").mkdir(parents=True)
    result = find_browsers(tester)
    assert result.returncode == 0, result.stderr
    assert "a snap cannot load the extension" in result.stdout
    expected = {"chromium": str(downloads / "chrome@stable"), "firefox": str(downloads / "firefox@stable")}
    assert found_browsers(tester) == expected
    assert "Downloading" not in find_browsers(tester).stdout
    assert found_browsers(tester) == expected


def test_a_browser_that_cannot_be_had_is_one_error(tester: Machine) -> None:
    tester.script(tester.checkout / "extension" / "node_modules" / ".bin" / "browsers", "#!/bin/sh\nexit 1\n")
    tester.script(tester.bin / "chromium", FAKE_BROWSER)
    error = error_of(find_browsers(tester))
    assert "no firefox for the end-to-end tests" in error
    assert "FIREFOX=/path" in error
    assert not (tester.checkout / "build" / "browsers.json").exists()


def test_root_on_debian_gets_the_packages(tester: Machine) -> None:
    tester.script(tester.bin / "id", "#!/bin/sh\necho 0\n")
    install = f"#!/bin/sh\nfor last in chromium firefox-esr; do case $* in *\" $last \"*) cat '{tester.root}/browser' "
    install += f">'{tester.bin}'/$last; chmod +x '{tester.bin}'/$last ;; esac; done\n"
    tester.script(tester.root / "browser", FAKE_BROWSER)
    tester.script(tester.bin / "apt-get", install)
    result = find_browsers(tester)
    assert result.returncode == 0, result.stderr
    assert found_browsers(tester) == {
        "chromium": str(tester.bin / "chromium"),
        "firefox": str(tester.bin / "firefox-esr"),
    }
