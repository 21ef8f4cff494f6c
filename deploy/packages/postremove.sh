#!/bin/sh
# The queue in /var/lib/mapigate stays: there may be mail in it.
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ "$1" = purge ] && [ -d /var/lib/mapigate ]; then
  echo "Left in place, because it may hold mail: /var/lib/mapigate"
fi
