import { basename } from 'node:path'
import type { AnyOperation } from '../operation/define.js'

const MOST = 100

/** What a download is called: what it is about, and of a container's files the last of their path. */
export function fileName ({ name }: AnyOperation, input: Readonly<Record<string, unknown>>): string {
  const [noun = name] = name.split('.')
  const subject = [input.id, input.image].flat().find(part => typeof part === 'string') ?? noun
  const path = typeof input.path === 'string' ? basename(input.path) : ''
  const words = [String(subject), path].map(plain).filter(word => word !== '')
  return `${words.join('-').slice(0, MOST)}.tar`
}

/** Without what has a meaning to a header, a shell or a file system. */
const plain = (text: string): string => text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[-.]+|-+$/g, '')
