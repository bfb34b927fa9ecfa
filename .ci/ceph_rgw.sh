#!/usr/bin/env bash
# A real S3 server for the tests: Ceph's RADOS Gateway on loopback, in memory.
#
#   ceph_rgw.sh DATADIR RGW_PORT MON_PORT
#
# Needs the Debian packages ceph-mon ceph-osd radosgw ceph-common; works as root
# or not. Prints "ready" when S3 answers and serves until its standard input ends,
# so a test process that is killed leaves nothing behind. DATADIR must be empty or
# absent; only loopback is listened on, so no cephx and no TLS.
# Environment: RGW_ACCESS_KEY, RGW_SECRET_KEY; RGW_LC_DEBUG=N makes a lifecycle
# "day" last N seconds (0: real days).
set -euo pipefail
data=$(realpath -m "${1:?data directory}") port=${2:?S3 port} mon_port=${3:?monitor port}
access_key=${RGW_ACCESS_KEY:-TESTACCESSKEY0000001}
secret_key=${RGW_SECRET_KEY:-testsecretkey00000000000000000000000001}
day_seconds=${RGW_LC_DEBUG:-0}
[ "$day_seconds" -gt 0 ] || day_seconds=-1
pids=()

# Nothing outlives the test, so nothing is worth a slow goodbye.
stop() {
  trap '' EXIT INT TERM HUP
  local pid
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
}
trap stop EXIT
trap 'exit 0' INT TERM HUP

fail() { echo "ceph_rgw.sh: $1; see $data/log" >&2; exit 1; }

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
  local limit=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$limit" ] || return 1
    sleep 0.1
  done
}

daemon() {  # daemon NAME COMMAND...
  local name=$1; shift
  setsid "$@" -f </dev/null >"$data/log/$name.out" 2>&1 &
  pids+=($!)
}

[ -z "$(ls -A "$data" 2>/dev/null)" ] || { echo "ceph_rgw.sh: $data is not empty" >&2; exit 1; }
mkdir -p "$data"/{mon,osd/0,rgw,run,log}
cd "$data"
fsid=$(cat /proc/sys/kernel/random/uuid)
osd_uuid=$(cat /proc/sys/kernel/random/uuid)
export CEPH_CONF=$data/ceph.conf
: >"$data/keyring"
# "ms mon client mode": radosgw insists on "secure", which loops without cephx.
# "paxos propose interval": 12 s to start becomes 2 s.
cat >"$CEPH_CONF" <<C
[global]
fsid = $fsid
mon host = v2:127.0.0.1:$mon_port
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind port min = $((mon_port + 1))
ms bind port max = $((mon_port + 300))
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = false
run dir = $data/run
admin socket =
log file = $data/log/\$name.log
mon cluster log file = $data/log/cluster.log
crash dir = $data/log
keyring = $data/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon allow pool delete = true
mon max pg per osd = 2000
mon data avail warn = 1
mon data avail crit = 1
[mon]
mon data = $data/mon/\$id
mon initial members = a
paxos propose interval = 0.05
paxos min wait = 0.01
mon osd min up ratio = 0
[osd]
osd data = $data/osd/\$id
osd objectstore = memstore
memstore device bytes = 2147483648
osd max object name len = 2048
osd class load list = *
osd class default list = *
osd heartbeat grace = 60
[client]
rgw data = $data/rgw
rgw frontends = beast endpoint=127.0.0.1:$port
rgw enable usage log = false
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
rgw lc debug interval = $day_seconds
rgw gc obj min wait = 5
rgw gc processor period = 10
rgw gc processor max time = 10
rgw dns name = localhost
rgw thread pool size = 64
ms mon client mode = crc secure
C

monmaptool --create --clobber --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" "$data/monmap" >/dev/null
ceph-mon -i a --mkfs --monmap "$data/monmap" >"$data/log/mon-mkfs.out" 2>&1 || fail "the monitor's store could not be made"
daemon mon ceph-mon -i a
wait_for 20 timeout 5 ceph --connect-timeout 2 mon stat || fail "the monitor does not answer"
ceph osd new "$osd_uuid" 0 >/dev/null 2>&1
ceph-osd -i 0 --mkfs --osd-uuid "$osd_uuid" >"$data/log/osd-mkfs.out" 2>&1 || fail "the OSD's store could not be made"
daemon osd ceph-osd -i 0
osd_is_up() { ceph osd stat 2>/dev/null | grep -q '1 up'; }
wait_for 30 osd_is_up || fail "the OSD does not come up"
{
  radosgw-admin user create --uid=portal --display-name=portal --access-key="$access_key" --secret-key="$secret_key"
  # a second storage class, for the tests of tiers
  radosgw-admin zonegroup placement add --rgw-zonegroup default --placement-id default-placement --storage-class GLACIER
  radosgw-admin zone placement add --rgw-zone default --placement-id default-placement --storage-class GLACIER --data-pool default.rgw.glacier.data
} >"$data/log/admin.out" 2>&1 || fail "radosgw-admin failed"
daemon radosgw radosgw -n client.rgw
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port"); }
wait_for 30 answers || fail "radosgw does not answer"
echo ready
cat >/dev/null
