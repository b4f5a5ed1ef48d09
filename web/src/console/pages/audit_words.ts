/** What the codes of the audit trail say, in words; a code stays where nobody declared a word for it. */
import { doer } from '../../shared/doers'
import { format_instant, format_size, is_empty } from '../../shared/fields'
import { has_message, language, t, tt } from '../../shared/i18n'
import { act_title } from '../../shared/system_pages'
import type { SystemMeta, Title, Values } from '../../shared/types'

export interface Line {
  sequence: string | number
  at: string
  who: string | { id?: string; name: string }
  action: string
  /** As declared: of the record type, of the step, of the fields that changed. */
  titles?: { type: Title; action?: Title; fields: Record<string, Title> }
  object: string
  detail?: Values | null
  request: string
}
/** One thing that a line says; `code` is what the trail holds where the words are not it. */
export interface Said { label: string; values: { text: string; code?: string }[] }

type Pair = readonly [string, string]
const actions: Record<string, Pair> = {
  'identity.sign_in': ['登录', 'Signed in'],
  'identity.sign_in.refused': ['登录被拒', 'Sign-in refused'],
  'identity.password.lost': ['申请重设密码', 'Asked for a new password'],
  'identity.password.one_time': ['发给一次性密码', 'One-time password given'],
  'identity.password.reset': ['命令行重设密码', 'Password reset by command'],
  'message.again': ['重新发送消息', 'Message sent again'],
  'view.share': ['共享视图', 'View shared'],
  'view.unshare': ['撤下共享的视图', 'Shared view taken down'],
  'push.again': ['重新推送', 'Pushed again'],
  'scheduled.run': ['立即运行定时任务', 'Scheduled work run by hand'],
  'files.upload': ['上传文件', 'File uploaded'],
}
/** Acts of single record types that are no step of a process. */
const verbs: Record<string, Pair> = { key: ['更换密钥', 'New key made'], inbound: ['外部系统报送', 'Sent by another system'] }
const labels: Record<string, Pair> = {
  account: ['账号', 'Account'], changed: ['变更', 'Changed'], because: ['缘由', 'Because'], bad: ['有误', 'Wrong rows'], digest: ['摘要', 'Digest'], file: ['文件', 'File'],
  filter: ['筛选', 'Filter'], format: ['格式', 'Format'], good: ['正确', 'Good rows'], listed: ['账号存在', 'Account exists'], mode: ['方式', 'Mode'], name: ['名称', 'Name'], reason: ['原因', 'Reason'],
  rows: ['行数', 'Rows'], search: ['搜索', 'Search'], size: ['大小', 'Size'], type: ['类型', 'Type'], valid_to: ['有效至', 'Held until'],
}
const values: Record<string, Record<string, Pair>> = {
  mode: { check: ['仅检查', 'check only'], all: ['全部正确才导入', 'all or nothing'], good: ['只导入正确的行', 'good rows only'] },
  reason: {
    'identity.sign_in.refused': ['账号或密码不对', 'wrong account or password'], 'identity.sign_in.locked': ['多次失败，暂时锁定', 'locked after many failures'],
    'identity.totp.needed': ['还需动态验证码', 'a one-time code was wanted'], 'identity.totp.wrong': ['动态验证码不对', 'wrong one-time code'],
  },
  because: {
    'a person without a password cannot sign in to ask': ['忘记密码的人无法登录', 'a person without a password cannot sign in to ask'],
    'the first sign-in with this telephone': ['手机号首次登录', 'the first sign-in with this telephone'], 'import of divisions': ['行政区划导入', 'import of divisions'],
    'self-registration': ['自行注册', 'self-registration'], 'the end of the one-time password': ['一次性密码的期限', 'the end of the one-time password'],
    'command line': ['命令行', 'command line'], 'first start': ['首次启动', 'first start'], recall: ['撤回', 'recalled'],
    'proposed by an administrator, for another to confirm': ['管理员提请，待另一位确认', 'proposed by an administrator, for another to confirm'],
    'proposed by one administrator and confirmed by another': ['一位管理员提请、另一位确认', 'proposed by one administrator and confirmed by another'], 'rules that come with the product': ['产品自带规则', 'rules that come with the product'],
    'a clock has run out': ['超期', 'a clock has run out'], 'the holidays of a year were loaded': ['节假日安排装入', 'the holidays of a year were loaded'],
  },
}
const said = (pair: Pair | undefined): string | undefined => pair?.[language() === 'zh' ? 0 : 1]

export function action_title(line: Pick<Line, 'action' | 'titles'>): string {
  const whole = said(actions[line.action])
  if (whole || !line.titles) return whole ?? line.action
  const verb = line.action.split('.').pop() ?? ''
  return `${tt(line.titles.type)} · ${has_message(`history.action_${verb}`) ? t(`history.action_${verb}`) : tt(line.titles.action ?? act_title(verb)) || said(verbs[verb]) || verb}`
}

function value_words(line: Line, name: string, value: unknown): { text: string; code?: string } {
  const code = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const text = name === 'changed' ? tt(line.titles?.fields[code])
    : name === 'because' && /^step \w+ of /.test(code) ? said(['由办理环节生成', 'made by a step of another case'])
    : name === 'size' ? format_size(Number(value))
    : name === 'digest' ? code.slice(0, 12)
    : name === 'valid_to' && /T/.test(code) ? format_instant(value)
    : typeof value === 'boolean' ? t(value ? 'yes' : 'no')
    : said(values[name]?.[code]) ?? (name === 'because' ? tt(act_title(code)) : undefined)
  return text && text !== code ? { text, code } : { text: code }
}

export const who_of = (line: Line): string => doer(typeof line.who === 'object' && line.who ? line.who.name : line.who)
/** What the record is called; a sign-in is about the person who signs in. */
export function name_of_object(line: Line): string {
  if (typeof line.detail?.title === 'string') return line.detail.title
  return typeof line.who === 'object' && line.who?.id && line.object === `identity/person/${line.who.id}` ? line.who.name : ''
}

export function details(line: Line): Said[] {
  // What the record is called stands in its link. Why the rules did not hold is the step itself, which stands beside it.
  const own_step = `transition ${line.action.split('.').pop()}`
  return Object.entries(line.detail ?? {}).filter(([name, value]) => !is_empty(value) && !(name === 'because' && value === own_step) && !(name === 'title' && line.titles)).map(([name, value]) => ({
    label: name === 'title' ? '' : said(labels[name]) ?? name,
    values: (Array.isArray(value) ? value : [value]).map((one) => value_words(line, name, one)),
  }))
}

const usual = ['create', 'update', 'delete', 'import', 'export']
/** Acts to look for, in words: the product's own, the usual ones of each record type, and those that stand in the list. */
export function known_actions(systems: SystemMeta[], lines: Line[]): { code: string; title: string }[] {
  const found = new Map(Object.keys(actions).map((code) => [code, action_title({ action: code })]))
  for (const line of lines) found.set(line.action, action_title(line))
  for (const system of systems) for (const [name, type] of Object.entries(system.entity_titles ?? {})) for (const verb of usual) {
    const action = `${system.name}.${name}.${verb}`
    found.set(action, action_title({ action, titles: { type, fields: {} } }))
  }
  return [...found].map(([code, title]) => ({ code, title }))
}
