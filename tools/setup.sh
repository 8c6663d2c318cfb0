#!/bin/sh
# Prepares this checkout. usage: sh tools/setup.sh check|python|tests|node ...   (steps, done in the order given)
#
#   check    finds a Python that TensorFlow has a build for, Node and npm; installs at most Debian's venv package
#   python   .venv with requirements.txt
#   tests    requirements-dev.txt beside it
#   node     extension/node_modules with extension/package-lock.json
#
# What is there is used again: a stamp, written last, names the requirements that an installation was made from.
# POSIX sh and tools that Debian, Ubuntu and macOS all have.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."

PYTHONS='3.12 3.13 3.11 3.10'
NAMED='Python 3.10, 3.11, 3.12 or 3.13'
PLATFORMS='Linux-x86_64 Darwin-arm64' # there is no LiteRT for Linux on ARM, and no TensorFlow for Macs with Intel
SYSTEM_PLACES='/opt/homebrew/bin /usr/local/bin /usr/bin' # where a login's PATH may not lead
OLDEST_NODE=20

VENV=.venv
VENV_STAMP=$VENV/thumbprint-stamp
TESTS_STAMP=$VENV/thumbprint-tests-stamp
VENV_STARTED=$VENV/thumbprint-unfinished
MODULES=extension/node_modules
MODULES_STAMP=$MODULES/.thumbprint-stamp # npm ci empties the folder first, and this with it

# One line: version, platform, whether it can create environments, and the interpreter below any environment.
PROBE='
import os, platform, sys
try:
    import ensurepip, venv
    pip = "pip"
except ImportError:
    pip = "no-pip"
base = getattr(sys, "_base_executable", None) or sys.executable
base = base if os.path.exists(base) else os.path.realpath(sys.executable)
print("%d.%d %s-%s %s %s" % (sys.version_info[0], sys.version_info[1], platform.system(), platform.machine(), pip, base))
'

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

contains() { # LIST WORD
    case " $1 " in *" $2 "*) return 0 ;; esac
    return 1
}

# --- Python ---------------------------------------------------------------------------------------------------------

# Sets version, platform, pip and base. A command that is missing or a version manager's dead shim fails here.
probe() { # COMMAND
    probed=$("$1" -c "$PROBE" 2>/dev/null </dev/null) || return 1
    IFS=' ' read -r version platform pip base <<END
$probed
END
    [ -n "${base:-}" ]
}

usable() {
    contains "$PYTHONS" "$version" && contains "$PLATFORMS" "$platform"
}

# One command a line, the best first.
candidates() {
    [ -z "${PYTHON:-}" ] || printf '%s\n' "$PYTHON"
    for wanted in $PYTHONS; do printf '%s\n' "python$wanted"; done
    printf '%s\n' python3 python
    for wanted in $PYTHONS; do
        for place in "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$wanted".*/bin \
            "${UV_PYTHON_INSTALL_DIR:-${HOME:-}/.local/share/uv/python}/cpython-$wanted".*/bin \
            $SYSTEM_PLACES; do
            printf '%s\n' "$place/python$wanted"
        done
    done
}

# Sets version and base of the first candidate that will do. Otherwise found, foreign and pipless say what was wrong.
search_python() {
    found='' foreign='' pipless=''
    while IFS= read -r candidate; do
        probe "$candidate" || continue
        if ! contains "$PYTHONS" "$version"; then
            case $found in *" ($base)"*) ;; *) found="$found${found:+, }$version ($base)" ;; esac
        elif ! contains "$PLATFORMS" "$platform"; then
            foreign="$platform"
        elif [ "$pip" = pip ]; then
            return 0
        else
            pipless="${pipless:-$version $base}"
        fi
    done <<END
$(candidates)
END
    return 1
}

# Debian and Ubuntu ship Python without venv: root gets the package, others are told its name.
install_venv_package() { # VERSION PATH
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "$2 cannot create environments. Run: apt-get install python3-venv (as root), then make again."
    fi
    say "Installing python$1-venv with apt-get: $2 cannot create environments"
    export DEBIAN_FRONTEND=noninteractive
    log=$(apt-get update 2>&1 && apt-get install -y --no-install-recommends "python$1-venv" 2>&1) ||
        fail "apt-get install python$1-venv failed: $(printf '%s\n' "$log" | tail -n 1)"
}

find_python() {
    search_python && return 0
    if [ -n "$pipless" ]; then
        install_venv_package "${pipless%% *}" "${pipless#* }"
        search_python && return 0
        fail "${pipless#* } still cannot create environments, although python${pipless%% *}-venv was installed."
    fi
    [ -z "$foreign" ] || fail "TensorFlow and LiteRT have no builds of these versions for $foreign." \
        "They run on Linux x86_64 (elsewhere in a container: docker run --platform linux/amd64) and on macOS with Apple silicon."
    advice='uv python install 3.12 (https://docs.astral.sh/uv) or pyenv install 3.12'
    [ "$(uname -s)" != Darwin ] || advice="brew install python@3.12, or $advice"
    fail "$NAMED is needed, TensorFlow has builds for no other; found ${found:-none}." \
        "Install one: $advice. Then run make again, with PYTHON=/path/to/python3.12 if it is not found by itself."
}

