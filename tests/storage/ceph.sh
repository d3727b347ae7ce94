#!/usr/bin/env bash
# Ceph's object gateway with one monitor and one store in memory, as a second host for the tests of storage, until this script is ended.
#
#   apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
#   tests/storage/ceph.sh &      # says when it is there, at http://127.0.0.1:7480
#   STATUARY_TEST_STORAGE=http://127.0.0.1:7480 cargo test --test suite -- publishing storage:: every_error::publishing
#
# Any other host is named in the same way, with STATUARY_TEST_STORAGE_KEY, _SECRET and _REGION; it must be one that holds to conditions.
set -euo pipefail
port=${1:-7480}
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 0' INT TERM
cluster=$(cat /proc/sys/kernel/random/uuid)
cat > "$dir/ceph.conf" <<CONF
[global]
fsid = $cluster
mon_host = v2:127.0.0.1:3300
mon_initial_members = a
ms_bind_msgr1 = false
keyring = $dir/keyring
mon_data = $dir/mon
osd_data = $dir/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
run_dir = $dir
log_file = $dir/\$name.log
admin_socket = $dir/\$name.asok
rgw_frontends = beast endpoint=127.0.0.1:$port
CONF
export CEPH_CONF=$dir/ceph.conf
mkdir "$dir/mon" "$dir/osd"
ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *' > "$dir/out"
for name in client.admin client.rgw osd.0; do
  ceph-authtool "$dir/keyring" --gen-key -n "$name" --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' >> "$dir/out"
done
monmaptool --create --fsid "$cluster" --addv a '[v2:127.0.0.1:3300]' "$dir/monmap" >> "$dir/out"
ceph-mon --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring" >> "$dir/out" 2>&1
ceph-mon -f -i a >> "$dir/out" 2>&1 &
store=$(cat /proc/sys/kernel/random/uuid)
timeout 60 ceph osd new "$store" >> "$dir/out" 2>&1
ceph-osd -i 0 --mkfs --osd-uuid "$store" >> "$dir/out" 2>&1
ceph-osd -f -i 0 >> "$dir/out" 2>&1 &
radosgw -f -n client.rgw >> "$dir/out" 2>&1 &
until (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do sleep 0.2; done
# The keys that the tests use where nobody names others.
timeout 60 radosgw-admin user create --uid=tests --display-name=tests --max-buckets=0 --access-key=CANARYKEYQ7WJ2 \
  --secret='CANARY-SECRET-ZK41/x+9' >> "$dir/out" 2>&1
echo "http://127.0.0.1:$port"
wait
