#!/usr/bin/env bash
# serde-saphyr 2.2.0, and the readers of YAML that come from libyaml: a text of several lines whose first one begins
# with a tab makes the whole file unreadable for kubectl, helm and Ansible.
#
# The crate writes such a text as a block (`|`) and reads it back; YAML allows it, as the block is indented by blanks and
# the tab is its content. libyaml and its children (yaml.v3, and sigs.k8s.io/yaml of Kubernetes and helm; PyYAML's
# CSafeLoader, which Ansible takes where it is there) want no tab where they measure the indentation. PyYAML's own
# loader, yaml and js-yaml of npm take it. `|2` would do for all, and so would quotes, which is what PyYAML writes; the
# crate tells the indentation only of a text that begins with a blank. A recipe of a Makefile or a shell's <<- is enough.
#
# Seen of "\tmake all\n\tmake test\n":
#   script: |
#     (tab)make all
#     (tab)make test
#   serde-saphyr, PyYAML SafeLoader    read as it was
#   yaml.v3, sigs.k8s.io/yaml, CSafeLoader    found a tab character where an indentation space is expected
#   the same with `|2`                 all: read as it was
#
# Needs cargo, go, Python's pip and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod CARGO_TARGET_DIR=$work/target
cd "$work"; mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
serde-saphyr = "=2.2.0"
TOML
cat >src/main.rs <<'RUST'
use std::collections::BTreeMap;

fn main() {
    let told = BTreeMap::from([("script".to_owned(), "\tmake all\n\tmake test\n".to_owned())]);
    let text = serde_saphyr::to_string(&told).unwrap();
    std::fs::write("block.yaml", &text).unwrap();
    std::fs::write("told.yaml", text.replace("|", "|2")).unwrap();
    for name in ["block", "told"] {
        let text = std::fs::read_to_string(format!("{name}.yaml")).unwrap();
        let same = serde_saphyr::from_str::<BTreeMap<String, String>>(&text).unwrap() == told;
        println!("{name} serde-saphyr {same}");
    }
}
RUST
cat >go.mod <<'MOD'
module finding

go 1.24

require (
	gopkg.in/yaml.v3 v3.0.1
	sigs.k8s.io/yaml v1.6.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"regexp"

	yaml "gopkg.in/yaml.v3"
	kubernetes "sigs.k8s.io/yaml"
)

func main() {
	for _, name := range []string{"block", "told"} {
		text, _ := os.ReadFile(name + ".yaml")
		var one, other map[string]string
		for reader, err := range map[string]error{
			"yaml.v3":          yaml.Unmarshal(text, &one),
			"sigs.k8s.io/yaml": kubernetes.Unmarshal(text, &other),
		} {
			if err != nil {
				fmt.Println(name, reader, regexp.MustCompile(`.*line \d+: `).ReplaceAllString(err.Error(), ""))
			} else {
				fmt.Println(name, reader, one["script"] == "\tmake all\n\tmake test\n")
			}
		}
	}
}
GO
cat >read.py <<'PYTHON'
import yaml

for name in "block", "told":
    for loader in yaml.SafeLoader, yaml.CSafeLoader:
        try:
            with open(name + ".yaml") as file:
                same = yaml.load(file, loader) == {"script": "\tmake all\n\tmake test\n"}
            print(name, loader.__name__, same)
        except yaml.YAMLError as error:
            print(name, loader.__name__, error.problem)
PYTHON
cargo run --quiet >seen
go run . 2>log >>seen || { cat log; exit 1; }
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target python PyYAML==6.0.3
PYTHONPATH=$work/python python3 read.py >>seen
cat -T block.yaml; LC_ALL=C sort -o seen seen; cat seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
block CSafeLoader found a tab character where an indentation space is expected
block SafeLoader True
block serde-saphyr true
block sigs.k8s.io/yaml found a tab character where an indentation space is expected
block yaml.v3 found a tab character where an indentation space is expected
told CSafeLoader True
told SafeLoader True
told serde-saphyr true
told sigs.k8s.io/yaml true
told yaml.v3 true
SEEN
