#!/usr/bin/env bash
# A real syslog server for the tests: rsyslog, RFC 5425 (TLS, octet counting) on loopback.
#
#   rsyslog.sh FOLDER PORT [mtls]
#
# Debian: rsyslog rsyslog-openssl openssl. Prints "ready" once it listens and serves until
# its standard input ends, so a test process that is killed leaves nothing behind.
# FOLDER/out.jsonl holds one JSON a message. FOLDER/ca.crt vouches for the server
# (localhost, 127.0.0.1); with mtls it wants a client named portal (portal.crt, portal.key);
# stranger.crt is of the same authority and another name. Certificates are made once.
set -euo pipefail
folder=$(realpath -m "$1") port=$2 mode=${3:-}
PATH=$PATH:/usr/sbin
mkdir -p "$folder"
cd "$folder"

new_key() { openssl ecparam -genkey -name prime256v1 -noout -out "$1.key"; }

if [ ! -s ca.crt ]; then
  exec 2>openssl.log
  new_key ca
  openssl req -x509 -new -key ca.key -days 2 -subj "/CN=test syslog CA" -out ca.crt
  for name in server portal stranger; do
    new_key $name
    openssl req -new -key $name.key -subj "/CN=$name" -out $name.csr
    case $name in server) names=DNS:localhost,IP:127.0.0.1 ;; *) names=DNS:$name ;; esac
    openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
      -extfile <(echo "subjectAltName=$names") -out $name.crt
  done
fi

auth='streamDriver.authMode="anon"'
[ "$mode" = mtls ] && auth='streamDriver.authMode="x509/name" permittedPeer=["portal"]'
cat >rsyslog.conf <<CONF
global(workDirectory="$folder" maxMessageSize="64k" defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="$folder/ca.crt"
  defaultNetstreamDriverCertFile="$folder/server.crt"
  defaultNetstreamDriverKeyFile="$folder/server.key")
module(load="imtcp")
template(name="line" type="list" option.jsonf="on") {
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf")
  property(outname="pri" name="pri" format="jsonf")
  property(outname="sd" name="structured-data" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
}
ruleset(name="keep") { action(type="omfile" file="$folder/out.jsonl" template="line") }
input(type="imtcp" address="127.0.0.1" port="$port" ruleset="keep"
  streamDriver.name="ossl" streamDriver.mode="1" $auth)
CONF

# by another path, for a profile of AppArmor would keep it out of our folder
cp "$(command -v rsyslogd)" rsyslogd
rm -f rsyslogd.pid
./rsyslogd -n -f "$folder/rsyslog.conf" -i "$folder/rsyslogd.pid" </dev/null >log 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 600); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && { echo ready; break; }
  kill -0 "$server" || { cat log >&2; exit 1; }
  sleep 0.05
done
cat >/dev/null
