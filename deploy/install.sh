#!/usr/bin/env bash
# Installs the Debian and the RPM package of dist/ into an empty Debian, uses what was installed, removes it, and looks at
# what is left. The log is printed and kept in out/deploy/install.log. It takes root, debootstrap, and rpm for the RPM.
# With --base it fetches the empty Debian and does no more.
set -uo pipefail
cd "$(dirname "$0")/.."
arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)
suite=${DEBIAN_SUITE:-bookworm}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
mkdir -p out/deploy
base=$PWD/out/deploy/$suite-$arch.tar
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*"; failed=1; }
must() { "$@" || fail "$*"; }
within() { chroot "$root" "$@"; }
# The files of a system with what matters of them, but for what belongs to the package manager itself.
listing() {
  (cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./var/lib/dpkg -o -path ./var/lib/rpm -o -path ./var/log -o -path ./var/cache \
    -o -path ./tmp -o -path ./run -o -path './etc/passwd*' -o -path './etc/group*' -o -path './etc/*shadow*' -o -path './etc/subuid*' -o -path './etc/subgid*' \
    -o -path ./etc/.pwd.lock -o -path './usr/lib/sysimage/rpm' \) -prune -o -printf '%p %M %u:%g\n' | sort)
}
shell() { # runs a few lines as the user of the service
  within su -s /bin/sh mapigate -c "$1"
}

# What an operator does first with what was installed. $1 is where zsh looks for completions.
used() {
  must within mapigate --version
  step "the user"
  must within getent passwd mapigate
  step "the sample as installed names what is to be filled in"
  if within mapigate config check -c /etc/mapigate/mapigate.yaml; then echo "(complete as it is)"; fi
  step "a small configuration is taken"
  cp "$root/etc/mapigate/mapigate.yaml" "$work/sample.yaml"
  cat >"$root/tmp/small.yaml" <<'YAML'
hostname: gateway.example.org
data: /var/lib/mapigate
listeners:
  - {name: apps, address: "127.0.0.1:2525", mode: plain, networks: [127.0.0.0/8]}
internet: {smarthosts: [{name: provider, hosts: ["smtp.example.net:587"]}]}
routes: [{via: smarthost/provider}]
YAML
  within mapigate config check -c /tmp/small.yaml || true
  step "mail crosses both ways, as the user of the service"
  must shell 'cd /var/lib/mapigate && HOME=/tmp mapigate demo --once 2>&1 | tail -n 12; exit $(( ${PIPESTATUS:-0} ))'
  step "completions and the man page are where programs look for them"
  must test -s "$root/usr/share/bash-completion/completions/mapigate"
  must test -s "$root/usr/share/zsh/$1/_mapigate"
  must test -s "$root/usr/share/fish/vendor_completions.d/mapigate.fish"
  must test -s "$root/usr/share/man/man1/mapigate.1.gz"
  within gzip -dc /usr/share/man/man1/mapigate.1.gz | head -n 3
}

owners() { # prints path, mode, owner of what the package says it has
  while read -r f; do [ -d "$root$f" ] || (cd "$root" && chroot . stat -c '%A %U:%G %8s %n' "$f"); done
}

