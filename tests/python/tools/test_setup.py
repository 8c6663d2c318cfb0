"""Python, Node and their packages: found, refused, installed, used again."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from machine import ROOT, Machine, error_of, fresh_machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return fresh_machine(tmp_path)


def assert_untouched(machine: Machine) -> None:
    assert sorted(path.name for path in machine.checkout.iterdir()) == [
        "extension",
        "requirements-dev.txt",
        "requirements.txt",
        "tools",
    ]
    assert machine.calls == []


@pytest.mark.parametrize("version", ["3.14", "3.9"])
def test_an_unsuitable_python_is_one_error_before_anything_is_installed(machine: Machine, version: str) -> None:
    machine.node()
    python = machine.python("python3", version)
    error = error_of(machine.setup())
    assert "Python 3.10, 3.11, 3.12 or 3.13 is needed" in error
    assert f"found {version} ({python})" in error
    assert_untouched(machine)


def test_no_python_at_all_is_the_same_error(machine: Machine) -> None:
    machine.node()
    assert "found none" in error_of(machine.setup())
    assert_untouched(machine)


@pytest.mark.parametrize(
    "place",
    [
        "bin/python3.11",
        "home/.pyenv/versions/3.11.7/bin/python3.11",
        "home/.local/share/uv/python/cpython-3.11.14-linux-x86_64-gnu/bin/python3.11",
        "places/python3.11",
    ],
)
def test_an_older_python_elsewhere_is_found_by_itself(machine: Machine, place: str) -> None:
    machine.node()
    machine.python("python3", "3.14")
    suitable = machine.python(place, "3.11")
    result = machine.setup()
    assert result.returncode == 0, result.stderr
    assert f"Creating .venv with Python 3.11 ({suitable})" in result.stdout


def test_a_shim_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.node()
    machine.python("python3.12", "3.12")
    machine.flag("shim-3.12")
    suitable = machine.python("python3.10", "3.10")
    assert f"Python 3.10 ({suitable})" in machine.setup().stdout


def test_the_python_that_was_asked_for_comes_first(machine: Machine) -> None:
    machine.node()
    machine.python("python3.12", "3.12")
    asked = machine.python("mine/python", "3.10")
    assert f"Python 3.10 ({asked})" in machine.setup(PYTHON=str(asked)).stdout


def test_an_asked_python_that_will_not_do_is_said_to(machine: Machine) -> None:
    machine.node()
    machine.python("python3.12", "3.12")
    asked = machine.python("mine/python", "3.14")
    output = machine.setup(PYTHON=str(asked)).stdout
    assert f"PYTHON={asked} is no Python 3.10, 3.11, 3.12 or 3.13" in output
    assert "Creating .venv with Python 3.12" in output


def test_the_probe_understands_a_real_python(machine: Machine) -> None:
    machine.node()
    result = machine.run("setup.sh", "check", PYTHON=sys.executable)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("platform", ["Darwin-x86_64", "Linux-aarch64"])
def test_a_machine_that_there_are_no_builds_for_is_named(machine: Machine, platform: str) -> None:
    machine.node()
    machine.python("python3.12", "3.12", platform=platform)
    assert f"no builds of these versions for {platform}" in error_of(machine.setup())
    assert_untouched(machine)


def test_a_python_without_venv_names_the_package(machine: Machine) -> None:
    machine.node()
    machine.python("python3", "3.11", pip="no-pip")
    assert "apt-get install python3-venv" in error_of(machine.setup())
    assert_untouched(machine)


def test_root_on_debian_gets_the_venv_package(machine: Machine) -> None:
    machine.node()
    machine.python("python3", "3.11", pip="no-pip")
    machine.bin.joinpath("id").unlink()
    machine.script(machine.bin / "id", "#!/bin/sh\necho 0\n")
    package = f"#!/bin/sh\ncase $* in *python3.11-venv) : >'{machine.root}/venv-package' ;; esac\n"
    machine.script(machine.bin / "apt-get", package)
    result = machine.setup()
    assert result.returncode == 0, result.stderr
    assert "Installing python3.11-venv with apt-get" in result.stdout
    assert machine.stamp.exists()


@pytest.mark.parametrize("version", ["v18.19.0", "v9.11.2"])
def test_an_old_node_is_one_error_before_anything_is_installed(machine: Machine, version: str) -> None:
    machine.python("python3.12", "3.12")
    machine.node(version)
    assert f"Node.js {version} is too old. Install Node.js 20 or newer" in error_of(machine.setup())
    assert_untouched(machine)


@pytest.mark.parametrize("missing", ["node", "npm"])
def test_a_missing_node_or_npm_is_one_error(machine: Machine, missing: str) -> None:
    machine.python("python3.12", "3.12")
    machine.node()
    machine.bin.joinpath(missing).unlink()
    assert f"there is no {missing} that runs" in error_of(machine.setup())
    assert_untouched(machine)


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine that is set up."""
    machine.node()
    machine.python("python3.12", "3.12")
    result = machine.setup()
    assert result.returncode == 0, result.stderr
    assert [call.split()[:3] for call in machine.calls] == [
        ["-m", "venv", ".venv"],
        ["-m", "pip", "install"],
        ["npm", "ci", "--no-audit"],
    ]
    return machine


