#!/usr/bin/env bash
# Checks the image and the manifests: builds the image, looks for what must not be in it, starts its entry point as a container engine
# would, and validates what Kubernetes and Podman read.
#
#   Packaging/oci/check.sh .build/debug/nuncio
#
# Exit code 77 if this machine lets nobody change the root of a process: then the image is built, but not started.
set -euo pipefail
nuncio=$(realpath "$1")
cd "$(dirname "$0")/../.."
source Scripts/packages.sh
need_packages umoci skopeo bind9-dnsutils curl iproute2 jq util-linux
Interop/prepare.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The manifests, and the configuration in them.
.lab/venv/bin/kubernetes-validate --strict --quiet Packaging/kubernetes/*.yaml
sed -n '/^  nuncio.yaml: |$/,$ s/^    //p' Packaging/kubernetes/configmap.yaml >"$folder/nuncio.yaml"
NUNCIO_DNSSEC_RESOLVERS='' "$nuncio" config check --config "$folder/nuncio.yaml" >/dev/null
echo "The manifests are valid, and so is the configuration in them."

Packaging/oci/build.sh "$nuncio" "$folder/image"
skopeo inspect --config "oci-archive:$folder/image/nuncio-image.tar" >"$folder/config.json"
jq --exit-status '.config | .User == "65532:65532" and .Entrypoint == ["/usr/bin/nuncio"] and .Cmd == ["serve"]
    and .StopSignal == "SIGTERM" and (.Volumes | has("/var/lib/nuncio")) and .Labels["org.opencontainers.image.title"] == "Nuncio"' \
    "$folder/config.json" >/dev/null || {
    echo "The image is not described as it should be: $(cat "$folder/config.json")" >&2
    exit 1
}
# The ports of Podman's unit and of the Deployment are those of the image.
jq --raw-output '.config.ExposedPorts | keys[]' "$folder/config.json" | sort >"$folder/ports"
sed -n 's/^PublishPort=.*:\([0-9]*\/[a-z]*\)$/\1/p' Packaging/oci/nuncio.container | sort | diff "$folder/ports" -
sed -n '/containerPort:/ { s/.*: //; N; s/\n *protocol: /\//; p }' Packaging/kubernetes/deployment.yaml | tr '[:upper:]' '[:lower:]' |
    sort | diff "$folder/ports" -

if [ "$(id -u)" -ne 0 ] || ! unshare --mount --net true 2>/dev/null; then
    echo "Only root can start the image's entry point here." >&2
    exit 77
fi
umoci unpack --image "$folder/image/layout:latest" "$folder/bundle"
jq --raw-output '.process.args[]' "$folder/bundle/config.json" >"$folder/command"
unshare --mount --net --propagation private Packaging/oci/start.sh "$folder"
