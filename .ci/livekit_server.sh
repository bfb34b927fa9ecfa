#!/bin/sh
# Build the real livekit-server for the tests, once, outside the checkout.
# Needs Go 1.26 or newer. Prints the path of the program.
set -eu
version=v1.13.5
folder=${XDG_CACHE_HOME:-$HOME/.cache}/earwitness/bin
program=$folder/livekit-server
if [ "$("$program" --version 2>/dev/null)" != "livekit-server version ${version#v}" ]; then
  command -v go >/dev/null || { echo "livekit-server needs Go 1.26: https://go.dev/dl/" >&2; exit 1; }
  mkdir -p "$folder"
  # the package's program is called `server`
  GOBIN=$folder go install "github.com/livekit/livekit-server/cmd/server@$version" >&2
  mv -f "$folder/server" "$program"
fi
echo "$program"
