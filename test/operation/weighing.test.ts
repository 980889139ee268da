import t from 'tap'
import { ADMINS } from '../../src/authorization/ownership-labels.js'
import { weigh } from '../../src/authorization/choose-grant.js'
import { operations } from '../../src/operations/index.js'
import { startGateway } from '../support/gateway.js'

const { services } = await startGateway(t)
const create = operations.get('container.create')
if (create === undefined) throw new Error('there is no container.create')
const operation = create
const input = { host: 'local', image: 'x', privileged: true }
const inputBy = () => input

t.test('no grant at all is not the absence of limits', async t => {
  t.match(await weigh(operation, { grants: [], inputBy }, undefined, services), { effect: 'deny', rule: 'not-covered', failure: { code: 'forbidden' } })
  t.match(await weigh({ ...operation, weighs: undefined }, { grants: [], inputBy }, undefined, services), { effect: 'deny' })
  t.same(await weigh(operation, { grants: [ADMINS], inputBy }, undefined, services), { grant: undefined, input })
})
