#!/bin/sh
# After an upgrade a running gateway goes on with the new program; after an installation nothing starts by itself,
# because nothing is configured yet.
set -e
install -d -o mapigate -g mapigate -m 0700 /var/lib/mapigate
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart mapigate.service
fi
case "$1:$2" in
configure: | 1:) # Debian, RPM: installed for the first time
  echo "Mapigate is installed. Fill in /etc/mapigate/mapigate.yaml (or run: mapigate init), then:"
  echo "  mapigate doctor --config /etc/mapigate/mapigate.yaml && systemctl enable --now mapigate"
  ;;
esac