# An environment whose Python vanished or will not do is no environment, and neither is a half-finished one.
venv_runs() {
    [ -e "$VENV/bin/python" ] && probe "$VENV/bin/python" && usable
}

requirements_key() { # FILE
    printf '%s %s %s\n' "$(cksum <"$1")" "$version" "$platform"
}

is_installed() { # FILE STAMP
    [ -f "$2" ] && [ "$(cat "$2")" = "$(requirements_key "$1")" ]
}

# A Python asked for by name, and of another version than the environment's, is a wish for another environment.
venv_wanted() {
    asked=''
    [ -z "${PYTHON:-}" ] || ! probe "$PYTHON" || ! usable || asked=$version
    [ ! -e "$VENV_STARTED" ] && venv_runs && [ "${asked:-$version}" = "$version" ]
}

check_python() {
    if [ -n "${PYTHON:-}" ] && ! { probe "$PYTHON" && usable; }; then
        say "PYTHON=$PYTHON is no $NAMED for this machine: looking for another"
    fi
    venv_wanted || find_python
}

create_venv() {
    find_python
    say "Creating $VENV with Python $version ($base)"
    rm -rf "$VENV"
    mkdir "$VENV"
    : >"$VENV_STARTED"
    "$base" -m venv "$VENV" || fail "$base -m venv $VENV failed."
    probe "$VENV/bin/python" || fail "$VENV/bin/python does not run, although $base created it."
}

# An environment that was made from other requirements is made anew: what they left there would be mixed with what comes.
install_python() {
    if venv_wanted && is_installed requirements.txt "$VENV_STAMP"; then
        say "Using $VENV (Python $version)"
        return 0
    fi
    if ! venv_wanted || [ -f "$VENV_STAMP" ] || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        create_venv
    fi
    say "Installing requirements.txt into $VENV (1.9 GB, a minute or two)"
    pip_install requirements.txt "$VENV_STAMP"
}

install_tests() {
    probe "$VENV/bin/python" || fail "$VENV/bin/python does not run: run make setup first."
    is_installed requirements-dev.txt "$TESTS_STAMP" && return 0
    say "Installing requirements-dev.txt into $VENV"
    pip_install requirements-dev.txt "$TESTS_STAMP"
}

# The files name everything: what the packages ask for themselves is left out on purpose (requirements.txt).
pip_install() { # FILE STAMP
    rm -f "$2"
    : >"$VENV_STARTED"
    trap 'exit 130' INT TERM # pip makes an interruption a failure like any other, here it must stay unfinished
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check --no-input --no-deps --requirement "$1" || {
        rm -f "$VENV_STARTED" # a failing pip leaves whole packages: the next run goes on from them
        fail "pip could not install $1: its message is above. Run make again when that is mended."
    }
    trap - INT TERM
    requirements_key "$1" >"$VENV_STARTED"
    mv "$VENV_STARTED" "$2"
}

# --- Node -----------------------------------------------------------------------------------------------------------

check_node() {
    advice="Install Node.js $OLDEST_NODE or newer with npm (https://nodejs.org), then run make again."
    node=$(node --version 2>/dev/null </dev/null) || fail "Node.js is needed, and there is no node that runs. $advice"
    major=${node#v}
    major=${major%%.*}
    case $major in '' | *[!0-9]*) fail "node --version says '$node', which is no version. $advice" ;; esac
    [ "$major" -ge "$OLDEST_NODE" ] || fail "Node.js $node is too old. $advice"
    npm --version >/dev/null 2>&1 </dev/null || fail "npm is needed, and there is no npm that runs. $advice"
}

modules_key() {
    printf '%s %s\n' "$(cksum <extension/package-lock.json)" "$(uname -sm)"
}

install_node() {
    if [ -f "$MODULES_STAMP" ] && [ "$(cat "$MODULES_STAMP")" = "$(modules_key)" ]; then
        say "Using $MODULES"
        return 0
    fi
    say "Installing extension/package-lock.json into $MODULES"
    rm -f "$MODULES_STAMP"
    (cd extension && npm ci --no-audit --no-fund --loglevel=error >/dev/null) ||
        fail "npm ci failed in extension/: its message is above. Run make again when that is mended."
    mkdir -p "$MODULES"
    modules_key >"$MODULES_STAMP.part"
    mv "$MODULES_STAMP.part" "$MODULES_STAMP"
}

[ $# -gt 0 ] || fail 'usage: sh tools/setup.sh check|python|tests|node ...'
for step in "$@"; do
    case $step in
    check)
        check_python
        check_node
        ;;
    python) install_python ;;
    tests) install_tests ;;
    node) install_node ;;
    *) fail "no step '$step'. usage: sh tools/setup.sh check|python|tests|node ..." ;;
    esac
done
