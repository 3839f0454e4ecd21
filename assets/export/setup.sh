#!/bin/sh
# A GitLab runner in podman in podman: the six steps of `pipglr setup`, as commands. Written by pipglr %VERSION%
# (`pipglr export script`). Run it as the user who is to own the runner, from a login of that user:
#
#   sh THIS_FILE                            # asks for what is secret
#   PIPGLR_TOKEN_FILE=token sh THIS_FILE    # reads the token from a file, one a line; /dev/stdin is a pipe
%SECRET_FILES%#
# No secret is in it. What is done already is passed over: where it fails, fix that, and run it again.
set -eu

image=%IMAGE%
name=%NAME%
user=$(id -un)
%DESCRIPTION%

# Where a configuration is between its registration and its secret; pipglr uses the same file.
state=${XDG_STATE_HOME:-$HOME/.local/state}/pipglr
work=$state/%WORK%

here=$PWD
say() { printf '\n%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
[ "$(id -u)" -ne 0 ] || fail 'Run this as the user who is to own the runner, not as root.'

# Prints what is secret: from a file, where one is named, else as it is typed, unseen. Never as an argument of a command.
ask() { # FILE QUESTION VARIABLE
    if [ -n "$1" ]; then
        (cd "$here" && cat "$1")
    else
        # It is there for everybody; only who has a terminal can open it.
        (: </dev/tty) 2>/dev/null || fail "Nobody is there to be asked: $2. Name a file with it in $3, and run it again."
        printf '%s (not shown): ' "$2" >/dev/tty
        stty -echo </dev/tty
        IFS= read -r answer </dev/tty || answer=
        stty echo </dev/tty
        printf '\n' >/dev/tty
        printf '%s\n' "$answer"
    fi
}

say '1 Persistent'
# By default on many distributions, regular users aren't permitted to leave background processes running after they log
# out. Since this is desired for running the container long-term, systemd needs to be configured to override this policy.
# For this, you will need root access on the system, where it is not granted to you.
[ -e "/var/lib/systemd/linger/$user" ] || %LINGER% 2>/dev/null || sudo %LINGER%

say '2 ID ranges'
# As an added protection, pipglr excludes three user and group IDs from being used by job-level containers. One for root,
# another for runner and a third for podman. However, some container images you may want to use for jobs (mainly
# Debian/Ubuntu) assign one or more essential users a high ID (like 65535). So %NEEDED% IDs are allocated, in ranges that
# overlap nobody's. Without them a job says: "newuidmap: write to uid_map failed", or "setgroups 65534 failed".
has() { awk -F: -v name="$user" -v uid="$(id -u)" 'NF == 3 && ($1 == name || $1 == uid) { n += $3 } END { print n + 0 }' "$1"; }
# A free range: behind the user's own last one, else where nobody has one. What real users have is taken, too.
first_free() { # FILE DATABASE COUNT
    { cat "$1"; getent "$2" | awk -F: '{ print "-:" $3 ":1" }'; } |
        awk -F: -v name="$user" -v uid="$(id -u)" -v count="$3" '
            NF == 3 { start[n] = $2 + 0; end[n++] = $2 + $3; if (($1 == name || $1 == uid) && $2 + $3 > own) own = $2 + $3 }
            function free(first, i) {
                for (i = 0; i < n; i++) if (start[i] < first + count && first < end[i]) return 0
                return first >= 100000
            }
            END {
                best = free(100000) ? 100000 : 0
                for (i = 0; i < n; i++) if (free(end[i]) && (!best || end[i] < best)) best = end[i]
                print (own && free(own)) ? own : best
            }'
}
grow() { # FILE DATABASE OPTION
    [ -e "$1" ] || sudo sh -c "umask 022; : >>$1"
    missing=$((%NEEDED% - $(has "$1")))
    [ "$missing" -gt 0 ] || return 0
    first=$(first_free "$1" "$2" "$missing")
    sudo usermod "$3" "$first-$((first + missing - 1))" "$user"
}
grow /etc/subuid passwd --add-subuids
grow /etc/subgid group --add-subgids
# This makes them count. Note: it stops any currently running containers.
in_force() { podman unshare awk '{ n += $3 } END { print n - 1 }' "/proc/self/$1_map"; }
if [ "$(in_force uid)" -lt %NEEDED% ] || [ "$(in_force gid)" -lt %NEEDED% ]; then
    %MIGRATE%
fi

say 'Image'
podman image exists "$image" || %PULL%
%AUTHORITY%
say '3 Registration'
# All runners must be connected to a GitLab. The token is a podman secret only as long as that takes.
is_stored() { podman secret inspect %CONFIG_SECRET% >/dev/null 2>&1; }
registered() { grep -c '^\[\[runners]]' config.toml || :; }
register() { # TOKEN
    podman secret rm %TOKEN_SECRET% >/dev/null 2>&1 || :
    %NONE_LEFT% >/dev/null 2>&1 || :
    printf '%s\n' "$1" | podman secret create %TOKEN_SECRET% - >/dev/null
    %REGISTER%
    podman secret rm %TOKEN_SECRET% >/dev/null
}
mkdir -p "$work"
chmod 700 "$state" "$state/work" "$work"
cd "$work"
umask 077
if is_stored; then
    echo 'The secret %CONFIG_SECRET% is there.'
else
    # A blank config.toml has to be there, or the registration returns a permission-denied error.
    [ -e config.toml ] || : >config.toml
    chmod 600 config.toml
    trap 'podman secret rm %TOKEN_SECRET% >/dev/null 2>&1 || :; [ -s config.toml ] || rm -f config.toml' EXIT
    wanted=%RUNNERS%
    if [ "$(registered)" -lt "$wanted" ]; then
%TOKENS%
        # An authentication token (glrt-) registers once, however often it is used; a legacy one makes a new runner each time.
        lines=$(printf '%s\n' "$tokens" | grep -c . || :)
        case $tokens in
        '') fail 'No token was given.' ;;
        glrt-*) wanted=$lines ;;
        *) [ "$lines" -le "$wanted" ] || wanted=$lines ;;
        esac
        while [ "$(registered)" -lt "$wanted" ]; do
            line=$(($(registered) % lines + 1))
            register "$(printf '%s\n' "$tokens" | grep . | sed -n "${line}p")"
        done
    fi
fi

say '4 Configuration'
# The gitlab-runner configuration contains values which should be protected: the whole of it is a podman secret.
if ! is_stored; then
%CONFIG%
    # To look at it, or to edit it, do so here: the file is ./config.toml in the folder $work.
    podman secret create %CONFIG_SECRET% ./config.toml
    rm ./config.toml
fi

say '5 Volumes'
# Since several users are utilized inside the container, volumes must be specifically configured to permit access. They
# do not contain any critical operational data, and may be re-created anytime to quickly free up host disk-space.
%VOLUMES%

say '6 Startup'
# With the configuration saved as a podman secret, and the volumes created, the container may be launched.
quadlet=$HOME/.config/containers/systemd/pipglr/$name.container
unit=$HOME/.config/systemd/user/$name.service
before=$state/boot/$name.json
%LIMITS%if podman container exists "$name"; then
    podman start "$name"
%QUADLET%
else
    %RUN%
fi
%BOOT%
say "The container $name runs. What it does: podman logs --since 0 --follow $name"
