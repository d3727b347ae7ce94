#!/usr/bin/env bash
# Clerk's libraries and others against the server: tests/clerk/run.sh PROGRAM
# PROGRAM is the statuary to test. Serves a workspace of its own on loopback, whose clock stands where that of the contract's vectors does. Messages
# that PyPI's svix, npm's svix and openssl sign must be taken, and none with one changed byte; tokens that npm's jose mints get the verdict of
# @clerk/backend, but where the contract is narrower, which is listed.
# Needs node with npm, python3 with venv, and openssl. SEED=N tries other changes. One line per check, `ok …` or `FAIL …`; exit 1 when one failed,
# 2 when it cannot run. Half a minute.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../attempt.sh"
program=${1:?"usage: $0 PROGRAM"}
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
if ! command -v node >/dev/null; then
  echo "SKIPPED: there is no node on this machine: nobody looked whether Clerk's own libraries agree" >&2
  exit 0
fi
for tool in npm python3 openssl "$program"; do
  command -v "$tool" >/dev/null || { echo "$0: \`$tool\` is missing" >&2; exit 2; }
done
if ! cmp -s "$here/package-lock.json" "$here/node_modules/installed.json"; then
  (cd "$here" && attempt npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  cp "$here/package-lock.json" "$here/node_modules/installed.json"
fi
if ! cmp -s "$here/requirements.txt" "$here/.venv/installed.txt"; then
  rm -rf "${here:?}/.venv"
  python3 -m venv "$here/.venv"
  attempt "$here/.venv/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$here/.venv/installed.txt"
fi
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1
unset STATUARY_ROOT STATUARY_ORG STATUARY_ACTOR STATUARY_NOW CLERK_WEBHOOK_SIGNING_SECRET CLERK_JWT_KEY RUST_LOG
# The libraries need what node has by itself from version 19 on.
[ "$(node -p 'parseInt(process.versions.node)')" -ge 19 ] || export NODE_OPTIONS=--experimental-global-webcrypto
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node "$here/check.mjs" "$program" "$here/.venv/bin/python" "$work"
