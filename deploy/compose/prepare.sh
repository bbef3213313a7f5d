#!/bin/sh
# What must be there before the first start, made once: a training authority, the keys and certificates of services and
# broker, the password of the database. $1 is the folder of the volumes. Whatever is there already stays as it is.
set -eu
umask 077
keys=${1:?folder of the keys}
authority=$keys/authority/ca

# `made FILE COMMAND…` runs the command where the file is not there. A command that is killed leaves no file behind.
made() {
    [ -e "$1" ] && return
    shift
    "$@"
}

authority() {
    rm -rf "$authority.draft"
    lienthong pki init "$authority.draft"
    mv "$authority.draft" "$authority"
}

service() {
    rm -f "$keys/$1/$1.key" "$keys/trust/services/$1.pem"
    lienthong pki service "$authority" "$1" --key "$keys/$1/$1.key" --certificate "$keys/trust/services/$1.pem"
    : > "$keys/$1/.made"
}

stamper() {
    rm -f "$keys/$1/tsa.key" "$keys/$1/tsa.pem"
    lienthong pki tsa "$authority" "lienthong $1" --key "$keys/$1/tsa.key" --certificate "$keys/$1/tsa.pem"
    : > "$keys/$1/.stamper-made"
}

password() {
    python -c 'import secrets; print(secrets.token_urlsafe(24), end="")' > "$keys/postgres/.draft"
    mv "$keys/postgres/.draft" "$keys/postgres/password"
}

mkdir -p "$keys/trust/services" "$keys/accounts" "$keys/exchange" "$keys/broker" "$keys/postgres" "$keys/authority"
made "$authority" authority
cp "$authority/anchors/root.pem" "$keys/trust/root.pem"
made "$keys/accounts/.made" service accounts
made "$keys/exchange/.made" service exchange
made "$keys/accounts/.stamper-made" stamper accounts
made "$keys/exchange/.stamper-made" stamper exchange
made "$keys/broker/broker.pem" lienthong pki tls-server "$authority" --pem "$keys/broker/broker.pem" \
    --host kafka --host "${LIENTHONG_PUBLIC_HOST:-localhost}"
made "$keys/postgres/password" password
for service in accounts exchange; do
    printf '*:*:*:postgres:%s\n' "$(cat "$keys/postgres/password")" > "$keys/$service/pgpass"
done
chmod -R a+rX "$keys/trust"
