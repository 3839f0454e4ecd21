# A small job in the nested podman, as gitlab-runner would have it run, and what it needs: job.rs says what becomes of it.
# $1 are the settings of its containers (fields of HostConfig, JSON), $2 is its user, $3 its network, or nothing for one of
# its own with a service in it; then come the images that jobs need, each after when it is pulled: always, missing, never.
# All that is made has one name, so that the next run finds what one left that was killed.
made=pipglr-canary lock=/run/pipglr-canary socket=/home/runner/podman.sock
run=${run:-0} end=
settings=$1 user=$2 network=${3:-$made} shared=$3
shift 3

# api METHOD PATH [CURL'S OPTIONS...]: prints the answer; where podman refuses or does not answer its words, and fails.
api() {
  method=$1 path=$2
  shift 2
  answer=$(
    # podman goes on with what it was asked to make: `leave` waits for its answer, else there would be nothing to remove yet.
    case $method$path in
    (POST*/wait) ;;
    # The lock comes first: who is told to end before that asks for nothing.
    (POST*) exec 8>>$lock.making; flock -s 8; trap '' TERM INT HUP ;;
    esac
    curl -sS --max-time 20 --noproxy '*' --unix-socket $socket -X "$method" -H 'Content-Type: application/json' \
      --write-out '\n%{http_code}' "$@" "http://podman/$path" 2>&1
  ) || { printf '%s\n' "${answer%
*}"; return 1; }
  case ${answer##*
} in 2?? | 304) printf '%s\n' "${answer%
*}"; return 0 ;; esac
  printf '%s\n' "$answer" | sed -n 's/.*"message":"\(.*\)","response".*/\1/p; t; 1p' | sed 's/\\n/ /g; s/\\"/"/g'
  return 1
}

remove() { api DELETE "v4.0.0/libpod/containers/$made-$1?force=true&ignore=true&timeout=0"; }

leave() {
  flock -w 20 $lock.making true
  remove job
  remove service
  api DELETE "v4.0.0/libpod/networks/$made?force=true"
  api DELETE "v4.0.0/libpod/volumes/$made?force=true"
  api DELETE "v4.0.0/libpod/images/localhost/$made?force=true"
}

# One program and what it is linked with: perl, which each Debian has, writes, serves and asks.
image() {
  perl=$(command -v perl) || { echo 'the container has no perl, of which the image of the job would be made'; return 1; }
  tar -ch --owner=0 --group=0 --numeric-owner -C / $({ echo "$perl"; ldd "$perl" | grep -o '/[^ ]*'; } | sed 's|^/||') |
    api POST "v4.0.0/libpod/images/import?reference=localhost/$made:latest" -T -
}

# start NAME NETWORK USER PROGRAM: a container of the job's. Its alias is its name.
start() {
  program=$(printf '%s' "$4" | sed 's/[\\"]/\\&/g' | tr '\n' ' ') alias=
  [ "$2" != $made ] || alias="\"$2\":{\"Aliases\":[\"$1\"]}"
  answer=$(api POST "v1.41/containers/create?name=$made-$1" --data "{\"Image\":\"localhost/$made:latest\",\"User\":\"$3\",
    \"Cmd\":[\"$(command -v perl)\",\"-e\",\"$program\"],\"NetworkingConfig\":{\"EndpointsConfig\":{$alias}},
    \"HostConfig\":{$settings,\"NetworkMode\":\"$2\",\"Binds\":[\"$made:/builds\"]}}") || { printf '%s\n' "$answer"; return 1; }
  api POST "v1.41/containers/$made-$1/start"
}

# Prints what the job has printed; fails where it has failed.
ended() {
  answer=$(api POST "v1.41/containers/$made-job/wait") || { printf '%s\n' "$answer"; return 1; }
  # Each line comes with eight bytes before it that say how long it is.
  api GET "v1.41/containers/$made-job/logs?stdout=1&stderr=1" | tr -d '\000-\011\013-\037' | sed 's/.*> //'
  case $answer in *'"StatusCode":0,'* | *'"StatusCode":0}'*) return 0 ;; esac
  return 1
}

alone() {
  remove job
  start job none 0 "$write" && ended
}

# What podman answers of an image's registry, by the way that a pull goes; but nothing is pulled.
asked() { answer=$(api GET "v4.0.0/libpod/manifests/$1/json") || { printf '%s\n' "$answer"; return 1; }; }

images() {
  number=0
  while [ $# -gt 1 ]; do
    number=$((number + 1))
    part here$number api GET "v4.0.0/libpod/images/$2/exists"
    case $1-$code in never-* | missing-0) ;; *) part asked$number asked "$2" ;; esac
    shift 2
  done
}

write='for (qw(/pipglr /builds/pipglr)) {
  open F, ">", $_ and print F "x" x 65536 and close F or die "> $_: $!\n";
  chown 65535, 65535, $_ or die "> chown to 65535: $!\n"
}'
serve='socket S, 2, 1, 6 and bind S, pack "S n x4 x8", 2, 8000 and listen S, 5 or die "> $!\n";
while (accept C, S) { syswrite C, "served\n"; close C }'
# A name server that is away is not waited for as long as usual.
ask='$ENV{RES_OPTIONS} = "timeout:1 attempts:1"; $end = time + 8;
while (time < $end) {
  $a = gethostbyname "service";
  if (!$a) { $why = "its name is not known" }
  elsif (socket S, 2, 1, 6 and connect S, pack "S n a4 x8", 2, 8000, $a) { exit(<S> ne "served\n") }
  else { $why = $! }
  select undef, undef, undef, 0.1
}
die "> $why\n"'
[ -z "$shared" ] || ask='exit 0'

exec 9<>$lock
flock -w 30 9 || { part busy false; exit; }
# Who it is first, then whether it was told to end before that: see job.rs.
echo "$$ $run" >$lock
[ ! -e "$lock.$run" ] || end=told
rm -f $lock.*
[ -z "$end" ] || exit
trap 'trap "" TERM INT HUP; leave >/dev/null 2>&1' EXIT
trap 'exit 1' TERM INT HUP
part ids cat /proc/self/uid_map
part room df -B1 --output=fstype,size,used,avail,itotal,iavail,target /home/podman/.local/share/containers
part podman api GET v4.0.0/libpod/_ping || exit
leave >/dev/null 2>&1
images "$@" 9>&- &
part image image || { wait; exit; }
code=0
if [ -n "$shared" ] || part network api POST v1.41/networks/create --data "{\"Name\":\"$made\"}"; then
  part start start job "$network" 0 "$write"
fi
if [ $code != 0 ]; then
  part alone alone
elif part job ended; then
  remove job >/dev/null 2>&1
  { [ -n "$shared" ] || part serve start service "$network" 0 "$serve"; } &&
    part ask start job "$network" "$user" "$ask" && part service ended
fi
wait
trap '' TERM INT HUP # it is leaving
