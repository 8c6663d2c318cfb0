#!/bin/sh
# Finds the browsers that the end-to-end tests drive, fetches what is missing, and writes build/browsers.json.
# usage: sh tools/browsers.sh        CHROMIUM=/path and FIREFOX=/path name them instead; needs extension/node_modules
#
# In this order: the one named, one installed, the one recorded last time, Debian's package (as root), the driver's own
# download. A snap will not do: it can neither read a profile in /tmp nor an extension outside the home folder.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."

FOUND=build/browsers.json
DOWNLOADS=build/browsers
LOG=build/browsers.log
DRIVER=extension/node_modules/.bin/browsers # @puppeteer/browsers, in the version that puppeteer-core pins

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

# Ubuntu's chromium-browser and firefox are scripts that start a snap.
is_snap() { # PATH
    case $1 in /snap/*) return 0 ;; esac
    head -c 4096 "$1" | LC_ALL=C grep -q '/snap/bin/'
}

runs() { # PATH
    "$1" --version >/dev/null 2>&1 </dev/null
}

# Sets resolved to the first candidate that is there, runs and is no snap.
first_running() { # COMMAND...
    for candidate in "$@"; do
        resolved=$(command -v "$candidate") || continue
        if is_snap "$resolved"; then
            say "Passing over $resolved: a snap cannot load the extension under test"
        elif runs "$resolved"; then
            return 0
        fi
    done
    return 1
}

recorded() { # KEY
    [ -f "$FOUND" ] || return 1
    resolved=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$FOUND" "$1" 2>>"$LOG") &&
        runs "$resolved"
}

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

apt_install() { # PACKAGE...
    may_install || return 1
    if [ -z "${apt_updated:-}" ]; then apt-get update >>"$LOG" 2>&1 || return 1; fi
    apt_updated=yes
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$LOG" 2>&1
}

from_debian() { # PACKAGE COMMAND...
    may_install || return 1
    say "Installing $1 with apt-get"
    package=$1
    shift
    apt_install "$package" fonts-dejavu-core && first_running "$@"
}

# A browser from an archive brings no libraries. Their names differ between releases, so each is asked for alone, and
# whether they were enough shows when the browser is run.
install_libraries() {
    for library in xz-utils fonts-dejavu-core libgtk-3-0 libasound2 libasound2t64; do
        apt_install "$library" || say "No package $library" >>"$LOG"
    done
}

from_driver() { # PRODUCT
    [ -x "$DRIVER" ] || fail "$DRIVER is missing: run make setup first."
    say "Downloading $1 (stable) into $DOWNLOADS"
    rm -rf "${DOWNLOADS:?}/$1" # an interrupted download counts as done for the driver
    set -- "$1" install "$1@stable" --path "$DOWNLOADS" --format '{{path}}'
    if may_install; then
        install_libraries
        [ "$1" != chrome ] || set -- "$@" --install-deps
    fi
    product=$1
    shift
    resolved=$("$DRIVER" "$@" 2>>"$LOG" </dev/null | tail -n 1)
    [ -n "$resolved" ] && [ -x "$resolved" ] && runs "$resolved" && return 0
    say "$product did not install: ${resolved:-no path}" >>"$LOG"
    return 1
}

# Sets resolved.
resolve() { # KEY VARIABLE NAMED PRODUCT PACKAGE COMMAND...
    key=$1 variable=$2 named=$3 product=$4 package=$5
    shift 5
    if [ -n "$named" ]; then
        resolved=$(command -v "$named") && runs "$resolved" && return 0
        fail "$variable=$named does not run. Name a browser that does, or leave $variable out."
    fi
    cask=$product
    [ "$cask" != chrome ] || cask=google-chrome
    first_running "$@" || recorded "$key" || from_debian "$package" "$@" || from_driver "$product" ||
        fail "no $key for the end-to-end tests, and it could not be fetched ($LOG says why)." \
            "Install it (Debian: apt-get install $package; Ubuntu: not the snap; macOS: brew install --cask $cask)," \
            "or name it: make test $variable=/path/to/$key"
}

mkdir -p build
: >"$LOG"
resolve chromium CHROMIUM "${CHROMIUM:-}" chrome chromium \
    chromium chromium-browser google-chrome google-chrome-stable \
    '/Applications/Chromium.app/Contents/MacOS/Chromium' \
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
chromium=$resolved
resolve firefox FIREFOX "${FIREFOX:-}" firefox firefox-esr \
    firefox firefox-esr '/Applications/Firefox.app/Contents/MacOS/firefox'
firefox=$resolved

node -e '
const [file, ...paths] = process.argv.slice(1);
const [chromium, firefox] = paths.map((each) => path.resolve(each));
fs.writeFileSync(file + ".part", JSON.stringify({ chromium, firefox }, null, 2) + "\n");
fs.renameSync(file + ".part", file);
' "$FOUND" "$chromium" "$firefox"
say "Testing in $chromium and $firefox"
