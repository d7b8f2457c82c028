#!/usr/bin/env bash
# libunbound answers names below test. by itself although it was told “local-zone: test. nodefault”.
#
# Library:   libunbound of Debian 12's libunbound8 1.17.1-2+deb12u4, with its libunbound-dev.
# Input:     ub_ctx_set_option(context, "local-zone:", "test. nodefault"), which returns 0, before the first question; then a question for
#            a.test. The only resolver is a port of loopback at which nobody answers, so that an answer can come from the library alone.
# Expected:  as with that line in unbound.conf: the built-in zone is not there, the resolver is asked, and the answer is SERVFAIL.
# Observed:  NXDOMAIN, from the built-in zone. With ub_ctx_zone_remove(context, "test.") in place of the option it is SERVFAIL.
# Why:       a program that examines domains with libunbound reports that names below test., home.arpa. and the like do not exist, in a
#            laboratory that has them.
#
# Exit code: 0 as described, 1 the library behaves differently, 77 the packages could not be installed.
set -euo pipefail
export LC_ALL=C

packages=(libunbound8=1.17.1-2+deb12u4 libunbound-dev=1.17.1-2+deb12u4 libevent-2.1-7=2.1.12-stable-8)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

not_run() { # REASON
    echo "NOT RUN: $1" >&2
    exit 77
}

command -v gcc >/dev/null || not_run "gcc is missing"
timeout 120 apt-get -o APT::Sandbox::User=root download "${packages[@]}" >download.log 2>&1 || {
    cat download.log >&2
    not_run "Debian 12 no longer has one of these versions: ${packages[*]}"
}
for file in ./*.deb; do dpkg-deb --extract "$file" root; done
libraries=$(dirname "$(find "$PWD/root" -name 'libunbound.so.8')")

cat >ask.c <<'END'
#include <stdio.h>
#include <string.h>
#include <unbound.h>

int main(int count, char **words) {
    struct ub_ctx *context = ub_ctx_create();
    struct ub_result *result;
    int set = 0;
    ub_ctx_set_option(context, "do-not-query-localhost:", "no");
    ub_ctx_set_fwd(context, "127.0.0.1@1");
    if (count > 1 && !strcmp(words[1], "option")) set = ub_ctx_set_option(context, "local-zone:", "test. nodefault");
    if (count > 1 && !strcmp(words[1], "removal")) set = ub_ctx_zone_remove(context, "test.");
    if (ub_resolve(context, "a.test.", 1, 1, &result)) return 2;
    printf("version %s, returns %d, response code %d\n", ub_version(), set, result->rcode);
    return 0;
}
END
gcc -I"$(dirname "$(find "$PWD/root" -name unbound.h)")" ask.c "$libraries/libunbound.so.8" -Wl,-rpath,"$libraries" \
    -Wl,--unresolved-symbols=ignore-in-shared-libs -o ask
status=0
for way in none option removal; do
    case $way in
    removal) expected="version 1.17.1, returns 0, response code 2" ;;
    *) expected="version 1.17.1, returns 0, response code 3" ;;
    esac
    told=$(LD_LIBRARY_PATH=$libraries timeout 60 ./ask "$way")
    echo "$way: $told"
    [ "$told" = "$expected" ] || status=1
done
[ "$status" = 0 ] || echo "CHANGED: response code 3 is NXDOMAIN, 2 is SERVFAIL" >&2
exit "$status"
