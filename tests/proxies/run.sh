#!/usr/bin/env bash
# The server behind the proxies of README.md, as they stand there: tests/proxies/run.sh PROGRAM
# PROGRAM is the statuary to test. Takes the blocks for nginx, Caddy and systemd out of README.md, changes names and ports only, and starts the
# real programs with them on loopback, `statuary serve` behind each. Then a page, the event stream, the log's idea of who asked, and the attack
# run by way of the proxy; and the blocks that lead Clerk's webhooks to their own address. A proxy that is missing is named and passed over.
# One line per check, `ok …` or `FAIL …`; exit 1 when one failed, 2 when it cannot run. About a minute.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${1:?"usage: $0 PROGRAM"}
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
for tool in curl openssl python3 cargo "$program"; do
  command -v "$tool" >/dev/null || { echo "$0: \`$tool\` is missing" >&2; exit 2; }
done
export NO_PROXY='*' no_proxy='*'
unset STATUARY_ROOT STATUARY_ORG STATUARY_ACTOR STATUARY_NOW CLERK_WEBHOOK_SIGNING_SECRET CLERK_JWT_KEY
name=status.acme.example
work=$(mktemp -d)
started=()
finish() {
  for id in "${started[@]}"; do kill "$id" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT

# check WORDS COMMAND…: one line.
check() {
  local words=$1
  shift
  if "$@"; then
    echo "ok $words"
  else
    echo "FAIL $words"
    touch "$work/failed"
  fi
}

# within SECONDS COMMAND…: tries until it succeeds, no shorter than so long.
within() {
  local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@"; do
    [ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
    sleep 0.1
  done
}

# block LANGUAGE [HEADING]: the first such block under that heading, "Run the server" by default.
block() {
  sed -n "/^## ${2:-Run the server}\$/,/^## Make it/p" "$root/README.md" | sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" | sed '1d;/^```$/,$d'
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ask PROXY_PORT PATH CURL_ARGUMENT…: asks by way of a proxy, as a client elsewhere would.
ask() {
  local port=$1 path=$2
  shift 2
  curl --silent --show-error --max-time 20 --interface 127.0.0.7 --header "Host: $name" "$@" "http://127.0.0.1:$port$path"
}

is_up() {
  ask "$1" /readyz --fail >/dev/null 2>&1
}

holds() {
  grep -q -- "$2" "$1"
}

lacks() {
  ! grep -q -- "$2" "$1"
}

# An organization for one proxy, whose server believes it.
organization() {
  local dir=$work/$1
  "$program" --quiet init "$dir" >/dev/null
  "$program" --quiet --root "$dir" org create acme --name Acme --url "https://$name/" >/dev/null
  "$program" --quiet --root "$dir/acme" service add api --name API >/dev/null
  printf '[serve]\ntrusted_proxies = ["127.0.0.1"]\n' >>"$dir/statuary.toml"
}

# serve PROXY PORT OPTION…
serve() {
  local proxy=$1 port=$2
  shift 2
  "$program" --root "$work/$proxy" serve --port "$port" "$@" >/dev/null 2>"$work/$proxy.log" &
  server=$!
  started+=("$server")
}

# The block for nginx, where WEBHOOKS is given with the other one in it.
nginx_block() {
  [ -n "$1" ] || { block nginx; return; }
  block nginx | sed '$d'
  block nginx 'Manage teams in Clerk'
  echo '}'
}

caddy_block() {
  if [ -n "$1" ]; then block caddyfile 'Manage teams in Clerk'; else block caddyfile; fi
}

# nginx_at PORT SERVER [WEBHOOKS]: the proxy at a port, with the ports of what is behind it.
nginx_at() {
  local work=$work/${3:+webhooks-}nginx.files
  mkdir -p "$work/nginx-temporary"
  nginx_block "${3:-}" | sed "s/listen 80;/listen 127.0.0.1:$1;/; s/127\.0\.0\.1:3000/127.0.0.1:$2/; s/127\.0\.0\.1:3001/127.0.0.1:${3:-}/" >"$work/site.conf"
  # What surrounds the block on a real machine.
  {
    echo "daemon off; pid $work/nginx.pid; error_log $work/nginx.errors; worker_processes 2;"
    [ "$(id -u)" -ne 0 ] || echo "user root;"
    echo "events { worker_connections 1024; }"
    echo "http { access_log $work/nginx.requests combined;"
    for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $work/nginx-temporary/$kind;"; done
    echo "include $work/site.conf; }"
  } >"$work/nginx.conf"
  nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx.errors" 2>"$work/nginx.out" &
  started+=($!)
}

caddy_at() {
  local work=$work/${3:+webhooks-}caddy.files
  mkdir -p "$work"
  # Without a certificate: the scheme says so.
  {
    printf '{\n\tadmin off\n}\n'
    caddy_block "${3:-}" | sed "s/^$name/http:\/\/$name:$1/; s/127\.0\.0\.1:3000/127.0.0.1:$2/; s/127\.0\.0\.1:3001/127.0.0.1:${3:-}/"
  } >"$work/Caddyfile"
  XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work caddy run --adapter caddyfile --config "$work/Caddyfile" 2>"$work/caddy.errors" &
  started+=($!)
}

# An event reaches who listens through the proxy while the stream stays open.
streams() {
  local proxy=$1 port=$2 heard=$work/$1.events
  ask "$port" /events.sse --no-buffer >"$heard" 2>/dev/null &
  local listener=$!
  started+=("$listener")
  within 10 test -s "$heard" || return 1
  "$program" --quiet --root "$work/$proxy/acme" incident open "Told through $proxy" --service api >/dev/null
  within 2 holds "$heard" "Told through $proxy" || return 1
  kill -0 "$listener" && kill "$listener"
}

attack() {
  STATUARY_ATTACK=127.0.0.1:$2 STATUARY_ATTACK_HOST=$name STATUARY_ATTACK_PATH=/ STATUARY_ATTACK_PID=$3 STATUARY_ATTACK_PROXY=1 \
    STATUARY_ATTACK_SECONDS=6 cargo test --locked --quiet --manifest-path "$root/Cargo.toml" --test suite -- \
    --ignored --exact attack::a_running_server --nocapture >"$work/$1.attack" 2>&1 || { tail -n 30 "$work/$1.attack"; return 1; }
  sed -n 's/^\(Head\|Body\|Silent\): /  '"$1"', slow: &/p' "$work/$1.attack"
  holds "$work/$1.attack" '1 passed'
}

# behind PROXY: everything about one of them.
behind() {
  local proxy=$1 port inner
  port=$(free_port) inner=$(free_port)
  organization "$proxy"
  serve "$proxy" "$inner"
  "${proxy}_at" "$port" "$inner"
  check "$proxy: starts with the block of README.md" within 20 is_up "$port"
  ask "$port" / >"$work/$proxy.page" || true
  check "$proxy: a page is there" holds "$work/$proxy.page" '<h1'
  check "$proxy: it is what visitors get, without the preview" lacks "$work/$proxy.page" _statuary
  check "$proxy: an event arrives within two seconds" streams "$proxy" "$port"
  check "$proxy: the log names the client" within 5 holds "$work/$proxy.log" 'peer=127.0.0.7 method=GET path=/ '
  ask "$port" /claimed --header 'X-Forwarded-For: 203.0.113.9' >/dev/null || true
  check "$proxy: and believes no client about itself" within 5 holds "$work/$proxy.log" 'peer=127.0.0.7 method=GET path=/claimed '
  check "$proxy: stands the attack run" attack "$proxy" "$port" "$server"
  check "$proxy: no hidden request came through" lacks "$work/$proxy.log" 'path=/hidden '
  check "$proxy: the server ends well" ends "$server"
}

# A secret for webhooks, which signs nothing else.
secret=c3RhdHVhcnktdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s=

# posts PORT ID FILE [SENT]: the status of a message that is signed with what is in FILE and sent with what is in SENT.
posts() {
  local now key mac
  now=$(date +%s)
  key=$(printf %s "$secret" | base64 -d | od -An -v -tx1 | tr -d ' \n')
  mac=$({ printf %s "$2.$now."; cat "$3"; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
  ask "$1" /webhooks/clerk --output /dev/null --write-out '%{http_code}' --header "svix-id: $2" --header "svix-timestamp: $now" \
    --header "svix-signature: v1,$mac" --header 'content-type: application/json' --header 'expect:' --data-binary "@${4:-$3}"
}

answers() {
  local status=$1
  shift
  [ "$("$@")" = "$status" ]
}

# webhooks_behind PROXY: Clerk's messages by way of one of them.
webhooks_behind() {
  local proxy=$1 port inner messages event
  port=$(free_port) inner=$(free_port) messages=$(free_port)
  organization "webhooks-$proxy"
  STATUARY_CLERK_WEBHOOK_SECRET=whsec_$secret serve "webhooks-$proxy" "$inner" --webhooks "127.0.0.1:$messages"
  "${proxy}_at" "$port" "$inner" "$messages"
  check "$proxy: starts with the block for webhooks" within 20 is_up "$port"
  event=$work/$proxy.event
  printf '{"type":"organization.created","data":{"id":"org_1","name":"Northwind","slug":"northwind","updated_at":1}}' >"$event"
  { cat "$event"; head -c 400000 /dev/zero | tr '\0' ' '; } >"$event.large"
  check "$proxy: a message counts" answers 200 posts "$port" msg_1 "$event"
  check "$proxy: and the organization is there" test -f "$work/webhooks-$proxy/northwind/org.toml"
  check "$proxy: one that was changed does not" answers 401 posts "$port" msg_2 "$event" "$event.large"
  check "$proxy: as large a one as Clerk sends is taken" answers 200 posts "$port" msg_3 "$event.large"
  check "$proxy: only messages are taken there" answers 405 ask "$port" /webhooks/clerk --output /dev/null --write-out '%{http_code}'
  check "$proxy: the log names the client" within 5 holds "$work/webhooks-$proxy.log" 'peer=127.0.0.7 method=POST path=/webhooks/clerk status=200 '
  check "$proxy: pages are where they were" within 20 page_is "$port" /
  check "$proxy: the server ends well" ends "$server"
}

page_is() {
  ask "$1" "$2" | grep -q '<h1'
}

ends() {
  kill -TERM "$1" && wait "$1"
}

# Built once, before both ask for it.
cargo test --locked --quiet --manifest-path "$root/Cargo.toml" --test suite --no-run
running=()
for proxy in nginx caddy; do
  if command -v "$proxy" >/dev/null; then
    (started=(); trap 'for id in "${started[@]}"; do kill "$id" 2>/dev/null || true; done' EXIT; behind "$proxy"; webhooks_behind "$proxy") &
    running+=($!)
  else
    echo "SKIPPED: $proxy is not on this machine: nobody looked whether its block in README.md works" >&2
  fi
done
for id in "${running[@]}"; do wait "$id" || touch "$work/failed"; done

if command -v systemd-analyze >/dev/null; then
  # The program and the user exist on the machine that is meant.
  block ini | sed "s|/usr/local/bin/statuary|$program|; s|^User=.*|User=$(id -un)|" >"$work/statuary.service"
  printf '[Socket]\nListenStream=127.0.0.1:3000\n' >"$work/statuary.socket"
  verified() { systemd-analyze verify "$work/statuary.service" "$work/statuary.socket" >"$work/verified" 2>&1 && ! grep 'statuary\.\(service\|socket\)' "$work/verified"; }
  check "systemd: the unit is right" verified || true
else
  echo "SKIPPED: systemd-analyze is not on this machine: nobody looked whether the unit in README.md is right" >&2
fi
[ ! -e "$work/failed" ]
