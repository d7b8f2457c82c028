#!/usr/bin/env bash
# Makes an OCI image of a nuncio program, without a container engine and without root.
#
#   Packaging/oci/build.sh .build/release/nuncio OUTPUT
#
# OUTPUT/layout is the image as an OCI layout, with the tags of its version and “latest”; OUTPUT/nuncio-image.tar is the same as one
# file. The image has the program, the libraries that it is linked with, a user without rights and the roots of certificate
# authorities: no shell, no package manager. The libraries are those of this machine, so that should be the Debian of the build.
set -euo pipefail
if [ $# -ne 2 ] || [ ! -x "$1" ]; then
    echo "Usage: Packaging/oci/build.sh NUNCIO_BINARY OUTPUT" >&2
    exit 64
fi
nuncio=$(realpath "$1")
mkdir -p "$2"
output=$(realpath "$2")
cd "$(dirname "$0")/../.."
source Scripts/packages.sh
need_packages umoci skopeo ca-certificates

user=65532
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
version=$("$nuncio" --version)
version=${version#nuncio }
# The times of all files: two builds of one program with the same libraries give the same layer.
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

add() { # FILE PATH MODE
    install -D -m "$3" "$(realpath "$1")" "$root/$2"
}

# Of Debian's packages: their licences, and their versions for scanners that look for known faults.
add_package_of() { # FILE
    local package
    package=$(dpkg-query --search "$(realpath "$1")" 2>/dev/null | head -n 1 | cut -d : -f 1) || return 0
    [ -n "$package" ] || return 0
    [ ! -e "$root/var/lib/dpkg/status.d/$package" ] || return 0
    add "/usr/share/doc/$package/copyright" "usr/share/doc/$package/copyright" 644
    mkdir -p "$root/var/lib/dpkg/status.d"
    dpkg-query --status "$package" >"$root/var/lib/dpkg/status.d/$package"
}

mkdir -p "$root"/{dev,etc/nuncio,proc,sys,usr/bin,usr/lib,usr/lib64,var/lib}
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
install -m 755 "$nuncio" "$root/usr/bin/nuncio"
for file in LICENSE NOTICE; do add "$file" "usr/share/doc/nuncio/$file" 644; done
# The names that the program asks for, with the files that this machine's loader finds, and the loader itself.
libraries=usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch 2>/dev/null || echo "$(uname -m)-linux-gnu")
while read -r name _ path _; do
    case $name in
    linux-vdso.so.*) ;;
    /*) # the loader
        add "$name" "usr${name}" 755
        add_package_of "$name"
        ;;
    *)
        if [ ! -e "$path" ]; then
            echo "“$name”, which the program needs, is not on this machine" >&2
            exit 69
        fi
        add "$path" "$libraries/$name" 644
        add_package_of "$path"
        ;;
    esac
done < <(ldd "$nuncio")
add /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ca-certificates.crt 644
add_package_of /usr/share/ca-certificates
printf 'root:x:0:0:root:/:/usr/sbin/nologin\nnuncio:x:%d:%d:Nuncio:/var/lib/nuncio:/usr/sbin/nologin\n' $user $user >"$root/etc/passwd"
printf 'root:x:0:\nnuncio:x:%d:\n' $user >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
find "$root" -type d -exec chmod 755 {} +

tar_options=(--create --format=gnu --sort=name --mtime="@$epoch" --numeric-owner)
tar "${tar_options[@]}" --owner=0 --group=0 --file="$work/layer.tar" --directory="$root" .
# The one folder to which the server writes.
mkdir -p "$work/state/var/lib/nuncio"
chmod 700 "$work/state/var/lib/nuncio"
tar "${tar_options[@]/--create/--append}" --owner=$user --group=$user --file="$work/layer.tar" --directory="$work/state" ./var/lib/nuncio

rm -rf "$output/layout" "$output/nuncio-image.tar"
created=$(date --utc --date="@$epoch" +%Y-%m-%dT%H:%M:%SZ)
image=$output/layout:$version
umoci init --layout "$output/layout"
umoci new --image "$image"
umoci raw add-layer --image "$image" --history.created "$created" --history.created_by Packaging/oci/build.sh "$work/layer.tar"
umoci config --image "$image" --no-history --created "$created" \
    --config.user $user:$user --config.workingdir /var/lib/nuncio \
    --config.entrypoint /usr/bin/nuncio --config.cmd serve --config.stopsignal SIGTERM \
    --config.env PATH=/usr/bin --config.volume /var/lib/nuncio \
    --config.exposedports 5353/udp --config.exposedports 5353/tcp --config.exposedports 8080/tcp --config.exposedports 9553/tcp \
    --config.label org.opencontainers.image.title=Nuncio \
    --config.label "org.opencontainers.image.description=An ACME-challenge delegate server" \
    --config.label "org.opencontainers.image.version=$version" \
    --config.label "org.opencontainers.image.created=$created"
umoci tag --image "$image" latest
umoci gc --layout "$output/layout"
skopeo --insecure-policy copy --quiet "oci:$image" "oci-archive:$output/nuncio-image.tar:nuncio:$version"
echo "$output/nuncio-image.tar: nuncio $version, $(du --apparent-size --block-size=M "$output/nuncio-image.tar" | cut -f 1)"
