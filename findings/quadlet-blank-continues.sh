#!/usr/bin/env bash
# quadlet (podman 5.4.2 and 5.8.6) and systemd 252: a blank line ends a continued line for systemd, and not for quadlet,
# which takes the next line into it, be it another key or the header of the next group.
#
# A backslash too many behind the last argument of a long `Exec=` does no harm in a unit of systemd's. In a quadlet file
# the next key becomes an argument of the container's command, and its own effect is gone, without a word: a volume that
# is not mounted. With `[Install]` there the unit is not made, for "unsupported key 'WantedBy' in group 'Container'".
#
# Seen with `Exec=serve \`, `  --port 80 \`, a blank line, `Volume=/srv:/srv`:
#   quadlet, both: … localhost/app:1 serve --port 80 Volume=/srv:/srv           (and no -v)
#   systemd, ExecStart=, [Install] instead of Volume=: enabled, so it has seen its [Install]
#
# Needs go, apt (Debian 12) and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
mkdir -p "$work"/{units,systemd,root/etc/systemd/system}
cat >"$work/units/app.container" <<'UNIT'
[Container]
Image=localhost/app:1
Exec=serve \
  --port 80 \

Volume=/srv:/srv
UNIT
cat >"$work/root/etc/systemd/system/app.service" <<'UNIT'
[Service]
ExecStart=/usr/bin/serve \
  --port 80 \

[Install]
WantedBy=multi-user.target
UNIT

for version in 5.4.2 5.8.6; do
  source=$(cd "$work" && go mod download -json "github.com/containers/podman/v5@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o "$work/quadlet" ./cmd/quadlet) 2>/dev/null
  start=$(QUADLET_UNIT_DIRS=$work/units "$work/quadlet" -user -dryrun 2>/dev/null | sed -n 's/^ExecStart=//p')
  echo "== podman $version"
  echo "$start"
  [[ $start == *" localhost/app:1 serve --port 80 Volume=/srv:/srv" && $start != *" -v "* ]] || { echo changed; exit 1; }
done

cd "$work/systemd"
apt-get --option APT::Sandbox::User=root download --quiet=2 systemd=252.39-1~deb12u2 libsystemd-shared=252.39-1~deb12u2
for package in *.deb; do dpkg-deb --extract "$package" .; done
echo "== systemd 252"
LD_LIBRARY_PATH=$PWD/usr/lib/x86_64-linux-gnu/systemd bin/systemctl --root="$work/root" enable app.service 2>&1 | sed "s|$work||g"
[ -L "$work/root/etc/systemd/system/multi-user.target.wants/app.service" ] || { echo changed; exit 1; }
