import t from 'tap'
import { isForPlatform } from '../../src/engine/platform-match.js'

/** What was asked for, what came, and whether that is it. */
const CASES = [
  ['linux/amd64', 'linux/amd64', true], ['linux/arm64', 'linux/amd64', false], ['windows/amd64', 'linux/amd64', false],
  ['linux/x86_64', 'linux/amd64', true], ['linux/aarch64', 'linux/arm64/v8', true], ['linux/arm64/v8', 'linux/arm64', true], ['linux/arm64', 'linux/arm64/v8', true],
  ['linux', 'linux/s390x', true], ['windows', 'linux/amd64', false], ['arm64', 'linux/arm64', true], ['arm64', 'linux/amd64', false], ['amd64', 'amd64/amd64', false],
  ['linux/arm', 'linux/arm/v6', true], ['linux/arm/v7', 'linux/arm', true], ['linux/arm/v7', 'linux/arm/v6', true], ['linux/arm/v6', 'linux/arm/v7', false], ['linux/armhf', 'linux/arm/v7', true],
  ['linux/arm/6', 'linux/arm/v6', true], ['linux/amd64/v3', 'linux/amd64/v2', false], ['linux/amd64', 'linux/386', false], ['linux/arm64', 'linux/arm/v7', false]
] as const

for (const [asked, came, is] of CASES) {
  const [os, architecture, variant] = came.split('/')
  t.equal(isForPlatform(asked, { os, architecture, variant }), is, `${asked} asked for, ${came} came`)
}
