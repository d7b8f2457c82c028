#!/usr/bin/env bash
# Makes the Debian package of a program that is built.
#
#   Packaging/deb/build.sh PROGRAM VERSION OUTPUT-FOLDER
#
# VERSION is the package's, as “1.0.0-1”. maintainer.sh says whose package it is. NUNCIO_LIBRARIES names a folder with libraries that belong
# to no package, which a program for tests may need. The output folder is made if it is not there.
set -euo pipefail
program=$(realpath "$1")
version=$2
mkdir -p "$3"
output=$(realpath "$3")
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
source_folder=$stage/nuncio
mkdir "$source_folder"
cp -r "$here/debian" "$here/examples" "$root/docs" "$root/NOTICE" "$root/README.md" "$root/SECURITY.md" "$root/CHANGELOG.md" "$source_folder"
cd "$source_folder"

# The same program and commit make the same package, whenever it is made.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
maintainer=$("$here/maintainer.sh")
sed -i "s|@MAINTAINER@|$maintainer|" debian/control
cat >debian/changelog <<END
nuncio ($version) unstable; urgency=medium

  * What is new stands in /usr/share/doc/nuncio/changelog.gz.

 -- $maintainer  $(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")
END

cat "$here/copyright.head" "$root/NOTICE" >debian/copyright

tree=$source_folder/tree
install -D --mode=755 "$program" "$tree/usr/bin/nuncio"
# Libraries are those of the system, and no folder of the machine that built the program is looked at.
chrpath --delete "$tree/usr/bin/nuncio" >/dev/null
install -D --mode=644 "$here/nuncio.yaml.example" "$tree/etc/nuncio/nuncio.yaml.example"
for completion in bash:bash-completion/completions/nuncio zsh:zsh/vendor-completions/_nuncio fish:fish/vendor_completions.d/nuncio.fish; do
    file=$tree/usr/share/${completion#*:}
    mkdir -p "$(dirname "$file")"
    # A file that shells read is no program.
    "$program" --generate-completion-script "${completion%%:*}" | sed "1{/^#!/d}" >"$file"
done
"$program" --experimental-dump-help | python3 "$here/manpages.py" --version "${version%-*}" \
    --date "$(date --utc --date="@$SOURCE_DATE_EPOCH" +%F)" --output "$tree/usr/share/man/man1"

export NUNCIO_SHLIBDEPS=${NUNCIO_LIBRARIES:+-l$NUNCIO_LIBRARIES}
dpkg-buildpackage --build=binary --no-sign --jobs=1 >"$stage/log" 2>&1 || {
    cat "$stage/log" >&2
    exit 1
}
mkdir -p "$output"
cp "$stage"/*.deb "$output"
