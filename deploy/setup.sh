#!/bin/bash
# What demo.sh and tests/run.sh have in common: the Debian packages that are missing, and the build. Sourced by them;
# by itself, `deploy/setup.sh [--tests]` installs what is missing and builds, and with `--packages` installs only what a build
# needs (deploy/docker). Says little when there is nothing to do.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# Each package, and what shows that it (or another way of getting the same) is there: a command, a header or a file.
build_packages='
g++                    command g++
cmake                  command cmake
ninja-build            command ninja
ccache                 command ccache
pkg-config             command pkg-config
libssl-dev             header  openssl/ssl.h
zlib1g-dev             header  zlib.h
libsqlite3-dev         header  sqlite3.h
libboost1.81-dev       header  boost/url.hpp
libconcurrentqueue-dev header  concurrentqueue/concurrentqueue.h
prometheus-cpp-dev     header  prometheus/collectable.h
libgtest-dev           header  gtest/gtest.h
libgmock-dev           header  gmock/gmock.h
libbenchmark-dev       header  benchmark/benchmark.h
libcli11-dev           header  CLI/CLI.hpp
libtomlplusplus-dev    header  toml++/toml.h
libspdlog-dev          header  spdlog/spdlog.h
libhowardhinnant-date-dev header date/tz.h
nodejs                 command node
npm                    command npm
openssl                command openssl
ca-certificates        file    /etc/ssl/certs/ca-certificates.crt'
test_packages='
chromium               command chromium
prometheus             command promtool
iproute2               command tc
nftables               command nft
systemd                command systemd-analyze
strace                 command strace
clang                  command clang++
libclang-rt-14-dev     file    /usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.fuzzer-*.a'

is_there() {  # command|header|file NAME
  case $1 in
    command) command -v "$2" ;;
    header) [ -e "/usr/include/$2" ] || [ -e "/usr/local/include/$2" ] ;;
    file) compgen -G "$2" ;;
  esac >/dev/null
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt_install() {
  # A fresh machine knows no packages yet, an old one has lists that are out of date: they are fetched when needed.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0)
  "${apt[@]}" install --no-install-recommends "$@" >"$log" 2>&1 && return
  "${apt[@]}" update >"$log" 2>&1 && "${apt[@]}" install --no-install-recommends "$@" >>"$log" 2>&1
}

install_missing() {  # the table of packages
  local missing=() package kind name
  while read -r package kind name; do
    if [ -n "$package" ] && ! is_installed "$package" && ! is_there "$kind" "$name"; then missing+=("$package"); fi
  done <<<"$1"
  [ ${#missing[@]} -eq 0 ] && return

  command -v apt-get >/dev/null ||
    die "this is no Debian, so please install the equivalents of these packages and start again: ${missing[*]}"
  local as_root=() log
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "these packages are missing, and neither root nor sudo is at hand: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} Debian packages (a few minutes on a fresh machine): ${missing[*]}"
  log=$(mktemp)
  apt_install "${missing[@]}" || { tail -n 15 "$log" >&2; die "apt-get could not install them; its whole output: $log"; }
  rm -f "$log"
  # The tests want its programs, not a monitoring server that runs from now on.
  if [[ " ${missing[*]} " = *" prometheus "* ]] && [ -d /run/systemd/system ]; then
    "${as_root[@]}" systemctl disable --now --quiet prometheus || true
  fi
}

set_up() {
  install_missing "$build_packages"
  local node
  node=$(node -p 'process.versions.node.split(".")[0]')
  [ "$node" -ge 18 ] || die "node is $(node --version), and must be 18 or newer: $(command -v node)"
}

set_up_tests() {
  install_missing "$test_packages"
  local directory
  for directory in "$root/tests/e2e" "$root/tests/browser" "$root/tests/deploy"; do
    [ -f "$directory/package-lock.json" ] || continue
    [ "$directory/package-lock.json" -nt "$directory/node_modules/.package-lock.json" ] || continue
    say "Fetching what ${directory#"$root"/} needs from npm"
    (cd "$directory" && npm ci --no-audit --no-fund --loglevel=error >&2 && touch node_modules/.package-lock.json)
  done
}

build() {  # preset [target…]; all of the preset without one
  local log="$root/build/$1-configure.log"
  mkdir -p "$root/build"
  [ -e "$root/build/$1/build.ninja" ] || say "Building the preset $1 (several minutes the first time)"
  (cd "$root" && cmake --preset "$1" >"$log" 2>&1) || { cat "$log" >&2; die "the preset $1 could not be configured"; }
  (cd "$root" && cmake --build --preset "$1" ${2:+--target "${@:2}"} >&2) || die "the preset $1 could not be built"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set_up
  if [ "${1:-}" = --packages ]; then exit; fi
  if [ "${1:-}" = --tests ]; then set_up_tests; fi
  build release
fi
