import { GRANT_LABEL, OWNER_LABEL } from '../../src/model/resource.js'

type Labels = Readonly<Record<string, string>> | null | undefined

/** Labels without the owner and the grant that the gateway writes on what is made through it; where there is none, that is found out here. */
export function withoutOwnershipLabels (labels: Labels): Record<string, string> {
  const { [OWNER_LABEL]: owner, [GRANT_LABEL]: _grant, ...rest } = labels ?? {}
  if (owner === undefined) throw new Error(`there is no label ${OWNER_LABEL}`)
  return rest
}
