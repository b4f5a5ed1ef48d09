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
}
export function doer(name: string | null | undefined): string {
  const said = name?.startsWith('event ') ? (['系统', 'the system'] as const) : reasons[name ?? '']
  return said ? said[language() === 'zh' ? 0 : 1] : (name ?? '')
}
