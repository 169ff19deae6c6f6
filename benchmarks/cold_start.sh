#!/bin/sh
# From an empty Debian 12 to the first page: sh benchmarks/cold_start.sh [DIR]
# As root, on a machine with debootstrap and the network. DIR (new) becomes a bare system with python3-venv and this
# checkout, nothing else. What the machine's own pip needs to reach its packages (PIP_CONFIG_FILE or PIP_INDEX_URL, the
# certificates) is handed on; its cache is not.
set -eu
checkout=$(cd "$(dirname "$0")/.." && pwd)
root=${1:-$(mktemp -d)/debian}

[ -d "$root/usr" ] || debootstrap --variant=minbase --include=ca-certificates,python3-venv bookworm "$root" >/dev/null
chmod 755 "$root"
for folder in proc dev; do mountpoint -q "$root/$folder" || mount --bind "/$folder" "$root/$folder"; done
mountpoint -q "$root/dev/shm" || mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
trap 'umount "$root/dev/shm" "$root/dev" "$root/proc"' EXIT

rm -rf "$root/srv/gate40" && mkdir -p "$root/srv/gate40"
tar -C "$checkout" -c --exclude=./.git --exclude='./.venv*' --exclude=./var . | tar -C "$root/srv/gate40" -x
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/hosts "$root/etc/hosts"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
if [ -f "${PIP_CONFIG_FILE:-/etc/pip.conf}" ]; then cp "${PIP_CONFIG_FILE:-/etc/pip.conf}" "$root/etc/pip.conf"; fi

cat > "$root/srv/measure.py" <<'PYTHON'
import os, signal, subprocess, sys, time
began = time.monotonic()
portal = subprocess.Popen(["python3", "manage.py", "up"], cwd="/srv/gate40", stdout=subprocess.PIPE, text=True)
for line in portal.stdout:
    print(line, end="", flush=True)
    if "The portal is ready" in line:
        print(f"COLD START: {time.monotonic() - began:.1f} s from the command to the first page", flush=True)
        print(subprocess.getoutput("du -sm /srv/gate40/.venv"), flush=True)
        portal.send_signal(signal.SIGINT)
sys.exit(portal.wait())
PYTHON
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} \
    PIP_NO_CACHE_DIR=1 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    chroot "$root" python3 /srv/measure.py
