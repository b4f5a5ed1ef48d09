import { language } from './i18n'

/** What the product does by itself it signs with the reason; here is that reason in both languages. */
const reasons: Record<string, readonly [string, string]> = {
  'command line': ['命令行', 'command line'],
  'self-registration': ['自行注册', 'self-registration'],
  '超期自动办理': ['超期自动办理', 'the system, when a clock had run out'],
  '节假日安排装入': ['节假日安排装入', 'the system, when holidays were loaded'],
  '期满自动办理': ['期满自动办理', 'the system, at the end of a period'],
  '本人申请（未登录）': ['本人申请（未登录）', 'the person, not signed in'],
  '首次启动': ['首次启动', 'first start'],
  'phone sign-in': ['手机号登录', 'a sign-in by telephone'],
  'a paper is verified': ['文书核验', 'a paper is verified'],
  push: ['数据推送', 'push'],
  tell: ['消息告知', 'tell'],
  'import of divisions': ['行政区划导入', 'import of divisions'],
  'a rule of a computed field was declared or changed': ['计算规则变更', 'the system, when a rule was declared or changed'],
  '自动放回': ['自动放回', 'the system, when its holder could no longer act'],
  '双人确认的授权': ['双人确认的授权', 'two administrators'],
  '启用办理流程': ['启用办理流程', 'the system, when a course was declared'],
  '自动办理': ['自动办理', 'the system, by itself'],
}
/** Reasons that end with a name. */
const named: Record<string, readonly [string, string]> = {
  '办理环节 ': ['办理环节 ', 'step '],
  '服务 ': ['服务 ', 'for another system: '],
  '应用 ': ['应用 ', 'application '],
  '定时任务 ': ['定时任务 ', 'scheduled work '],
}
export function doer(name: string | null | undefined): string {
  const said = name?.startsWith('event ') ? (['系统', 'the system'] as const) : reasons[name ?? '']
  if (said) return said[language() === 'zh' ? 0 : 1]
  const begins = Object.keys(named).find((one) => name?.startsWith(one))
  return begins ? named[begins][language() === 'zh' ? 0 : 1] + name!.slice(begins.length) : (name ?? '')
}
