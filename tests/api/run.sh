#!/usr/bin/env bash
# The API against its own description: tests/api/run.sh PROGRAM
# PROGRAM is the statuary to test. Serves an organization of its own on loopback and lets schemathesis at it: what the description allows must be
# taken, what it does not allow refused, every answer as described, and things that were made must be there for what comes next.
# Needs python3 with venv. EXAMPLES=N tries N cases an operation, SEED=N the same ones again. Exit 1 where something was found, 2 when it cannot run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../attempt.sh"
program=${1:?"usage: $0 PROGRAM"}
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
for tool in python3 "$program"; do
  command -v "$tool" >/dev/null || { echo "$0: \`$tool\` is missing" >&2; exit 2; }
done
if ! cmp -s "$here/requirements.txt" "$here/.venv/installed.txt"; then
  rm -rf "${here:?}/.venv"
  python3 -m venv "$here/.venv"
  attempt "$here/.venv/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$here/.venv/installed.txt"
fi
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1
unset STATUARY_ROOT STATUARY_ORG STATUARY_ACTOR STATUARY_NOW
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

"$program" --quiet init "$work/status" >/dev/null
cd "$work/status"
"$program" --quiet org create acme --name Acme >/dev/null
cd acme
"$program" --quiet group add platform --name Platform >/dev/null
"$program" --quiet service add api --at -90d >/dev/null
STATUARY_TOKEN=$("$program" --quiet token create schemathesis --role editor | head -n 1)
export STATUARY_TOKEN
"$program" serve --port 0 >"$work/address" 2>"$work/told" &
server=$!
address=
for _ in $(seq 100); do
  address=$(head -n 1 "$work/address")
  [ -z "$address" ] || break
  sleep 0.1
done
[ -n "$address" ] || { echo "$0: the server did not start" >&2; cat "$work/told" >&2; exit 2; }

# Beside the configuration, so that nothing is left in the checkout.
cp "$here/hooks.py" "$work"
sed "s/^generation.max-examples = .*/generation.max-examples = ${EXAMPLES:-8}/" "$here/schemathesis.toml" >"$work/schemathesis.toml"
cd "$work"
# Without shrinking, which takes longer than the search: the first case found is told as it is.
SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$work "$here/.venv/bin/schemathesis" --config-file "$work/schemathesis.toml" run "${address}api/openapi.json" \
  --wait-for-schema 60 --checks all ${SEED:+--seed "$SEED"} --no-shrink --no-color \
  --suppress-health-check all --generation-database none
# What all of that has left can still be read, built, and read in again.
cd "$work/status/acme"
kill "$server"
wait "$server" 2>/dev/null || true
server=
"$program" export --out "$work/dump.json" >/dev/null
"$program" --quiet build >/dev/null
cd ..
"$program" --quiet org create again --name Acme >/dev/null
"$program" --quiet --org again import dump "$work/dump.json" >/dev/null
