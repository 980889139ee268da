// @ts-check
import { existsSync } from 'node:fs'
import { command } from './debian.mjs'

/** What tests need beside an engine; Debian's packages bring it. */
export const CHROMIUM = command('chromium', 'chromium', 'shows the pages as a person sees them')
export const REGISTRY = command('docker-registry', 'docker-registry', 'is what images are pulled from and pushed to')
export const JQ = command('jq', 'jq', 'is what the example in shell reads answers with')
export const PROMTOOL = command('prometheus', 'promtool', 'checks the metrics as Prometheus does')
export const CURL = command('curl', 'curl', 'asks for HTTP/2 and waits for 100 Continue as people have it')
/** @type {import('./debian.mjs').Need} */
export const REQUESTS = { package: 'python3-requests', there: () => existsSync('/usr/lib/python3/dist-packages/requests'), why: 'uploads as programs in Python do' }
/** The system's own Python, which sees what Debian brings. */
export const PYTHON = '/usr/bin/python3'
export const PYYAML = { package: 'python3-yaml', there: () => existsSync(PYTHON) && existsSync('/usr/lib/python3/dist-packages/yaml/__init__.py'), why: 'reads openapi.yaml as YAML 1.1' }
export const TEST_PACKAGES = [CHROMIUM, REGISTRY, JQ, CURL, REQUESTS, PROMTOOL, PYYAML]
