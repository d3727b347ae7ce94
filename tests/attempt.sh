# Read by the scripts that install something from elsewhere, where a network may be away for a moment.

# attempt COMMAND…: runs it, up to three times until it succeeds.
attempt() {
  local pause
  for pause in 5 20; do
    "$@" && return
    echo "\`$*\` failed, once more in $pause s" >&2
    sleep "$pause"
  done
  "$@"
}
