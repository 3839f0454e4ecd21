#!/usr/bin/env bash
# BurntSushi/toml 1.6.0 (gitlab-runner and podman read their files with this library): where a key is there twice, in
# two cases, another one of them wins from run to run; the spelling of the struct's own tag has no precedence.
#
# TOML's keys are case-sensitive, so `concurrent` and `Concurrent` are two keys and no error; a Go field takes either.
# Its documentation says that a match in another case "will be tried if an exact match can't be found"; in fact all are
# taken in the order of a Go map, which is random, and the last one stays. Someone who pastes `Concurrent = 1`
# into a file that has `concurrent = 8` gets a program that is right, and at one start in eight is not. Rust's toml with
# serde takes the exact one only.
#
# Seen, of 2000 decodings of "Concurrent = 1\nconcurrent = 8\n" into `toml:"concurrent"`, go 1.26.8:
#   map[1:260 8:1740], map[1:268 8:1732]
#
# Needs go and a few MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
cd "$work"
printf 'module finding\n\ngo 1.24\n\nrequire github.com/BurntSushi/toml v1.6.0\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/BurntSushi/toml"
)

func main() {
	taken := map[int]int{}
	for range 2000 {
		var config struct {
			Concurrent int `toml:"concurrent"`
		}
		if _, err := toml.Decode("Concurrent = 1\nconcurrent = 8\n", &config); err != nil {
			fmt.Println("changed:", err)
			os.Exit(1)
		}
		taken[config.Concurrent]++
	}
	fmt.Println(taken)
	if taken[1] == 0 || taken[8] == 0 {
		fmt.Println("changed: one always wins")
		os.Exit(1)
	}
}
GO
go run .
