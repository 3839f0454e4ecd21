#!/usr/bin/env bash
# podman 5.8.6, go-units 0.5.0: the same size is two sizes. `shm_size = "64m"` of containers.conf is 64,000,000 bytes,
# `--shm-size 64m` is 67,108,864; and where podman counts in thousands, "64MiB" is 64,000,000 too.
#
# podman reads some sizes with RAMInBytes (k = 1024; --memory, --shm-size) and some with FromHumanSize (k = 1000; the
# shm_size of containers.conf, `--log-opt max-size`). The latter takes KiB and MiB for other names of kB and MB. So a
# container that names no --shm-size has 62.5 MiB, as the default is "65536k", and the same text on the command line
# gives it the 64 MiB that docker has.
#
# Seen:
#   65536k   --shm-size 67108864   containers.conf 65536000
#   64m      --shm-size 67108864   containers.conf 64000000
#   64MiB    --shm-size 67108864   containers.conf 64000000
#
# Needs go and a hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
cd "$work"
source=$(go mod download -json github.com/containers/podman/v5@v5.8.6 | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
# Which of the two reads what, in podman's own words:
grep -hE 'units\.(RAMInBytes|FromHumanSize)\(' "$source"/libpod/runtime_ctr.go "$source"/pkg/specgenutil/specgen.go | sort -u | tee calls
grep -qF 'units.FromHumanSize(r.config.Containers.ShmSize)' calls && grep -qF 'units.RAMInBytes(c.ShmSize)' calls ||
  { echo "changed: read in another way"; exit 1; }

printf 'module finding\n\ngo 1.24\n\nrequire github.com/docker/go-units v0.5.0\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/docker/go-units"
)

func main() {
	for _, size := range []string{"65536k", "64m", "64MiB"} {
		option, _ := units.RAMInBytes(size)
		file, _ := units.FromHumanSize(size)
		fmt.Printf("%-8s --shm-size %d   containers.conf %d\n", size, option, file)
	}
}
GO
go run . 2>/dev/null | tee sizes
diff sizes - <<'SIZES' || { echo changed; exit 1; }
65536k   --shm-size 67108864   containers.conf 65536000
64m      --shm-size 67108864   containers.conf 64000000
64MiB    --shm-size 67108864   containers.conf 64000000
SIZES
