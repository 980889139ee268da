#!/bin/sh
# npm 10 and 11 with dash as /bin/sh (as on Debian and Ubuntu): SIGTERM to `npm start` leaves the program running.
#
# What was expected: whoever ends npm ends what it started, as a supervisor or `docker stop` counts on.
# What happens: npm hands SIGTERM on to the shell that it runs the script with. dash stays there as the program's parent,
# dies of the signal, and the program lives on without a parent. bash runs the last command of `-c` in its own place, so
# that the signal arrives: the same package.json is right on one machine and wrong on the next.
# Way around: `exec program` in the script.
# Seen with: npm 11.19.1 and dash 0.5.12 on Debian 12.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > program.mjs <<'JS'
import { writeFileSync } from 'node:fs'
writeFileSync('pid', String(process.pid))
setTimeout(() => {}, 20_000)
JS
survives () { # SHELL SCRIPT
  rm -f pid
  printf '{"name": "a", "version": "1.0.0", "scripts": {"start": "%s"}}' "$2" > package.json
  npm start --script-shell="$1" > /dev/null 2>&1 &
  npm=$!
  while ! [ -s pid ]; do sleep 0.1; done
  kill -TERM "$npm"
  wait "$npm" 2> /dev/null || true
  sleep 1
  if kill -0 "$(cat pid)" 2> /dev/null; then kill -KILL "$(cat pid)"; echo yes; else echo no; fi
}
npm --version
plain=$(survives /bin/dash 'node program.mjs')
bash=$(survives /bin/bash 'node program.mjs')
exec=$(survives /bin/dash 'exec node program.mjs')
echo "the program outlives npm: dash $plain, bash $bash, dash with exec $exec"
[ "$plain $bash $exec" = 'yes no no' ]
echo 'as described'
