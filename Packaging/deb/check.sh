#!/usr/bin/env bash
# Makes packages of a program and tries them: what lintian says, the unit's exposure, and what an installation, an upgrade, a downgrade, a
# removal and a purge leave, in a small Debian 12 of its own (small-debian.sh).
#
#   Packaging/deb/check.sh .build/debug/nuncio
#
# The program may be a debug build: then Swift's libraries are shown to it in the small Debian. Its version and optimisation are not looked
# at. There is no service manager: Packaging/deb/lives.sh starts and stops the server in its place.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
source Scripts/packages.sh

[ "$(id -u)" -eq 0 ] && unshare --mount --pid --net --fork true 2>/dev/null || {
    echo "The packages are tried as root in namespaces of their own, which cannot be made here." >&2
    exit 77
}
need_packages binutils chrpath curl debhelper bind9-dnsutils dpkg-dev fakeroot iproute2 lintian systemd

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The folder with Swift's libraries, for a program that has them outside.
libraries=$(ldd "$program" | sed -n 's|.* => \(.*\)/libswiftCore.so .*|\1|p')
export NUNCIO_LIBRARIES=$libraries NUNCIO_COMPRESSION="-Zgzip -z1" DEB_BUILD_OPTIONS=noautodbgsym
DEBFULLNAME="Check of Nuncio" DEBEMAIL=check@example.net Packaging/deb/build.sh "$program" 0.0.1-1 "$folder"
first=$folder/nuncio_0.0.1-1_amd64.deb

lintian --fail-on error,warning --allow-root "$first"
echo "lintian has found neither errors nor warnings."

# The next version differs in its number, in the example of a configuration, and in the program's last octet.
dpkg-deb --raw-extract "$first" "$folder/next"
sed -i 's/^Version: .*/Version: 0.0.2-1/' "$folder/next/DEBIAN/control"
printf '\0' >>"$folder/next/usr/bin/nuncio"
echo "# another comment" >>"$folder/next/etc/nuncio/nuncio.yaml.example"
next=$folder/nuncio_0.0.2-1_amd64.deb
dpkg-deb --root-owner-group -Zgzip -z1 --build "$folder/next" "$next" >/dev/null
rm -r "$folder/next"

# 20 is 2.0 of 10.
systemd-analyze security --offline=true --threshold=20 --no-pager Packaging/deb/debian/nuncio.service | tail -1

Packaging/deb/small-debian.sh "$folder/debian"
mv "$first" "$next" "$folder/debian/"

unshare --mount --pid --net --fork --kill-child Packaging/deb/lives.sh "$folder/debian" "$libraries"
