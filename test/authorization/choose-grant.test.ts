import t from 'tap'
import { UNRESTRICTED } from '../../src/authorization/ownership-labels.js'
import { chooseGrant } from '../../src/authorization/choose-grant.js'
import { operations } from '../../src/operations/index.js'
import { startGateway } from '../support/gateway.js'

const { services } = await startGateway(t)
const create = operations.get('container.create')
if (create === undefined) throw new Error('there is no container.create')
const operation = create
const input = { host: 'local', image: 'x', privileged: true }
const inputBy = () => input

t.test('no grant at all is not the absence of limits', async t => {
  t.match(await chooseGrant(operation, { grants: [], inputBy }, undefined, services), { effect: 'deny', rule: 'not-covered', failure: { code: 'forbidden' } })
  t.match(await chooseGrant({ ...operation, limits: undefined }, { grants: [], inputBy }, undefined, services), { effect: 'deny' })
  t.same(await chooseGrant(operation, { grants: [UNRESTRICTED], inputBy }, undefined, services), { grant: undefined, input })
})
