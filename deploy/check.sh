#!/usr/bin/env bash
# Checks what is in this folder with the tools of those who will read it. Prints a line for each check; what cannot be
# checked for want of a tool is said, with what to install.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
said() { printf '%-44s %s\n' "$1" "$2"; }
check() { # name, command ...
  local name=$1 out
  shift
  if out=$("$@" 2>&1); then said "$name" ok; else said "$name" FAILED; printf '%s\n' "$out"; failed=1; fi
}
without() { said "$1" "left out: $2"; }

if command -v systemd-analyze >/dev/null; then
  check "systemd unit: exposure of 2.0 or less" systemd-analyze security --offline=yes --no-pager --threshold=20 deploy/systemd/mapigate.service
  said "" "$(systemd-analyze security --offline=yes --no-pager deploy/systemd/mapigate.service | grep -o 'Overall exposure level.*[0-9]\.[0-9]')"
  chown_allowed() { systemd-analyze security --offline=yes --no-pager deploy/systemd/mapigate.service | grep 'chown is allowed'; }
  check "systemd unit: chown for admin.socket_group" chown_allowed
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  mkdir -p "$root"/{etc/systemd/system,usr/bin,usr/lib/systemd/system}
  cp deploy/systemd/mapigate.{service,socket} "$root/etc/systemd/system/"
  install -m 755 /dev/null "$root/usr/bin/mapigate"
  cp /usr/lib/systemd/system/*.target "$root/usr/lib/systemd/system/" 2>/dev/null || cp /lib/systemd/system/*.target "$root/usr/lib/systemd/system/"
  check "systemd unit: verified" systemd-analyze verify --root="$root" --man=no mapigate.service mapigate.socket
else
  without "systemd units" "there is no systemd-analyze (Debian: systemd)"
fi

if command -v promtool >/dev/null; then
  check "alert and recording rules: promtool check" promtool check rules deploy/prometheus/rules.yaml
  check "alert and recording rules: promtool test" promtool test rules deploy/prometheus/rules_test.yaml
else
  without "alert and recording rules" "there is no promtool (Debian: prometheus)"
fi

helm=$(mktemp -d)
if go -C deploy/tools build -o "$helm/helm" helm.sh/helm/v3/cmd/helm 2>"$helm/log"; then
  chart=deploy/helm/mapigate
  version=(--kube-version 1.31.0)
  check "chart: lint, default values" "$helm/helm" lint "${version[@]}" --strict $chart
  check "chart: lint, split roles" "$helm/helm" lint "${version[@]}" --strict $chart -f $chart/values-split.yaml
  check "chart: rendered, default values" "$helm/helm" template test "${version[@]}" $chart
  check "chart: rendered, split roles" "$helm/helm" template test "${version[@]}" $chart -f $chart/values-split.yaml
  # The configurations that it makes must be ones that the gateway takes.
  for values in values.yaml values-split.yaml; do
    "$helm/helm" template test "${version[@]}" $chart -f $chart/$values >"$helm/rendered"
    check "chart: mapigate takes its files, $values" go run ./deploy/helm/configs "$helm/rendered"
  done
  if "$helm/helm" template test "${version[@]}" $chart --set workloads.all.replicas=2 >/dev/null 2>&1; then
    said "chart: two gateways on sqlite are refused" FAILED; failed=1
  else
    said "chart: two gateways on sqlite are refused" ok
  fi
else
  without "chart" "Helm cannot be built: $(tail -1 "$helm/log")"
fi
rm -rf "$helm"

# The packages, installed into a Debian of their own.
installable() {
  [ "$(id -u)" = 0 ] || { echo "it takes root"; return 1; }
  command -v debootstrap >/dev/null || { echo "there is no debootstrap (Debian: debootstrap, and rpm for the RPM)"; return 1; }
  deploy/install.sh --base || { echo "debootstrap cannot fetch a Debian"; return 1; }
}
if why=$(installable); then
  ls dist/mapigate_*_"$(dpkg --print-architecture)".deb >/dev/null 2>&1 ||
    check "packages: built" make --no-print-directory release-programs packages PLATFORMS="linux-$(dpkg --print-architecture)"
  check "packages: installed, used, removed" deploy/install.sh
  said "" "the log is in out/deploy/install.log"
else
  without "packages: installed, used, removed" "$(tail -n 1 <<<"$why")"
fi
exit $failed
