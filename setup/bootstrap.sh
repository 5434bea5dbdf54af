# Sourced by run, test and bench: find a Python, make its environment, become MODULE.
# Nothing but bash and any Python 3.11 or newer is needed up to here.
export PYTHONPATH="$ROOT"
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$candidate" -m setup "$MODULE" "$@"
    fi
done
echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2
exit 1
