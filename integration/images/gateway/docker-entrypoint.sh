#!/usr/bin/env bash
# Stands where the official image's entrypoint stands (fact sheet 6.1) and starts a simulated gateway in its place.
set -euo pipefail

printf 'init     | %s | Preparing the simulated gateway\n' "$(date '+%Y/%m/%d %H:%M:%S')"
exec "$IGNITION_INSTALL_LOCATION/ignition-stack" simulate-gateway "$@"
