#!/usr/bin/env bash
# podman 5.4.2 (Debian 13): where a container's conmon was killed, podman's API says that the container ended with 0.
#
# Only conmon learns how the container's process ends. When it is killed (SIGKILL: by the kernel when memory runs out, or by
# systemd-oomd), the exit code is lost, and podman knows it: `podman wait` says "getting exit code of container … from DB: no
# such exit code" and ends with 125. Over the API the same question is answered by HTTP 200 with 0: Docker's endpoint puts
# the message beside it, in `Error`; podman's own endpoint, which `podman --remote wait` asks, says nothing but 0. They say so
# at once, also while the process still runs, and whatever it ends with, until something has noted the container as ended
# (`docker stop`, which fails here): from then on it is -1.
#
# ContainerWait in pkg/domain/infra/abi/containers.go sets the exit code only where there is no error, and so leaves 0
# beside an error; WaitContainerLibpod in pkg/api/handlers/utils/containers.go does not look at that error. dockerd has -1
# beside the error where its waiting is cut off (Wait in moby's container/state.go).
#
# Who reads StatusCode alone takes a job for a success that nobody saw end. `docker wait` does, and gitlab-runner
# (executors/docker/internal/wait/wait.go, "case status := <-statusCh", of 17.5.5 as of 19.4.0): it asks as soon as the
# container's output ends, which is when conmon is killed. With its wait.go and exec.go, as they are, over this podman, a
# script that would have ended with 3 was a success in 3 of 3 runs with either version.
#
# Seen, and the same by hand with podman 6.1.1 and docker 28.5.2 (Debian experimental and sid):
#   as usual   the process has ended with 3
#   API        {"StatusCode":3,"Error":null}
#   docker     wait: says 3, ends with 0
#   podman     wait: says 3, ends with 0
#   --remote   wait: says 3, ends with 0
#   killed     the process runs
#   API        {"StatusCode":0,"Error":{"Message":"getting exit code of container ID from DB: no such exit code"}}
#   docker     wait: says 0, ends with 0
#   podman     wait: says Error: getting exit code of container ID from DB: no such exit code, ends with 125
#   --remote   wait: says 0, ends with 0
#   later      the process has ended with 3
#   API, docker, podman, --remote: the same as before
#   stopped    API {"StatusCode":-1,"Error":null}
#
# Needs root on Debian with mmdebstrap, its package mirror and 300 MB in a temporary folder; no systemd, no network for
# podman. Takes about a minute. Exits with 1 where this is not so any more.
set -euo pipefail
for tool in mmdebstrap unshare pivot_root; do
  [ "$(id -u)" = 0 ] && command -v $tool >/dev/null || { echo "Needs root, and $tool (package mmdebstrap)."; exit 2; }
done
# Not in /tmp, which may be a tmpfs without device files. What runs is in namespaces that end with the first of it.
work=$(mktemp -d -p /var/tmp); machine=
trap '[ -z "$machine" ] || { kill -KILL $machine; sleep 1; } 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' INT TERM HUP
cd "$work"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | head -1)
packages=podman,crun,docker-cli,mount,curl,busybox-static
quick=(--variant=essential --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/'{doc,man,locale}'/*')
mmdebstrap --quiet "${quick[@]}" --include=$packages --aptopt='Acquire::Check-Valid-Until "false"' \
  trixie root "deb $mirror trixie main" >log 2>&1 || { tail log; exit 2; }
cat >root/etc/containers/containers.conf <<'CONF'
[containers]
cgroups = "disabled"
default_sysctls = []
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
cat >root/etc/containers/storage.conf <<'CONF'
[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
CONF

cat >root/srv/boot <<'BOOT' # as root, in namespaces of its own: a small machine
set -eu
mount --bind root root; cd root; mount -o remount,bind,suid,dev,exec .
mount -t proc proc proc; mount -t sysfs sysfs sys; mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run; mount -t tmpfs -o mode=755 tmpfs dev; mkdir dev/pts; mkdir -m 1777 dev/shm
cp -a /dev/{null,zero,full,random,urandom,tty} dev/
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts; ln -s pts/ptmx dev/ptmx
pivot_root . mnt; umount -l /mnt; mount --make-rshared /
export PATH=/usr/sbin:/usr/bin HOME=/root
exec bash /srv/show
BOOT
cat >root/srv/show <<'SHOW'
cd
dpkg-query -W -f '${Package} ${Version}\n' podman docker-cli | sed 's/[+-][^ ]*$//'
mkdir -p image/bin may-end; cp /usr/bin/busybox image/bin
tar -C image -c . | podman import -q - localhost/box >&2
export DOCKER_HOST=unix:///run/podman.sock
podman system service -t 0 $DOCKER_HOST >&2 &
for _ in $(seq 100); do [ -S /run/podman.sock ] && break; sleep 0.1; done

start() { # a job that fails as soon as it may end; sets `pid` and `conmon`
  podman run -q -d --name job --network none -v ~/may-end:/may-end localhost/box \
    /bin/busybox sh -c 'while ! [ -e /may-end/now ]; do /bin/busybox sleep 0.1; done; exit 3' >&2 || exit
  pid=$(podman inspect -f '{{.State.Pid}}' job) conmon=$(podman inspect -f '{{.State.ConmonPid}}' job)
}
end() {
  touch may-end/now
  for _ in $(seq 100); do kill -0 $pid 2>&- || break; sleep 0.1; done
  sleep 1
}
process() { kill -0 $pid 2>&- && echo the process runs || echo the process has ended with 3; }
no_id() { sed -E 's/[0-9a-f]{64}/ID/'; }
api() { curl -sS -m 20 --unix-socket /run/podman.sock -X POST http://podman/v1.41/containers/job/wait | no_id; }
asked() {
  local said code=0
  said=$(timeout 20 "$@" wait job 2>&1) || code=$?
  echo "wait: says $(no_id <<<"$said"), ends with $code"
}
all() {
  echo "API        $(api)"
  echo "docker     $(asked docker)"
  echo "podman     $(asked podman)"
  echo "--remote   $(asked podman --remote --url $DOCKER_HOST)"
}

start; end
echo "as usual   $(process)"; all
podman rm job >&2; rm may-end/now

start; kill -KILL $conmon; sleep 1
echo "killed     $(process)"; all
end
echo "later      $(process)"; all
docker stop -t 1 job >&2
echo "stopped    API $(api)"
SHOW
unshare -m -p -n -i -u -f --kill-child bash root/srv/boot </dev/null >seen 2>log & machine=$!
wait $machine || true; machine=
[ -s seen ] || { cat log; echo 'could not be tried'; exit 2; }
cat seen
diff seen - <<'SEEN' || { cat log; echo changed; exit 1; }
docker-cli 26.1.5
podman 5.4.2
as usual   the process has ended with 3
API        {"StatusCode":3,"Error":null}
docker     wait: says 3, ends with 0
podman     wait: says 3, ends with 0
--remote   wait: says 3, ends with 0
killed     the process runs
API        {"StatusCode":0,"Error":{"Message":"getting exit code of container ID from DB: no such exit code"}}
docker     wait: says 0, ends with 0
podman     wait: says Error: getting exit code of container ID from DB: no such exit code, ends with 125
--remote   wait: says 0, ends with 0
later      the process has ended with 3
API        {"StatusCode":0,"Error":{"Message":"getting exit code of container ID from DB: no such exit code"}}
docker     wait: says 0, ends with 0
podman     wait: says Error: getting exit code of container ID from DB: no such exit code, ends with 125
--remote   wait: says 0, ends with 0
stopped    API {"StatusCode":-1,"Error":null}
SEEN
