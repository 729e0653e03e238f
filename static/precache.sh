#!/bin/sh
# Writes into the service worker what this build is made of. Trunk runs it when all files stand in its staging folder.
set -eu
cd "$TRUNK_STAGING_DIR"
all=$(find . -type f ! -name 'screenshot-*' ! -name '*.br' ! -name '*.gz' | LC_ALL=C sort)
# shellcheck disable=SC2086 # no name has a space
version=$(sha256sum $all | sha256sum | cut -c 1-16)
files=$(echo "$all" | sed -e '/\/sw\.js$/d' -e 's|^\.||' -e 's|^/index\.html$|/|' | tr '\n' ' ')
sed -e "s|@VERSION@|$version|" -e "s|@FILES@|$files|" sw.js > sw.js.new
mv sw.js.new sw.js
