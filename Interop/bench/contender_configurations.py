"""The configurations of the servers, as far as Interop/peer_configurations.py does not have them."""

NUNCIO = """\
zones: ["{zone}"]
nameservers: ["ns1.{zone}"]
contact: "hostmaster@example.net"
mail-records: false
records: ["ns1.{zone}. 3600 IN A 127.0.0.1"]
nameserver:
  listen: ["127.0.0.1:{port}"]
  threads: {threads}
  tls:
    listen: ["127.0.0.1:{tls_port}"]
    certificate: "tls.crt"
    key: "tls.key"
webserver:
  listen: ["127.0.0.1:{http_port}"]
{webserver}storage:
  sqlite:
    path: "nuncio.db"
"""
# These lines are left out for an earlier nuncio, which does not know them. A later one serves its metrics on one port, and here
# several run at once.
NUNCIO_WITHOUT_METRICS = "metrics: {listen: []}\n"
# nuncio signs its zones unless it is told not to.
NUNCIO_UNSIGNED = "dnssec: {mode: off}\n"
# No resolver is asked for DS records, and the limit on signatures is not what is measured.
NUNCIO_SIGNED = "dnssec: {mode: on, resolvers: [], signatures-per-second: 1000000}\n"

# The API over TLS, with the certificate of DNS over TLS.
NUNCIO_OVER_TLS = '  tls: {mode: "files", certificate: "tls.crt", key: "tls.key"}\n'
# One worker, set up as docs/deployment.md does. TLS sessions can be resumed, as with nuncio.
NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    keepalive_requests 1000000;
    upstream nuncio {{
        server 127.0.0.1:{upstream};
        keepalive 64;
        keepalive_requests 1000000;
        keepalive_timeout 10s;
    }}
    server {{
        listen 127.0.0.1:{port} ssl backlog=4096;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {folder}/tls.crt;
        ssl_certificate_key {folder}/tls.key;
        location / {{
            proxy_pass http://nuncio;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""

# Nothing that costs one server more than the others: no limits on responses, and nothing in answers that was not asked for.
NSD_SERVER = """\
    answer-cookie: yes
    cookie-secret: "00000000000000000000000000000000"
    minimal-responses: yes
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
    refuse-any: yes
    tcp-count: 1000
    tls-port: {tls_port}
    tls-service-pem: "{folder}/tls.crt"
    tls-service-key: "{folder}/tls.key"
"""
KNOT_SERVER = """\
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
"""
# One key for everything, as nuncio has it; this is the module's default.
KNOT_ONLINESIGN = """\
policy:
  - id: bench
    algorithm: ecdsap256sha256
mod-onlinesign:
  - id: bench
    policy: bench
"""
