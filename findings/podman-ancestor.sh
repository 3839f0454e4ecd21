#!/usr/bin/env bash
# podman 5.8.6: `--filter ancestor=db` takes containers of whatever image has "db" anywhere in its ID, too: for `ps` and
# `stop`, and for `rm` and `restart`, whose manuals have `ancestor=nginx` for an example.
#
# An ID is 64 digits of 0-9 and a-f that nobody chose. Of all images one in five has "db" in it, one in seventy "ada" or
# "bee", one in a thousand "cafe". From 5.7 on the filter looks for its word anywhere in the ID, before it looks at the
# name; up to 5.6 the ID had to be the whole one. A clean-up by the name of one's own image then ends a neighbour's
# container, on one machine, and not any more after the neighbour's next build. A word that has something else in it, as
# in `localhost/db`, is safe from that. The name is matched as a regular expression, as the manual says, without anchors.
#
# Seen for a container of localhost/web:1 with the ID 75dc09…fdb350…c43d (the function for containers that other tools
# have made; the one for podman's own has the same lines, and `podman rm --filter ancestor=db` of 5.8.6 in Debian removed
# such a one by hand):
#   ancestor=db             taken
#   ancestor=localhost/db   not taken
#   ancestor=nginx          not taken
#   ancestor=web            taken
#
# Needs go and a GB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
cd "$work"
printf 'module finding\n\ngo 1.24\n\nrequire github.com/containers/podman/v5 v5.8.6\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/containers/podman/v5/pkg/domain/entities/types"
	"github.com/containers/podman/v5/pkg/domain/filters"
)

func main() {
	container := types.ListContainer{
		Image:   "localhost/web:1",
		ImageID: "75dc09e184e447bc7fdb350b507f46674b7af3c3fe7e0a7a3bb4dfc7dc40c43d",
	}
	for _, word := range []string{"db", "localhost/db", "nginx", "web"} {
		takes, err := filters.GenerateExternalContainerFilterFuncs("ancestor", []string{word}, nil)
		if err != nil {
			fmt.Println("changed:", err)
			os.Exit(1)
		}
		fmt.Println("ancestor="+word, takes(&container))
	}
}
GO
go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o finding . 2>log || { cat log; exit 1; }
./finding | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
ancestor=db true
ancestor=localhost/db false
ancestor=nginx false
ancestor=web true
SEEN
