#!/bin/bash
# A real S3 server for tests, thrown away afterwards: Ceph's radosgw over one monitor and one in-memory OSD, loopback only.
#   s3-server.sh start FOLDER PORT MONITOR_PORT    returns when it answers; access key `test`, secret `testsecret`
#   s3-server.sh stop FOLDER                       ends the daemons and removes the folder
#   s3-server.sh guard PID FOLDER                  waits until process PID is gone, then stops
# Debian: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common curl
set -Eeuo pipefail

usage() { sed -n '2,5s/^# *//p' "$0" >&2; exit 2; }
[[ $# -ge 2 ]] || usage

alive() { [[ -s $1 ]] && kill -0 "$(cat "$1")" 2>/dev/null; }

stop() {
  local folder=$1 daemon
  # The gateway first: it would wait for the others.
  for daemon in rgw osd mon; do
    alive "$folder/$daemon.pid" && kill -KILL "$(cat "$folder/$daemon.pid")" 2>/dev/null || true
  done
  rm -rf "$folder"
}

configuration() {
  cat <<CONF
[global]
fsid = $fsid
mon host = [v1:127.0.0.1:$monitor_port]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
# One copy on one disk is enough for a test.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 1
osd objectstore = memstore
memstore device bytes = 2147483648
osd class dir = $class_folder
run dir = $folder/run
pid file = $folder/\$type.pid
log file = $folder/\$name.log
admin socket = $folder/run/\$name.asok
mon data = $folder/mon
osd data = $folder/osd
[client.rgw]
pid file = $folder/rgw.pid
rgw frontends = beast endpoint=127.0.0.1:$port
rgw dns name = localhost
CONF
}

# A client may speak to the monitor before it has learned the cluster's id; it is refused ("wrong fsid") and ends.
again() {
  local try
  for try in 1 2 3 4 5 6 7 8 9; do
    "$@" && return
    sleep 0.3
  done
  "$@"
}

start() {
  folder=$1 port=$2 monitor_port=$3
  fsid=$(cat /proc/sys/kernel/random/uuid)
  class_folder=$(find /usr/lib /usr/lib64 -maxdepth 2 -type d -name rados-classes -print -quit 2>/dev/null || true)
  local conf=$folder/ceph.conf disk
  mkdir -p "$folder"/{mon,osd,run}
  configuration >"$conf"
  trap 'stop "$folder"' INT TERM
  # Ceph is talkative; what it says matters only when it fails.
  exec 3>&2 >"$folder/start.log" 2>&1
  trap 'echo "$BASH_COMMAND failed:" >&3; tail -n 20 "$folder/start.log" "$folder"/*.log >&3; stop "$folder"' ERR

  monmaptool --create --addv a "[v1:127.0.0.1:$monitor_port]" --fsid "$fsid" "$folder/monmap"
  ceph-mon -i a --mkfs --monmap "$folder/monmap" -c "$conf"
  # Daemons must not keep the caller's stderr open (3): it would wait for its end.
  ceph-mon -i a -c "$conf" 3>&-
  disk=$(cat /proc/sys/kernel/random/uuid)
  again ceph -c "$conf" --connect-timeout 30 osd new "$disk"
  ceph-osd -i 0 --mkfs --osd-uuid "$disk" -c "$conf"
  again ceph-osd -i 0 -c "$conf" 3>&-
  # It waits by itself until the disk is up.
  radosgw -n client.rgw -c "$conf" 3>&-
  again radosgw-admin -c "$conf" user create --uid=test --display-name=test \
    --access-key=test --secret-key=testsecret
  curl --silent --retry 120 --retry-delay 1 --retry-connrefused --output /dev/null "http://127.0.0.1:$port/"
}

case $1 in
  start) [[ $# -eq 4 ]] || usage; start "$2" "$3" "$4" ;;
  stop) stop "$2" ;;
  guard) [[ $# -eq 3 ]] || usage; tail --pid="$2" -f /dev/null; stop "$3" ;;
  *) usage ;;
esac
