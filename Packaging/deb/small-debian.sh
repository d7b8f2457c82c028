#!/usr/bin/env bash
# Unpacks a small Debian 12 into a new folder, with what the package depends on, the certificates of public authorities, and without a
# service manager. It is made once and kept in .lab/bookworm-*.tar.
#
#   Packaging/deb/small-debian.sh FOLDER
set -euo pipefail
folder=$(realpath --canonicalize-missing "$1")
cd "$(dirname "$0")/../.."
source Scripts/packages.sh

packages=ca-certificates,libcrypt1,libpq5,libsqlite3-0,libstdc++6,libunbound8,systemd-standalone-sysusers,zlib1g
# Another name for other packages: the one that is there may be from before.
base=.lab/bookworm-$(printf %s "$packages" | sha256sum | cut -c 1-8).tar
if [ ! -f "$base" ]; then
    need_packages mmdebstrap
    mkdir -p .lab
    rm -rf "$base" "$base.new"
    # Without its name's ending, mmdebstrap would make a folder.
    mmdebstrap --quiet --variant=minbase --format=tar --include="$packages" bookworm "$base.new"
    mv "$base.new" "$base"
fi
mkdir "$folder"
tar --extract --file "$base" --directory "$folder"
