#!/bin/sh
# The queue in /var/lib/mapigate stays if there is anything in it: it may be mail.
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
case "$1" in
purge | 0) # Debian, RPM: for good
  rmdir --ignore-fail-on-non-empty /var/lib/mapigate 2>/dev/null || true
  if [ -d /var/lib/mapigate ]; then echo "Left in place, because it may hold mail: /var/lib/mapigate"; fi
  ;;
esac
