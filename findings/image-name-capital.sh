#!/usr/bin/env bash
# distribution/reference 0.6.0 (image names for docker, podman and gitlab-runner): a capital letter in front of the
# first slash makes a registry of it.
#
# A name with capitals is "invalid, must be lowercase", as everybody knows who wrote `app/Server`. But in the first part
# it is none: `Team/app` is the image `app` of a host called `Team`, while `team/app` is docker.io's. An `image:` made of
# a group's name with a capital (`$CI_PROJECT_NAMESPACE/app`) is looked for on a machine of that name, and nobody says
# the word lowercase.
#
# Seen:
#   team/app   docker.io   team/app
#   Team/app   Team        app
#   team/App   invalid reference format: repository name (team/App) must be lowercase
#
# Needs go and a few MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
cd "$work"
printf 'module finding\n\ngo 1.24\n\nrequire github.com/distribution/reference v0.6.0\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/distribution/reference"
)

func main() {
	for _, name := range []string{"team/app", "Team/app", "team/App"} {
		if image, err := reference.ParseNormalizedNamed(name); err != nil {
			fmt.Println(name, err)
		} else {
			fmt.Println(name, reference.Domain(image), reference.Path(image))
		}
	}
}
GO
go run . 2>/dev/null | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
team/app docker.io team/app
Team/app Team app
team/App invalid reference format: repository name (team/App) must be lowercase
SEEN
