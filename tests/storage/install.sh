#!/usr/bin/env bash
# Installs the object storage that tests speak to into tests/storage/.venv, unless it is there as requirements.txt has it. Needs python3 with venv.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../attempt.sh"
if ! cmp -s "$here/requirements.txt" "$here/.venv/installed.txt"; then
  rm -rf "${here:?}/.venv"
  python3 -m venv "$here/.venv"
  attempt "$here/.venv/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$here/.venv/installed.txt"
fi
