import { ElMessage } from 'element-plus/es/components/message/index'
import { ElMessageBox } from 'element-plus/es/components/message-box/index'
import { ref } from 'vue'
import { t } from '../shared/i18n'
import { is_abort, sentence } from '../shared/problems'

/** Counts up when a case went on, so that what shows tasks asks again. */
export const tasks_moved = ref(0)

export function tell(text: string): void {
  ElMessage({ message: text, type: 'success', duration: 2500, grouping: true })
}
export function complain(error: unknown): void {
  if (is_abort(error)) return
  ElMessage({ message: sentence(error), type: 'error', duration: 6000, showClose: true, grouping: true })
}
export async function sure(text: string, action: string): Promise<boolean> {
  try {
    await ElMessageBox.confirm(text, action, { confirmButtonText: action, cancelButtonText: t('cancel'), type: 'warning' })
    return true
  } catch {
    return false
  }
}
