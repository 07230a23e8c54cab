#!/usr/bin/env bash
# health-check.sh [-s STATE] [-t SECONDS] [URL]: compares `state` alone, as the official image's script does, so that it passes while
# the gateway waits for its commissioning (fact sheet 6.1).
set -euo pipefail

state=RUNNING seconds=3
while getopts s:t: option; do
    case $option in
        s) state=$OPTARG ;;
        t) seconds=$OPTARG ;;
        *) exit 1 ;;
    esac
done
shift $((OPTIND - 1))
url=${1:-http://localhost:8088/StatusPing}
origin=${url#http://}
answer=$(timeout "$seconds" bash -c '
    exec 3<>"/dev/tcp/${0%:*}/${0#*:}"
    printf "GET /%s HTTP/1.0\r\n\r\n" "$1" >&3
    cat <&3' "${origin%%/*}" "${origin#*/}")
[[ $answer == *"\"state\":\"$state\""* ]]
