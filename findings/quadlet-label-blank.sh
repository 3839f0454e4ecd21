#!/usr/bin/env bash
# quadlet (podman 5.4.2 and 5.8.6): a `Label=` whose value has a blank and no quotes becomes another label, without a
# word; and the two versions disagree on which.
#
# systemd's own settings of that shape (`Environment=`) want quotes around such a value, and so does `Label=`. What is
# not quoted is split, and the rest of the value is no error: 5.4.2 drops it, 5.8.6 makes a label of its own of it.
#
# Seen with `Label=team=build farm`:
#   5.4.2: --label team=build
#   5.8.6: --label farm --label team=build
#
# Needs go and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
mkdir "$work/units"
cat >"$work/units/label.container" <<'UNIT'
[Container]
Image=localhost/example:1
Label=team=build farm
UNIT

labels() { # of the unit that this version makes
  local source
  source=$(cd "$work" && go mod download -json "github.com/containers/podman/v5@v$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o "$work/quadlet" ./cmd/quadlet) 2>/dev/null
  QUADLET_UNIT_DIRS=$work/units "$work/quadlet" -user -dryrun 2>/dev/null | grep -o -- '--label [^ ]*' | paste -sd' '
}
older=$(labels 5.4.2) newer=$(labels 5.8.6)
echo "5.4.2: $older"
echo "5.8.6: $newer"
[ "$older" = "--label team=build" ] && [ "$newer" = "--label farm --label team=build" ] || { echo changed; exit 1; }
