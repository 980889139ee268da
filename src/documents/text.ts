import { printSchema } from 'graphql'
import { buildSchema } from '../graphql/schema.js'
import type { Registry } from '../operation/registry.js'
import { openapiDocument } from './openapi.js'
import { yamlOf } from './yaml.js'

/** `openapi.yaml`, as it is served and as it stands in the project. */
export const openapiYaml = (registry: Registry): string => yamlOf(openapiDocument(registry))

/** `schema.graphql`. */
export const schemaText = (registry: Registry): string => `${printSchema(buildSchema(registry))}\n`
