#!/usr/bin/env bash
# podman 5.4.2 and 5.8.6, log driver k8s-file: `podman logs --tail N` leaves out the beginning of a log's first line,
# where that line was written in pieces and is the Nth from the end.
#
# conmon writes a piece whenever its buffer of 8 KiB is full or the program flushes without a line's end (a prompt, a
# progress): P for a piece, F for the line's last. podman reads from the end and goes on to the F of the line before, so
# that all pieces are there; where there is no line before, its last look at the file's beginning (getTailLog in
# libpod/logs/log.go, `leftover != "" && nllCounter < tail`) drops the piece. A container that writes one long line of
# JSON, read with `--tail 1`, gives its end, which is no JSON, and no error. A larger N has all of it. And with
# `--timestamps` each piece has a time of its own, in the middle of the line.
#
# Seen, of `{"id":1,` and `"ok":true}` as two pieces of one line, and then with a line in front of it:
#   all      {"id":1,"ok":true}
#   tail 1   "ok":true}
#   tail 2   {"id":1,"ok":true}
#   times    T {"id":1,T "ok":true}
#   behind another line, tail 1   {"id":1,"ok":true}
#
# Needs go and half a GB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
cd "$work"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/containers/podman/v5/libpod/logs"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("changed:", err)
		os.Exit(1)
	}
	return value
}

// As `podman logs` does: what was taken from the end first, then what is read from there on.
func shown(path string, options logs.LogOptions) string {
	file, lines, err := logs.GetLogFile(path, &options)
	must(file, err)
	for line := range file.Lines {
		lines = append(lines, must(logs.NewLogLine(line.Text)))
	}
	var text strings.Builder
	for _, line := range lines {
		line.Write(&text, &text, &options)
	}
	return regexp.MustCompile(`2026\S+`).ReplaceAllString(text.String(), "T")
}

func main() {
	const time = "2026-11-29T12:24:26.197155451+00:00 stdout "
	const line = time + "P {\"id\":1,\n" + time + "F \"ok\":true}\n"
	must(0, os.WriteFile("one", []byte(line), 0o600))
	must(0, os.WriteFile("two", []byte(time+"F start\n"+line), 0o600))
	fmt.Print("all     ", shown("one", logs.LogOptions{Tail: -1}))
	fmt.Print("tail 1  ", shown("one", logs.LogOptions{Tail: 1}))
	fmt.Print("tail 2  ", shown("one", logs.LogOptions{Tail: 2}))
	fmt.Print("times   ", shown("one", logs.LogOptions{Tail: -1, Timestamps: true}))
	fmt.Print("behind  ", shown("two", logs.LogOptions{Tail: 1}))
}
GO
for version in 5.4.2 5.8.6; do
  printf 'module finding\n\ngo 1.24\n\nrequire github.com/containers/podman/v5 v%s\n' $version >go.mod
  rm -f go.sum
  go run . 2>log >seen || { cat seen log; echo "changed"; exit 1; }
  echo "== podman $version"; cat seen
  diff seen - <<'SEEN' || { echo changed; exit 1; }
all     {"id":1,"ok":true}
tail 1  "ok":true}
tail 2  {"id":1,"ok":true}
times   T {"id":1,T "ok":true}
behind  {"id":1,"ok":true}
SEEN
done
