#!/usr/bin/env bash
# quadlet (podman 5.4.2 and 5.8.6): `StopTimeout=` is told to podman, and not to systemd.
#
# A container that may take an hour to stop says `StopTimeout=3660`. The unit that the generator makes has
# `--stop-timeout 3660` in its ExecStart and no `TimeoutStopSec=`, so that of systemd rules (90 s where nobody has set
# another), and nothing warns. Whoever wants the hour has to write both.
#
# Seen on 5.4.2 and 5.8.6:
#   ExecStop=/usr/bin/podman rm -v -f -i …            (no -t: the container's own time-out is waited for)
#   ExecStart=/usr/bin/podman run … --stop-timeout 3660 …
#   no line with TimeoutStop
#
# Needs go and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
mkdir "$work/units"
cat >"$work/units/long.container" <<'UNIT'
[Container]
Image=localhost/example:1
StopTimeout=3660
UNIT

for version in 5.4.2 5.8.6; do
  source=$(cd "$work" && go mod download -json "github.com/containers/podman/v5@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o "$work/quadlet" ./cmd/quadlet) 2>/dev/null
  unit=$(QUADLET_UNIT_DIRS=$work/units "$work/quadlet" -user -dryrun 2>/dev/null)
  echo "== podman $version"
  grep -E '^Exec(Start|Stop)=|TimeoutStop' <<<"$unit"
  grep -q -- '--stop-timeout 3660' <<<"$unit" && ! grep -q TimeoutStop <<<"$unit" ||
    { echo "changed: systemd is told of the time-out"; exit 1; }
done
