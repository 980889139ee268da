import { printSchema } from 'graphql'
import { stringify } from 'yaml'
import { buildSchema } from '../graphql/schema.js'
import type { Registry } from '../operation/registry.js'
import { openapiDocument } from './openapi.js'

/** `openapi.yaml`, as it is served and as it stands in the project. */
export const openapiYaml = (registry: Registry): string =>
  stringify(openapiDocument(registry), { lineWidth: 0, aliasDuplicateObjects: false })

/** `schema.graphql`. */
export const schemaText = (registry: Registry): string => `${printSchema(buildSchema(registry))}\n`