def repeated(machine: Machine, **environment: str) -> list[str]:
    """Sets up once more; returns what was installed by it: venv, pip, npm."""
    result = machine.setup(**environment)
    assert result.returncode == 0, result.stderr
    return [call.split()[0 if call.startswith("npm") else 1] for call in machine.calls]


def test_what_is_installed_is_used_again(ready: Machine) -> None:
    assert repeated(ready) == []


def test_changed_requirements_make_the_environment_anew(ready: Machine) -> None:
    """TensorFlow's build without CUDA would be written over the one with it, and what is no longer named would stay."""
    ready.checkout.joinpath("requirements.txt").write_text("one==2\n")
    assert repeated(ready) == ["venv", "pip"]
    assert repeated(ready) == []


def test_what_the_packages_ask_for_themselves_is_not_installed(machine: Machine) -> None:
    machine.node()
    machine.python("python3.12", "3.12")
    assert machine.setup().returncode == 0
    (install,) = [call for call in machine.calls if call.startswith("-m pip install")]
    assert "--no-deps --requirement requirements.txt" in install


def test_what_tests_need_is_installed_beside_it_when_it_is_asked_for(ready: Machine) -> None:
    def installed() -> list[str]:
        result = ready.setup_tests()
        assert result.returncode == 0, result.stderr
        return [call.split()[-1] for call in ready.calls]

    assert installed() == ["requirements-dev.txt"]
    assert installed() == []
    ready.checkout.joinpath("requirements-dev.txt").write_text("test==2\n")
    assert installed() == ["requirements-dev.txt"], "into what is there"
    ready.checkout.joinpath("requirements.txt").write_text("one==2\n")
    assert installed() == [".venv", "requirements.txt", "requirements-dev.txt"]


def test_a_failed_installation_of_what_tests_need_is_not_done(ready: Machine) -> None:
    ready.flag("pip-fails")
    assert "pip could not install requirements-dev.txt" in error_of(ready.setup_tests())
    ready.flag("pip-fails", raised=False)
    assert ready.setup_tests().returncode == 0
    assert [call.split()[-1] for call in ready.calls][-1] == "requirements-dev.txt"


def test_a_failed_installation_is_not_done(ready: Machine) -> None:
    ready.checkout.joinpath("requirements.txt").write_text("one==2\n")
    ready.flag("pip-fails")
    assert "pip could not install requirements.txt" in error_of(ready.setup())
    assert not ready.stamp.exists()
    ready.flag("pip-fails", raised=False)
    assert "pip" in ready.calls[-1]
    assert repeated(ready) == ["pip"]


def test_a_killed_installation_begins_again_from_nothing(ready: Machine) -> None:
    ready.checkout.joinpath("requirements.txt").write_text("one==2\n")
    ready.flag("pip-killed")
    assert ready.setup().returncode == -9
    ready.flag("pip-killed", raised=False)
    assert "pip" in ready.calls[-1]
    assert repeated(ready) == ["venv", "pip"]
    assert repeated(ready) == []


def test_an_environment_without_its_python_is_built_again(ready: Machine) -> None:
    python = ready.checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(ready.root / "vanished")
    assert repeated(ready) == ["venv", "pip"]


def test_an_environment_of_an_unsuitable_python_is_built_again(ready: Machine) -> None:
    shutil.copy(ready.python("mine/python", "3.14"), ready.checkout / ".venv" / "bin" / "python")
    assert repeated(ready) == ["venv", "pip"]


def test_another_python_is_a_wish_for_another_environment(ready: Machine) -> None:
    asked = str(ready.python("mine/python", "3.10"))
    assert repeated(ready, PYTHON=asked) == ["venv", "pip"]
    assert repeated(ready, PYTHON=asked) == []


def test_an_environment_made_by_hand_is_kept(ready: Machine) -> None:
    ready.stamp.unlink()
    assert repeated(ready) == ["pip"]
    assert ready.stamp.exists()


def test_changed_packages_are_installed_again(ready: Machine) -> None:
    ready.checkout.joinpath("extension", "package-lock.json").write_text("{ }\n")
    assert repeated(ready) == ["npm"]
    assert repeated(ready) == []


def test_killed_packages_are_installed_again(ready: Machine) -> None:
    shutil.rmtree(ready.checkout / "extension" / "node_modules")
    ready.flag("npm-killed")
    assert ready.setup().returncode != 0
    ready.flag("npm-killed", raised=False)
    assert "npm" in ready.calls[0]
    assert repeated(ready) == ["npm"]


def test_the_scripts_that_are_run_directly_are_executable() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
