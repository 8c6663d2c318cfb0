"""A made-up machine for the set-up scripts: a PATH of scripts that claim to be Python, Node and npm."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ("sh", "cat", "chmod", "cksum", "dirname", "grep", "head", "id", "mkdir", "mv", "rm", "tail", "tr", "uname")

FAKE_PYTHON = """#!/bin/sh
printf '%s\\n' "$*" >>'{root}/calls'
[ ! -e '{root}/shim-{version}' ] || exit 127
pip={pip}
[ ! -e '{root}/venv-package' ] || pip=pip
case "$1 $2" in
'-c '*) printf '%s\\n' '{version} {platform}' "$pip $0" | tr '\\n' ' ' ;;
'-m venv') mkdir -p "$3/bin" && cat "$0" >"$3/bin/python" && chmod +x "$3/bin/python" ;;
'-m pip')
    [ "$3" = install ] || exit 0
    [ ! -e '{root}/pip-killed' ] || kill -9 $PPID
    [ ! -e '{root}/pip-fails' ] || exit 1 ;;
esac
"""
FAKE_NODE = "#!/bin/sh\necho {version}\n"
FAKE_NPM = """#!/bin/sh
printf 'npm %s\\n' "$*" >>'{root}/calls'
[ "$1" = ci ] || exit 0
rm -rf node_modules
mkdir node_modules
[ ! -e '{root}/npm-killed' ] || kill -9 $PPID
"""


@dataclass(frozen=True)
class Machine:
    """A fresh checkout, in a folder with a space, on a machine with nothing but the basic tools."""

    root: Path

    @property
    def checkout(self) -> Path:
        return self.root / "check out"

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def stamp(self) -> Path:
        return self.checkout / ".venv" / "thumbprint-stamp"

    @property
    def calls(self) -> list[str]:
        """What the scripts were called with since the last look, probes left out."""
        log = self.root / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.write_text("")
        return [line for line in lines if line.startswith(("-m venv", "-m pip install", "npm ci"))]

    def script(self, place: Path, text: str) -> Path:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o755)
        return place

    def python(self, name: str, version: str, platform: str = "Linux-x86_64", pip: str = "pip") -> Path:
        """Installs a Python by its name in PATH, or by its path below the machine's root."""
        place = self.root / name if "/" in name else self.bin / name
        return self.script(place, FAKE_PYTHON.format(root=self.root, version=version, platform=platform, pip=pip))

    def node(self, version: str = "v20.1.0") -> None:
        self.script(self.bin / "node", FAKE_NODE.format(version=version))
        self.script(self.bin / "npm", FAKE_NPM.format(root=self.root))

    def flag(self, name: str, raised: bool = True) -> None:
        if raised:
            (self.root / name).touch()
        else:
            (self.root / name).unlink()

    def run(self, script: str, *steps: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": str(self.bin), "HOME": str(self.root / "home"), **environment}
        command = ["sh", f"tools/{script}", *steps]
        return subprocess.run(command, cwd=self.checkout, env=clean, capture_output=True, text=True, timeout=60)

    def setup(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("setup.sh", "check", "python", "node", **environment)

    def setup_tests(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("setup.sh", "check", "python", "tests", **environment)


def copy_script(name: str, machine: Machine, places: str, moved: str) -> None:
    """Copies a script with its absolute places moved, so that the real machine's programs are not found."""
    text = (ROOT / "tools" / name).read_text()
    assert places in text
    (machine.checkout / "tools" / name).write_text(text.replace(places, moved))


def fresh_machine(root: Path) -> Machine:
    made = Machine(root)
    (made.checkout / "tools").mkdir(parents=True)
    (made.checkout / "extension").mkdir()
    (made.checkout / "requirements.txt").write_text("one==1\n")
    (made.checkout / "requirements-dev.txt").write_text("test==1\n")
    (made.checkout / "extension" / "package-lock.json").write_text("{}\n")
    copy_script("setup.sh", made, "/opt/homebrew/bin /usr/local/bin /usr/bin", f"{root}/places")
    copy_script("browsers.sh", made, "'/Applications/", f"'{root}/Applications/")
    made.bin.mkdir()
    for tool in TOOLS:
        made.bin.joinpath(tool).symlink_to(str(shutil.which(tool)))
    return made


def error_of(result: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failure consists of."""
    assert result.returncode == 1, result.stdout + result.stderr
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("Error: "), result.stderr
    return lines[0]
