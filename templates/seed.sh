#!/bin/bash
# Puts the files of services/<gateway>/ into that gateway's data volume before the gateway starts.
# Runs as root in a container of the gateway's own image; running it again changes nothing.
set -euo pipefail
umask 022

data=${SEED_DATA:-/usr/local/bin/ignition/data}
source=${SEED_SOURCE:-/seed/gateway}
keys=${SEED_KEYS:-/seed/keys}
marker=$data/.ignition-stack-seeded

# The gateway's user: the image's own choice where the volume was filled from the image, else the usual one.
owner=${SEED_OWNER:-$(stat -c %u:%g -- "$data")}
if [ "${owner%%:*}" = 0 ]; then
    owner=2003:2003
fi

# The gateway runs as this user and must be able to write beside every seeded file.
own() {
    if [ "$(stat -c %u -- "$1")" != "${owner%%:*}" ]; then
        chown -h -- "$owner" "$1"
    fi
}

# Makes the directories above a path below the data directory, one by one, so that each gets its owner.
make_parents() {
    local rest=$1 at=$data
    own "$data"
    while [[ $rest == */* ]]; do
        at=$at/${rest%%/*}
        rest=${rest#*/}
        [ -d "$at" ] || mkdir -m 755 -- "$at"
        own "$at"
    done
}

# Puts standard input at a path: complete or not at all, with its owner and mode.
put() {
    local path=$1 mode=$2 part
    make_parents "$path"
    part=$data/$path.seeding
    rm -f -- "$part"
    (umask 077 && cat > "$part")
    chown -h -- "$owner" "$part"
    chmod -- "$mode" "$part"
    mv -fT -- "$part" "$data/$path"
}

first=yes
if [ -e "$marker" ]; then
    first=no
fi

while read -r when what path; do
    case $when in
        '' | '#'*) continue ;;
        first) [ "$first" = yes ] || continue ;;
        always) ;;
        *) echo "seed: $source/seeds: unknown word: $when" >&2 && exit 1 ;;
    esac
    case $what in
        file) put "$path" 644 < "$source/data/$path" ;;
        secret:*)
            key=${what#secret:}
            [ -n "${!key:-}" ] || { echo "seed: $key is not set: see the .env file of the project" >&2 && exit 1; }
            put "$path" 400 < <(printf '%s' "${!key}")
            ;;
        key:*)
            file=${what#key:}
            [ -f "$keys/$file" ] && [ -r "$keys/$file" ] || { echo "seed: secrets/$file of the project cannot be read here" >&2 && exit 1; }
            mode=400
            [[ $file != *.crt ]] || mode=644
            put "$path" "$mode" < "$keys/$file"
            ;;
        *) echo "seed: $source/seeds: unknown word: $what" >&2 && exit 1 ;;
    esac
done < "$source/seeds"

# Last: an interrupted run must not be taken for a finished one.
if [ "$first" = yes ]; then
    own "$data"
    : > "$marker"
    chown -h -- "$owner" "$marker"
    echo "seed: done"
else
    echo "seed: this volume was seeded before; only the files marked always were renewed"
fi
