#!/usr/bin/env bash
# Starts an unpacked image, in mount and network namespaces of its own, and asks it. Packaging/oci/check.sh calls it.
#
#   unshare --mount --net Packaging/oci/start.sh FOLDER
#
# FOLDER has the bundle that umoci unpacked, the configuration nuncio.yaml, and in “command” the words of the entry point, one a line.
set -euo pipefail
folder=$1
root=$folder/bundle/rootfs
user=65532

fail() {
    echo "$*" >&2
    [ ! -s "$folder/log" ] || tail -n 20 "$folder/log" >&2
    exit 1
}

found=$(find "$root" \( -name sh -o -name '*sh' -a -path '*/bin/*' -o -name 'busybox*' -o -name 'apt*' -o -perm /6000 \) -print)
[ -z "$found" ] || fail "The image has a shell, a package manager or a program with the rights of others: $found"
found=$(find "$root" -xdev ! -type l \( -perm /022 -o -uid $user ! -path "$root/var/lib/nuncio" \) -print)
[ -z "$found" ] || fail "Others than root can write in the image: $found"

# As Kubernetes hands a new volume over (fsGroup), the strictest case: root's folder, which the server's group can write to.
mkdir "$folder/state" "$folder/configuration"
chown root:$user "$folder/state"
chmod 2775 "$folder/state"
install -m 644 "$folder/nuncio.yaml" "$folder/configuration/nuncio.yaml"
ip link set lo up
mount --bind "$root" "$root"
mount --bind "$folder/state" "$root/var/lib/nuncio"
mount --bind "$folder/configuration" "$root/etc/nuncio"
mount -o remount,bind,ro "$root/etc/nuncio"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -o remount,bind,ro "$root"
! touch "$root/var/written" 2>/dev/null || fail "The root file system can be written to."

# The root changes before the user does, because only root may change it.
mapfile -t command <"$folder/command"
run=(env -i PATH=/usr/bin setpriv --no-new-privs "$(command -v chroot)" --userspec=$user:$user "$root")
"${run[@]}" "${command[@]}" 2>"$folder/log" &
server=$!
trap 'kill -KILL $server 2>/dev/null || true' EXIT
for _ in $(seq 200); do
    grep -q 'ready' "$folder/log" && break
    kill -0 $server 2>/dev/null || fail "The server ended."
    sleep 0.1
done
grep -q '^Uid:[[:space:]]*65532[[:space:]]*65532' "/proc/$server/status" || fail "The server runs as another user."
grep -q '^CapEff:[[:space:]]*0*$' "/proc/$server/status" || fail "The server has capabilities."

for transport in +notcp +tcp; do
    dig +norecurse $transport +time=5 +tries=2 -p 5353 @127.0.0.1 delegates.example.net SOA >"$folder/answer"
    grep -q 'flags: qr aa' "$folder/answer" || fail "No answer over DNS: $(cat "$folder/answer")"
done
ask=(curl --silent --show-error --fail --max-time 10)
"${ask[@]}" http://127.0.0.1:8080/health >/dev/null
"${ask[@]}" http://127.0.0.1:9553/readyz >/dev/null

# The health check of the image, and a write: a delegate that the operator makes through the socket.
"${run[@]}" "${command[0]}" status >/dev/null || fail "“nuncio status” fails in the container."
"${run[@]}" "${command[0]}" delegates create web1 --domain example.com >/dev/null 2>"$folder/said" || fail "No delegate can be made."
[ -s "$folder/state/nuncio.db" ] || fail "The storage is not in the volume."

kill -TERM $server
status=0
wait $server || status=$?
[ $status -eq 0 ] || fail "The server ended with exit code $status."

# The next container finds the delegate and the same keys.
before=$(cd "$folder/state" && find nuncio.db.keys -type f -exec sha256sum {} + | sort)
"${run[@]}" "${command[@]}" 2>"$folder/log" &
server=$!
for _ in $(seq 200); do
    grep -q 'ready' "$folder/log" && break
    kill -0 $server 2>/dev/null || fail "The server does not start again."
    sleep 0.1
done
"${run[@]}" "${command[0]}" delegates show web1 >/dev/null || fail "The delegate is gone."
after=$(cd "$folder/state" && find nuncio.db.keys -type f -exec sha256sum {} + | sort)
[ "$before" = "$after" ] || fail "The keys are others."
kill -TERM $server
wait $server || fail "The server ended badly."
echo "The image answers DNS over UDP and TCP, the API and the probes, as user $user on a read-only root, and stops by itself."
