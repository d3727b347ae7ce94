#!/usr/bin/env bash
# Proves that built sites can be read by software nobody here wrote: tests/clients/run.sh SITE_DIR [SITE_DIR…]
# Serves the sites on loopback, each below a path of its own, and lets validators, feed readers and Statuspage clients at them.
# Needs python3 with venv, node (18.19 or later) and npm; a java runtime adds vnu, and Chromium a browser that opens the pages. The first run
# installs the clients beside this file. With ONLY=browser nothing but the browser looks at the sites.
# One line per check, `ok …` or `FAIL …`; at the end `N passed, N failed`; exit 1 when a check failed, 2 when it cannot run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../attempt.sh"
[ $# -gt 0 ] || { echo "usage: $0 SITE_DIR [SITE_DIR…]" >&2; exit 2; }
for tool in python3 node npm; do
  command -v "$tool" >/dev/null || { echo "$0: \`$tool\` is missing" >&2; exit 2; }
done

# install_venv FOLDER REQUIREMENTS: does nothing when the folder was made from these requirements.
install_venv() {
  cmp -s "$here/$2" "$here/$1/installed.txt" && [ -x "$here/$1/bin/python" ] && return
  rm -rf "${here:?}/$1"
  python3 -m venv "$here/$1"
  attempt "$here/$1/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$here/$2" >&2
  cp "$here/$2" "$here/$1/installed.txt"
}

# Without install scripts: vnu-jar's would fetch a Java runtime.
install_node_modules() {
  cmp -s "$here/package-lock.json" "$here/node_modules/installed.json" && return
  (cd "$here" && attempt npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  cp "$here/package-lock.json" "$here/node_modules/installed.json"
}

install_node_modules || exit 2
if [ "${ONLY:-}" != browser ]; then
  install_venv .venv requirements.txt || exit 2
  install_venv .venv-statuscheck requirements-statuscheck.txt || exit 2
fi

work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# All sites hang under one server, so each is read from below a path, as on a shared host.
mkdir "$work/www"
number=0
for site in "$@"; do
  [ -d "$site" ] || { echo "$0: no folder \`$site\`" >&2; exit 2; }
  number=$((number + 1))
  ln -s "$(cd "$site" && pwd)" "$work/www/site-$number"
done
python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$work/www" >"$work/port" 2>"$work/requests" &
server=$!
port=
for _ in $(seq 100); do
  port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$work/port")
  [ -z "$port" ] || break
  sleep 0.1
done
[ -n "$port" ] || { echo "$0: the web server did not start" >&2; cat "$work/requests" >&2; exit 2; }

# A proxy has no business between a client and loopback.
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1
unset SLACK_WEBHOOK_URL

# examine PROGRAM ARGUMENT…: a program that ends before its last check has failed, whatever it printed.
examine() {
  "$@" | tee -a "$work/results"
  [ "${PIPESTATUS[0]}" -eq 0 ] || echo "FAIL $SITE_NAME: $(basename "$2") broke off" | tee -a "$work/results"
}

number=0
set +e
for site in "$@"; do
  number=$((number + 1))
  root="$work/www/site-$number/"
  url="http://127.0.0.1:$port/site-$number"
  SITE_NAME=$site
  SITE_BASE=$(sed -n 's/^Sitemap: *\(.*\)sitemap\.xml *$/\1/p' "$root/robots.txt" 2>/dev/null | head -n 1)
  export SITE_NAME SITE_BASE
  examine node "$here/browser.mjs" "$root" "$url"
  [ "${ONLY:-}" != browser ] || continue
  examine "$here/.venv/bin/python" "$here/check_api.py" "$root"
  examine "$here/.venv/bin/python" "$here/check_exporter.py" "$root" "$url"
  examine "$here/.venv-statuscheck/bin/python" "$here/check_statuscheck.py" "$root" "$url"
  examine "$here/.venv/bin/python" "$here/check_feeds.py" "$root"
  examine "$here/.venv/bin/python" "$here/check_xml.py" "$root"
  examine node "$here/clients.mjs" "$root" "$url"
  examine node "$here/links.mjs" "$root"
  examine node "$here/html.mjs" "$root"
done

passed=$(grep -c '^ok ' "$work/results")
failed=$(grep -c '^FAIL ' "$work/results")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
