// @ts-check
import { homedir } from 'node:os'
import { answers } from './api.mjs'
import { Fault } from './fault.mjs'

/**
 * The engine that this machine's owner uses: the one at DOCKER_HOST, else where Docker, rootless Docker and Docker
 * Desktop listen.
 * @returns {Promise<import('./api.mjs').Engine | undefined>}
 */
export async function existingEngine () {
  const { DOCKER_HOST, DOCKER_TLS_VERIFY } = process.env
  if (DOCKER_HOST && (DOCKER_TLS_VERIFY || !/^(unix|tcp|http):\/\//.test(DOCKER_HOST))) {
    throw new Fault(`Engines are reached over a unix socket or plain tcp here, and DOCKER_HOST is ${DOCKER_HOST}${DOCKER_TLS_VERIFY ? ' with TLS' : ''}. Unset it to use the engine of this machine.`)
  }
  for (const url of DOCKER_HOST ? [DOCKER_HOST] : usualPlaces()) {
    if (await answers({ url })) return { url }
  }
  return undefined
}

function usualPlaces () {
  const { XDG_RUNTIME_DIR } = process.env
  return ['unix:///var/run/docker.sock', ...(XDG_RUNTIME_DIR ? [`unix://${XDG_RUNTIME_DIR}/docker.sock`] : []), `unix://${homedir()}/.docker/run/docker.sock`]
}
