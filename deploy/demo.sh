#!/bin/bash
# A live market on https://localhost:8443 from one command: installs what is missing, builds, serves a simulated market
# until Ctrl-C. PORT and ADMIN_PORT move it, FEED is another market; more options go to `tickcast serve`.
set -euo pipefail
# shellcheck source=deploy/setup.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/setup.sh"

port=${PORT:-8443}
feed=${FEED:-sim:depth=20}
home=$root/build/demo
log=$home/server.log

is_busy() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

if ! [[ $port =~ ^[0-9]{1,5}$ ]] || [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then
  die "PORT must be a number from 1 to 65535, not \"$port\""
fi
set_up
if is_busy "$port"; then die "port $port is taken; choose another: PORT=8444 $0"; fi
admin=${ADMIN_PORT:-9464}
if [ -z "${ADMIN_PORT:-}" ] && is_busy "$admin"; then admin=0; fi  # any free one; the log tells which
build release tickcast

# The certificate is kept, so that a browser has to be told only once to accept it.
mkdir -p "$home"
if ! openssl x509 -in "$home/cert.pem" -noout -checkend 86400 >/dev/null 2>&1 || [ ! -s "$home/key.pem" ]; then
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' -keyout "$home/key.new" -out "$home/cert.new" 2>"$log") ||
    { cat "$log" >&2; die "openssl could not make a certificate"; }
  mv "$home/key.new" "$home/key.pem"
  mv "$home/cert.new" "$home/cert.pem"
fi

# Where there is IPv6, "localhost" is ::1 for some programs and 127.0.0.1 for others: one socket takes both.
host=0.0.0.0
if grep -qs ' lo$' /proc/net/if_inet6 && [ "$(cat /proc/sys/net/ipv6/bindv6only)" = 0 ]; then host='[::]'; fi

tickcast=$root/build/release/app/tickcast
"$tickcast" serve --listen "$host:$port" --admin "127.0.0.1:$admin" --tls-cert "$home/cert.pem" --tls-key "$home/key.pem" \
  --feed "$feed" --history "$home/bars.db" "$@" 2>"$log" &
server=$!
# Whatever ends this script lets the server say goodbye to its clients. Ctrl-C tells both, which does no harm.
trap 'kill -TERM $server 2>/dev/null || true' INT TERM HUP

ended() {
  local code=0
  wait "$server" || code=$?
  exit "$code"
}
until ready=$(grep -m1 -o 'ready listen=.*' "$log"); do
  if ! kill -0 "$server" 2>/dev/null; then
    tail -n 3 "$log" >&2
    ended
  fi
  sleep 0.05
done
[[ $ready =~ admin=([^ ]+) ]] && admin=${BASH_REMATCH[1]}

at=$root
if [ "$PWD" = "$root" ]; then at=.; fi
cat <<END

tickcast serves a simulated market on https://localhost:$port

  In a browser    https://localhost:$port   (self-signed certificate: accept the warning once)
  In a terminal   $at/build/release/app/tickcast tail wss://localhost:$port trades AAPL MSFT --insecure
  With node       npx -y wscat -n -c wss://localhost:$port/v1/stream -w 10 -x '{"op":"subscribe","channel":"trades","symbols":["AAPL"]}'
  Bars as JSON    https://localhost:$port/v1/bars?symbol=AAPL&period=1m   (kept in $at/build/demo/bars.db)
  For operators   http://$admin/metrics and /readyz
  The log         $at/build/demo/server.log
  To stop         Ctrl-C

END
while kill -0 "$server" 2>/dev/null; do wait "$server" || true; done
ended
