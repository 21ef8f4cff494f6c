#!/bin/sh
# The files below /etc belong to the group, so it must be there before they are.
set -e
if ! getent group mapigate >/dev/null; then groupadd --system mapigate; fi
if ! getent passwd mapigate >/dev/null; then
  useradd --system --gid mapigate --home-dir /var/lib/mapigate --no-create-home --shell /usr/sbin/nologin \
    --comment "Mapigate mail gateway" mapigate
fi
