#!/bin/sh
# Starts one service by its name; Node is PID 1's only child and gets the signals itself.
set -eu
service="${1:-gateway}"
if [ ! -f "/drover/apps/$service/dist/main.js" ]; then
  echo "drover: there is no service called \"$service\"; one of: $(cd /drover/apps && echo */dist/main.js | sed 's#/dist/main.js##g')" >&2
  exit 2
fi
exec node "/drover/apps/$service/dist/main.js"
