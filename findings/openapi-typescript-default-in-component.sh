#!/bin/sh
# openapi-typescript 7: whether a property with a default is optional depends on where the same schema stands.
#
# What was expected: a request body means the same, written in place or behind a $ref.
# What happens: in place, a property with `default` is optional, since who sends nothing gets the default. Moved to
# components.schemas and referred to, the same property becomes required: the tool takes a component for an answer. A
# document that gives its inputs names thereby breaks every caller who left the property out.
# Way around: wrap the schema of the property (`allOf` with one member), or the option --default-non-nullable=false.
# Seen with: openapi-typescript 7.13.0, typescript 5.9.3.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund openapi-typescript@7.13.0 typescript@5.9.3
cat > make.mjs <<'JS'
import { writeFileSync } from 'node:fs'
const body = { type: 'object', required: ['name'], properties: { name: { type: 'string' }, count: { type: 'integer', default: 1 } } }
const operation = schema => ({ requestBody: { required: true, content: { 'application/json': { schema } } }, responses: { 204: { description: 'done' } } })
writeFileSync('api.json', JSON.stringify({
  openapi: '3.1.0', info: { title: 'a', version: '1' },
  paths: { '/inline': { post: operation(body) }, '/named': { post: operation({ $ref: '#/components/schemas/Body' }) } },
  components: { schemas: { Body: body } }
}))
JS
node make.mjs
npx openapi-typescript api.json --output api.d.ts > /dev/null 2>&1
cat > use.ts <<'TS'
import type { paths } from './api.js'
type Body<P extends keyof paths> = paths[P] extends { post: { requestBody: { content: { 'application/json': infer B } } } } ? B : never
export const inline: Body<'/inline'> = { name: 'a' }
export const named: Body<'/named'> = { name: 'a' }
TS
npx tsc --noEmit --strict --module nodenext use.ts > out || true
cat out
grep -q "use.ts(4,14).*'count' is missing" out
if grep -q 'use.ts(3' out; then exit 1; fi
echo 'as described'
