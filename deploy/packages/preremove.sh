#!/bin/sh
# Stop it when it goes for good, not when a new version takes its place.
set -e
case "$1" in
remove | 0)
  if [ -d /run/systemd/system ]; then systemctl disable --now mapigate.service mapigate.socket || true; fi
  ;;
esac
