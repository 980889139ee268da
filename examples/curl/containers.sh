#!/usr/bin/env bash
# A container by curl and jq: run, ask, follow, fetch a file by a link that needs no token, remove.
#
#   CAISSON_PASSWORD=… examples/curl/containers.sh [image]
#
# CAISSON_URL (http://127.0.0.1:8080), CAISSON_USERNAME (admin) and CAISSON_HOST (local) say where and as whom.
set -euo pipefail
url=${CAISSON_URL:-http://127.0.0.1:8080}
api=$url/api/v1
on=$api/hosts/${CAISSON_HOST:-local}
image=${1:-busybox}

# The password goes through a pipe and the token through a file: arguments are for everybody on this machine to see.
private=$(mktemp -d)
trap 'rm -rf "$private"' EXIT
jq -n '{username: (env.CAISSON_USERNAME // "admin"), password: env.CAISSON_PASSWORD}' |
  curl -sS --fail-with-body "$api/auth/login" --json @- | jq -r '"Authorization: Bearer \(.accessToken)"' > "$private/token"

# Anything but success ends the script, with the problem on its output.
call() { curl -sS --fail-with-body -H "@$private/token" "$@"; }

id=$(jq -n --arg image "$image" '{image: $image, command: ["sh", "-c", "echo one; echo two >&2; echo three > /result; sleep 300"]}' |
  call "$on/containers/run" --json @- | jq -r .id)
trap 'call -X DELETE "$on/containers/$id?force=true"; rm -rf "$private"' EXIT
echo "started ${id:0:12}"

echo 'what it has written so far:'
for _ in {1..50}; do
  call "$on/containers/$id/logs" > "$private/log"
  jq -es 'any(.text == "two")' "$private/log" > /dev/null && break
  sleep 0.2
done
jq -r 'select(.type == "log") | "  \(.stream) \(.text)"' "$private/log"

echo 'a command in it:'
jq -n '{command: ["cat", "/result"]}' | call "$on/containers/$id/exec" --json @- | jq -r '"  \(.stdout | rtrimstr("\n")), exit code \(.exitCode)"'

echo 'a file of it, by a link that is good once, for thirty seconds, without the token:'
link=$(jq -n --arg host "${CAISSON_HOST:-local}" --arg id "$id" '{operation: "container.copyOut", input: {host: $host, id: $id, path: "/result"}}' |
  call "$api/tickets" --json @- | jq -r .url)
curl -sS --fail-with-body "$url$link" | tar -xO | sed 's/^/  /'
