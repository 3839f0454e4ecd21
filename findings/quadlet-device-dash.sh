#!/usr/bin/env bash
# quadlet (podman 5.4.2 and 5.8.6): whether a device "exists" (`AddDevice=-/dev/…`) is asked when the generator runs,
# not when the container starts.
#
# The `-` looks like that of systemd's `EnvironmentFile=-…`, which is looked at when the service starts. quadlet looks
# once, early at boot or at the daemon-reload, and writes the answer into the unit. A device that comes later (a module
# loaded after boot) is not passed until the next daemon-reload; one that has gone since is asked for all the same.
# A specifier is not filled in yet at that moment: `-%t/…` never exists.
#
# Seen on both, the same file before and after the device came (a plain file here; quadlet only looks for the name):
#   before: no --device
#   after:  --device /…/device           (`-%t/device` in neither)
#
# Needs go and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod XDG_RUNTIME_DIR=$work/run
mkdir "$work"/{units,run}
touch "$work/run/device"
cat >"$work/units/app.container" <<UNIT
[Container]
Image=localhost/app:1
AddDevice=-$work/device
AddDevice=-%t/device
UNIT

devices() { # of the unit that is made now
  QUADLET_UNIT_DIRS=$work/units "$work/quadlet" -user -dryrun 2>/dev/null |
    sed -n '/^ExecStart=/{s/.*\(--device .*\) localhost.*/\1/p;t;s/.*/no --device/p}'
}
for version in 5.4.2 5.8.6; do
  source=$(cd "$work" && go mod download -json "github.com/containers/podman/v5@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o "$work/quadlet" ./cmd/quadlet) 2>/dev/null
  rm -f "$work/device"; before=$(devices)
  touch "$work/device"; after=$(devices)
  echo "== podman $version"
  echo "before: $before"
  echo "after:  $after"
  [ "$before" = "no --device" ] && [ "$after" = "--device $work/device" ] || { echo changed; exit 1; }
done
