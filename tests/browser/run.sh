#!/usr/bin/env bash
# What a visitor sees while a page stays open: tests/browser/run.sh PROGRAM [THEME]
# PROGRAM is the statuary to test. Makes an organization in a folder of its own, serves it on loopback once as a host of files and once as one
# that streams events, and opens it in Chromium (named by CHROMIUM, else the one of the machine). Needs node (18.19 or later) and npm.
# One line per check, `ok …` or `FAIL …`; exit 1 when one failed, 2 when it cannot run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../attempt.sh"
program=${1:?"usage: $0 PROGRAM [THEME]"}
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
for tool in node npm "$program"; do
  command -v "$tool" >/dev/null || { echo "$0: \`$tool\` is missing" >&2; exit 2; }
done
if ! cmp -s "$here/package-lock.json" "$here/node_modules/installed.json"; then
  (cd "$here" && attempt npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  cp "$here/package-lock.json" "$here/node_modules/installed.json"
fi
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
unset STATUARY_ROOT STATUARY_ORG STATUARY_ACTOR STATUARY_NOW
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
node "$here/live.mjs" "$program" "$work" "${2:-default}" || status=$?
# The server does the same for each theme.
[ "${2:-default}" != default ] || node "$here/served.mjs" "$program" "$work" || status=$?
exit "$status"
