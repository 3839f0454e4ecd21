#!/usr/bin/env bash
# podman 5.8.6 and docker 28.5.2: the same `logs --since` and `--until` mean other moments.
#
# A time without a zone is local time for docker (and journalctl), and UTC for podman, wherever the user is: in New York
# `podman logs --since 2026-11-28T10:00:00` shows five hours too much, in Berlin `--until` one too much. And
# `--until 10m` is ten minutes ago for docker, ten minutes from now for podman: of a log that is there already it cuts
# nothing off. podman's manual names the formats, and neither the zone nor the direction.
#
# Seen with TZ=America/New_York (each program's own parser):
#   2026-11-28T10:00:00   podman 10:00 UTC   docker 15:00 UTC
#   --until 10m           podman 10m0s       docker -10m0s         (from now)
#
# Needs go and half a GB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
cd "$work"
cat >go.mod <<'MOD'
module finding

go 1.24

require (
	github.com/containers/podman/v5 v5.8.6
	github.com/docker/docker v28.5.2+incompatible
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"time"

	podman "github.com/containers/podman/v5/pkg/util"
	docker "github.com/docker/docker/api/types/time"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("changed:", err)
		os.Exit(1)
	}
	return value
}

// As `docker logs` does: the time becomes a timestamp, which the daemon reads.
func dockers(text string, now time.Time) time.Time {
	seconds, nanoseconds, err := docker.ParseTimestamps(must(docker.GetTimestamp(text, now)), 0)
	must(seconds, err)
	return time.Unix(seconds, nanoseconds)
}

func main() {
	const clock, ago = "2026-11-28T10:00:00", "10m"
	now := time.Now()
	since := [2]string{}
	for i, moment := range []time.Time{must(podman.ParseInputTime(clock, true)), dockers(clock, now)} {
		since[i] = moment.UTC().Format("15:04 UTC")
	}
	until := [2]string{}
	for i, moment := range []time.Time{must(podman.ParseInputTime(ago, false)), dockers(ago, now)} {
		until[i] = moment.Sub(now).Round(time.Second).String()
	}
	fmt.Printf("%-21s podman %-11s docker %s\n", clock, since[0], since[1])
	fmt.Printf("%-21s podman %-11s docker %s\n", "--until "+ago, until[0], until[1])
	if since != [2]string{"10:00 UTC", "15:00 UTC"} || until != [2]string{"10m0s", "-10m0s"} {
		fmt.Println("changed")
		os.Exit(1)
	}
}
GO
go build -tags remote,exclude_graphdriver_btrfs,containers_image_openpgp -o finding . 2>/dev/null
TZ=America/New_York ./finding
