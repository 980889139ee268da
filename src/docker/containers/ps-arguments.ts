import Type from 'typebox'

/**
 * The engine runs `ps` on its own machine, as root, with the words it is given. Only what lists the container's
 * processes gets through: `e` among letters without a dash shows their environment (and so does `-auxe`, which `ps`
 * takes for `auxe`), and a column's title of one's own (`-o args=PID`) has shown the processes of others.
 */
const UNIX_LETTERS = '-[AeFfHjl]{1,8}'
const BSD_LETTERS = '[afjluvwx]{1,8}'
const COLUMNS = [
  'args', 'c', 'cmd', 'comm', 'command', 'cputime', 'egid', 'egroup', 'etime', 'etimes', 'euid', 'euser', 'gid', 'group', 'lstart', 'maj_flt', 'min_flt',
  'ni', 'nice', 'nlwp', 'pcpu', 'pgid', 'pgrp', 'pid', 'pmem', 'ppid', 'pri', 'psr', 'rgid', 'rgroup', 'rss', 'ruid', 'ruser', 's', 'sess', 'sid', 'size',
  'start', 'start_time', 'stat', 'state', 'stime', 'sz', 'thcount', 'time', 'tname', 'tty', 'ucmd', 'uid', 'user', 'vsize', 'vsz', 'wchan', '%cpu', '%mem'
]
const COLUMN = `(?:${COLUMNS.join('|')})`

export const psPattern = `^(?:${UNIX_LETTERS}|${BSD_LETTERS}|(?:(?:-e |-A |ax )?-?o|-[eA]o) ${COLUMN}(?:,${COLUMN}){0,31})$`

export const PsArguments = Type.String({
  pattern: psPattern,
  maxLength: 256,
  description: 'What `ps` on the engine\'s machine is asked to show, e.g. `aux` or `-o pid,user,args`; `-ef` when absent. `pid` must be among the columns',
  'x-expects': 'letters such as "-ef" or "aux", or columns such as "-o pid,user,args"; none that show environments or have titles of their own'
})
