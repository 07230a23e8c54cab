#!/bin/sh
# A PostgreSQL server that takes the variables of the official image:
# POSTGRES_USER, POSTGRES_DB, and POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE. Its data is below /var/lib/postgresql. What stands in
# /docker-entrypoint-initdb.d (*.sql, *.sh) is run once, in the order of the names, when the database is made.
set -eu

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
data=/var/lib/postgresql/15/docker
socket=/var/run/postgresql

as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

mkdir -p "$data" "$socket"
chown postgres:postgres /var/lib/postgresql /var/lib/postgresql/15 "$data" "$socket"
chmod 0700 "$data"

if ! [ -s "$data/PG_VERSION" ]; then
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
        password=$(cat "$POSTGRES_PASSWORD_FILE")
    else
        password=${POSTGRES_PASSWORD:-}
    fi
    if [ -z "$password" ]; then
        echo "POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE must be given" >&2
        exit 1
    fi
    words=$(mktemp)
    printf '%s\n' "$password" >"$words"
    chown postgres "$words"
    as_postgres initdb --pgdata="$data" --username="$user" --pwfile="$words" --encoding=UTF8 --locale=C \
        --auth-local=trust --auth-host=scram-sha-256
    rm "$words"
    echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
    # As in the official image, the server that makes the database listens on its socket only.
    as_postgres pg_ctl --pgdata="$data" --wait -o "-c listen_addresses='' -c jit=off" start
    if [ "$database" != postgres ]; then
        as_postgres createdb --host="$socket" --username="$user" "$database"
    fi
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
            *.sql) as_postgres psql --host="$socket" --username="$user" --dbname="$database" -v ON_ERROR_STOP=1 --file="$file" ;;
            *.sh) as_postgres sh "$file" ;;
        esac
    done
    as_postgres pg_ctl --pgdata="$data" --wait stop
fi

unset POSTGRES_PASSWORD
exec setpriv --reuid=postgres --regid=postgres --init-groups \
    postgres -D "$data" -c listen_addresses='*' -c jit=off
