#!/usr/bin/env bash
# quadlet (podman 5.4.2): a `HealthCmd=` that ends with a quote loses it: what is left is no command a shell could run.
#
# `HealthCmd=test -f "/run/a b"` becomes `--health-cmd "test -f \"/run/a b"`, as if the closing quote of the command's
# last word were that of a quoted value, though none was opened. 5.8.6 keeps it (and writes blanks as \x20).
#
# Seen:
#   5.4.2: --health-cmd "test -f \"/run/a b"
#   5.8.6: --health-cmd "test\x20-f\x20\"/run/a\x20b\""
#
# Needs go and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
mkdir "$work/units"
cat >"$work/units/health.container" <<'UNIT'
[Container]
Image=localhost/example:1
HealthCmd=test -f "/run/a b"
UNIT

check() { # the --health-cmd of the unit that this version makes
  local source
  source=$(cd "$work" && go mod download -json "github.com/containers/podman/v5@v$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o "$work/quadlet" ./cmd/quadlet) 2>/dev/null
  QUADLET_UNIT_DIRS=$work/units "$work/quadlet" -user -dryrun 2>/dev/null | sed -n 's/^ExecStart=.*\(--health-cmd .*\) localhost.*/\1/p'
}
older=$(check 5.4.2) newer=$(check 5.8.6)
echo "5.4.2: $older"
echo "5.8.6: $newer"
[ "$older" = '--health-cmd "test -f \"/run/a b"' ] && [ "$newer" = '--health-cmd "test\x20-f\x20\"/run/a\x20b\""' ] || { echo changed; exit 1; }
