#!/usr/bin/env bash
# quadlet (podman 5.4.2 and 5.8.6): one line that is no `key=value` in one file, and no unit of the whole folder is made.
#
# systemd skips such a line of a unit with a warning and goes on, file by file. quadlet reads a folder as one: where a
# file cannot be parsed, the good ones beside it are thrown away too. Half of a file that is just being written
# (or another program's) at the moment of a daemon-reload, and every container of the user has lost its service; so
# write beside, and rename. A file in a sub-folder of its own harms nobody else.
#
# Seen, with good.container and a.container whose last line is `HealthC`:
#   in one folder:          no unit
#   a.container in sub/:    good.service
#
# Needs go and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
mkdir -p "$work"/{one,two/sub}
printf '[Container]\nImage=localhost/good:1\n' | tee "$work/one/good.container" >"$work/two/good.container"
printf '[Container]\nImage=localhost/a:1\nHealthC' | tee "$work/one/a.container" >"$work/two/sub/a.container"

made() { # the names of the units that quadlet makes of a folder
  { QUADLET_UNIT_DIRS=$1 "$work/quadlet" -user -dryrun 2>/dev/null || true; } | sed -n 's/^---\(.*\)---$/\1/p' | paste -sd' '
}
for version in 5.4.2 5.8.6; do
  source=$(cd "$work" && go mod download -json "github.com/containers/podman/v5@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o "$work/quadlet" ./cmd/quadlet) 2>/dev/null
  together=$(made "$work/one") apart=$(made "$work/two")
  echo "== podman $version"
  echo "in one folder:          ${together:-no unit}"
  echo "a.container in sub/:    ${apart:-no unit}"
  [ -z "$together" ] && [ "$apart" = good.service ] || { echo changed; exit 1; }
done