installDebian() {
  local deb=$1
  root=$work/debian
  mkdir -p "$root" && tar -C "$root" -xf "$base"
  listing "$root" >"$work/before"
  cp "$deb" "$root/tmp/mapigate.deb"
  step "dpkg -i $(basename "$deb")"
  must within dpkg -i /tmp/mapigate.deb
  step "files"
  within dpkg -L mapigate | owners
  stat -c '%A %n' "$root/var/lib/mapigate" | sed "s#$root##"
  [ "$(chroot "$root" stat -c '%A %U:%G' /etc/mapigate/mapigate.yaml)" = "-rw-r----- root:mapigate" ] || fail "/etc/mapigate/mapigate.yaml: who may read it?"
  [ "$(chroot "$root" stat -c '%A %U:%G' /var/lib/mapigate)" = "drwx------ mapigate:mapigate" ] || fail "/var/lib/mapigate: who may read it?"
  used vendor-completions
  step "the same again keeps what was changed"
  echo "# ours" >>"$root/etc/mapigate/mapigate.yaml"
  must within dpkg -i /tmp/mapigate.deb
  tail -n 1 "$root/etc/mapigate/mapigate.yaml" | grep -qx '# ours' || fail "the configuration was overwritten"
  step "dpkg -r"
  must within dpkg -r mapigate
  [ ! -e "$root/usr/bin/mapigate" ] || fail "/usr/bin/mapigate is left"
  [ -e "$root/etc/mapigate/mapigate.yaml" ] || fail "the configuration went before purge"
  touch "$root/var/lib/mapigate/queue.db"
  step "dpkg -P with mail in the queue"
  must within dpkg -P mapigate
  [ -e "$root/var/lib/mapigate/queue.db" ] || fail "the queue was removed"
  rm -rf "$root/var/lib/mapigate"
  step "what is left after purge besides the queue"
  rm -f "$root/tmp/mapigate.deb" "$root/tmp/small.yaml"
  listing "$root" >"$work/after"
  if diff "$work/before" "$work/after"; then echo nothing; else fail "something is left, or changed"; fi
  step "dpkg -i, dpkg -P with an empty queue"
  cp "$deb" "$root/tmp/mapigate.deb"
  within dpkg -i /tmp/mapigate.deb >/dev/null
  must within dpkg -P mapigate
  rm -f "$root/tmp/mapigate.deb"
  listing "$root" >"$work/after"
  if diff "$work/before" "$work/after"; then echo "nothing is left"; else fail "something is left, or changed"; fi
}

installRPM() {
  local rpm=$1
  step "rpm -qip $(basename "$rpm")"
  rpm -qip --nosignature "$rpm" 2>/dev/null | grep -E '^(Name|Version|Release|Architecture|License|Summary|Size)'
  step "rpm -qlp"
  rpm -qp --nosignature --qf '[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEFLAGS:fflags}\t%{FILENAMES}\n]' "$rpm" 2>/dev/null
  root=$work/rpm
  mkdir -p "$root" && tar -C "$root" -xf "$base"
  # What the packages filesystem, systemd and fish of a system of RPMs have.
  mkdir -p "$root"/usr/lib/sysusers.d "$root"/usr/share/{zsh/site-functions,fish/vendor_completions.d}
  listing "$root" >"$work/before"
  step "rpm --root -i"
  local into=(rpm --root "$root" --dbpath /var/lib/rpm)
  must "${into[@]}" --initdb
  must "${into[@]}" -i --nodeps --nosignature "$rpm" 2> >(grep -v '^rpm: ')
  used site-functions
  step "rpm --root -e"
  must "${into[@]}" -e --nodeps mapigate 2> >(grep -v '^rpm: ')
  rm -f "$root/tmp/small.yaml"
  listing "$root" >"$work/after"
  if diff "$work/before" "$work/after"; then echo "nothing is left"; else fail "something is left, or changed"; fi
}

# An empty Debian, kept for the next time.
makeBase() {
  [ -f "$base" ] && return
  debootstrap --variant=minbase "$suite" "$work/base" "$mirror" >"$work/log" 2>&1 || { tail -n 3 "$work/log"; return 1; }
  tar -C "$work/base" -cf "$base.new" . && mv "$base.new" "$base" && rm -rf "$work/base"
}

log() {
  installDebian "$(ls -t dist/mapigate_*_"$arch".deb | head -1)"
  if command -v rpm >/dev/null; then
    installRPM "$(ls -t dist/mapigate-*."$(uname -m)".rpm | head -1)"
  else
    step "the RPM package is left out: there is no rpm (Debian: rpm)"
  fi
  [ $failed = 0 ] && echo && echo "installed, used and removed"
}

makeBase || exit 1
[ "${1:-}" != --base ] || exit 0
log >out/deploy/install.log 2>&1
cat out/deploy/install.log
exit $failed
