// What has to be an error in every client: where it is none, these lines are.
import { containerCreate as heyApi } from '../hey-api/sdk.gen.js'
import { containerCreate as kubb } from '../kubb/index.ts'
import { containerCreate as oazapfts } from '../oazapfts/client.js'
import type { components } from '../openapi-typescript/paths.js'
import { containerCreate as orval } from '../orval/client.js'

const labels = { a: 1 }
// @ts-expect-error a label is a text
export const one = async () => await heyApi({ path: { host: 'local' }, body: { image: 'x', labels } })
// @ts-expect-error a label is a text
export const two = async () => await kubb('local', { image: 'x', labels })
// @ts-expect-error a label is a text
export const three = async () => await oazapfts('local', { image: 'x', labels })
// @ts-expect-error a label is a text
export const four: components['schemas']['ContainerCreateInput'] = { image: 'x', labels }
// @ts-expect-error a label is a text
export const five = async () => await orval('local', { image: 'x', labels })

/** What has a default may be left out. */
export const six: components['schemas']['ContainerRunInput'] = { image: 'x', ports: [{ containerPort: 80 }] }
