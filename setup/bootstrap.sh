# Sourced by run, test and bench: find a Python, make its environment, become MODULE.
# Nothing but bash is needed up to here; a missing Python is installed where it may be.
export PYTHONPATH="$ROOT"
trap 'echo "Interrupted; nothing is left running" >&2; exit 130' INT TERM HUP

become_module() {
    local candidate hold=()
    # A Ctrl-C while Python loads waits until there is somebody to answer it.
    env --block-signal=INT true 2>/dev/null && hold=(env --block-signal=INT)
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            exec "${hold[@]}" "$candidate" -m setup "$MODULE" "$@"
        fi
    done
}

install_python() {
    local as_root=()
    command -v apt-get >/dev/null || return 0
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 0
        as_root=(sudo -n)
    fi
    echo "Installing Python with apt …" >&2
    "${as_root[@]}" apt-get update -qq >&2 &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq --no-install-recommends python3 python3-venv >&2
}

become_module "$@"
install_python || true
become_module "$@"
echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2
exit 1
