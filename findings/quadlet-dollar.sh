#!/usr/bin/env bash
# quadlet (podman 5.4.2 and 5.8.6) and systemd 257: `Environment=` of a `.container` file is not what systemd makes of
# the same line in a service: a `$` is eaten, without an error, before the container has it.
#
# quadlet's manual says that the key "uses the same format as services in systemd", where a `$` has no meaning of its
# own. But quadlet makes an argument of ExecStart= of it, and there `$$` is one dollar, and `${NAME}` is filled in from
# the environment of the *service*, which does not know the container's: it is empty, or a value of the host's. So a
# password is another one. In `HealthCmd=` and `Exec=` a `$PORT` inside a longer text is left to the container's shell,
# and `${PORT}` never reaches it: the check asks another port. What is to stay has to be written with `$$`.
#
# Seen of `PASSWORD=pa$$word FILE=${day}.log RIGHT=$${day}`, in a service, and in a container of either version:
#   service     PASSWORD=pa$$word  FILE=${day}.log  RIGHT=$${day}
#   container   PASSWORD=pa$word   FILE=.log        RIGHT=${day}
# and of `HealthCmd=curl -f localhost:$PORT && curl -f localhost:${PORT}`, with `Environment=PORT=8080` beside it:
#   curl -f localhost:$PORT && curl -f localhost:
#
# Needs root, go, mmdebstrap with Debian's packages, and half a GB in a temporary folder. systemd is the first process
# of namespaces that end with it; podman is a script that shows what it is told. Exits with 1 where this is not so any
# more.
set -euo pipefail
for tool in go mmdebstrap unshare pivot_root; do
  [ "$(id -u)" = 0 ] && command -v $tool >/dev/null || { echo "Needs root, and $tool."; exit 2; }
done
# Not in /tmp, which may be a tmpfs without device files.
work=$(mktemp -d -p /var/tmp)
trap 'chmod -R u+w "$work/mod"; rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' INT TERM HUP
export GOMODCACHE=$work/mod GOCACHE=$work/cache CGO_ENABLED=0 GOFLAGS=-mod=mod
cd "$work"; mkdir mod files
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | head -1)
quick=(--variant=essential --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/'{doc,man,locale}'/*')
mmdebstrap --quiet "${quick[@]}" --include=systemd,mount --aptopt='Acquire::Check-Valid-Until "false"' \
  trixie root "deb $mirror trixie main" >log 2>&1 || { tail log; exit 2; }

units=root/etc/systemd/system
cat >lines <<'UNIT'
Environment=PASSWORD=pa$$word FILE=${day}.log
Environment=RIGHT=$${day} PORT=8080
UNIT
cat >files/app.container <<UNIT
[Unit]
DefaultDependencies=no
[Quadlet]
DefaultDependencies=false
[Container]
Image=localhost/example:1
$(cat lines)
HealthCmd=curl -f localhost:\$PORT && curl -f localhost:\${PORT}
[Service]
Type=oneshot
StandardOutput=append:/srv/seen
UNIT
for version in 5.4.2 5.8.6; do
  source=$(go mod download -json "github.com/containers/podman/v5@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  (cd "$source" && go build -tags exclude_graphdriver_btrfs,containers_image_openpgp -o "$work/quadlet" ./cmd/quadlet) 2>/dev/null
  QUADLET_UNIT_DIRS=$work/files "$work/quadlet" -dryrun 2>/dev/null |
    sed '/^---/d; /^RequiresMountsFor=/d' >$units/container-$version.service
done
cat >$units/service.service <<UNIT
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/usr/bin/env
StandardOutput=append:/srv/seen
$(cat lines)
UNIT
cat >$units/end.service <<'UNIT'
[Unit]
DefaultDependencies=no
Wants=service.service container-5.4.2.service container-5.8.6.service
After=service.service container-5.4.2.service container-5.8.6.service
SuccessAction=exit-force
[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl --version
StandardOutput=append:/srv/seen
UNIT
cat >root/usr/bin/podman <<'SCRIPT'
#!/bin/sh
[ "$1" = run ] || exit 0
while shift; do
  case $1 in --env | --health-cmd) echo "$PODMAN_SYSTEMD_UNIT $2" ;; esac
done
SCRIPT
chmod +x root/usr/bin/podman

cat >boot <<'BOOT' # as root, in namespaces of its own: a small machine
set -eu
mount --bind root root; cd root; mount -o remount,bind,suid,dev,exec .
mount -t proc proc proc; mount -t sysfs sysfs sys; mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run; mount -t tmpfs -o mode=755 tmpfs dev
cp -a /dev/{null,zero,full,random,urandom,tty} dev/
pivot_root . mnt; umount -l /mnt; mount --make-rshared /
container=finding exec /usr/lib/systemd/systemd --unit=end.service --log-target=console
BOOT
timeout 120 unshare -m -p -n -i -u -f --kill-child bash boot </dev/null >log 2>&1 || true
grep -q '^systemd ' root/srv/seen || { cat log; echo 'could not be tried'; exit 2; }
sed -nE 's/^systemd ([0-9]+).*/systemd \1/p; /^(container|PASSWORD|FILE|RIGHT)/p' root/srv/seen | LC_ALL=C sort | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
FILE=${day}.log
PASSWORD=pa$$word
RIGHT=$${day}
container-5.4.2.service FILE=.log
container-5.4.2.service PASSWORD=pa$word
container-5.4.2.service PORT=8080
container-5.4.2.service RIGHT=${day}
container-5.4.2.service curl -f localhost:$PORT && curl -f localhost:
container-5.8.6.service FILE=.log
container-5.8.6.service PASSWORD=pa$word
container-5.8.6.service PORT=8080
container-5.8.6.service RIGHT=${day}
container-5.8.6.service curl -f localhost:$PORT && curl -f localhost:
systemd 257
SEEN
