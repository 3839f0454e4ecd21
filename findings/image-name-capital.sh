#!/usr/bin/env bash
# distribution/reference 0.6.0 (docker's reading of image names) and go.podman.io/image 5.39.2 (podman's): a capital
# letter in front of the first slash makes a registry of it for docker, and is an error for podman.
#
# A name with capitals is "invalid, must be lowercase", as everybody knows who wrote `app/Server`. But docker takes
# `Team/app` for the image `app` of a host called `Team`, while `team/app` is docker.io's: an `image:` made of a group's
# name with a capital (`$CI_PROJECT_NAMESPACE/app`) is looked for on a machine of that name, and nobody says the word
# lowercase. podman's library has a copy of these rules without that one, refuses the name and says why.
#
# Seen:
#   team/app   docker: docker.io team/app   podman: docker.io team/app
#   Team/app   docker: Team app             podman: repository name must be lowercase
#   team/App   docker, podman: repository name must be lowercase
#
# Needs go and a few MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
cd "$work"
cat >go.mod <<'MOD'
module finding

go 1.24

require (
	github.com/distribution/reference v0.6.0
	go.podman.io/image/v5 v5.39.2
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"strings"

	docker "github.com/distribution/reference"
	podman "go.podman.io/image/v5/docker/reference"
)

func reason(err error) string {
	if strings.Contains(err.Error(), "must be lowercase") {
		return "must be lowercase"
	}
	return err.Error()
}

func dockers(name string) string {
	image, err := docker.ParseNormalizedNamed(name)
	if err != nil {
		return reason(err)
	}
	return docker.Domain(image) + " " + docker.Path(image)
}

func podmans(name string) string {
	image, err := podman.ParseNormalizedNamed(name)
	if err != nil {
		return reason(err)
	}
	return podman.Domain(image) + " " + podman.Path(image)
}

func main() {
	for _, name := range []string{"team/app", "Team/app", "team/App"} {
		fmt.Printf("%s: docker %s, podman %s\n", name, dockers(name), podmans(name))
	}
}
GO
go run . 2>/dev/null | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
team/app: docker docker.io team/app, podman docker.io team/app
Team/app: docker Team app, podman must be lowercase
team/App: docker must be lowercase, podman must be lowercase
SEEN
