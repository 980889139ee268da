// @ts-check
// The engines of several generations that tests run on. 20.10 is the one that Debian 12 installs on this machine; the
// others live in root file systems of newer Debian suites (engine-rootfs.mjs).

/** @typedef {'20.10' | '26.1' | '28.5' | '28.5-containerd' | 'podman'} EngineKind */

/**
 * @typedef {object} KindOptions
 * @property {string} [suite] of Debian, whose root file system has the engine
 * @property {string} version that the engine's own `version` begins with
 * @property {string} api the newest version of Docker's API that it speaks
 * @property {'dockerd' | 'podman'} program
 * @property {Record<string, unknown>} config dockerd's daemon.json
 * @property {boolean} containerdStore whether images are in containerd's store, which chooses its driver by itself
 */

const docker = { program: /** @type {const} */ ('dockerd'), config: {}, containerdStore: false }

/** @type {Record<EngineKind, KindOptions>} */
export const ENGINE_KINDS = {
  '20.10': { ...docker, version: '20.10', api: '1.41' },
  26.1: { ...docker, suite: 'trixie', version: '26.1', api: '1.45' },
  28.5: { ...docker, suite: 'unstable', version: '28.5', api: '1.51', config: { features: { 'containerd-snapshotter': false } } },
  '28.5-containerd': {
    ...docker, suite: 'unstable', version: '28.5', api: '1.51', config: { features: { 'containerd-snapshotter': true } }, containerdStore: true
  },
  podman: { ...docker, suite: 'unstable', version: '5.', api: '1.44', program: 'podman' }
}

/**
 * @param {string} name
 * @returns {name is EngineKind}
 */
export const isEngineKind = name => Object.hasOwn(ENGINE_KINDS, name)
