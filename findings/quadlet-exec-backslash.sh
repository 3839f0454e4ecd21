#!/usr/bin/env bash
# quadlet (podman 5.4.2 and 5.8.6): an `Exec=` with a backslash that is no escape of systemd's is left out whole, and
# the unit is made all the same: the container runs its image's own command.
#
# systemd keeps such a word of its ExecStart= as it stands, and warns. quadlet drops the line: 5.4.2 without a word,
# 5.8.6 with one that names neither file nor key, and exit code 0. Every key that is split into words does so;
# `PodmanArgs=` and `Secret=` without a word on 5.8.6 too: the container then starts without its secret.
#
# Seen with `Exec=grep -E "^ready\." /var/log/app.log` and `Secret=token,target=tok\.en`:
#   5.4.2: …  localhost/app:1              (the end of ExecStart; no --secret in it; stderr empty; exit code 0)
#   5.8.6: …  localhost/app:1              (the same; stderr: unsupported escape char)
#
# Needs go and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
mkdir "$work/units"
cat >"$work/units/app.container" <<'UNIT'
[Container]
Image=localhost/app:1
Secret=token,target=tok\.en
Exec=grep -E "^ready\." /var/log/app.log
UNIT

for version in 5.4.2 5.8.6; do
  source=$(cd "$work" && go mod download -json "github.com/containers/podman/v5@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o "$work/quadlet" ./cmd/quadlet) 2>/dev/null
  code=0; QUADLET_UNIT_DIRS=$work/units "$work/quadlet" -user -dryrun >"$work/out" 2>"$work/err" || code=$?
  start=$(sed -n 's/^ExecStart=//p' "$work/out")
  echo "== podman $version, exit code $code"
  echo "$start"
  echo "stderr: $(grep -v 'Loading source unit' "$work/err" || true)"
  [ $code = 0 ] && [[ $start == *" localhost/app:1" && $start != *secret* ]] || { echo changed; exit 1; }
done
