#!/usr/bin/env bash
# Makes the theme's style sheets with Tailwind CSS: build.sh [FOLDER]
# They go into FOLDER, by default to where they are committed. Needs node and npm; who uses Statuary needs neither.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/../assets}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$here"
# Without install scripts: nothing needs the ones there are.
if ! cmp -s package-lock.json node_modules/installed.json; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/installed.json
fi
for sheet in style embed; do
  node_modules/.bin/tailwindcss --input "$sheet.css" --output "$out/$sheet.css" --minify >&2
done
